"""What a stack was started with: kept, so that it can be found, stopped and started again."""

import ipaddress
import json
import secrets
from dataclasses import asdict, dataclass, replace
from pathlib import Path

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class State:
    """What must stay the same while the stack runs."""

    search_port: int
    embedding_port: int
    redis_port: int
    redis_password: str
    internal_token: str
    photos: str | None
    host: str = LOOPBACK  # what the search service listens on
    api_key: str = ""  # what it asks for; empty: nothing
    made_key: str = ""  # the last one that was made here, for the next start with a HOST

    @property
    def url(self) -> str:
        """Where the search service is, for this machine."""
        host = ipaddress.ip_address(self.host)
        return web_address({"0.0.0.0": LOOPBACK, "::": "::1"}.get(str(host), str(host)), self.search_port)

    @property
    def is_open(self) -> bool:
        """Whether other machines reach it."""
        return not ipaddress.ip_address(self.host).is_loopback

    @classmethod
    def new(cls) -> "State":
        """The first one of a data folder, before it has ports."""
        return cls(0, 0, 0, secrets.token_hex(16), secrets.token_hex(16), None)

    @classmethod
    def read(cls, file: Path) -> "State | None":
        """None where nothing was started yet."""
        return cls(**json.loads(file.read_text())) if file.exists() else None

    def write(self, file: Path) -> None:
        """Readable by the owner only: it holds secrets."""
        file.touch(mode=0o600)
        file.write_text(json.dumps(asdict(self)))

    def wanted(self, photos: Path | None, host: str | None, key: str, *, running: bool) -> "State":
        """As a start with these has to be; None, or no key: as it runs, else as is usual."""
        wish = replace(
            self,
            photos=str(photos.resolve()) if photos else self.photos,
            host=host or (self.host if running else LOOPBACK),
        )
        if key or (running and wish.host == self.host):
            return replace(wish, api_key=key or self.api_key)
        if not wish.is_open:
            return replace(wish, api_key="")
        made = self.made_key or secrets.token_urlsafe(24)
        return replace(wish, api_key=made, made_key=made)

    def changes(self, wanted: "State") -> list[str]:
        """What is another one in `wanted`, in words."""
        said = {
            f"The photo folder is {wanted.photos} now": wanted.photos != self.photos,
            f"Search listens on {wanted.host} now": wanted.host != self.host,
            "The key is another one now": wanted.host == self.host and wanted.api_key != self.api_key,
        }
        return [words for words, is_so in said.items() if is_so]

    def environment(self) -> dict[str, str]:
        """The settings of the services that follow from it."""
        photos = {"NITARI_PHOTOS": self.photos} if self.photos else {}
        return photos | {
            "NITARI_BIND": self.host,
            "NITARI_API_KEY": self.api_key,
            "NITARI_REDIS_URL": f"redis://:{self.redis_password}@{LOOPBACK}:{self.redis_port}/0",
            "NITARI_INTERNAL_TOKEN": self.internal_token,
            "NITARI_SEARCH_URL": self.url,
            "NITARI_SEARCH_PORT": str(self.search_port),
            "NITARI_EMBEDDING_URL": f"http://{LOOPBACK}:{self.embedding_port}",
            "NITARI_EMBEDDING_PORT": str(self.embedding_port),
        }


def web_address(host: str, port: int) -> str:
    """The address of a service; an IPv6 address goes into brackets."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
