"""Who may ask: whoever has the key. Without one only this machine is served, which Settings sees to."""

import secrets

from fastapi import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.problems import problem

HEADER = "X-API-Key"
OPEN = ("/healthz", "/readyz")  # say nothing about the catalogue
INTERNAL = "/internal/"  # has a token of its own


class ApiKey:
    """Answers 401 to whoever has no key, if there is one."""

    def __init__(self, app: ASGIApp, key: str) -> None:
        self._app = app
        self._key = key.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and self._key and not self._may(scope):
            detail = f"Send the key in the header {HEADER}."
            await problem(Request(scope), 401, "api_key_required", detail, field=HEADER)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _may(self, scope: Scope) -> bool:
        path = scope["path"].removeprefix(scope.get("root_path", ""))  # as the router sees it
        if path in OPEN or path.startswith(INTERNAL):
            return True
        given = dict(scope["headers"]).get(HEADER.lower().encode(), b"")
        return secrets.compare_digest(given, self._key)
