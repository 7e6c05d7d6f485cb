"""What passes a filter, asked as callers ask: of a listing and of a search."""

import json

import pytest

ITEMS = {
    "a": {
        "maker": "A",
        "price": 100,
        "tags": ["new", "red"],
        "sold": False,
        "size": {"w": 3},
        "day": "2026-04-01",
    },
    "b": {"maker": "B", "price": "200", "tags": ["red"], "sold": True, "day": "2026/05/01 10:00"},
    "c": {"maker": "", "price": "応談", "day": ""},
    "d": {"maker": None, "price": 300.5, "tags": [], "size": {"w": "x"}},
    "e": {},
    "f": {"maker": "金型", "price": "015", "a'b\"c": "quote"},
}


@pytest.fixture
def goods(service):
    for name, fields in ITEMS.items():
        assert service.put(name, fields=json.dumps(fields)).status_code == 201
    return service


def passing(service, condition) -> str:
    listed = service.client.get("/items", params={"filter": json.dumps(condition)})
    assert listed.status_code == 200, listed.text
    searched = service.client.post("/search", json={"filter": condition})
    found = [match["id"] for match in searched.json()["matches"]]
    assert [item["id"] for item in listed.json()["items"]] == found
    assert listed.json()["total"] == searched.json()["total"] == len(found)
    return "".join(found)


PASSES = [
    ({}, "abcdef"),
    ({"maker": "A"}, "a"),
    ({"maker": "金型"}, "f"),
    ({"maker": ["A", "B"]}, "ab"),
    ({"maker": {"in": ["A", "B"]}}, "ab"),
    ({"maker": {"not_in": ["A", "B"]}}, "cdef"),
    ({"maker": {"ne": "A"}}, "bcdef"),
    ({"maker": {"eq": "a"}}, ""),  # as it is written
    ({"maker": {"exists": True}}, "abf"),
    ({"maker": {"exists": False}}, "cde"),
    ({"maker": None}, "cde"),
    ({"maker": [None, "A"]}, "acde"),
    ({"maker": {"not_in": [None, "A"]}}, "bf"),
    ({"price": 200}, "b"),  # a numeral is a number,
    ({"price": "100"}, "a"),  # and a number is what its numeral says,
    ({"price": 15}, ""),  # but a code is none
    ({"price": "015"}, "f"),
    ({"price": {"gte": 100, "lt": 300.5}}, "ab"),
    ({"price": {"gt": 100}}, "bd"),
    ({"price": {"lte": 99}}, ""),
    ({"price": "応談"}, "c"),
    ({"tags": "red"}, "ab"),
    ({"tags": {"not_in": ["new"]}}, "bcdef"),
    ({"tags": {"exists": True}}, "ab"),
    ({"sold": True}, "b"),
    ({"sold": 1}, ""),  # true is no number
    ({"sold": False}, "a"),
    ({"size.w": 3}, "a"),
    ({"size": {"exists": True}}, "ad"),
    ({"day": {"gte": "2026-04-02"}}, "b"),
    ({"day": {"lte": "2026-05-01"}}, "ab"),  # that day too
    ({"day": {"gt": "2026-04-01"}}, "b"),
    ({"day": {"gt": "2026-05-01"}}, ""),
    ({"day": {"gte": "2026-05-01T10:00:00"}}, "b"),
    ({"day": {"lte": "9999-12-31"}}, "ab"),
    ({"day": {"lt": "2026/05/01"}}, "a"),
    ({"a'b\"c": "quote"}, "f"),
    ({"and": [{"maker": "A"}, {"price": 100}]}, "a"),
    ({"or": [{"maker": "A"}, {"price": {"gt": 250}}]}, "ad"),
    ({"not": {"or": [{"maker": "A"}, {"maker": "B"}]}}, "cdef"),
    ({"maker": "A", "or": [{"price": 1}, {"price": 100}], "not": {"sold": True}}, "a"),
]


def test_a_filter_passes(goods, subtests):
    for condition, expected in PASSES:
        with subtests.test(condition):
            assert passing(goods, condition) == expected


REFUSED = [
    ({"makr": "A"}, "filter.makr"),
    ({"maker": {"like": "A"}}, "filter.maker.like"),
    ({"maker": {"gte": 5}}, "filter.maker.gte"),  # texts have no range
    ({"maker": {"gte": "A"}}, "filter.maker.gte"),
    ({"price": {"gte": "100"}}, "filter.price.gte"),
    ({"price": {"gte": True}}, "filter.price.gte"),
    ({"price": {"gte": None}}, "filter.price.gte"),
    ({"price": {"gte": "2026-01-01"}}, "filter.price.gte"),
    ({"day": {"lt": 5}}, "filter.day.lt"),
    ({"sold": {"lt": 5}}, "filter.sold.lt"),
    ({"price": {}}, "filter.price"),
    ({"price": []}, "filter.price"),
    ({"price": [[1]]}, "filter.price"),
    ({"price": {"in": 5}}, "filter.price.in"),
    ({"price": {"in": [{}]}}, "filter.price.in"),
    ({"price": {"exists": "yes"}}, "filter.price.exists"),
    ({"price": {"eq": 2**64}}, "filter.price.eq"),
    ({"price": list(range(1001))}, "filter.price"),
    ({"": 1}, "filter."),
    ({"x" * 201: 1}, f"filter.{'x' * 200}"),
    ({"and": []}, "filter.and"),
    ({"or": {}}, "filter.or"),
    ({"or": [5]}, "filter.or.0"),
    ({"not": [{}]}, "filter.not"),
    ({"and": [{"or": [{"not": {"makr": 1}}]}]}, "filter.and.0.or.0.not.makr"),
    ({"and": [{"maker": "A"}] * 65}, "filter"),
    ([], "filter"),
    ("maker", "filter"),
]


def test_a_filter_that_cannot_be_is_refused_by_its_path(goods, subtests):
    for condition, field in REFUSED:
        with subtests.test(condition):
            for answer in (
                goods.client.post("/search", json={"filter": condition}),
                goods.client.get("/items", params={"filter": json.dumps(condition)}),
            ):
                assert (answer.status_code, answer.json().get("field")) == (422, field), answer.text


@pytest.mark.parametrize("depth", [9, 33, 250, 1000, 100_000])
def test_a_filter_that_is_nested_too_deep_is_refused(goods, depth):
    text = '{"not": ' * depth + "{}" + "}" * depth
    sent = {"content": f'{{"filter": {text}}}', "headers": {"content-type": "application/json"}}
    answers = [goods.client.post("/search", **sent)]
    if depth < 10_000:  # an address has an end
        answers.append(goods.client.get("/items", params={"filter": text}))
    for answer in answers:
        assert (answer.status_code, answer.json()["field"][:6]) == (422, "filter"), answer.text


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_a_number_that_is_none_is_refused(goods, number):
    text = f'{{"filter": {{"price": {{"gte": {number}}}}}}}'
    answer = goods.client.post("/search", content=text, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["field"]) == (422, "filter.price.gte")


def test_a_filter_follows_what_is_put_and_deleted(goods):
    goods.put("a", fields='{"maker": "Z"}')
    assert passing(goods, {"maker": "A"}) == "" and passing(goods, {"maker": "Z"}) == "a"
    goods.client.delete("/items/a")
    assert passing(goods, {"maker": "Z"}) == ""
    assert passing(goods, {"price": {"lt": 150}}) == ""


def test_filters_hold_after_a_restart(goods, restart):
    again = restart()
    assert passing(again, {"price": {"gte": 200}}) == "bd"


def test_words_and_a_filter_hold_together(goods):
    answer = goods.client.post("/search", json={"keyword": "-c", "filter": {"maker": None}})
    assert [match["id"] for match in answer.json()["matches"]] == ["d", "e"]
    listed = goods.client.get("/items", params={"keyword": "-c", "filter": '{"maker": null}'}).json()
    assert (listed["total"], listed["candidates"]) == (2, 3)


def test_the_deepest_filter_that_is_allowed_is_answered(goods):
    chains = [{"maker": ["A", None], "price": {"exists": True}, "not": {"sold": True}}] * 3
    for depth in range(7):
        join = ("and", "or")[depth % 2]
        chains[0] = {join: [{"maker": {"ne": "x"}, "price": {"exists": True}}, chains[0]]}
        chains[1] = {"price": "90", "maker": {"ne": "x"}, "not": chains[1]}
        chains[2] = {join: [{"maker": ["A", None, "15"], "day": {"lt": "2026-01-01"}}, chains[2]]}
    for chain in chains:
        passing(goods, chain)


def test_half_a_character_is_refused(goods):
    for text in ('{"maker": "\\ud800"}', '{"\\ud800": 1}', '{"maker": {"\\ud800": 1}}'):
        listed = goods.client.get("/items", params={"filter": text})
        assert (listed.status_code, listed.json()["field"]) == (422, "filter"), listed.text
        sent = {"content": f'{{"filter": {text}}}', "headers": {"content-type": "application/json"}}
        assert goods.client.post("/search", **sent).status_code == 400


def test_prices_as_japanese_tables_write_them_are_all_in_range(service):
    prices = ["1,200,000", "500000", "￥980,000", "２００００", "応談"]
    for number, price in enumerate(prices):
        service.put(f"item{number}", fields=json.dumps({"price": price, "day": f"2026/4/{number + 1}"}))
    assert passing_ids(service, {"price": {"lt": 2_000_000}}) == ["item0", "item1", "item2", "item3"]
    assert passing_ids(service, {"day": {"gte": "2026-04-03", "lte": "2026-04-04"}}) == ["item2", "item3"]
    body = service.client.get("/items", params={"sort": "-price"}).json()
    assert [item["fields"]["price"] for item in body["items"]] == [prices[at] for at in (0, 2, 1, 3, 4)]


def passing_ids(service, condition) -> list[str]:
    answer = service.client.post("/search", json={"filter": condition})
    return [match["id"] for match in answer.json()["matches"]]
