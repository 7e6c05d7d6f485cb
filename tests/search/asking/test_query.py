"""What a query may be made of, and what is refused."""

import base64
import json

import numpy as np
import pytest

from shared.images import decode
from shared.vectors import PixelBatch
from tests.small import small_vectors


def ids(answer) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [match["id"] for match in answer.json()["matches"]]


@pytest.fixture
def goods(service, photo):
    """Five items of one photo and one of two; two makers, and two items without."""
    for number in range(5):
        maker = {0: "A", 1: "A", 2: "B"}.get(number)
        service.put(f"item{number}", photo(number), fields=json.dumps({"maker": maker, "n": number}))
    service.put("two", photo(50), photo(51), fields='{"maker": "", "n": 9}')
    return service


def ask(goods, **query):
    return goods.client.post("/search", json=query)


def test_any_of_several_finds_what_is_like_one_of_them(goods, photo):
    either = goods.search(photo(1, noise=9), photo(3, noise=9), query='{"combine": "any", "limit": 2}')
    assert sorted(ids(either)) == ["item1", "item3"]
    scores = [match["score"] for match in either.json()["matches"]]
    assert min(scores) > 0.95  # of their mean neither is so near
    both = ask(goods, ids=["item1", "item3"], limit=2).json()["matches"]
    assert max(match["score"] for match in both) < 0.95


def test_a_photo_that_is_wrong_moves_the_search_away(goods, photo):
    files = [("image", ("a", photo(1))), ("negative_image", ("b", photo(2)))]
    away = goods.client.post("/search", files=files, data={"query": '{"weights": {"wrong": 2}}'})
    assert ids(away)[-1] == "item2"
    text = [base64.b64encode(photo(seed)).decode() for seed in (1, 2)]
    same = ask(goods, images=text[:1], negative_images=text[1:], weights={"wrong": 2})
    assert same.json()["matches"] == away.json()["matches"]
    alone = goods.client.post("/search", files=files[1:])
    assert (alone.status_code, alone.json()["type"]) == (422, "nothing_to_search")


def test_a_box_is_the_part_of_the_photo_that_counts(goods, photo):
    from io import BytesIO

    from PIL import Image

    left, right = (Image.open(BytesIO(photo(seed, size=(300, 400)))) for seed in (1, 3))
    both = Image.new("RGB", (600, 400))
    both.paste(left, (0, 0))
    both.paste(right, (300, 0))
    buffer = BytesIO()
    both.save(buffer, "PNG")
    data = buffer.getvalue()
    assert ids(goods.search(data, query='{"box": [0, 0, 0.5, 1]}'))[0] == "item1"
    assert ids(goods.search(data, query='{"box": [0.5, 0, 1, 1]}'))[0] == "item3"

    body = goods.put("both", data).json()
    box = [0.5, 0, 1, 1]
    by_id = ask(goods, ids=["both"], box=box, include_query=False)
    assert ids(by_id)[0] == "item3" and "both" not in ids(by_id)
    by_image = ask(goods, image_ids=[body["images"][0]["id"]], box=box)
    assert [m for m in ids(by_image) if m != "both"] == ids(by_id)


def test_a_box_reads_a_large_photo_at_the_size_it_needs(photo):
    data = photo(1, size=(1600, 1200))
    whole = decode(data)
    assert np.abs(decode(data, (0, 0, 1, 1)).astype(int) - whole).max() <= 2
    corner = decode(data, (0.9, 0.9, 1, 1))
    assert corner.shape == (299, 299, 3) and not np.array_equal(corner, whole)
    assert decode(photo(1, size=(1, 1), kind="PNG"), (0.2, 0.2, 0.3, 0.3)).shape == (299, 299, 3)


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_a_vector_finds_as_its_photo_does(goods, photo, metric):
    raw = small_vectors(PixelBatch(decode(photo(2))[None]))[0]
    by_vector = ask(goods, vector=raw.tolist(), metric=metric).json()["matches"]
    by_photo = goods.search(photo(2), query=json.dumps({"metric": metric})).json()["matches"]
    assert [match["id"] for match in by_vector] == [match["id"] for match in by_photo]
    for mine, theirs in zip(by_vector, by_photo, strict=True):
        assert mine["score"] == pytest.approx(theirs["score"], abs=1e-5)


def test_one_match_an_item_an_image_or_a_field_s_value(goods):
    assert len(ids(ask(goods, ids=["item0"]))) == 6
    images = ask(goods, ids=["two"], per="image").json()
    assert (len(images["matches"]), images["total"]) == (7, 7)
    assert [match["id"] for match in images["matches"]].count("two") == 2
    makers = ask(goods, ids=["item1"], per="maker").json()
    found = {match["id"] for match in makers["matches"]}
    # one of A, one of B, and each that has no maker for itself
    assert found == {"item1", "item2", "item3", "item4", "two"} and makers["total"] == 5
    assert ids(ask(goods, keyword="all", per="maker")) == ["item0", "item2", "item3", "item4", "two"]
    assert len(ids(ask(goods, keyword="two", per="image"))) == 2
    numbers = ask(goods, ids=["item1"], per="n", filter={"n": {"lt": 3}}).json()
    assert (numbers["total"], numbers["candidates"]) == (3, 3)


def test_what_is_excluded_is_no_match(goods):
    body = ask(goods, ids=["item1"], exclude=["item0", "item2", "gone"]).json()
    assert {match["id"] for match in body["matches"]} == {"item1", "item3", "item4", "two"}
    assert (body["total"], body["candidates"]) == (4, 4)
    assert ids(ask(goods, keyword="all", exclude=["item0"])) == ["item1", "item2", "item3", "item4", "two"]


def test_pages_reach_the_end_of_the_catalogue(goods):
    whole = ids(ask(goods, ids=["item1"]))
    pages = [ids(ask(goods, ids=["item1"], limit=2, offset=offset)) for offset in range(0, 10, 2)]
    assert [one for page in pages for one in page] == whole and pages[3:] == [[], []]
    assert ids(ask(goods, ids=["item1"], offset=2**31)) == []


@pytest.mark.parametrize("rerank", ["none", "expand", "reciprocal"])
def test_a_better_order_has_the_same_matches(goods, rerank):
    assert sorted(ids(ask(goods, ids=["item1"], rerank=rerank))) == sorted(ids(ask(goods, ids=["item1"])))


REFUSED = [
    ({"ids": ["item1"], "negative_ids": ["item2", "item1"]}, "negative_ids"),
    ({"ids": ["item1"], "box": [0.5, 0, 0.5, 1]}, "box"),
    ({"ids": ["item1"], "box": [0.6, 0, 0.5, 1]}, "box"),
    ({"ids": ["item1"], "box": [-0.1, 0, 0.5, 1]}, "box.0"),
    ({"ids": ["item1"], "box": [0, 0, 0.5, 1.01]}, "box.3"),
    ({"ids": ["item1"], "box": [0, 0, 1]}, "box"),
    ({"ids": ["item1", "item2"], "box": [0, 0, 1, 1]}, "box"),
    ({"keyword": "item", "box": [0, 0, 1, 1]}, "box"),
    ({"vector": [1.0] * 507, "box": [0, 0, 1, 1]}, "box"),
    ({"vector": [1.0] * 506}, "vector"),
    ({"vector": []}, "vector"),
    ({"vector": [0.0] * 507}, "vector"),
    ({"vector": [1e300] + [1.0] * 506}, "vector.0"),
    ({"vector": ["x"] + [1.0] * 506}, "vector.0"),
    ({"ids": ["item1"], "per": "nothing"}, "per"),
    ({"ids": ["item1"], "per": ""}, "per"),
    ({"ids": ["item1"], "combine": "all"}, "combine"),
    ({"ids": ["item1"], "rerank": "magic"}, "rerank"),
    ({"ids": ["item1"], "limit": 0}, "limit"),
    ({"ids": ["item1"], "limit": 10**9}, "limit"),
    ({"ids": ["item1"], "offset": -1}, "offset"),
    ({"ids": ["item1"], "offset": 10**12}, "offset"),
    ({"image_ids": [0]}, "image_ids.0"),
    ({"image_ids": [2**70]}, "image_ids.0"),
    ({"negative_ids": ["item1"]}, None),
    ({"vector": [1.0] * 507, "image_ids": [1], "negative_ids": ["item0"]}, "image_ids.0"),
    ({"image_ids": [*range(1, 8)] * 5, "combine": "any"}, "combine"),
    ({"filter": None}, None),
    ({}, None),
]


def test_a_query_that_contradicts_itself_is_refused(goods, subtests):
    for query, field in REFUSED:
        with subtests.test(query):
            answer = ask(goods, **query)
            assert (answer.status_code, answer.json().get("field")) == (422, field), answer.text


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "null", '"x"'])
def test_a_vector_holds_numbers(goods, number):
    text = f'{{"vector": [{", ".join(["1"] * 506)}, {number}]}}'
    answer = goods.client.post("/search", content=text, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["field"]) == (422, "vector.506")


def test_what_is_opposite_has_no_mean(goods, photo):
    raw = small_vectors(PixelBatch(decode(photo(2))[None]))[0]
    for metric in ("cosine", "euclidean"):
        whole = ask(goods, vector=raw.tolist(), metric=metric).json()["matches"][0]
        assert whole["id"] == "item2"
    unit = goods.client.app.state.parts.indexes.get("small").vectors([3])[0][0]
    answer = ask(goods, ids=["item2"], vector=(-unit).tolist())
    assert (answer.status_code, answer.json()["type"]) == (422, "nothing_to_search")


def test_words_and_wrong_items_are_a_list_without_them(goods):
    assert ids(ask(goods, keyword="item", negative_ids=["item1"])) == ["item0", "item2", "item3", "item4"]


def test_who_asks_for_a_shown_score_means_that_match(goods):
    shown = ask(goods, ids=["item1"]).json()["matches"]
    for place, match in enumerate(shown):
        again = ask(goods, ids=["item1"], min_score=match["score"]).json()["matches"]
        assert again == shown[: place + 1]


def test_a_photo_whose_file_is_gone_is_no_match_of_a_list(goods, photo, extract):
    for seed in (60, 61):
        (goods.photos / f"{seed}.jpg").write_bytes(photo(seed))
    extract(goods)
    (goods.photos / "60.jpg").unlink()
    extract(goods)
    whole = ask(goods, keyword="60.jpg").json()["matches"]
    assert [match["image_id"] for match in whole] == [None]
    assert ids(ask(goods, keyword="60.jpg", per="image")) == []
    assert ids(ask(goods, keyword="61.jpg", per="image")) == ["61.jpg"]


def test_an_image_that_is_not_there_is_named(goods):
    answer = ask(goods, image_ids=[1, 999])
    assert (answer.status_code, answer.json()["field"]) == (404, "image_ids.1")


@pytest.mark.parametrize("name", ["ids", "exclude", "vector", "filter"])
def test_ten_megabytes_of_json_are_refused_by_what_is_too_long(goods, name):
    values = ["1.5"] * 2_500_000 if name == "vector" else ['"abc"'] * 1_700_000
    value = f"[{', '.join(values)}]"
    text = f'{{"limit": 3, "{name}": {{"maker": {value}}}}}' if name == "filter" else f'{{"{name}": {value}}}'
    assert len(text) > 10_000_000
    answer = goods.client.post("/search", content=text, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["field"]) == (422, name)
