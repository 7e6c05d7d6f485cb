import json
import sqlite3
from contextlib import closing
from importlib.resources import files

import pytest


@pytest.fixture
def items(service):
    names = ["金型", "プレス金型 (大)", "マシン", "１００％アルミ", "a_b", "<b>太字</b>", "😀 \u202eabc"]
    for number, name in enumerate(names):
        fields = {"name": name, "maker": "金型製作所" if number == 2 else "", "genre_id": str(number % 2)}
        service.put(str(number), fields=json.dumps(fields))
    return service


def ids(service, keyword: str, **query) -> list[str]:
    return [item["id"] for item in ask(service, keyword, **query)["items"]]


def ask(service, keyword: str, **query) -> dict:
    answer = service.client.get("/items", params={"keyword": keyword, **query})
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize(
    ("keyword", "found"),
    [
        ("金型", "01"),
        ("型", "01"),
        ("(", "1"),
        ("まし", "2"),
        ("ﾏｼﾝ", "2"),
        ("100", "3"),
        ("％", "3"),
        ("%", ""),
        ("_", "4"),
        ("金型 -プレス", "0"),
        ("プレス 金型", "1"),
        ("-金型", "23456"),
        ("<B>", "5"),
        ("😀", "6"),
        ("'", ""),
        ("無い", ""),
        ("", "0123456"),
        ("all", "0123456"),
    ],
)
def test_words_find_what_holds_them_literally(items, keyword, found):
    assert ids(items, keyword) == list(found)


def test_only_the_fields_of_the_setting_are_looked_at(items, settings, restart):
    assert ids(items, "製作所") == []
    settings.keyword_fields = ["name", "maker"]
    assert ids(restart(), "製作所") == ["2"]  # made anew at the start
    settings.keyword_fields = ["name"]
    assert ids(restart(), "製作所") == []


def test_an_item_without_such_a_field_is_found_by_its_id(service, photo):
    service.put("棚/写真 1.jpg", photo(1))
    assert ids(service, "写真") == ["棚/写真 1.jpg"]


def test_a_change_is_found_at_once_and_a_deleted_item_never(items):
    items.put("0", fields='{"name": "旋盤"}')
    assert ids(items, "旋盤") == ["0"] and ids(items, "金型") == ["1"]
    items.client.delete("/items/0")
    assert ids(items, "旋盤") == []


def test_matches_are_paged(items):
    first = ask(items, "", limit=3)
    assert (first["total"], len(first["items"])) == (7, 3)
    assert ids(items, "", limit=3, cursor=first["cursor"]) == ["3", "4", "5"]
    assert ids(items, "", limit=3, offset=6) == ["6"]
    assert ask(items, "", limit=3, offset=6)["cursor"] is None
    assert ids(items, "", offset=10_000) == []


def test_what_is_of_the_matches_kind_is_counted(items):
    body = ask(items, "金型", scope="same")
    assert (body["total"], body["candidates"]) == (2, 7)
    assert ask(items, "プレス", scope="same")["candidates"] == 3
    assert ask(items, "プレス", scope="matches")["candidates"] == 1
    assert ask(items, "プレス", scope="all")["candidates"] == 7
    assert ask(items, "プレス", scope="same", same_field="maker")["candidates"] == 6


def test_a_number_is_the_same_as_its_text(service):
    for number, genre in enumerate(('"15"', "15", "16")):
        service.put(str(number), fields=f'{{"name": "n{number}", "genre_id": {genre}}}')
    assert ask(service, "n0", scope="same")["candidates"] == 2


@pytest.mark.parametrize("field", ["nope", 'a"b', "$.name", "あ"])
def test_a_field_that_no_item_has_is_named(items, field):
    answer = items.client.get("/items", params={"keyword": "金型", "scope": "same", "same_field": field})
    assert (answer.status_code, answer.json()["type"], answer.json()["field"]) == (
        422,
        "unknown_field",
        "same_field",
    )


def test_a_keyword_of_ten_thousand_characters_is_refused(items):
    answer = items.client.get("/items?keyword=" + "x" * 10_000)
    assert (answer.status_code, answer.json()["field"]) == (422, "keyword")
    assert items.client.post("/search", json={"keyword": "金" * 10_000}).status_code == 422


def test_a_catalogue_from_before_there_were_words_gets_them(settings, restart):
    first = files("services.search").joinpath("migrations", "0001_catalogue.sql").read_text("utf-8")
    with closing(sqlite3.connect(settings.data / "catalogue.sqlite3")) as old:
        old.executescript(f"{first} PRAGMA user_version = 1;")
        old.execute("INSERT INTO items (id, fields) VALUES ('x', '{\"name\": \"旋盤\"}')")
        old.commit()
    assert ids(restart(), "旋盤") == ["x"]


def test_words_alone_are_a_search_too(items):
    body = items.client.post("/search", json={"keyword": "金型", "limit": 1}).json()
    (match,) = body["matches"]
    assert (body["total"], match["id"], match["score"], match["image_id"]) == (2, "0", None, None)
