"""Who may ask: whoever has the key. Without one only this machine is served, which Settings sees to."""

import secrets
from urllib.parse import unquote_to_bytes

from fastapi import Request
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.bodies import CLOSE
from shared.leases import INTERNAL_TOKEN
from shared.problems import problem

API_KEY = "X-API-Key"
COOKIE = "nitari_key"  # of a browser that has sent the key once (POST /session)
OPEN = ("/healthz", "/readyz", "/", "/page-settings")  # say nothing about the catalogue
OPEN_BELOW = ("/page/",)  # the page asks for the key
INTERNAL = "/internal/"  # has a token of its own


READING = ("GET", "HEAD", "OPTIONS")
ELSEWHERE = ("cross-site", "same-site")  # a browser says so when another page asks; other clients say nothing
FOREIGN = "Another site's page must not change this catalogue."

NO_KEY = ("api_key_required", f"Send the key in the header {API_KEY}.", API_KEY)
NO_TOKEN = ("wrong_token", f"The header {INTERNAL_TOKEN} must hold NITARI_INTERNAL_TOKEN.", INTERNAL_TOKEN)


class Access:
    """Answers 401, before a body is read, to who has no key (if there is one) or, as a worker, no token."""

    def __init__(self, app: ASGIApp, *, key: str, token: str) -> None:
        self._app = app
        self._key = key.encode()
        self._token = token.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = scope["path"].removeprefix(scope.get("root_path", ""))  # as the router sees it
        if path.startswith(INTERNAL):  # an empty token of ours opens nothing
            allowed, refusal = bool(self._token) and _given(scope, INTERNAL_TOKEN, self._token), NO_TOKEN
        else:
            allowed, refusal = path in OPEN or path.startswith(OPEN_BELOW) or self._has_key(scope), NO_KEY
        if scope["method"] not in READING and _given_text(scope, "sec-fetch-site") in ELSEWHERE:
            answer = problem(Request(scope), 403, "cross_site", FOREIGN, headers=CLOSE)
            await answer(scope, receive, send)
            return
        if allowed:
            await self._app(scope, receive, send)
            return
        kind, detail, field = refusal
        answer = problem(Request(scope), 401, kind, detail, field=field, headers=CLOSE)
        await answer(scope, receive, send)

    def _has_key(self, scope: Scope) -> bool:
        if not self._key or _given(scope, API_KEY, self._key):
            return True
        return secrets.compare_digest(_cookie(scope), self._key)


def _cookie(scope: Scope) -> bytes:
    cookies = cookie_parser(dict(scope["headers"]).get(b"cookie", b"").decode("latin-1"))
    return unquote_to_bytes(cookies.get(COOKIE, ""))


def _given(scope: Scope, header: str, secret: bytes) -> bool:
    return secrets.compare_digest(dict(scope["headers"]).get(header.lower().encode(), b""), secret)


def _given_text(scope: Scope, header: str) -> str:
    return str(dict(scope["headers"]).get(header.encode(), b"").decode("latin-1"))
