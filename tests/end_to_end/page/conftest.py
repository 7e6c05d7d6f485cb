"""The page in a real browser: over the whole stack, and over a search service alone for its odd states."""

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect, sync_playwright

from local import samples
from local.stack import Stack
from shared.settings import Settings
from tests import machines
from tests.conftest import build
from tests.small import NotedBell, SmallEmbedder

CHROMIUM = shutil.which("chromium")
DEMO = Path(__file__).parents[3] / "local" / "demo.csv"
SIZES = {"desktop": (1280, 900), "phone": (390, 844)}

Open = Callable[..., Page]
expect.set_options(timeout=20_000)  # milliseconds: a busy machine is no fault of the page


@dataclass
class Shop:
    """A running Nitari and the photos to search with."""

    url: str
    queries: Path
    client: httpx2.Client


@pytest.fixture(scope="session")
def chromium() -> str:
    if CHROMIUM is None:
        pytest.skip("!!! THE PAGE IS NOT TESTED: there is no chromium here (apt install chromium) !!!")
    return CHROMIUM


@pytest.fixture(scope="module")  # while it runs, nothing else can use asyncio in this thread
def browser(chromium) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def open_page(browser) -> Iterator[Open]:
    """open_page(url, size, locale) is a tab of its own; what its console complains of fails the test."""
    contexts, complaints = [], []

    def run(url: str, size: str = "desktop", locale: str = "ja-JP", allow: tuple[str, ...] = ()) -> Page:
        width, height = SIZES[size]
        context = browser.new_context(
            viewport={"width": width, "height": height}, locale=locale, has_touch=size == "phone"
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: line.type == "error" and _note(complaints, line.text, allow))
        page.goto(url)
        return page

    yield run
    for context in contexts:
        context.close()
    assert complaints == []


def _note(complaints: list[str], text: str, allow: tuple[str, ...]) -> None:
    if not any(part in text for part in allow):
        complaints.append(text)


@pytest.fixture(scope="session")
def shop(real_store, chromium, tmp_path_factory) -> Iterator[Shop]:
    """The whole stack over the demo's photos and table, and a dealer's catalogue."""
    folder = tmp_path_factory.mktemp("shop")
    data = folder / "data"
    data.mkdir()
    (data / "models").symlink_to(real_store.path.resolve())
    photos, *_ = samples.fetch(Settings().data / "demo")
    shutil.copytree(photos, folder / "photos")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("NITARI_REAPER_S", "2")
        stack = Stack(data, search_port=0, embedding_port=0)
        url = stack.up(folder / "photos").url
        try:
            with httpx2.Client(base_url=url, timeout=60, trust_env=False) as client:
                for name, content in (("demo.csv", DEMO.read_bytes()), ("machines.csv", machines.table())):
                    sent = client.post("/items/import", files={"file": (name, content)}).json()
                    _wait(client, sent["id"])
                yield Shop(url, photos.parent / "queries", client)
        finally:
            stack.down()


def _wait(client: httpx2.Client, job: str) -> None:
    deadline = time.monotonic() + 120
    while (body := client.get(f"/jobs/{job}").json())["state"] in ("queued", "running"):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert body["state"] == "succeeded", body


@dataclass
class Alone:
    """A search service on a socket, its embedder under control; there is no worker."""

    url: str
    embedder: SmallEmbedder
    bell: NotedBell
    client: httpx2.Client
    stop: Callable[[], None]


@pytest.fixture
def alone(settings, decoders) -> Iterator[Callable[[], Alone]]:
    """alone() starts it over `settings`."""
    running: list[tuple[uvicorn.Server, threading.Thread]] = []
    clients: list[httpx2.Client] = []

    def stop() -> None:
        while running:
            server, thread = running.pop()
            server.should_exit = True
            thread.join()

    def start() -> Alone:
        embedder, bell = SmallEmbedder(settings.data), NotedBell()
        app = build(settings, embedder, decoders, bell)
        server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", ws="none"))
        thread = threading.Thread(target=server.run)
        thread.start()
        running.append((server, thread))
        while not server.started:
            time.sleep(0.01)
        url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
        clients.append(httpx2.Client(base_url=url, trust_env=False))
        return Alone(url, embedder, bell, clients[-1], stop)

    yield start
    for client in clients:
        client.close()
    stop()
