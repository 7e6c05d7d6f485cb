"""What a stack was started with: kept, so that it can be found, stopped and started again."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class State:
    """What must stay the same while the stack runs."""

    search_port: int
    embedding_port: int
    redis_port: int
    redis_password: str
    internal_token: str
    photos: str | None

    @property
    def url(self) -> str:
        """Where the search service is."""
        return f"http://127.0.0.1:{self.search_port}"

    @classmethod
    def read(cls, file: Path) -> "State | None":
        """None where nothing was started yet."""
        return cls(**json.loads(file.read_text())) if file.exists() else None

    def write(self, file: Path) -> None:
        """Readable by the owner only: it holds secrets."""
        file.touch(mode=0o600)
        file.write_text(json.dumps(asdict(self)))
