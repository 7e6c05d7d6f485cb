"""The web page, its settings, and the session that remembers the key in a browser."""

from pathlib import Path
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse
from pydantic import BaseModel
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from services.search.access import API_KEY, COOKIE
from services.search.routes.dependencies import PartsDep

FOLDER = Path(__file__).parent.parent / "page"
YEAR_S = 365 * 24 * 3600
HEADERS = {
    # nothing from anywhere else: what an item's field says can never become code
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self';"
        " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",  # asked again each time, and answered with 304
}

router = APIRouter(include_in_schema=False)


class Link(BaseModel):
    """A link in the page's bar."""

    label: str
    url: str


class PageSettings(BaseModel):
    """What an owner turns about the page."""

    title: str
    links: list[Link]
    copyright: str
    items: int
    matches: int


class PageFiles(StaticFiles):
    """The page's files, with its headers."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """As StaticFiles has it."""
        response = await super().get_response(path, scope)
        response.headers.update(HEADERS)
        return response


@router.get("/")
def page() -> FileResponse:
    """The page."""
    return FileResponse(FOLDER / "index.html", headers=HEADERS)


@router.get("/page-settings")
def page_settings(parts: PartsDep) -> PageSettings:
    """Title, links, and how many items and matches a page shows."""
    settings = parts.settings
    links = [Link(label=label, url=url) for label, url in settings.links]
    return PageSettings(
        title=settings.title,
        links=links,
        copyright=settings.copyright,
        items=settings.page_items,
        matches=settings.page_matches,
    )


@router.post("/session", status_code=204)
def open_session(request: Request) -> Response:
    """Keeps the key that came in X-API-Key, which Access has looked at, in a cookie that no script reads."""
    response = Response(status_code=204)
    if key := request.headers.get(API_KEY):
        response.set_cookie(
            COOKIE,
            quote(key.encode("latin-1"), safe=""),  # the bytes of the header
            max_age=YEAR_S,
            path=request.scope.get("root_path") or "/",
            secure=request.url.scheme == "https",
            httponly=True,
            samesite="strict",
        )
    return response
