"""Every combination of a query's parts against a plain NumPy search of everything."""

import json
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.search.asking.nearest import Rows
from services.search.asking.ranking import Asked, by_image, by_item, rank
from shared.images import decode
from shared.vectors import Lengths, PixelBatch, UnitVectors, Vectors, to_unit
from tests.small import small_vectors

CLOSE = 1e-6  # what is stored is float16, and an answer has six digits
MAKERS = ["A", "B", "C", "", None]


@dataclass
class Shop:
    """What was put, and the rows that its photos come to."""

    service: object
    items: list[str]  # of each row
    images: list[int]
    raw: np.ndarray
    fields: dict[str, dict]

    def rows_of(self, item: str) -> np.ndarray:
        return self.raw[[one == item for one in self.items]]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return {}


@pytest.fixture
def shop(service, photo):
    rows, items, images, fields = [], [], [], {}
    for number in range(36):
        name = f"item{number}"
        photos = [photo(1000 + 7 * number + one, size=(64, 48)) for one in range(number % 4)]
        fields[name] = {"maker": MAKERS[number % 5], "price": number * 10}
        body = service.put(name, *photos, fields=json.dumps(fields[name])).json()
        for one, image in zip(photos, body["images"], strict=True):
            rows.append(small_vectors(PixelBatch(decode(one)[None]))[0])
            items.append(name)
            images.append(image["id"])
    unit, lengths = to_unit(Vectors(np.array(rows)))
    stored = to_unit(Vectors(unit.astype("<f2").astype(np.float32)))[0]
    return Shop(
        service, items, images, stored.astype(np.float64) * lengths[:, None].astype(np.float64), fields
    )


def asked(draw, shop) -> dict:
    shown = [name for name in shop.fields if name in shop.items]
    query = {
        "ids": draw(st.lists(st.sampled_from(shown), max_size=3, unique=True)),
        "image_ids": draw(st.lists(st.sampled_from(shop.images), max_size=2, unique=True)),
        "combine": draw(st.sampled_from(["mean", "any"])),
        "metric": draw(st.sampled_from(["cosine", "euclidean"])),
        "per": draw(st.sampled_from(["item", "image", "maker", "price"])),
        "scope": draw(st.sampled_from(["all", "matches", "same"])),
        "same_field": "maker",
        "keyword": draw(st.sampled_from(["", "item1", "item2 -item21", "all"])),
        "filter": draw(
            st.sampled_from(
                [
                    None,
                    {"maker": ["A", "B"]},
                    {"price": {"gte": 50, "lt": 300}},
                    {"or": [{"maker": "C"}, {"price": {"gt": 250}}]},
                    {"not": {"maker": {"exists": False}}},
                ]
            )
        ),
        "limit": draw(st.integers(1, 60)),
        "offset": draw(st.sampled_from([0, 0, 0, 3, 20, 1000])),
        "include_query": draw(st.booleans()),
        "min_score": draw(st.sampled_from([-1.0, -1.0, 0.05, 0.5])),
        "exclude": draw(st.lists(st.sampled_from(sorted(shop.fields)), max_size=3)),
    }
    wrong = draw(st.lists(st.sampled_from(shown), max_size=2, unique=True))
    right = {*query["ids"], *(shop.items[shop.images.index(one)] for one in query["image_ids"])}
    query["negative_ids"] = [name for name in wrong if name not in right]
    if (not query["ids"] and not query["image_ids"]) or draw(st.booleans()):
        query["vector"] = [*np.random.default_rng(draw(st.integers(0, 9))).normal(size=507) * 100]
    return query


def passes(shop, query, name) -> bool:
    fields = shop.fields[name]
    maker, price = fields["maker"] or None, fields["price"]
    wanted = query["filter"]
    kept = {
        "null": True,
        '{"maker": ["A", "B"]}': maker in ("A", "B"),
        '{"price": {"gte": 50, "lt": 300}}': 50 <= price < 300,
        '{"or": [{"maker": "C"}, {"price": {"gt": 250}}]}': maker == "C" or price > 250,
        '{"not": {"maker": {"exists": false}}}': maker is not None,
    }[json.dumps(wanted)]
    return kept


def holds(query, name) -> bool:
    words = query["keyword"].replace("all", "").split()
    return all((word[1:] not in name) if word[0] == "-" else word in name for word in words)


def candidates(shop, query) -> set[str]:
    passing = {name for name in shop.fields if passes(shop, query, name)}
    if query["scope"] == "all" or query["keyword"] in ("", "all"):
        return passing
    matches = {name for name in passing if holds(query, name)}
    if query["scope"] == "matches":
        return matches
    alike = {shop.fields[name]["maker"] for name in matches}  # None and the like are what they are
    return matches | {name for name in passing if shop.fields[name]["maker"] in alike - {None}}


def examples(shop, query) -> list[np.ndarray]:
    cosine = query["metric"] == "cosine"

    def scaled(rows):
        return rows / np.linalg.norm(rows, axis=-1, keepdims=True) if cosine else rows

    def of_item(name):
        return scaled(scaled(shop.rows_of(name)).mean(axis=0)) if cosine else shop.rows_of(name).mean(axis=0)

    right = [of_item(name) for name in query["ids"]]
    right += [scaled(shop.raw[shop.images.index(one)]) for one in query["image_ids"]]
    right += [scaled(np.array(query["vector"]))] if "vector" in query else []
    wrong = [of_item(name) for name in query["negative_ids"]]
    each = [[one] for one in right] if query["combine"] == "any" else [right]
    return [rocchio(some, wrong) for some in each]


def rocchio(right, wrong):
    aim = np.mean(right, axis=0)
    if not wrong:
        return aim
    moved = aim - 0.5 * np.mean(wrong, axis=0)
    return moved * np.linalg.norm(aim) / np.linalg.norm(moved)


def brute(shop, query) -> tuple[list[tuple[str, int, float]], dict[tuple[str, int], float]]:
    """Item, image and score of every match, best first; and the score of every row."""
    among = candidates(shop, query) - {*query["exclude"], *query["negative_ids"]}
    if not query["include_query"]:
        among -= {*query["ids"], *(shop.items[shop.images.index(one)] for one in query["image_ids"])}
    wanted = examples(shop, query)
    scored = []
    for name, image, row in zip(shop.items, shop.images, shop.raw, strict=True):
        if name in among:
            if query["metric"] == "cosine":
                score = max(float(row @ one / np.linalg.norm(row) / np.linalg.norm(one)) for one in wanted)
            else:
                score = max(float(1 / (1 + np.linalg.norm(row - one))) for one in wanted)
            scored.append((name, image, score))
    scored.sort(key=lambda one: (-one[2], one[1]))
    found, seen = [], set()
    for name, image, score in scored:
        value = shop.fields[name].get(query["per"]) if query["per"] not in ("item", "image") else None
        group = {"item": name, "image": image}.get(
            query["per"], value if value not in (None, "") else (name,)
        )
        if group not in seen:
            seen.add(group)
            found.append((name, image, score))
    return found, {(name, image): score for name, image, score in scored}


def test_any_query_is_answered_as_a_plain_search_of_everything_would(shop):
    @settings(
        max_examples=300, deadline=None, suppress_health_check=[HealthCheck.data_too_large], database=None
    )
    @given(st.data())
    def check(data):
        query = asked(data.draw, shop)
        answer = shop.service.client.post("/search", json=query)
        assert answer.status_code == 200, answer.text
        body, (everything, scores) = answer.json(), brute(shop, query)
        expected = [one for one in everything if one[2] >= query["min_score"]]
        assert body["total"] == len(everything)
        got = [(match["id"], match["image_id"], match["score"]) for match in body["matches"]]
        part = expected[query["offset"] : query["offset"] + query["limit"]]
        assert len(got) == len(part)
        for mine, theirs in zip(got, part, strict=True):
            assert mine[2] == pytest.approx(theirs[2], abs=CLOSE)
            assert scores[mine[:2]] == pytest.approx(mine[2], abs=CLOSE)
        assert len({one[:2] for one in got}) == len(got)

    check()


def test_a_filter_leaves_as_many_matches_as_were_asked_for(shop):
    first = shop.items[0]
    for per, many in (("item", 13), ("image", 20), ("maker", 3)):
        query = {"ids": [first], "filter": {"maker": ["A", "B", "C"]}, "per": per, "limit": many}
        answer = shop.service.client.post("/search", json=query).json()
        assert len(answer["matches"]) == min(many, answer["total"]) > 2


def rows(count: int, dimension: int, *, equal: int = 0, seed: int = 0) -> Rows:
    draw = np.random.default_rng(seed)
    raw = draw.normal(size=(count, dimension)).astype(np.float32)
    unit, lengths = to_unit(Vectors(raw * draw.uniform(0.5, 20, (count, 1)).astype(np.float32)))
    unit[:equal] = unit[:1]
    return Rows(UnitVectors(unit), Lengths(lengths), np.arange(count), np.arange(count) // 3)


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
@pytest.mark.parametrize("top", [1, 7, 500, 6000])
def test_the_first_cut_loses_nothing(metric, top):
    table = rows(6000, 24)
    wanted = np.random.default_rng(5).normal(size=(3, 24)) * 5
    raw = table.unit.astype(np.float64) * table.lengths[:, None]
    if metric == "cosine":
        cosines = raw @ wanted.T / np.linalg.norm(raw, axis=1)[:, None] / np.linalg.norm(wanted, axis=1)
        scores = cosines.max(axis=1)
    else:
        scores = 1 / (1 + np.linalg.norm(raw[:, None] - wanted[None], axis=2).min(axis=1))
    order = np.lexsort((table.images, -scores))
    ranked = rank(table, Asked(wanted, top, metric=metric, groups=by_image))
    assert [hit.image for hit in ranked.hits] == order[:top].tolist()
    items = list(dict.fromkeys((order // 3).tolist()))
    ranked = rank(table, Asked(wanted, top, metric=metric, groups=by_item))
    assert [hit.item for hit in ranked.hits] == items[:top] and ranked.total == 2000


def by_seventh(images, items):
    return items % 7


@settings(max_examples=60, deadline=None, database=None)
@given(st.data())
def test_what_is_not_looked_at_exactly_is_no_match(data):
    """More rows than the first cut lets through, in any mix of groups, limits and what is hidden."""
    count, seed = data.draw(st.integers(300, 2500)), data.draw(st.integers(0, 99))
    draw = np.random.default_rng(seed)
    table = rows(count, 12, equal=data.draw(st.sampled_from([0, 5, 250])), seed=seed)
    metric = data.draw(st.sampled_from(["cosine", "euclidean"]))
    wanted = draw.normal(size=(data.draw(st.integers(1, 3)), 12)) * data.draw(st.sampled_from([1e-7, 1, 30]))
    items = np.unique(table.items)
    among = draw.permutation(items)[: len(items) // 2] if data.draw(st.booleans()) else None
    hidden = items[: data.draw(st.integers(0, 5))]
    groups = data.draw(st.sampled_from([by_image, by_item, by_seventh]))
    floor, top = data.draw(st.sampled_from([-1.0, 0.1])), data.draw(st.integers(1, 400))
    asked = Asked(wanted, top, metric, floor, groups, among, hidden)
    ranked = rank(table, asked)

    raw = table.unit.astype(np.float64) * table.lengths.astype(np.float64)[:, None]
    if metric == "cosine":
        scores = (
            raw / np.linalg.norm(raw, axis=1)[:, None] @ (wanted.T / np.linalg.norm(wanted, axis=1))
        ).max(1)
    else:
        scores = 1 / (1 + np.linalg.norm(raw[:, None] - wanted[None], axis=2).min(axis=1))
    kept = ~np.isin(table.items, hidden) & (np.isin(table.items, among) if among is not None else True)
    order = [at for at in np.lexsort((table.images, -np.round(scores, 9))) if kept[at]]
    first: dict[int, int] = {}
    for at in order:
        first.setdefault(int(groups(table.images[[at]], table.items[[at]])[0]), at)
    assert ranked.total == len(first)
    best = [scores[at] for at in first.values() if np.round(scores[at], 6) >= floor][:top]
    assert [hit.score for hit in ranked.hits] == pytest.approx(best, abs=2e-7)


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_equally_near_images_come_in_their_order_wherever_they_lie(metric):
    table = rows(3000, 129, equal=701)
    example = table.unit[:1].astype(np.float64) * table.lengths[0].astype(np.float64)
    same = Rows(
        table.unit, Lengths(np.full_like(table.lengths, table.lengths[0])), table.images[::-1], table.items
    )
    ranked = rank(same, Asked(example, 700, metric=metric, groups=by_image))
    images = [hit.image for hit in ranked.hits]
    assert images == sorted(images) == list(range(2299, 2999))


@pytest.mark.parametrize("rerank", ["none", "expand", "reciprocal"])
def test_nothing_to_rank_is_no_error(rerank):
    for count in (0, 1, 2):
        table = rows(count, 8)
        ranked = rank(table, Asked(np.ones((1, 8)), 5, rerank=rerank))
        assert len(ranked.hits) == ranked.total == min(count, 1)


@pytest.mark.parametrize("rerank", ["expand", "reciprocal"])
@pytest.mark.parametrize("top", [5, 400, 3000])
def test_a_better_order_is_of_the_same_matches(rerank, top):
    table = rows(3000, 8)
    query = table.unit[3:5].astype(np.float64)
    plain = rank(table, Asked(query, 3000, groups=by_image))
    better = rank(table, Asked(query, 3000, groups=by_image, rerank=rerank))
    assert {hit.image for hit in plain.hits} == {hit.image for hit in better.hits}
    part = rank(table, Asked(query, top, groups=by_image, rerank=rerank))
    assert part.hits == better.hits[:top]
