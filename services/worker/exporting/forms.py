"""What both forms of an export have in common."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from shared.reports import PhotoError
from shared.stored import StoredImage
from shared.vectors import Vectors


class Form(Protocol):
    """Takes images and their rows as they come, and is one file or folder at the end. Raises OSError."""

    def add(self, images: Sequence[StoredImage], rows: Vectors) -> list[PhotoError]:
        """What could not be taken, and what to do."""

    def finish(self) -> Path:
        """What is to be published."""
