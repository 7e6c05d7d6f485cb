"""What a new data folder needs before the services start: secrets, folders and a model.

It runs alone and first, so it also says what is wrong with the settings of all.
"""

import logging
import os
import secrets
import sys
from pathlib import Path

from pydantic import ValidationError

from services.worker.engines.making import make_missing
from services.worker.weights.__main__ import main as publish_weights
from shared.files import write_beside
from shared.jobs import REDIS_DURABILITY
from shared.settings import Settings
from shared.store import ModelStore

REDIS_HOST = "redis"  # its name in compose.yaml
log = logging.getLogger("nitari.first_start")

WITHOUT_NETWORK = (
    "Without a network: put a model's folder, made by `make weights` on another machine, into models/"
    " of the data folder, or Keras's weights file into cache/keras/models/ of it, and start again."
)
REDIS_CONF = """\
dir "{data}/redis"
requirepass {password}
"""


def main() -> int:
    """Makes what is missing; the exit status."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    try:
        settings = Settings()
    except ValidationError as error:
        for problem in error.errors():
            name = "".join(f"NITARI_{str(field).upper()}: " for field in problem["loc"])
            log.error("%s%s", name, problem["msg"].removeprefix("Value error, "))
        return 1
    data = settings.data
    try:
        for name in ("redis", "uploads", "thumbnails", "photos"):
            (data / name).mkdir(parents=True, exist_ok=True)
        make_secrets(data)
    except PermissionError as error:
        log.error("%s. The data folder must belong to you: set NITARI_UID and NITARI_GID.", error)
        return 1
    if ModelStore(data).default() is not None:
        log.info("Models: %s.", ", ".join(ModelStore(data).names()))
        make_missing(settings, keras_networks(data))
        return 0
    log.info("No model in %s: fetching weights.", data / "models")
    status = publish_weights(["auto"])
    if status:
        log.error(WITHOUT_NETWORK)
    return status


def keras_networks(data: Path) -> list[str]:
    """The published networks that OpenVINO can run for sure: a graph is tried once, when it is published."""
    store = ModelStore(data)
    return [name for name in store.names() if store.manifest(name).kind == "keras"]


def make_secrets(data: Path) -> None:
    """Random secrets as files that `Settings` reads; the ones that are there stay."""
    folder = data / "secrets"
    if (folder / "redis.conf").exists():
        return
    log.info("New secrets in %s.", folder)
    folder.mkdir(mode=0o700, exist_ok=True)  # for no one else's eyes
    password = secrets.token_hex(24)
    write_beside(folder / "nitari_internal_token", secrets.token_hex(24).encode())
    write_beside(folder / "nitari_redis_url", f"redis://:{password}@{REDIS_HOST}:6379/0".encode())
    write_beside(folder / "redis_password", password.encode())
    config = REDIS_CONF.format(data=data, password=password) + REDIS_DURABILITY
    write_beside(folder / "redis.conf", config.encode())  # last


if __name__ == "__main__":
    os.umask(0o077)  # all that is made here is the owner's alone
    sys.exit(main())
