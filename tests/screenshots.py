"""Pictures of the page: `python -m tests.screenshots [URL [FOLDER]]`, of what `make demo` left running.

Without a folder only the two of the READMEs are made; with one, every view in both languages, on a desk and a
phone, to be looked at.
"""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

DOCS = Path(__file__).parents[1] / "docs"
QUERY = Path(__file__).parents[1] / "data" / "demo" / "queries" / "motorcycle_right.png"
SIZES = {"desk": (1280, 860), "phone": (390, 844)}
LOCALES = {"ja": "ja-JP", "en": "en-US"}


def settle(page: Page) -> None:
    """Until answers and pictures are there."""
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(300)


def views(page: Page, url: str) -> Iterator[str]:
    """Goes through the views, yielding the name of each when it is on show."""
    page.goto(url)
    settle(page)
    yield "catalogue"
    for box in page.locator("#catalogue input.tick:enabled").all()[:3]:
        box.check()
    yield "ticked"
    page.click("#similar")
    settle(page)
    yield "similar"
    page.locator("#results .right").nth(3).click()
    page.locator("#results .wrong").nth(5).click()
    yield "marked"
    page.click("#again")
    settle(page)
    yield "again"
    page.locator("#results .picture").nth(1).click()
    settle(page)
    yield "item"
    page.keyboard.press("Escape")
    page.set_input_files("#pick", QUERY)
    settle(page)
    yield "photo"
    page.goto(f"{url}/?q=そんなものはない")
    settle(page)
    yield "nothing"
    page.goto(url)
    settle(page)
    page.locator("#filters summary").first.click()
    page.locator(".menu[open] input").first.check()
    settle(page)
    yield "menu"
    page.keyboard.press("Escape")
    yield "filtered"
    page.click("#open-import")
    table = "id,name,image\nnew,新しい品物,none.jpg\nbad,,\n"
    page.set_input_files(
        "#import .drop input", {"name": "在庫.csv", "mimeType": "text/csv", "buffer": table.encode()}
    )
    yield "import"
    page.click("#import .start")
    page.wait_for_selector("#import .done")
    for summary in page.locator("#import summary").all():
        summary.click()
    yield "imported"
    page.goto(f"{url}/#models")
    page.reload()
    settle(page)
    yield "models"
    page.locator(".learn form").scroll_into_view_if_needed()
    yield "learn"


def tab(browser: Browser, size: str, language: str) -> Page:
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height}, locale=LOCALES[language], has_touch=size == "phone"
    )
    return context.new_page()


def for_readmes(browser: Browser, url: str) -> None:
    for language in LOCALES:
        page = tab(browser, "desk", language)
        page.goto(url)
        settle(page)
        for item in ("brick.png", "gravel.png"):
            page.locator(f'#catalogue .card[data-id="{item}"] input.tick').check()
        page.click("#similar")
        settle(page)
        page.evaluate("scrollTo(0, 0)")
        page.screenshot(path=DOCS / f"page-{language}.png")


def everything(browser: Browser, url: str, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for size in SIZES:
        for language in LOCALES:
            page = tab(browser, size, language)
            for view in views(page, url):
                page.screenshot(path=folder / f"{size}-{language}-{view}.png")


def main(url: str = "http://127.0.0.1:8000", folder: str | None = None) -> None:
    """Takes them."""
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("There is no chromium: apt install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        if folder:
            everything(browser, url, Path(folder))
        else:
            for_readmes(browser, url)
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
