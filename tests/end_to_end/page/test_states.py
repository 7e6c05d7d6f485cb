"""What the page says when all is not well: a search service alone, whose surroundings are under control."""

import asyncio
import re

import pytest
from playwright.sync_api import expect
from pydantic import SecretStr

SIZES = pytest.mark.parametrize("size", ["desktop", pytest.param("phone", marks=pytest.mark.slow)])


@SIZES
def test_an_empty_catalogue_says_what_to_do(alone, open_page, size):
    page = open_page(alone().url, size)
    message = page.locator("#catalogue .message")
    expect(message).to_contain_text("カタログはまだ空です")
    message.get_by_role("button", name="取り込み").click()
    expect(page.locator("#import")).to_be_visible()
    page.locator("#import .start").click()
    expect(page.locator("#import .outcome")).to_contain_text("ファイルを選んでください")


def test_a_job_that_runs_says_how_far_it_is(alone, open_page, photo, settings):
    (settings.photos / "a.jpg").write_bytes(photo(1))
    server = alone()
    server.client.post("/jobs/extract").raise_for_status()
    page = open_page(server.url)
    expect(page.locator("#job")).to_have_text("写真を登録しています: 順番を待っています")


def test_the_folder_is_indexed_from_the_page(alone, open_page, photo, settings):
    (settings.photos / "a.jpg").write_bytes(photo(1))
    page = open_page(alone().url)
    page.get_by_role("button", name="写真フォルダーを登録").click()
    expect(page.locator("#job")).to_contain_text("写真を登録しています")


def test_an_embedding_service_that_is_away_says_so_and_can_be_asked_again(alone, open_page, photo, tmp_path):
    server = alone()
    server.client.put("/items/a", files={"image": photo(1)}).raise_for_status()
    server.embedder.away = True
    file = tmp_path / "q.jpg"
    file.write_bytes(photo(1))
    page = open_page(server.url, allow=("503",))
    page.set_input_files("#pick", file)
    message = page.locator("#results .message")
    expect(message).to_contain_text("写真を調べる部分がいま応答しません")
    server.embedder.away = False
    message.get_by_role("button", name="もう一度").click()
    expect(page.locator("#results .card")).to_have_count(1)


def test_a_server_that_is_away_says_so(alone, open_page):
    server = alone()
    page = open_page(server.url, allow=("ERR_", "Failed to load"))
    expect(page.locator("#catalogue .message")).to_be_visible()
    server.stop()
    page.fill("#keyword", "x")
    page.press("#keyword", "Enter")
    expect(page.locator("#catalogue .message")).to_contain_text("サーバーにつながりません")


def slow(server, seconds: dict[int, float]) -> None:
    """Answers searches of that many photos so late."""
    embed = server.embedder.embed

    async def late(images, *, model):
        await asyncio.sleep(seconds.get(len(images), 0))
        return await embed(images, model=model)

    server.embedder.embed = late


def test_an_old_answer_never_replaces_a_newer_one(alone, open_page, photo, tmp_path):
    server = alone()
    files = []
    for seed in range(3):
        server.client.put(f"/items/{seed}", files={"image": photo(seed)}).raise_for_status()
        files.append(tmp_path / f"{seed}.jpg")
        files[-1].write_bytes(photo(seed))
    slow(server, {2: 2})
    page = open_page(server.url)
    page.set_input_files("#pick", files[:2])
    expect(page.locator("#results .wait")).to_contain_text("写真を調べています…")
    page.set_input_files("#pick", files[2:])
    first = page.locator("#results .card .name").first
    expect(first).to_have_text("2")
    page.wait_for_timeout(2500)
    expect(first).to_have_text("2")
    expect(page.locator("#results .message")).to_be_hidden()


def test_waiting_can_be_cancelled(alone, open_page, photo, tmp_path):
    server = alone()
    server.client.put("/items/a", files={"image": photo(1)}).raise_for_status()
    slow(server, {1: 2})
    file = tmp_path / "q.jpg"
    file.write_bytes(photo(1))
    page = open_page(server.url)
    page.set_input_files("#pick", file)
    page.locator("#results").get_by_role("button", name="中止").click()
    expect(page.locator("#results .message")).to_contain_text("中止しました。")
    slow(server, {})
    server.embedder.__dict__.pop("embed")
    page.locator("#results").get_by_role("button", name="もう一度", exact=True).click()
    expect(page.locator("#results .card")).to_have_count(1)


def test_a_broken_image_says_so(alone, open_page, photo, settings):
    server = alone()
    server.client.put("/items/a", files={"image": photo(1)}).raise_for_status()
    for file in (settings.data / "uploads").rglob("*"):
        if file.is_file():
            file.unlink()
    page = open_page(server.url, allow=("404",))
    expect(page.locator("#catalogue .blank")).to_have_text("画像を表示できません")


@SIZES
def test_a_key_is_asked_for_and_kept(alone, open_page, settings, size):
    settings.api_key = SecretStr("鍵 one")
    server = alone()
    page = open_page(server.url, size, allow=("401",))
    box = page.locator("#key")
    box.locator("input").fill("wrong")
    box.locator("button").click()
    expect(box).to_contain_text("鍵が違います")
    box.locator("input").fill("鍵 one")
    box.locator("button").click()
    expect(page.locator("#catalogue .message")).to_contain_text("カタログはまだ空です")
    page.reload()
    expect(page.locator("#catalogue .message")).to_contain_text("カタログはまだ空です")
    expect(box).to_be_hidden()


def test_an_address_with_the_key_opens_at_once_and_does_not_keep_it(alone, open_page, settings):
    settings.api_key = SecretStr("a&b=鍵")
    page = open_page(f"{alone().url}/?q=x#key=a%26b%3D%E9%8D%B5")
    expect(page.locator("#catalogue .message")).to_contain_text("一致するものはありません")
    assert page.url.endswith("/?q=x")


def test_brand_links_and_page_sizes_are_the_owners(alone, open_page, settings):
    settings.title, settings.copyright, settings.page_items = "機械工具検索", "© 大学", 2
    settings.links = [("マシンライフ", "https://life.example/"), ("e-kikai", "https://kikai.example/")]
    server = alone()
    for number in range(3):
        server.client.put(f"/items/{number}", data={"fields": "{}"}).raise_for_status()
    page = open_page(server.url)
    expect(page).to_have_title("機械工具検索")
    expect(page.locator("#links a")).to_have_text(["マシンライフ", "e-kikai"])
    expect(page.locator("#copyright")).to_have_text("© 大学")
    expect(page.locator("#catalogue .card")).to_have_count(2)


def test_the_page_works_below_a_path(alone, open_page, settings, photo):
    settings.root_path = "/nitari"
    server = alone()
    server.client.put("/nitari/items/a/b?c", files={"image": photo(1)}).raise_for_status()
    page = open_page(f"{server.url}/nitari/")
    page.locator("#catalogue .picture").click()
    expect(page.locator("#item dl")).to_contain_text(re.compile("ID.*a/b"))


def test_what_is_typed_while_the_page_is_still_coming_is_searched_for(alone, open_page):
    server = alone()
    for number, name in enumerate(("金型", "バイス")):
        fields = f'{{"name": "{name}"}}'
        server.client.put(f"/items/{number}", data={"fields": fields}).raise_for_status()
    page = open_page("about:blank")
    page.route("**/page-settings", lambda route: (page.wait_for_timeout(1500), route.continue_()))
    page.goto(server.url)
    page.select_option("#scope", "matches")
    page.fill("#keyword", "金型")
    page.press("#keyword", "Enter")
    expect(page.locator("#catalogue .name")).to_have_text(["金型"])
    expect(page.locator("#keyword")).to_have_value("金型")
    expect(page.locator("#scope")).to_have_value("matches")
    page.goto(f"{server.url}/?q=x")  # what was chosen without asking stays chosen too
    page.select_option("#scope", "same")
    expect(page.locator("#catalogue .message")).to_contain_text("「x」に一致")
    expect(page.locator("#scope")).to_have_value("same")
