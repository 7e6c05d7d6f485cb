"""The photos of a request, and its query, within limits."""

import base64
import binascii
import re
from collections.abc import Sequence
from itertools import islice
from typing import Any

from fastapi import UploadFile
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from pydantic_core import from_json
from starlette.datastructures import FormData
from starlette.datastructures import UploadFile as AnyUpload

from services.search.asking.filters.condition import InvalidFilter
from services.search.asking.filters.parsing import MAX_DEPTH
from services.search.asking.query import Query

MAX_IMAGES = 16
MAX_IMAGE_BYTES = 32 * 1024 * 1024
MAX_BODY_BYTES = 128 * 1024 * 1024
MAX_VALUES = 20_000  # in a query: JSON of tiny values takes a hundred times its size in memory
NAMES = re.compile(rf'"({"|".join(Query.model_fields)})"\s*:'.encode())

PHOTO_FILES = {"type": "array", "maxItems": MAX_IMAGES, "items": {"type": "string", "format": "binary"}}

Photo = tuple[str, bytes]  # where it came from, for error messages, and its bytes


class TooManyImages(ValueError):
    """More images than a request may hold."""


class FileTooLarge(ValueError):
    """A file of more bytes than are read."""


class NotAFile(ValueError):
    """A form field named 'image' that is text."""


class TooManyValues(ValueError):
    """A query of more values than anybody means."""

    def __init__(self, text: bytes) -> None:
        super().__init__(f"A query has at most {MAX_VALUES} values.")
        comma = islice(re.finditer(b",", text), MAX_VALUES, None)
        names = re.findall(NAMES, text[: next(comma).start()])
        self.field = names[-1].decode() if names else None  # what the one too many belongs to


class NestedTooDeep(ValueError):
    """A filter that is too deep to be read."""

    field = "filter"


class InvalidBase64(ValueError):
    """An image of a JSON query that is not base64."""

    def __init__(self, field: str) -> None:
        super().__init__(f"{field} is not base64.")
        self.field = field


async def photos_of(form: FormData, name: str = "image") -> list[Photo]:
    """The files of fields of this name. Raises NotAFile, FileTooLarge."""
    return [await _read(f"{name}.{place}", file) for place, file in enumerate(form.getlist(name))]


async def _read(field: str, file: UploadFile | AnyUpload | str) -> Photo:
    if isinstance(file, str):
        name = field.rpartition(".")[0]
        raise NotAFile(f"'{name}' must be a file: with curl, -F {name}=@photo.jpg (mind the @).")
    if (file.size or 0) > MAX_IMAGE_BYTES:
        raise FileTooLarge(f"{field} has {file.size} bytes; at most {MAX_IMAGE_BYTES}.")
    return field, await file.read()


def query_in(text: bytes) -> Query:
    """A query from its JSON. Raises TooManyValues, NestedTooDeep, RequestValidationError."""
    if text.count(b",") > MAX_VALUES:
        raise TooManyValues(text)
    try:
        query: Query = valid(Query, text)
    except RequestValidationError as error:
        if "recursion limit" in str(error.errors()[0]["msg"]):
            raise NestedTooDeep(f"A filter is nested {MAX_DEPTH} deep at most.") from error
        raise
    return query


def filter_in(text: str) -> dict[str, Any]:
    """A filter from its JSON, as a parameter of an address. Raises InvalidJson, NestedTooDeep."""
    try:
        asked = from_json(text)
    except ValueError as error:
        if "recursion limit" in str(error):
            raise NestedTooDeep(f"A filter is nested {MAX_DEPTH} deep at most.") from error
        raise InvalidFilter("filter", f'JSON such as {{"maker": "A"}} is wanted, but {error}.') from error
    if not isinstance(asked, dict):
        raise InvalidFilter("filter", 'an object is wanted, such as {"maker": "A"}.')
    return asked


def valid(kind: Any, value: Any) -> Any:
    """A model from JSON (bytes) or from values. Raises RequestValidationError, which names what is wrong."""
    try:
        return kind.model_validate_json(value) if isinstance(value, bytes) else kind.model_validate(value)
    except ValidationError as error:
        raise RequestValidationError(error.errors(include_input=False, include_url=False)[:1]) from error


def photos_in(images: Sequence[str], name: str = "images") -> list[Photo]:
    """Photos in base64 (a data: URL will do). Raises InvalidBase64, TooManyImages, FileTooLarge."""
    if len(images) > MAX_IMAGES:
        raise TooManyImages(f"{len(images)} {name}; at most {MAX_IMAGES} a request.")
    return [(f"{name}.{place}", _bytes(f"{name}.{place}", text)) for place, text in enumerate(images)]


def _bytes(field: str, text: str) -> bytes:
    if text.startswith("data:"):
        text = text.partition(",")[2]
    if len(text) > MAX_IMAGE_BYTES * 4 // 3 + 4:
        raise FileTooLarge(f"{field} has more than {MAX_IMAGE_BYTES} bytes.")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidBase64(field) from error
