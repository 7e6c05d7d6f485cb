"""A CSV or Excel file becomes items."""

from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool

from services.search.routes.dependencies import Parts, PartsDep
from services.search.routes.forms import InvalidForm, form_of, media_type_of, text_of
from services.search.routes.inputs import valid
from shared.leases import TableRef
from shared.photos import Folder
from shared.schemas import ImportOptions, ImportRequest, Job
from shared.tables import TableRoot

router = APIRouter(tags=["items"])
OPTIONS = tuple(ImportOptions.model_fields)
BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {"type": "string", "format": "binary"},
                        **ImportOptions.model_json_schema()["properties"],
                    },
                }
            },
            "application/json": {
                "schema": ImportRequest.model_json_schema(),
                "examples": {"path": {"value": {"path": "machines.csv", "delete_missing": True}}},
            },
        },
    }
}

Table = tuple[TableRoot, str, str, ImportOptions]  # where it lies, what its sender calls it, what was asked


@router.post("/items/import", status_code=202, openapi_extra=BODY)
async def import_items(request: Request, parts: PartsDep) -> Job:
    """One item per row, or several rows per item; again, it is a sync. See the job's result."""
    root, path, name, options = await _read(request, parts)
    folders, model = await run_in_threadpool(_plan, parts, options)
    table = TableRef(root=root, path=path, options=options)
    return await parts.jobs.import_table(table, name, model=model, folders=folders)


async def _read(request: Request, parts: Parts) -> Table:
    if media_type_of(request) == "application/json":
        asked = valid(ImportRequest, await request.body())
        root, path = await run_in_threadpool(parts.tables.find, asked.path)
        return root, path, Path(path).name, ImportOptions(**asked.model_dump(exclude={"path"}))
    async with form_of(request, known=("file", *OPTIONS)) as form:
        texts = {name: text for name in OPTIONS if (text := text_of(form, name)) is not None}
        columns = [name.strip() for name in texts.pop("image_columns", "").split(",") if name.strip()]
        options = valid(ImportOptions, {**texts, "image_columns": columns})
        files = form.getlist("file")
        if len(files) != 1 or isinstance(files[0], str):
            raise InvalidForm("'file' must be one file: with curl, -F file=@machines.csv (mind the @).")
        name, content = files[0].filename or "", await files[0].read()
    await run_in_threadpool(parts.tables.sweep, parts.jobs.tables())
    return *await run_in_threadpool(parts.tables.store, name, content), Path(name).name, options


def _plan(parts: Parts, options: ImportOptions) -> tuple[list[Folder], str]:
    model = parts.models.stored()
    if options.images_dir is not None:
        return [parts.roots.find(options.images_dir)], model
    return parts.roots.folders(), model
