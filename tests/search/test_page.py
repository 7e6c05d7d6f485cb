"""What the page needs of the server; what it does is in end_to_end/page."""

import re

import pytest
from pydantic import SecretStr, ValidationError

from services.search.routes.page import FOLDER
from shared.settings import Settings


def files() -> list[str]:
    return [path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*") if path.is_file()]


def test_the_page_and_its_files_are_served_with_a_strict_policy(service):
    for path in ("/", *(f"/page/{name}" for name in files())):
        answer = service.client.get(path)
        assert answer.status_code == 200, path
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'") and "unsafe" not in policy and "http" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert service.client.get("/page/none.js").status_code == 404
    assert service.client.get("/page/../app.py").status_code == 404


def test_nothing_of_the_page_names_another_host_or_holds_inline_code():
    for name in files():
        text = (FOLDER / name).read_text(encoding="utf-8")
        hosts = set(re.findall(r"https?://([\w.-]+)", text))
        assert hosts <= {"www.w3.org"}, name  # the namespace of SVG
    html = (FOLDER / "index.html").read_text(encoding="utf-8")
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*src=)", html)
    assert not re.search(
        r"innerHTML|insertAdjacentHTML|document\.write|eval\(",
        "".join((FOLDER / name).read_text(encoding="utf-8") for name in files() if name.endswith(".js")),
    )


def test_every_text_is_in_both_languages():
    keys = {}
    for language in ("ja", "en"):
        text = (FOLDER / "texts" / f"{language}.js").read_text(encoding="utf-8")
        keys[language] = {
            (key, tuple(sorted(re.findall(r"\{(\w+)\}", value))))
            for key, value in re.findall(r'(\w+): "((?:[^"\\]|\\.)*)"', text)
        }
    assert keys["ja"] == keys["en"] and len(keys["ja"]) > 80


def test_every_text_that_is_asked_for_is_there():
    code = "".join((FOLDER / name).read_text(encoding="utf-8") for name in files())
    pairs = re.findall(r'\bt\("(\w+)"|data-(?:text|label|placeholder)="(\w+)"', code)
    asked = {name for pair in pairs for name in pair if name}
    text = (FOLDER / "texts" / "en.js").read_text(encoding="utf-8")
    assert len(asked) > 60
    for name in asked:
        assert re.search(rf"\b{name}: ", text), name


def test_brand_and_page_sizes_are_settings(settings, restart, monkeypatch):
    monkeypatch.setenv("NITARI_TITLE", "機械工具検索")
    monkeypatch.setenv("NITARI_LINKS", "店=https://shop.example/a?b=c, 組合=http://union.example")
    named = Settings()
    settings.title, settings.links, settings.page_items = named.title, named.links, 7
    body = restart().client.get("/page-settings").json()
    assert body["title"] == "機械工具検索" and body["items"] == 7 and body["matches"] == 20
    assert body["links"] == [
        {"label": "店", "url": "https://shop.example/a?b=c"},
        {"label": "組合", "url": "http://union.example"},
    ]
    monkeypatch.setenv("NITARI_LINKS", "x=javascript:alert(1)")
    with pytest.raises(ValidationError, match="no web address"):
        Settings()


@pytest.mark.parametrize("key", ["open sesame", '鍵; path=/"x"'])
def test_a_browser_sends_the_key_once(settings, restart, key):
    settings.api_key = SecretStr(key)
    browser = restart().client
    assert browser.get("/").status_code == 200 and browser.get("/page-settings").status_code == 200
    assert browser.get("/items").status_code == 401
    assert browser.post("/session", headers={"X-API-Key": b"wrong"}).status_code == 401
    answer = browser.post("/session", headers={"X-API-Key": key.encode()})
    cookie = answer.headers["set-cookie"]
    assert answer.status_code == 204 and "HttpOnly" in cookie and "SameSite=strict" in cookie
    assert browser.get("/items").status_code == 200
    for odd in ('a={"x":1}; ', "foo; ", "a@b=1; ", "path=1; "):  # of another program on the same machine
        assert browser.get("/items", headers={"Cookie": odd + cookie.split(";")[0]}).status_code == 200
    browser.cookies.clear()
    assert browser.get("/items", headers={"Cookie": "nitari_key=wrong"}).status_code == 401


def test_the_page_works_below_a_path(settings, restart):
    settings.root_path = "/nitari"
    client = restart().client
    assert "page/main.js" in client.get("/nitari/").text
    assert client.get("/nitari/page/main.js").status_code == 200
    assert client.get("/nitari/page-settings").status_code == 200
    answer = client.get("/nitari", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (308, "/nitari/")
