"""Reads a request's form: whole, of known fields, its text in UTF-8."""

import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NoReturn

from fastapi import HTTPException, Request
from starlette.datastructures import FormData
from starlette.formparsers import FormParser, MultiPartException

from services.search.routes.spooling import SpoolingParser
from shared.files import full_disk_named

MAX_FILES = 16
MAX_FIELDS = 8
MAX_TEXT_BYTES = 1024 * 1024  # a text field: a query or an item's fields
MAX_DEPTH = 32  # of an item's fields: deeper ones could be stored but not shown
MULTIPART, URLENCODED = "multipart/form-data", "application/x-www-form-urlencoded"


class UnknownName(ValueError):
    """A form field or parameter that means nothing here; a slip that must not be ignored."""

    def __init__(self, names: list[str], known: tuple[str, ...]) -> None:
        name, there = names[0][:80], ", ".join(known)
        super().__init__(f"{name!r} means nothing here; there are {there}. JSON needs curl's --json.")
        self.field = name


class UnsupportedMediaType(ValueError):
    """A body that is of no kind that is read here."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"{kind!r} is not read; send a photo as a form: with curl, -F image=@photo.jpg.")


class InvalidForm(ValueError):
    """A form that cannot be read, or not to its end."""


class NotUtf8(ValueError):
    """Text in another encoding."""


class InvalidJson(ValueError):
    """Text that is not JSON."""


class InvalidFields(ValueError):
    """Item fields that cannot be stored."""

    field = "fields"


def media_type_of(request: Request) -> str:
    """The content type without its parameters, '' where there is none."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


@asynccontextmanager
async def form_of(
    request: Request, *, known: tuple[str, ...], spool: Path | None = None
) -> AsyncIterator[FormData]:
    """The form, of these fields, each text once; its files, which may lie in `spool`, go behind the block.

    Raises UnsupportedMediaType, InvalidForm, UnknownName, DiskFull.
    """
    with full_disk_named():
        form = await _parse(request, spool)
    try:
        if unknown := [name for name in form if name not in known]:
            raise UnknownName(unknown, known)
        yield form
    finally:
        await form.close()


async def _parse(request: Request, spool: Path | None) -> FormData:
    kind, end = media_type_of(request), bytearray()

    async def watched() -> AsyncGenerator[bytes, None]:
        async for part in request.stream():
            end.extend(part[-200:])
            del end[:-200]
            yield part

    try:
        if kind == URLENCODED:
            return await FormParser(request.headers, watched(), max_fields=MAX_FIELDS).parse()
        if kind != MULTIPART:
            raise UnsupportedMediaType(kind)
        limits = {"max_files": MAX_FILES, "max_fields": MAX_FIELDS, "max_part_size": MAX_TEXT_BYTES}
        parser = SpoolingParser(request.headers, watched(), spool=spool, **limits)
        form = await parser.parse()
    except MultiPartException as error:
        raise HTTPException(400, error.message) from error
    except (LookupError, UnicodeError) as error:
        raise InvalidForm("The form's charset must be UTF-8.") from error
    if not end.rstrip().endswith(b"--"):  # a cut upload must not be taken for a small one
        parser.close()
        raise InvalidForm("The form ends in the middle; send it again.")
    return form


def text_of(form: FormData, name: str) -> str | None:
    """A text field. Raises InvalidForm, NotUtf8."""
    values = form.getlist(name)
    if len(values) > 1 or not all(isinstance(value, str) for value in values):
        raise InvalidForm(f"The field {name!r} must be text, once.")
    text = str(values[0]) if values else None
    # what is not UTF-8 is read as Latin-1, where Shift-JIS becomes control characters
    if text is not None and any("\x7f" < letter < "\xa0" for letter in text):
        raise NotUtf8(f"The field {name!r} must be UTF-8; this looks like another encoding.")
    return text


def fields_of(form: FormData) -> dict[str, Any] | None:
    """An item's fields. Raises InvalidForm, NotUtf8, InvalidJson, InvalidFields."""
    text = text_of(form, "fields")
    if text is None:
        return None
    try:
        fields = json.loads(text, parse_constant=_refuse)
        json.dumps(fields, ensure_ascii=False, allow_nan=False).encode()
    except UnicodeEncodeError as error:
        raise InvalidFields("fields holds half a character (a lone surrogate).") from error
    except (ValueError, RecursionError) as error:
        raise InvalidJson(f"fields is not JSON: {error}.") from error
    if not isinstance(fields, dict):
        raise InvalidFields('fields must be a JSON object, such as {"maker": "A"}.')
    if _deeper(fields, MAX_DEPTH):
        raise InvalidFields(f"fields is nested deeper than {MAX_DEPTH}.")
    return fields


def _deeper(value: Any, depth: int) -> bool:
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return depth < 0 or any(_deeper(part, depth - 1) for part in parts)


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
