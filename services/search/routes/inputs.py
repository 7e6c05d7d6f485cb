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


class InvalidFields(ValueError):
    """Item fields that cannot be stored."""

    field = "fields"


class InvalidBase64(ValueError):
    """An image of a JSON query that is not base64."""

    def __init__(self, field: str) -> None:
        super().__init__(f"{field} is not base64.")
        self.field = field


@asynccontextmanager
async def form_of(request: Request) -> AsyncIterator[FormData]:
    """The request's form; its files are closed behind the block."""
    async with request.form(
        max_files=MAX_IMAGES, max_fields=MAX_FIELDS, max_part_size=MAX_TEXT_BYTES
    ) as form:
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
