"""The photos to learn from and to be judged by: from class folders or from the catalogue."""

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from services.worker.finetune.errors import DatasetGone
from shared.datasets import ClassFile, DatasetRef, DatasetRoots, class_files
from shared.finetuning import FromField
from shared.leases import FinetuneOrder, LabelledImage
from shared.photos import MAX_FILE_BYTES, PhotoRoots, PhotoUnreadable

Part = Literal["learn", "judge"]


class Labels(Protocol):
    """Where photos of the catalogue and their labels come from."""

    def labelled(self, field: FromField) -> list[LabelledImage]:
        """The photos whose item has a value of the field."""


@dataclass(frozen=True)
class Entry:
    """A photo of a class; `path` names it in messages."""

    label: str
    path: str
    part: Part
    read: Callable[[], bytes]  # raises PhotoUnreadable


def gather(order: FinetuneOrder, datasets: DatasetRoots, photos: PhotoRoots, labels: Labels) -> list[Entry]:
    """Every photo of the dataset, then those of the validation folder. Raises DatasetGone."""
    asked = order.request.dataset
    if isinstance(asked, FromField):
        entries = [_of_catalogue(photos, image) for image in labels.labelled(asked)]
    else:
        assert order.dataset is not None
        entries = _of_folder(datasets, order.dataset, "learn")
    if order.validation is not None:
        entries += _of_folder(datasets, order.validation, "judge")
    return entries


def digest(found: list[tuple[str, str]]) -> str:
    """One hash for (label, sha256) of all photos, in whatever order they come."""
    lines = sorted(f"{sha256} {label}\n" for label, sha256 in found)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _of_catalogue(photos: PhotoRoots, image: LabelledImage) -> Entry:
    return Entry(image.label, image.path, "learn", lambda: photos.read(image.root, image.path))


def _of_folder(datasets: DatasetRoots, ref: DatasetRef, part: Part) -> list[Entry]:
    try:
        folder = datasets.path(ref)
        classes = class_files(folder)
    except (LookupError, OSError) as error:
        raise DatasetGone(str(error)) from error
    return [_of_file(folder, file, part) for files in classes.values() for file in files]


def _of_file(folder: Path, file: ClassFile, part: Part) -> Entry:
    name = os.fsencode(file.path).decode(errors="backslashreplace")  # it may be in no known encoding
    return Entry(file.label, name, part, lambda: _read(folder, file.path))


def _read(folder: Path, path: str) -> bytes:
    real = Path(os.path.realpath(folder / path))
    try:
        if not real.is_relative_to(folder) or not real.is_file() or real.stat().st_size > MAX_FILE_BYTES:
            raise PhotoUnreadable("Not a file of a photo's size inside the dataset.")
        return real.read_bytes()
    except OSError as error:
        raise PhotoUnreadable(f"Cannot be read: {error.strerror or error}.") from error
