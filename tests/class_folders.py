"""Class folders, and zips of them, as people have them and as nobody should."""

import io
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path


def fill(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Writes files by their paths below a folder; a path that ends with / is an empty folder."""
    for path, content in files.items():
        place = folder / path
        (place if path.endswith("/") else place.parent).mkdir(parents=True, exist_ok=True)
        if not path.endswith("/"):
            place.write_bytes(content)
    return folder


def zipped(members: Mapping[str, bytes] | Iterable[tuple[str | zipfile.ZipInfo, bytes]]) -> bytes:
    """A zip of these, deflated, in this order; a name may come twice."""
    buffer = io.BytesIO()
    pairs = members.items() if isinstance(members, Mapping) else members
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in pairs:
            archive.writestr(name, content)
    return buffer.getvalue()


def send(service, content: bytes, file: str = "tools.zip", **fields: str):
    return service.client.post("/datasets", files={"file": (file, content)}, data=fields)


def names(service) -> list[str]:
    return [one["name"] for one in service.client.get("/datasets").json()["datasets"]]
