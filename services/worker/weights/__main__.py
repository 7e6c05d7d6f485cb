"""`python -m services.worker.weights imagenet|standin|auto|FILE`: publishes a model in the data folder."""

import argparse
import logging
import socket
import sys
from pathlib import Path

from services.worker.engines.making import make_missing
from services.worker.weights import WeightsUnavailable
from shared.settings import Settings
from shared.store import BASES, ModelStore

log = logging.getLogger("nitari.weights")
IMAGENET, STANDIN = BASES
MEANING = {
    IMAGENET: "Keras's own weights, trained on ImageNet: the default of a real installation.",
    STANDIN: (
        "A STAND-IN: Keras's download address was not reached or not asked. These weights were trained for "
        "another purpose and find look-alikes less well; run `make weights WEIGHTS=imagenet` where you can."
    ),
}


def main(arguments: list[str]) -> int:
    """Publishes what is asked for, and makes its engine, unless they are there; the exit status."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    options = _parse(arguments)
    settings = Settings()
    store = ModelStore(settings.data)
    socket.setdefaulttimeout(20)  # Keras's download has none, and a silent firewall would hang it
    try:
        name = _auto(store) if options.what == "auto" else _one(store, options)
    except (WeightsUnavailable, OSError) as error:
        log.error("%s", error)
        return 1
    make_missing(settings, [name])
    log.info("Model: %s. %s", name, MEANING.get(name, "Your own file."))
    return 0


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m services.worker.weights", description=__doc__)
    parser.add_argument(
        "what", help="imagenet, standin, auto (the first of the two that can be had) or a file"
    )
    parser.add_argument("--name", help="model name for a file (default: the file's name)")
    parser.add_argument("--feature", help="layer (Keras) or tensor (.pb) that holds the features")
    parser.add_argument("--input", help="input tensor of a .pb")
    parser.add_argument(
        "--range", type=float, nargs=2, default=(-1.0, 1.0), help="pixel values the model expects"
    )
    return parser.parse_args(arguments)


def _auto(store: ModelStore) -> str:
    there = [name for name in (IMAGENET, STANDIN) if name in store.names()]
    if there:
        return there[0]
    try:
        return _imagenet(store)
    except WeightsUnavailable as error:
        log.warning("%s", str(error).split(". Three ways")[0])
        log.warning("!!! Taking the stand-in weights from npm instead !!!")
        return _standin(store)


def _one(store: ModelStore, options: argparse.Namespace) -> str:
    if options.what in ("imagenet", "standin"):
        return _imagenet(store) if options.what == "imagenet" else _standin(store)
    path = Path(options.what)
    if not path.is_file():
        raise WeightsUnavailable(f"{path} is neither imagenet, standin nor auto, and no file.")
    name = options.name or path.stem
    if name in store.names():
        raise WeightsUnavailable(f"A model {name!r} is published already; choose another with --name.")
    from services.worker.weights.file import publish_file

    publish_file(
        store,
        path,
        name=name,
        feature=options.feature,
        input_tensor=options.input,
        input_range=tuple(options.range),
    )
    return str(name)


# TensorFlow takes seconds to import: only what is needed imports it
def _imagenet(store: ModelStore) -> str:
    if IMAGENET not in store.names():
        from services.worker.weights.imagenet import publish_imagenet

        publish_imagenet(store)
    return IMAGENET


def _standin(store: ModelStore) -> str:
    if STANDIN not in store.names():
        from services.worker.weights.standin import publish_standin

        publish_standin(store)
    return STANDIN


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
