"""What the ancestor's page did, and its traps, in a browser; on a desk and on a phone."""

import re

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.parametrize("size", ["desktop", pytest.param("phone", marks=pytest.mark.slow)])


def ask(page: Page, words: str) -> None:
    page.fill("#keyword", words)
    page.press("#keyword", "Enter")


def count(page: Page, pane: str = "#catalogue"):
    return page.locator(f"{pane} .count")


def cards(page: Page, pane: str = "#catalogue"):
    return page.locator(f"{pane} .card")


def tick(page: Page, name: str) -> None:
    cards(page).filter(has_text=name).locator("input.tick").check()


def test_keyword_search_sixty_per_page_with_first_previous_next_last(shop, open_page, size):
    page = open_page(shop.url, size)
    ask(page, "金型")
    expect(count(page)).to_have_text("「金型」に一致 965 件")
    expect(cards(page)).to_have_count(60)
    pages = page.locator("#catalogue .pages").first
    expect(pages).to_contain_text("1 / 17 ページ")
    for button, shown in (("次へ", 2), ("最後", 17), ("前へ", 16), ("最初", 1)):
        pages.get_by_role("button", name=button).click()
        expect(pages).to_contain_text(f"{shown} / 17 ページ")
    expect(pages.get_by_role("button", name="前へ")).to_be_disabled()
    pages.get_by_role("button", name="最後").click()
    expect(cards(page)).to_have_count(5)


def test_keyword_scope_same_genre_says_its_candidates(shop, open_page, size):
    page = open_page(shop.url, size)
    page.select_option("#scope", "same")
    ask(page, "エンドミル")
    expect(count(page)).to_have_text("「エンドミル」に一致 3 件 · 似たものを探す範囲 901 件")


@pytest.mark.parametrize("everything", ["", "all"])
def test_keyword_all_lists_everything(shop, open_page, size, everything):
    page = open_page(f"{shop.url}/?q=x", size)
    expect(count(page)).not_to_be_empty()
    ask(page, everything)
    expect(count(page)).to_have_text(re.compile(r"^8,7\d\d 件$"))


def test_similar_search_from_ticks_that_survive_paging_and_are_shown_small(shop, open_page, size):
    page = open_page(shop.url, size)
    tick(page, "猫のチェルシー")
    page.locator("#catalogue .pages .next").first.click()
    expect(page.locator("#catalogue .pages").first).to_contain_text("2 / ")
    expect(page.locator("#tray h2")).to_have_text("選択中 1 件")
    page.locator("#catalogue .pages .first").first.click()
    tick(page, "オートバイ")
    expect(page.locator("#tray li img")).to_have_count(2)
    page.click("#similar")
    expect(cards(page, "#results")).to_have_count(20)
    expect(count(page, "#results")).to_contain_text("候補")
    names = cards(page, "#results").locator(".name").all_text_contents()
    assert {"猫のチェルシー", "ガレージのオートバイ"} == set(names[:2])
    page.locator("#results .pages .next").first.click()
    expect(cards(page, "#results")).to_have_count(5)
    expect(page.locator("#asked li img")).to_have_count(2)


def test_catalogue_left_and_results_right(shop, open_page, size):
    page = open_page(f"{shop.url}/?like=chelsea.png", size)
    expect(cards(page, "#results")).to_have_count(20)
    if size == "desktop":
        left, right = (page.locator(pane).bounding_box() for pane in ("#catalogue", "#results"))
        assert left["x"] + left["width"] <= right["x"] and abs(left["y"] - right["y"]) < 2
        return
    expect(page.locator("#catalogue")).to_be_hidden()  # a narrow screen shows one of them
    page.locator("#tabs").get_by_role("button", name="カタログ").click()
    expect(page.locator("#catalogue")).to_be_visible()
    expect(page.locator("#results")).to_be_hidden()


def test_details_open_large_with_labelled_fields_and_keys_walk_on(shop, open_page, size):
    page = open_page(f"{shop.url}/?q=チェルシー", size)
    cards(page).first.locator(".picture").click()
    item = page.locator("#item")
    expect(item.locator("h2")).to_have_text("猫のチェルシー")
    facts = item.locator("dl")
    expect(facts).to_contain_text("ジャンル動物")
    expect(facts).to_contain_text("仕様カラー 451×300")
    expect(facts).not_to_contain_text("メーカー")  # it is empty
    large = item.locator("img.large")
    expect(large).to_be_visible()
    expect(large).to_have_js_property("naturalWidth", 451)
    page.keyboard.press("Escape")
    expect(item).to_be_hidden()
    ask(page, "市松")
    expect(cards(page)).to_have_count(2)
    cards(page).first.locator(".picture").click()
    expect(item.locator("h2")).to_have_text("市松模様(白黒)")
    page.keyboard.press("ArrowRight")
    expect(item.locator("h2")).to_have_text("市松模様(カラー)")
    expect(item.locator(".walk span")).to_have_text("2 / 2")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    expect(item.locator("h2")).to_have_text("市松模様(白黒)")
    item.get_by_role("button", name="これに似たものを探す").click()
    expect(cards(page, "#results").first).to_contain_text("市松模様")


def test_messages_nothing_typed_nothing_ticked_nothing_found(shop, open_page, size):
    page = open_page(shop.url, size)
    ask(page, "  ")
    expect(page.locator("#catalogue .message")).to_contain_text("言葉が入力されていない")
    expect(cards(page)).to_have_count(60)
    page.click("#similar")
    expect(page.locator("#notice")).to_contain_text("まだ何も選ばれていません")
    ask(page, "そんなものはない")
    expect(page.locator("#catalogue .message")).to_contain_text(
        "「そんなものはない」に一致するものはありません"
    )


def test_re_ranking_button_marks_right_and_wrong_and_searches_again(shop, open_page, size):
    page = open_page(f"{shop.url}/?like=brick.png", size)
    results = cards(page, "#results")
    expect(results).to_have_count(20)
    right = page.locator('#results .card[data-id="gravel.png"]')
    wrong = results.nth(1) if results.nth(1).get_attribute("data-id") != "gravel.png" else results.nth(2)
    gone = wrong.get_attribute("data-id")
    right.get_by_role("button", name="正解").click()
    wrong.get_by_role("button", name="違う").click()
    expect(right.locator(".right")).to_have_attribute("aria-pressed", "true")
    page.click("#again")
    expect(page).to_have_url(re.compile("like=gravel.png"))
    expect(page.locator(f'#results .card[data-id="{gone}"]')).to_have_count(0)
    expect(page.locator("#asked li")).to_have_count(3)
    expect(results.first).to_contain_text(re.compile("れんが|砂利"))


def test_trap_the_search_state_is_per_tab(shop, open_page, size):
    one, other = open_page(shop.url, size), open_page(shop.url, size)
    ask(one, "金型")
    ask(other, "刃")
    expect(count(other)).to_have_text("「刃」に一致 2 件")
    expect(count(one)).to_have_text("「金型」に一致 965 件")
    one.reload()
    expect(count(one)).to_have_text("「金型」に一致 965 件")
