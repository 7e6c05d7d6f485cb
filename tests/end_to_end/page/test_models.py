"""Models on the page: side by side, made live, brought back, deleted; and what is kept to judge them by."""

import re

import pytest
from playwright.sync_api import expect

from services.search import activation as module
from shared.store import Gate
from tests.end_to_end.page.teaching import answer, row, taught
from tests.search.learner import WORSE
from tests.small import publish_small

SIZES = pytest.mark.parametrize("size", ["desktop", pytest.param("phone", marks=pytest.mark.slow)])


@pytest.fixture
def goods(alone, settings, photo):
    """Five items with vectors of the live model."""
    goods = taught(alone(), settings)
    for seed in range(5):
        fields = f'{{"name": "品物 {seed}", "genre_id": "{seed % 2}"}}'
        goods.client.put(f"/items/{seed}", files={"image": photo(seed)}, data={"fields": fields})
    return goods


@SIZES
def test_models_stand_side_by_side_with_their_numbers_in_plain_words(goods, open_page, size, settings):
    goods.learn("new")
    goods.client.post("/models/new/activate").raise_for_status()
    goods.learn("other", WORSE)
    report = settings.data / "reports" / "new" / "report.html"
    report.parent.mkdir(parents=True)
    report.write_text("<title>r</title><p>what was measured")
    page = open_page(goods.url, size)
    page.get_by_role("link", name="モデル").click()
    expect(page).to_have_url(re.compile("#models$"))
    expect(row(page, "new")).to_contain_text(
        re.compile("使用中.*tools.*2 種類、写真 90 枚.*「small」をもとに")
    )
    expect(row(page, "new")).to_contain_text(
        re.compile(r"0\.500 → 0\.625良くなった差 \+0\.125\(95% 区間 \+0\.100")
    )
    expect(row(page, "new")).to_contain_text(re.compile(r"0\.702 → 0\.810.*0\.467 → 0\.550"))
    expect(row(page, "other")).to_contain_text(
        re.compile("候補.*良くなったとは言えない.*記録した正誤 12 件で")
    )
    expect(row(page, "small")).to_contain_text(re.compile("ひとつ前.*最初からあるモデル"))
    expect(page.locator("#models tbody tr").first).to_have_attribute("data-model", "new")
    expect(row(page, "other").get_by_role("link")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    with page.expect_popup() as popup:
        row(page, "new").get_by_role("link", name="レポート").click()
    expect(popup.value).to_have_title("r")


def test_back_leads_to_the_search_as_it_was(goods, open_page):
    page = open_page(f"{goods.url}/?q=品物&like=3")
    expect(page.locator("#results .card")).to_have_count(5)
    page.get_by_role("link", name="モデル").click()
    expect(page.locator("#ask")).to_be_hidden()
    expect(row(page, "small")).to_be_visible()
    page.reload()
    expect(row(page, "small")).to_be_visible()
    page.go_back()
    expect(page.locator("#models")).to_be_hidden()
    expect(page.locator("#results .card")).to_have_count(5)
    page.go_forward()
    page.get_by_role("link", name="検索").click()
    expect(page.locator("#results .card")).to_have_count(5)
    assert page.url.endswith("like=3")


@SIZES
def test_a_model_is_made_live_and_the_one_before_brought_back(goods, open_page, size):
    goods.learn("new")
    page = open_page(f"{goods.url}/#models", size)
    row(page, "new").get_by_role("button", name="使う").click()
    expect(page.locator("#sure")).to_contain_text("「small」は残ります")
    answer(page, "やめる")
    assert goods.live() == "small"
    row(page, "new").get_by_role("button", name="使う").click()
    answer(page, "このモデルを使う")
    expect(page.locator("#models .message")).to_have_text("「new」に切り替えました。")
    expect(row(page, "new")).to_contain_text("使用中")
    page.get_by_role("button", name="ひとつ前の「small」に戻す").click()
    answer(page, "このモデルを使う")
    expect(row(page, "small")).to_contain_text("使用中")
    assert goods.live() == "small"


def test_what_is_not_better_shows_its_numbers_and_can_be_used_all_the_same(goods, open_page):
    goods.learn("worse", WORSE)
    page = open_page(f"{goods.url}/#models", allow=("409",))
    row(page, "worse").get_by_role("button", name="使う").click()
    answer(page, "このモデルを使う")
    expect(page.locator("#sure")).to_contain_text(re.compile(r"0\.625 → 0\.500.*−0\.200〜\+0\.013.*12 件"))
    assert goods.live() == "small"
    answer(page, "それでも使う")
    expect(row(page, "worse")).to_contain_text("使用中")


def test_what_lacks_many_photos_offers_to_index_them(goods, open_page, monkeypatch):
    publish_small(goods.settings.data, "fresh")
    monkeypatch.setattr(module, "FEW", 2)
    page = open_page(f"{goods.url}/#models", allow=("409",))
    expect(row(page, "fresh")).to_contain_text("5 枚")
    row(page, "fresh").get_by_role("button", name="使う").click()
    answer(page, "このモデルを使う")
    expect(page.locator("#sure")).to_contain_text("まだ登録されていない写真が 5 枚")
    answer(page, "登録を始める")
    expect(page.locator("#models .message")).to_contain_text("登録を始めました")
    expect(page.locator("#job")).to_contain_text("写真を登録しています")
    (job,) = goods.client.get("/jobs").json()["jobs"]
    assert (job["kind"], job["request"]["model"]) == ("extract", "fresh")


def test_a_model_is_deleted_but_not_one_that_is_needed(goods, open_page):
    publish_small(goods.settings.data, "whitened", kind="projection", base="plain")
    publish_small(goods.settings.data, "plain")
    page = open_page(f"{goods.url}/#models", locale="en-US", allow=("409",))
    expect(row(page, "small").get_by_role("button", name="Delete")).to_have_count(0)
    for name, said in (("plain", "whitened cannot be without"), ("whitened", "“whitened” was deleted")):
        row(page, name).get_by_role("button", name="Delete").click()
        expect(page.locator("#sure")).to_contain_text("Nothing brings them back")
        answer(page, "Delete")
        expect(page.locator("#models .message")).to_contain_text(said)
    expect(row(page, "whitened")).to_have_count(0)


def test_a_server_that_is_away_says_so_and_can_be_asked_again(alone, settings, open_page):
    server = alone()
    page = open_page(server.url, allow=("ERR_", "Failed to load"))
    expect(page.locator("#catalogue .message")).to_be_visible()
    server.stop()
    page.get_by_role("link", name="モデル").click()
    expect(page.locator("#models .message")).to_contain_text("サーバーにつながりません")
    expect(page.locator("#models .message").get_by_role("button", name="もう一度")).to_be_visible()


@SIZES
def test_marks_of_a_search_by_one_item_are_kept_to_judge_models_by(goods, open_page, size):
    page = open_page(f"{goods.url}/?like=0", size)
    keep = page.get_by_role("button", name="この正誤を記録")
    keep.click()
    expect(page.locator("#asked .judged")).to_contain_text("まだ印がありません")
    card = '#results .card[data-id="{}"]'
    for item, mark in (("0", "正解"), ("1", "正解"), ("2", "違う")):  # the item itself does not count
        page.locator(card.format(item)).get_by_role("button", name=mark).click()
    keep.click()
    expect(page.locator("#asked .judged")).to_have_text("記録しました(正解 1 件、違う 1 件)。")
    page.reload()
    page.locator(card.format("2")).get_by_role("button", name="正解").click()
    keep.click()  # what was kept stays, but for what is marked otherwise
    expect(page.locator("#asked .judged")).to_contain_text("正解 2 件、違う 0 件")
    (kept,) = goods.client.get("/evaluations").json()["evaluations"]
    assert (kept["query"]["id"], kept["right"], kept["wrong"]) == ("0", ["1", "2"], [])
    page.goto(f"{goods.url}/?like=0&like=1")
    expect(page.locator("#results .card")).to_have_count(5)
    expect(keep).to_have_count(0)


@pytest.mark.parametrize(("count", "said"), [(0, "20 件になると"), (20, "20 件。モデルが良くなったか")])
def test_judged_queries_are_counted_where_they_can_decide(goods, open_page, photo, count, said):
    for number in range(count):
        goods.client.put(f"/items/q{number}", files={"image": photo(50 + number)}).raise_for_status()
        body = {"query": {"id": f"q{number}"}, "right": ["1"], "wrong": ["2"]}
        goods.client.post("/evaluations", json=body).raise_for_status()
    goods.client.post("/evaluations", json={"query": {"id": "0"}, "right": ["1"]}).raise_for_status()
    page = open_page(f"{goods.url}/#models")
    expect(page.locator("#models .judged")).to_contain_text(f"記録した正誤 {count} 件")
    expect(page.locator("#models .judged")).to_contain_text(said)


def test_a_model_that_is_surely_worse_is_called_that(goods, open_page):
    goods.learn("bad", Gate(**{**WORSE.model_dump(), "high": -0.05}))
    page = open_page(f"{goods.url}/#models", locale="en-US")
    expect(row(page, "bad").locator(".verdict")).to_have_text("worse")


@SIZES
def test_only_vectors_say_so_and_cannot_be_made_live(goods, open_page, size, settings):
    publish_small(settings.data, "elsewhere", kind="vectors")
    page = open_page(f"{goods.url}/#models", size)
    expect(row(page, "elsewhere")).to_contain_text("ベクトルだけ")
    expect(row(page, "elsewhere").get_by_role("button")).to_have_count(1)
    expect(row(page, "elsewhere").get_by_role("button", name="削除")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
