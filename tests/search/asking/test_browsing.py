"""Listings: sorted, filtered, and paged behind a cursor that stays true while the catalogue changes."""

import json

import pytest

PRICES = {"a": 300, "b": "20", "c": "応談", "d": None, "e": 100.5, "f": "", "g": "ASK", "h": 20, "i": True}


@pytest.fixture
def goods(service):
    for name, price in PRICES.items():
        service.put(name, fields=json.dumps({"price": price, "n": ord(name)}))
    return service


def page(service, **params) -> dict:
    answer = service.client.get("/items", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def names(body) -> str:
    return "".join(item["id"] for item in body["items"])


def all_of(service, limit: int, **params) -> str:
    found, cursor = "", None
    while True:
        body = page(service, limit=limit, **params, **({"cursor": cursor} if cursor else {}))
        found, cursor = found + names(body), body["cursor"]
        assert body["total"] == page(service, **params)["total"]
        if cursor is None:
            return found


@pytest.mark.parametrize("limit", [1, 2, 4, 9, 1000])
def test_numbers_come_before_texts_and_what_has_no_value_comes_last(goods, limit):
    assert all_of(goods, limit, sort="price") == "ibheagcdf"
    assert all_of(goods, limit, sort="-price") == "aehbicgfd"
    assert all_of(goods, limit) == "abcdefghi"


def test_a_filter_and_words_are_sorted_too(goods):
    assert all_of(goods, 2, sort="-price", filter='{"price": {"gte": 20}}') == "aehb"
    assert all_of(goods, 1, sort="n", keyword="-b -c", filter='{"n": {"lt": 101}}') == "ad"


def test_a_cursor_stays_true_while_items_come_change_and_go(goods):
    first = page(goods, sort="price", limit=4)
    assert names(first) == "ibhe"
    goods.client.delete("/items/e")  # the one the cursor stands at
    goods.put("j", fields='{"price": 200}')  # comes in behind it
    goods.put("k", fields='{"price": 1}')  # and before it
    goods.put("c", fields='{"price": 5}')  # moves before it
    assert names(page(goods, sort="price", cursor=first["cursor"])) == "jagdf"


def test_a_listing_begins_past_an_offset_too(goods):
    assert names(page(goods, sort="price", offset=3, limit=2)) == "ea"
    assert names(page(goods, offset=8)) == "i" and names(page(goods, offset=100)) == ""


def test_a_listing_that_cannot_be_is_refused_by_name(goods):
    cursor = page(goods, sort="price", limit=2)["cursor"]
    for params, field in (
        ({"sort": "nothing"}, "sort"),
        ({"sort": "-"}, "sort"),
        ({"sort": "-price", "cursor": cursor}, "cursor"),
        ({"cursor": cursor}, "cursor"),
        ({"sort": "price", "cursor": "17"}, "cursor"),
        ({"sort": "price", "cursor": "é"}, "cursor"),
        ({"sort": "price", "cursor": "W10"}, "cursor"),
        ({"cursor": "-1"}, "cursor"),
        ({"cursor": "x"}, "cursor"),
        ({"cursor": "1", "offset": 1}, "offset"),
        ({"filter": "{"}, "filter"),
        ({"filter": "[1]"}, "filter"),
        ({"filter": '{"a": NaN}'}, "filter.a"),
    ):
        answer = goods.client.get("/items", params=params)
        assert (answer.status_code, answer.json().get("field")) == (422, field), (params, answer.text)
