"""Menus of fields: what is chosen holds for lists and look-alikes alike, and is in the address."""

import json
import re

import pytest
from playwright.sync_api import Locator, Page, expect

LABELS = [
    {
        "field": "genre",
        "label": {"ja": "ジャンル", "en": "Genre"},
        "values": {"18": {"ja": "板金用品", "en": "Sheet metal"}, "15": {"ja": "バイス", "en": "Vices"}},
    },
    {"field": "maker", "label": {"ja": "メーカー", "en": "Maker"}},
    {"field": "price", "label": {"ja": "価格", "en": "Price"}},
    {"field": "secret", "label": {"ja": "秘密", "en": "Secret"}, "hidden": True},
]


@pytest.fixture
def stock(alone, photo):
    """Twelve goods: makers A, B, C in turn, prices 1000 to 12000, photos of the first three."""
    server = alone()
    for n in range(12):
        fields = {
            "name": f"品{n}",
            "maker": "ABC"[n % 3],
            "genre": "18" if n < 4 else "15",
            "price": f"{n + 1}000",
            "secret": "xy"[n % 2],
            "arrived": f"2026-04-{n + 1:02} 09:30",
            "sold": n < 2,
        }
        files = {"image": photo(n)} if n < 3 else None
        server.client.put(f"/items/{n}", files=files, data={"fields": json.dumps(fields)}).raise_for_status()
    server.client.put("/fields", json={"fields": LABELS}).raise_for_status()
    return server


def count(page: Page) -> Locator:
    return page.locator("#catalogue .count")


def menu(page: Page, title: str) -> Locator:
    return page.locator("#filters .menu").filter(has=page.locator("summary", has_text=title))


def choose(page: Page, title: str, *values: str) -> None:
    menu(page, title).locator("summary").click()
    for value in values:
        menu(page, title).get_by_role("checkbox", name=value).check()
    page.keyboard.press("Escape")


def chips(page: Page) -> Locator:
    return page.locator("#filters .chip")


def test_a_maker_and_a_price_are_chosen_reloaded_and_undone(stock, open_page):
    page = open_page(stock.url, "phone")
    expect(count(page)).to_have_text("12 件")
    choose(page, "メーカー", "A", "B")
    expect(count(page)).to_have_text("8 件")
    menu(page, "価格").locator("summary").click()
    menu(page, "価格").get_by_label("下限").fill("4000")
    menu(page, "価格").get_by_label("上限").fill("8000")
    page.keyboard.press("Enter")
    expect(count(page)).to_have_text("4 件")
    expect(chips(page)).to_have_text(
        [re.compile("メーカー:A"), re.compile("メーカー:B"), re.compile("価格:4000 ～ 8000")]
    )
    page.reload()
    expect(count(page)).to_have_text("4 件")
    expect(menu(page, "価格").get_by_label("上限")).to_have_value("8000")
    for counts in ("6 件", "8 件", "4 件", "12 件"):  # each step was one of its own: from 4000, A and B, A
        page.go_back()
        expect(count(page)).to_have_text(counts)
    expect(chips(page)).to_have_count(0)
    width = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert width == 0


def test_values_have_the_owners_names_in_both_languages_and_chips_take_conditions_away(stock, open_page):
    page = open_page(stock.url)
    choose(page, "ジャンル", "板金用品")
    expect(chips(page)).to_have_text(re.compile("ジャンル:板金用品"))
    expect(count(page)).to_have_text("4 件")
    page.click("#language")
    expect(chips(page)).to_have_text(re.compile("Genre: Sheet metal"))
    choose(page, "Maker", "A", "C")
    expect(count(page)).to_have_text("3 items")
    page.get_by_role("button", name="Without the condition Maker: A").click()
    expect(count(page)).to_have_text("1 item")
    expect(page.get_by_role("button", name="Without the condition Maker: C")).to_be_focused()
    page.locator("#filters .clear").click()
    expect(count(page)).to_have_text("12 items")
    expect(menu(page, "Genre").locator("input:checked")).to_have_count(0)


def test_what_is_chosen_holds_for_photos_ticks_words_and_answers_marked_right_or_wrong(
    stock, open_page, photo, tmp_path
):
    file = tmp_path / "q.jpg"
    file.write_bytes(photo(1, noise=4))
    page = open_page(stock.url)
    choose(page, "メーカー", "A", "B")
    page.set_input_files("#pick", file)
    names = page.locator("#results .name")
    expect(names).to_have_text(["品1", "品0"])
    page.locator("#results .right").first.click()
    page.click("#again")
    expect(page).to_have_url(re.compile("like=1"))
    expect(names).to_have_text(["品1", "品0"])
    page.locator('#catalogue .card[data-id="1"] input.tick').check()
    page.click("#similar")
    expect(page.locator("#results .count")).to_have_text("候補 8 件(うち写真のあるもの 2 件)")
    page.fill("#keyword", "品1")
    page.press("#keyword", "Enter")
    expect(count(page)).to_have_text("「品1」に一致 2 件")  # 1 and 10, not 11
    choose(page, "メーカー", "C")
    expect(names).to_have_count(3)


def test_nothing_under_the_conditions_says_so_and_they_are_cleared(stock, open_page):
    asked = json.dumps({"maker": ["none"]})
    page = open_page(f"{stock.url}/?filter={asked}&like=0")
    for pane in ("#catalogue", "#results"):
        expect(page.locator(f"{pane} .message")).to_contain_text("選んだ条件に合うものはありません")
    expect(menu(page, "メーカー").locator("input:checked")).to_have_count(1)
    page.locator("#results .message").get_by_role("button", name="条件をすべて外す").click()
    expect(count(page)).to_have_text("12 件")
    expect(page.locator("#results .card")).to_have_count(3)


def test_a_field_that_is_gone_says_so_and_is_cleared(stock, open_page):
    asked = json.dumps({"colour": ["red"], "constructor": {"ne": 1}})
    page = open_page(f"{stock.url}/?filter={asked}&sort=-colour&like=0", allow=("422",))
    for pane in ("#catalogue", "#results"):
        expect(page.locator(f"{pane} .message")).to_contain_text("いまのカタログにはありません")
    expect(chips(page)).to_have_text([re.compile("colour:red"), re.compile(r'constructor:{"ne":1}')])
    page.locator("#catalogue .message").get_by_role("button", name="条件をすべて外す").click()
    expect(count(page)).to_have_text("12 件")
    assert "colour" not in page.url
    page.goto(f"{stock.url}/?filter=%7Bhalf")
    expect(count(page)).to_have_text("12 件")


def test_the_catalogue_is_ordered_by_a_field_up_and_down(stock, open_page):
    page = open_page(stock.url)
    order = page.get_by_label("並び順")
    order.select_option(label="価格の大きい順")
    expect(page.locator("#catalogue .name").first).to_have_text("品11")
    page.reload()
    expect(page.locator("#catalogue .name").first).to_have_text("品11")
    expect(order).to_have_value("-price")
    order.select_option(label="登録順")
    expect(page.locator("#catalogue .name").first).to_have_text("品0")


def test_menus_are_used_by_keyboard_and_close_when_one_goes_on(stock, open_page):
    page = open_page(stock.url)
    arrived = menu(page, "arrived")
    arrived.locator("summary").press("Enter")
    arrived.get_by_label("この日まで").fill("2026-04-05")
    page.keyboard.press("Escape")
    expect(arrived.locator("summary")).to_be_focused()
    expect(arrived.locator(".panel")).to_be_hidden()
    expect(count(page)).to_have_text("5 件")  # what arrived in the course of that day is among them
    expect(chips(page)).to_have_text(re.compile("arrived:2026-04-05 まで"))
    menu(page, "メーカー").locator("summary").click()
    menu(page, "sold").locator("summary").click()
    expect(menu(page, "メーカー").locator(".panel")).to_be_hidden()
    menu(page, "sold").get_by_role("checkbox", name="はい").check()
    expect(count(page)).to_have_text("2 件")
    page.locator("#hint").click()
    expect(menu(page, "sold").locator(".panel")).to_be_hidden()


def test_fields_worth_a_menu_have_one_and_after_a_job_they_are_looked_at_anew(alone, open_page):
    server = alone()
    server.client.put("/items/0", data={"fields": '{"name": "一つ"}'}).raise_for_status()
    job = server.client.post("/jobs/extract").json()["id"]
    page = open_page(server.url)
    expect(page.locator("#job")).to_be_visible()
    expect(count(page)).to_have_text("1 件")
    for part in ("#filters", "#catalogue .sort"):
        expect(page.locator(part)).to_be_hidden()
    for n in range(24):
        fields = {f"f{field}": f"v{n % 2}" for field in range(7)}
        fields |= {
            "name": f"品{n}",
            "no": n,
            "state": n % 2,
            "price": n * 7 % 24 * 100,
            "top_img": "xy"[n % 2],
        }
        server.client.put(f"/items/{n}", data={"fields": json.dumps(fields)}).raise_for_status()
    server.client.delete(f"/jobs/{job}").raise_for_status()
    titles = page.locator("#filters summary")
    expect(titles.first).to_be_visible()
    assert [text.strip() for text in titles.all_text_contents()] == [
        "価格",
        *(f"f{n}" for n in range(7)),
        "state",
    ]
    expect(menu(page, "f6")).to_be_hidden()
    page.get_by_role("button", name="ほかの項目").click()
    choose(page, "f6", "v1")
    expect(count(page)).to_have_text("12 件")
    choose(page, "state", "0")  # two numbers that come so often are names
    expect(page.locator("#catalogue .message")).to_contain_text("選んだ条件に合うものはありません")
