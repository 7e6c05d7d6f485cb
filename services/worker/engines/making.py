"""Makes the engines that are missing; imports TensorFlow, which takes seconds, only where one is."""

import logging
from collections.abc import Iterable
from importlib.util import find_spec

from shared.engines import TENSORFLOW, Engines
from shared.settings import Settings
from shared.store import DamagedModel, ModelStore

log = logging.getLogger("nitari.engines")


def make_missing(settings: Settings, models: Iterable[str]) -> list[str]:
    """The models whose engine was made now; of the others the log says why. Raises UnknownModel."""
    if settings.engine == TENSORFLOW or find_spec("openvino") is None:
        return []
    store, engines = ModelStore(settings.data), Engines(settings.data)
    manifests = [store.manifest(name) for name in models]
    lacking = [one.name for one in manifests if one.is_network and engines.current(one) is None]
    return [name for name in lacking if _make(store, engines, name)]


def _make(store: ModelStore, engines: Engines, name: str) -> bool:
    from services.worker.engines.convert import convert

    log.info("Making %s ready for OpenVINO, once (some seconds).", name)
    try:
        return convert(store, engines, name)
    except DamagedModel as error:
        log.warning("%s", error)
        return False
