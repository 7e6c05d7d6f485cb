"""Below a reverse proxy's path: https://shop.example/nitari/search is our /search."""

from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send


class RootPath:
    """Tells the application its `root_path` as ASGI has it, whether or not the proxy took it off."""

    def __init__(self, app: ASGIApp, root_path: str) -> None:
        self._app = app
        self._root_path = root_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and self._root_path:
            path = scope["path"]
            if path == self._root_path:  # the page's addresses are relative to the folder it lies in
                await RedirectResponse(f"{path}/", 308)(scope, receive, send)
                return
            if not f"{path}/".startswith(f"{self._root_path}/"):
                path = self._root_path + path
            scope = {**scope, "root_path": self._root_path, "path": path}
        await self._app(scope, receive, send)
