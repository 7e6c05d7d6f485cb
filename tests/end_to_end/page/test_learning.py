"""A model is learnt from the page: what is asked, how far it is, what came of it."""

import re

import pytest
from playwright.sync_api import Page, expect
from pydantic import SecretStr

from tests.end_to_end.page.teaching import answer, row, taught, training
from tests.search.learner import WORSE, Learner, dataset, finetune

SIZES = pytest.mark.parametrize("size", ["desktop", pytest.param("phone", marks=pytest.mark.slow)])


@pytest.fixture
def place(alone, settings):
    """A search service with the dataset `tools`."""
    place = taught(alone(), settings)
    dataset(place)
    return place


def epochs(count: int) -> list[dict]:
    numbers = range(1, count + 1)
    return [
        {"phase": 1, "epoch": n, "loss": 1 / n, "metrics": {"map": n / 10, "accuracy": n / 9}, "seconds": 1.0}
        for n in numbers
    ]


def begin(page: Page, **chosen: str) -> None:
    for name, value in chosen.items():
        page.check(f'.learn input[name="{name}"][value="{value}"]')
    page.get_by_role("button", name="学習を始める").click()


@SIZES
def test_a_fine_tune_is_asked_for_watched_and_said_to_be_done(place, open_page, size):
    page = open_page(f"{place.url}/#models", size)
    expect(page.locator(".learn select option").first).to_have_text("tools(2 種類、写真 8 枚)")
    expect(page.locator("#models .trainings .none")).to_be_visible()
    expect(page.locator("#models .only")).to_be_visible()
    page.fill(".learn [name=name]", "mine")
    begin(page, depth="top", activate="if_better")
    expect(page.locator(".learn .outcome")).to_contain_text("「mine」の学習を始めました")
    (job,) = place.client.get("/jobs").json()["jobs"]
    request = job["request"]["request"]
    assert (request["dataset"], request["depth"], request["activate"]) == ("tools", "top", "if_better")
    card = training(page, job["id"])
    expect(card.locator(".state")).to_have_text("順番を待っています")
    learner = Learner(place, job["id"])
    learner.train(1, 2, 30, epochs=50, steps=60, images_per_s=12.5, eta_s=240, history=epochs(2))
    expect(card.locator(".state")).to_contain_text("くり返し 2 回(最大 50 回)")
    expect(card.locator(".pace")).to_have_text("毎秒 12.5 枚 · この段階は長くてあと 4 分")
    expect(card.locator("progress")).to_have_js_property("value", 2.5)
    expect(card.locator("svg")).to_have_count(3)
    expect(card.get_by_role("img", name=re.compile("mAP 0.100 → 0.200. ここまで 2 回"))).to_be_visible()
    page.reload()
    expect(card.locator("svg")).to_have_count(3)
    learner.train(1, 3, epochs=50, history=epochs(3), errors={"saw/9.jpg": "no photo"})
    expect(card.get_by_role("img", name=re.compile("mAP 0.100 → 0.300"))).to_be_visible()
    learner.publish(WORSE)
    learner.say(gate=WORSE.model_dump())
    expect(card.locator(".state")).to_have_text("「mine」ができました。")
    expect(card.locator(".outcome")).to_contain_text(re.compile("0.625 → 0.500.*良くなったとは言えないため"))
    expect(card.locator(".outcome summary")).to_have_text("読めない写真 1 件")
    expect(row(page, "mine")).to_contain_text("候補")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_each_tab_shows_the_same_and_one_of_them_cancels(place, open_page):
    learner = Learner(place, finetune(place, name="mine")["id"])
    waits = finetune(place, name="next")["id"]
    one, other = (open_page(f"{place.url}/#models") for _ in range(2))
    for page in (one, other):
        expect(training(page, learner.job)).to_be_visible()
        expect(training(page, waits).locator(".state")).to_have_text("ほかの学習が終わるのを待っています")
    one.locator(".training").first.get_by_role("button", name="中止").click()
    answer(one, "やめる")
    assert place.client.get(f"/jobs/{learner.job}").json()["state"] == "running"
    one.locator(".training").first.get_by_role("button", name="中止").click()
    answer(one, "中止する")
    for page in (one, other):
        expect(training(page, learner.job).locator(".state")).to_have_text("学習を中止しました。")


@pytest.mark.slow
def test_where_no_events_come_it_is_asked_for(place, open_page):
    learner = Learner(place, finetune(place, name="mine")["id"])
    page = open_page("about:blank", allow=("503",))
    page.route("**/events", lambda route: route.fulfill(status=503))
    page.goto(f"{place.url}/#models")
    state = training(page, learner.job).locator(".state")
    for epoch in (1, 2):
        learner.train(1, epoch, epochs=5)
        expect(state).to_contain_text(f"くり返し {epoch} 回")
    learner.publish()
    learner.say()
    expect(state).to_have_text("「mine」ができました。")
    expect(row(page, "mine")).to_be_visible()


def test_it_is_watched_by_who_has_the_key(alone, open_page, settings):
    settings.api_key = SecretStr("k")
    place = taught(alone(), settings)
    place.client.headers["X-API-Key"] = "k"
    learner = Learner(place, finetune(place, name="mine")["id"])
    page = open_page(f"{place.url}/#models", allow=("401",))
    page.locator("#key input").fill("k")
    page.locator("#key button").click()
    expect(training(page, learner.job)).to_be_visible()
    learner.train(1, 1, epochs=5)
    expect(training(page, learner.job).locator(".state")).to_contain_text("くり返し 1 回")


def test_a_failure_says_why(place, open_page):
    learner = Learner(place, finetune(place, name="mine")["id"])
    page = open_page(f"{place.url}/#models")
    expect(training(page, learner.job)).to_be_visible()
    for _ in range(3):
        learner.train(0, 0)
        learner.die()
        learner.claim()
    card = training(page, learner.job)
    expect(card.locator(".state")).to_have_text("学習できませんでした。")
    expect(card.locator(".outcome")).to_contain_text("without getting further")


def test_what_became_of_it_since_is_said(place, open_page):
    job = place.learn("mine", activate="never").job
    page = open_page(f"{place.url}/#models")
    outcome = training(page, job).locator(".activation")
    expect(outcome).to_contain_text("いまは使っていません")
    row(page, "mine").get_by_role("button", name="使う").click()
    answer(page, "このモデルを使う")
    expect(outcome).to_have_text("いま使用中です。")


def test_a_field_of_the_catalogue_can_be_learnt_from(place, open_page, photo):
    for seed in range(6):
        fields = f'{{"name": "{seed}", "genre_id": "{seed % 2}", "棚": "{seed % 3}"}}'
        place.client.put(f"/items/{seed}", files={"image": photo(seed)}, data={"fields": fields})
    page = open_page(f"{place.url}/#models")
    choices = page.locator(".learn optgroup").nth(1).locator("option")
    expect(choices).to_have_text(["カタログの「ジャンル」で分ける", "カタログの「棚」で分ける"])
    expect(page.locator(".learn .minimum")).to_be_hidden()
    page.select_option(".learn select", label="カタログの「棚」で分ける")
    page.fill(".learn [name=minimum]", "2")
    begin(page)
    expect(page.locator(".learn .outcome")).to_contain_text("学習を始めました")
    (job,) = place.client.get("/jobs").json()["jobs"]
    assert job["request"]["request"]["dataset"] == {"from_field": "棚", "min_images": 2}
    assert job["request"]["request"]["depth"] == "head"
    expect(training(page, job["id"]).locator("h4")).to_contain_text("カタログの「棚」")


def test_what_cannot_be_learnt_says_why_beside_the_form(place, open_page):
    finetune(place, name="taken")
    page = open_page(f"{place.url}/#models", allow=("409", "422"))
    page.fill(".learn [name=name]", "taken")
    begin(page)
    outcome = page.locator(".learn .outcome")
    expect(outcome).to_contain_text("同じ名前のモデルがすでにあるか、学習中です。")
    page.fill(".learn [name=name]", "")
    for file in (place.settings.data / "datasets" / "tools" / "saw").iterdir():
        file.unlink()
    begin(page)
    expect(outcome).to_contain_text("この写真からは学習できません。")
    expect(outcome.locator(".said")).to_contain_text("No photos in 'saw'")


def test_without_anything_to_learn_from_it_says_what_to_do(alone, open_page):
    page = open_page(f"{alone().url}/#models")
    expect(page.locator(".learn .none")).to_contain_text("データセットはまだありません")
    expect(page.get_by_role("button", name="学習を始める")).to_be_disabled()
