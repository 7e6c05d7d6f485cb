"""The photos of a request, and its query, within limits."""

import base64
import binascii
from collections.abc import Sequence
from typing import Any

from fastapi import UploadFile
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.datastructures import FormData
from starlette.datastructures import UploadFile as AnyUpload

from services.search.query import Query
from services.search.routes.forms import InvalidJson

MAX_IMAGES = 16
MAX_IMAGE_BYTES = 32 * 1024 * 1024
MAX_BODY_BYTES = 128 * 1024 * 1024
MAX_VALUES = 10_000  # in a query: JSON of tiny values takes a hundred times its size in memory

PHOTO_FILES = {"type": "array", "maxItems": MAX_IMAGES, "items": {"type": "string", "format": "binary"}}

Photo = tuple[str, bytes]  # where it came from, for error messages, and its bytes


class TooManyImages(ValueError):
    """More images than a request may hold."""


class FileTooLarge(ValueError):
    """A file of more bytes than are read."""


class NotAFile(ValueError):
    """A form field named 'image' that is text."""


class InvalidBase64(ValueError):
    """An image of a JSON query that is not base64."""

    def __init__(self, field: str) -> None:
        super().__init__(f"{field} is not base64.")
        self.field = field


async def photos_of(form: FormData) -> list[Photo]:
    """The files of fields named 'image'. Raises NotAFile, FileTooLarge."""
    return [await _read(f"image.{place}", file) for place, file in enumerate(form.getlist("image"))]


async def _read(field: str, file: UploadFile | AnyUpload | str) -> Photo:
    if isinstance(file, str):
        raise NotAFile("'image' must be a file: with curl, -F image=@photo.jpg (mind the @).")
    if (file.size or 0) > MAX_IMAGE_BYTES:
        raise FileTooLarge(f"{field} has {file.size} bytes; at most {MAX_IMAGE_BYTES}.")
    return field, await file.read()


def query_in(text: bytes) -> Query:
    """A query from its JSON. Raises InvalidJson, RequestValidationError."""
    if text.count(b",") > MAX_VALUES:
        raise InvalidJson(f"A query has at most {MAX_VALUES} values.")
    query: Query = valid(Query, text)
    return query


def valid(kind: Any, value: Any) -> Any:
    """A model from JSON (bytes) or from values. Raises RequestValidationError, which names what is wrong."""
    try:
        return kind.model_validate_json(value) if isinstance(value, bytes) else kind.model_validate(value)
    except ValidationError as error:
        raise RequestValidationError(error.errors(include_input=False, include_url=False)[:1]) from error


def photos_in(images: Sequence[str]) -> list[Photo]:
    """Photos in base64 (a data: URL will do). Raises InvalidBase64, TooManyImages, FileTooLarge."""
    if len(images) > MAX_IMAGES:
        raise TooManyImages(f"{len(images)} images; at most {MAX_IMAGES} a request.")
    return [(f"images.{place}", _bytes(f"images.{place}", text)) for place, text in enumerate(images)]


def _bytes(field: str, text: str) -> bytes:
    if text.startswith("data:"):
        text = text.partition(",")[2]
    if len(text) > MAX_IMAGE_BYTES * 4 // 3 + 4:
        raise FileTooLarge(f"{field} has more than {MAX_IMAGE_BYTES} bytes.")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidBase64(field) from error
