"""Datasets: class folders that a model can be learnt from."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import PurePath
from typing import IO, Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool

from services.search.datasets.archive import NotAZip
from services.search.datasets.shelf import DatasetsBody
from services.search.datasets.uploads import InvalidName
from services.search.datasets.view import DatasetView
from services.search.routes.dependencies import Parts, PartsDep
from services.search.routes.forms import MULTIPART, InvalidForm, form_of, media_type_of, text_of
from services.search.routes.spooling import nameless, spooled

MAX_ZIP_BYTES = 4 * 1024**3
ZIPS = ("application/zip", "application/x-zip-compressed")
HOW = "Send a zip: with curl, -F file=@tools.zip, or -T tools.zip -H 'Content-Type: application/zip'."
NAME = {"type": "string", "maxLength": 100, "description": "Default: the file's name without .zip"}
FILE = {"type": "string", "format": "binary"}
FORM = {"type": "object", "required": ["file"], "properties": {"file": FILE, "name": NAME}}
BODY = {
    "requestBody": {
        "required": True,
        "content": {MULTIPART: {"schema": FORM}, ZIPS[0]: {"schema": FILE}},
    }
}

router = APIRouter(tags=["datasets"])


@router.get("/datasets")
def list_datasets(parts: PartsDep) -> DatasetsBody:
    """Every folder with two class folders or more, below datasets/ of the data folder and the photo roots."""
    return parts.datasets.shelf.datasets()


@router.get("/datasets/{name:path}")
async def get_dataset(name: str, parts: PartsDep) -> DatasetView:
    """What is in it, and what is wrong with it. A call looks at photos for five seconds at most: ask again
    while `checked` is less than `images`; what was seen is remembered until the file changes."""
    dataset = await run_in_threadpool(parts.datasets.folders.find, name)
    return await parts.datasets.checks.view(dataset)


@router.post("/datasets", status_code=201, openapi_extra=BODY)
async def add_dataset(
    request: Request, parts: PartsDep, name: Annotated[str | None, Query(description="Of a plain zip")] = None
) -> DatasetView:
    """A zip of class folders, of 4 GiB at most; train/ and test/ in it become datasets each. Its photos are
    not looked at yet: GET the dataset for that."""
    async with _zip_of(request, parts, name) as (file, called):
        dataset = await parts.datasets.uploads.store(file, called)
    return await run_in_threadpool(parts.datasets.checks.glance, dataset)


@router.delete("/datasets/{name:path}", status_code=204)
def delete_dataset(name: str, parts: PartsDep) -> Response:
    """Deletes a dataset that was sent; not while a fine-tune needs it."""
    dataset = parts.datasets.folders.find(name)
    parts.datasets.uploads.remove(dataset)
    parts.datasets.checks.forget(dataset)
    return Response(status_code=204)


@asynccontextmanager
async def _zip_of(request: Request, parts: Parts, name: str | None) -> AsyncIterator[tuple[IO[bytes], str]]:
    """The zip in a file, and the dataset's name. Raises what `prepare` and `form_of` do, NotAZip."""
    uploads, kind = parts.datasets.uploads, media_type_of(request)
    length = request.headers.get("content-length", "0")
    await run_in_threadpool(uploads.prepare, int(length) if length.isdecimal() else 0, name)
    if kind == MULTIPART:
        async with form_of(request, known=("file", "name"), spool=uploads.spool) as form:
            files = form.getlist("file")
            if len(files) != 1 or isinstance(files[0], str):
                raise InvalidForm(f"'file' must be one file. {HOW}")
            yield files[0].file, text_of(form, "name") or name or PurePath(files[0].filename or "").stem
    elif kind in ZIPS:
        if name is None:
            raise InvalidName("A plain zip needs a name: POST /datasets?name=tools.")
        with nameless(uploads.spool) as file:
            await spooled(request, file)
            yield file, name
    else:
        raise NotAZip(f"{kind!r} is not read. {HOW}")
