"""Errors as problem+json (RFC 9457), the same from every service: type, title, status, detail, request_id."""

import http
import logging
import re
import uuid
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.invalid_image import EmptyFile, InvalidImage, TooCostly, TooManyPixels, UnsupportedImageType
from shared.sandbox import MachineBusy

IMAGE_PROBLEMS: Mapping[type[Exception], int] = {
    InvalidImage: 422,
    EmptyFile: 422,
    UnsupportedImageType: 415,
    TooManyPixels: 413,
    TooCostly: 413,
    MachineBusy: 503,
}
RETRY_AFTER_S = "2"  # of every 503: a restart or a full queue is over by then more often than not
REQUEST_ID = re.compile(r"[\w.-]{1,64}")
PLACES = ("body", "query", "path", "header")  # where FastAPI found a value; its name is enough
log = logging.getLogger("nitari.problems")


def install(app: FastAPI, statuses: Mapping[type[Exception], int]) -> None:
    """Answers each of these exceptions (and their subclasses) with its status, its name as the type.

    What an error has as `field` and `headers` goes with the answer.
    """

    async def known(request: Request, error: Exception) -> JSONResponse:
        status = next(statuses[kind] for kind in type(error).__mro__ if kind in statuses)
        detail = str(error.args[0]) if error.args else None
        field, headers = getattr(error, "field", None), getattr(error, "headers", None)
        return problem(request, status, type(error).__name__, detail, field=field, headers=headers)

    for kind in statuses:
        app.add_exception_handler(kind, known)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(Exception, _unexpected)
    app.add_middleware(RequestId)


def problem(
    request: Request,
    status: int,
    kind: str,
    detail: str | None = None,
    *,
    field: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """One answer; `kind` may be a class name: EmptyFile becomes empty_file."""
    slug = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", kind).replace(" ", "_").lower()
    body = {
        "type": slug,
        "title": slug.replace("_", " ").capitalize(),
        "status": status,
        "detail": detail,
        "field": field,
        "request_id": request.scope.get("nitari.request_id"),
    }
    extra = {"Retry-After": RETRY_AFTER_S} if status == 503 else {}
    return JSONResponse(
        {name: value for name, value in body.items() if value is not None},
        status,
        headers={**extra, **(headers or {})},
        media_type="application/problem+json",
    )


async def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    if error.status_code == 400 and str(error.detail).startswith("Too many files"):
        return problem(request, 413, "too_many_files", str(error.detail))
    if error.status_code == 404 and error.detail == "Not Found":
        docs = f"{request.scope.get('root_path', '')}/docs"
        return problem(request, 404, "not_found", f"There is nothing at {request.url.path}; see {docs}.")
    if error.status_code == 405:
        allowed = (error.headers or {}).get("Allow", "another method")
        return problem(request, 405, "method_not_allowed", f"Use {allowed} here.", headers=error.headers)
    phrase = "malformed_body" if error.status_code == 400 else http.HTTPStatus(error.status_code).phrase
    return problem(request, error.status_code, phrase, str(error.detail), headers=error.headers)


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    first: Mapping[str, Any] = error.errors()[0]
    message = first["msg"]
    if first["type"] == "json_invalid":
        return problem(request, 400, "invalid_json", message)
    steps = first["loc"][1:] if first["loc"][:1] in [(place,) for place in PLACES] else first["loc"]
    path = ".".join(map(str, steps))
    return problem(
        request, 422, "invalid_value", f"{path}: {message}" if path else message, field=path or None
    )


async def _unexpected(request: Request, error: Exception) -> JSONResponse:
    log.error("request %s failed", request.scope.get("nitari.request_id"), exc_info=error)
    return problem(request, 500, "internal_error", "This is a fault in Nitari; its log says more.")


class RequestId:
    """Gives each request an id (the caller's X-Request-ID where it has a sane one) and returns it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        asked = dict(scope["headers"]).get(b"x-request-id", b"").decode("latin-1")
        request_id = asked if REQUEST_ID.fullmatch(asked) else uuid.uuid4().hex
        scope["nitari.request_id"] = request_id

        async def with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), (b"x-request-id", request_id.encode())]
            await send(message)

        await self._app(scope, receive, with_id)
