"""Who may ask: without a key this machine only, with one whoever has it."""

import ipaddress
import secrets

from fastapi import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.problems import problem
from shared.settings import Settings

HEADER = "X-API-Key"
OPEN = ("/healthz", "/readyz")  # say nothing about the catalogue
INTERNAL = "/internal/"  # has a token of its own


class UnsafeBind(RuntimeError):
    """The service could be reached from other machines, by anybody."""


def check_bind(settings: Settings) -> None:
    """Raises UnsafeBind where a key is needed and there is none."""
    if not _loopback(settings.bind) and not settings.api_key.get_secret_value():
        raise UnsafeBind(
            f"NITARI_BIND={settings.bind} lets other machines in: set NITARI_API_KEY too. "
            "To make one: python3 -c 'import secrets; print(secrets.token_urlsafe(32))'"
        )


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
        if scope["path"] in OPEN or scope["path"].startswith(INTERNAL):
            return True
        given = dict(scope["headers"]).get(HEADER.lower().encode(), b"")
        return secrets.compare_digest(given, self._key)


def _loopback(bind: str) -> bool:
    try:
        return bind == "localhost" or ipaddress.ip_address(bind).is_loopback
    except ValueError:
        return False
