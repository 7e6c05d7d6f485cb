"""Reads photos and JSON out of requests, within limits."""

import base64
import binascii
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NoReturn

from fastapi import Request, UploadFile
from starlette.datastructures import FormData
from starlette.datastructures import UploadFile as AnyUpload

MAX_IMAGES = 16
MAX_IMAGE_BYTES = 32 * 1024 * 1024
MAX_BODY_BYTES = 128 * 1024 * 1024
MAX_TEXT_BYTES = 1024 * 1024  # a text field: a query or an item's fields
MAX_FIELDS = 8
FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")

PHOTO_FILES = {"type": "array", "maxItems": MAX_IMAGES, "items": {"type": "string", "format": "binary"}}

Photo = tuple[str, bytes]  # where it came from, for error messages, and its bytes


class TooManyImages(ValueError):
    """More images than a request may hold."""


class FileTooLarge(ValueError):
    """A file of more bytes than are read."""


class NotAFile(ValueError):
    """A form field named 'image' that is text."""


class InvalidJson(ValueError):
    """Text that is not JSON."""


class UnknownName(ValueError):
    """A form field or parameter that means nothing here; a slip that must not be ignored."""

    def __init__(self, names: list[str], known: tuple[str, ...]) -> None:
        name = names[0][:80]
        super().__init__(
            f"{name!r} means nothing here; there are {', '.join(known)}. JSON needs curl's --json."
        )
        self.field = name


class UnsupportedMediaType(ValueError):
    """A body that is neither a form nor JSON."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"{kind!r} is not read; send a photo as a form: with curl, -F image=@photo.jpg.")


class NotUtf8(ValueError):
    """Text in another encoding."""


class InvalidFields(ValueError):
    """Item fields that cannot be stored."""

    field = "fields"


class InvalidBase64(ValueError):
    """An image of a JSON query that is not base64."""

    def __init__(self, field: str) -> None:
        super().__init__(f"{field} is not base64.")
        self.field = field


@asynccontextmanager
async def form_of(request: Request, *, known: tuple[str, ...]) -> AsyncIterator[FormData]:
    """The request's form, of these fields; its files are closed behind the block. Raises UnknownName."""
    async with request.form(
        max_files=MAX_IMAGES, max_fields=MAX_FIELDS, max_part_size=MAX_TEXT_BYTES
    ) as form:
        if unknown := [name for name in form if name not in known]:
            raise UnknownName(unknown, known)
        yield form


async def photos_of(form: FormData) -> list[Photo]:
    """The files of fields named 'image'. Raises NotAFile, FileTooLarge."""
    return [await _read(f"image.{place}", file) for place, file in enumerate(form.getlist("image"))]


async def _read(field: str, file: UploadFile | AnyUpload | str) -> Photo:
    if isinstance(file, str):
        raise NotAFile("'image' must be a file: with curl, -F image=@photo.jpg (mind the @).")
    if (file.size or 0) > MAX_IMAGE_BYTES:
        raise FileTooLarge(f"{field} has {file.size} bytes; at most {MAX_IMAGE_BYTES}.")
    return field, await file.read()


def photos_in(images: list[str]) -> list[Photo]:
    """Photos in base64 (a data: URL will do). Raises InvalidBase64, TooManyImages."""
    if len(images) > MAX_IMAGES:
        raise TooManyImages(f"{len(images)} images; at most {MAX_IMAGES} a request.")
    return [(f"images.{place}", _bytes(f"images.{place}", text)) for place, text in enumerate(images)]


def _bytes(field: str, text: str) -> bytes:
    if text.startswith("data:"):
        text = text.partition(",")[2]
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidBase64(field) from error


def text_of(form: FormData, name: str) -> str | None:
    """A text field of a form, also where it was sent as a file."""
    value = form.get(name)
    # what is not UTF-8 is read as Latin-1, where Shift-JIS becomes control characters
    if isinstance(value, str) and any("\x7f" < letter < "\xa0" for letter in value):
        raise NotUtf8(
            f"The field {name!r} must be UTF-8; this looks like another encoding, such as Shift-JIS."
        )
    if value is None or isinstance(value, str):
        return value
    raise InvalidJson(f"The field {name!r} must be text.")


def fields_of(form: FormData) -> dict[str, Any] | None:
    """An item's fields. Raises InvalidJson, InvalidFields."""
    text = text_of(form, "fields")
    if text is None:
        return None
    try:
        fields = json.loads(text, parse_constant=_refuse)
        json.dumps(fields, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise InvalidFields("fields holds half a character (a lone surrogate).") from error
    except (ValueError, RecursionError) as error:
        raise InvalidJson(f"fields is not JSON: {error}.") from error
    if not isinstance(fields, dict):
        raise InvalidFields('fields must be a JSON object, such as {"maker": "A"}.')
    return fields


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
