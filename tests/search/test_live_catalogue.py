"""A catalogue that changes while it is searched: nothing half, nothing missing, nothing back."""

import random
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import pytest

from services.search.index import Index
from services.search.indexes import SERVED
from services.search.items import Embedded, UnknownItem, Upload
from shared.reports import EmbeddedImage
from shared.vectors import Vectors, to_unit
from tests.search.protocol import claim, listed_job, rows_of
from tests.small import SmallEngine, publish_projection
from tests.tables import send

SECONDS = 2
ANCHOR = "anchor"
Work = Callable[[random.Random], None]


def storm(*works: Work, seconds: float = SECONDS) -> None:
    """Each over and over in a thread of its own, from a seed of its own. Raises what one of them raised."""
    stop = threading.Event()

    def again(number: int, work: Work) -> None:
        chance = random.Random(number)
        try:
            while not stop.is_set():
                work(chance)
        finally:
            stop.set()

    with ThreadPoolExecutor(len(works)) as pool:
        running = [pool.submit(again, number, work) for number, work in enumerate(works)]
        stop.wait(seconds)
        stop.set()
    for one in running:
        one.result()


def agrees(service, *models: str) -> None:
    """What is in memory is what SQLite says."""
    parts = service.client.app.state.parts
    for model in models or ("small",):
        index = parts.indexes.get(model)
        rows = parts.vectors._database.read().execute(SERVED, (index.source,)).fetchall()
        part = index.part(0, len(index))
        assert dict(zip(part.images, part.items, strict=True)) == {row[0]: row[1] for row in rows}
        assert index.items == len({row[1] for row in rows})
        blobs = {row["image_id"]: np.frombuffer(row["row"], "<f2").astype(np.float32) for row in rows}
        if index.source == model and rows:
            assert np.allclose(part.rows, np.stack([blobs[image] for image in part.images]), atol=1e-3)


@dataclass
class Seen:
    """What searches answered, and what must not be in those that began later."""

    answers: list[tuple[float, list[dict]]] = field(default_factory=list)
    over: dict[int, float] = field(default_factory=dict)  # image -> when it was over

    def search(self, service) -> None:
        began = time.monotonic()
        answer = service.client.post("/search", json={"ids": [ANCHOR], "limit": 100})
        assert answer.status_code == 200, answer.text
        self.answers.append((began, answer.json()["matches"]))

    def end(self, images) -> None:
        now = time.monotonic()
        self.over |= dict.fromkeys(images, now)

    def check(self) -> None:
        """Nothing came back."""
        for began, matches in self.answers:
            back = [m for m in matches if self.over.get(m["image_id"], began) < began]
            assert not back, back
        assert len(self.answers) > 10 and self.over


def images_of(body: dict) -> frozenset[int]:
    return frozenset(image["id"] for image in body["images"])


@pytest.mark.usefixtures("hasty")
def test_every_answer_holds_whole_items_while_they_are_put_and_deleted(service, restart, photo):
    photos = [photo(seed, size=(64, 48)) for seed in range(12)]
    stored: dict[tuple[str, int], frozenset[int]] = {}
    turns, shown, seen = iter(range(10**9)), [], Seen()
    service.put(ANCHOR, photo(99))

    def put(item: str, chance: random.Random) -> None:
        turn = next(turns)
        before = service.client.get(f"/items/{item}")
        some = chance.choices(photos, k=chance.randint(1, 3))
        answer = service.put(item, *some, fields=f'{{"turn": {turn}}}')
        assert answer.status_code in (200, 201), answer.text
        stored[item, turn] = images_of(answer.json())
        seen.end(images_of(before.json()) if before.status_code == 200 else ())

    def write(mine: str) -> Work:  # who writes an item is alone in that
        def work(chance: random.Random) -> None:
            item = f"{mine}{chance.randrange(3)}"
            there = service.client.get(f"/items/{item}")
            if there.status_code == 200 and chance.random() < 0.4 and not item.endswith("0"):
                assert service.client.delete(f"/items/{item}").status_code == 204
                seen.end(images_of(there.json()))
            else:
                put(item, chance)

        return work

    def look(chance: random.Random) -> None:
        answer = service.client.get(f"/items/{chance.choice('xy')}{chance.randrange(3)}")
        if answer.status_code == 200:
            shown.append(answer.json())

    for item in ("x0", "y0"):
        put(item, random.Random(0))
    search = lambda _: seen.search(service)  # noqa: E731
    storm(write("x"), write("y"), search, search, look)

    seen.check()
    for _, matches in seen.answers:
        found = [match["id"] for match in matches]
        assert len(found) == len(set(found)) and {ANCHOR, "x0", "y0"} <= set(found)
        for match in matches:
            assert match["id"] == ANCHOR or match["image_id"] in stored[match["id"], match["fields"]["turn"]]
    for body in shown:
        assert images_of(body) == stored[body["id"], body["fields"]["turn"]]
    for now in (lambda: service, restart):
        agrees(now())


@pytest.mark.usefixtures("hasty")
def test_memory_is_what_sqlite_says_after_every_kind_of_change_at_once(service, settings):
    chance = np.random.default_rng(0)
    dimension = SmallEngine.dimension
    matrix = chance.normal(size=(dimension, 8)).astype(np.float32)
    publish_projection(settings.data, "p", "small", matrix, np.zeros(dimension, np.float32))
    parts = service.client.app.state.parts
    database, catalogue, indexes = parts.vectors._database, parts.catalogue, parts.indexes
    indexes.get("small"), indexes.get("p")
    raw = Vectors(chance.normal(size=(64, dimension)).astype(np.float32))
    unit, lengths = to_unit(raw)

    def any_image(chance: random.Random) -> int | None:
        rows = database.read().execute("SELECT id FROM images").fetchall()
        return chance.choice(rows)["id"] if rows else None

    def put(chance: random.Random) -> None:
        some = [chance.randrange(64) for _ in range(chance.randint(1, 3))]
        uploads = [Upload(f"aa/{number}", "0" * 64, 1) for number in some]
        embedded = Embedded("small", unit[some], lengths[some].tolist())
        catalogue.put(f"{chance.randrange(9)}", fields=None, uploads=uploads, embedded=embedded)

    def delete(chance: random.Random) -> None:
        try:
            item = catalogue.get(f"{chance.randrange(9)}")
            catalogue.delete(item.id)
        except UnknownItem:
            return
        left = {*indexes.get("small").part(0, 999).items, *indexes.get("p").part(0, 999).items}
        assert item.key not in left

    def embed(chance: random.Random) -> None:
        images = [image for _ in range(3) if (image := any_image(chance)) is not None]
        reports = [EmbeddedImage(id=i, version=1, sha256="0" * 64, row=n) for n, i in enumerate(set(images))]
        if reports and chance.random() < 0.3:
            reports[0] = EmbeddedImage(id=reports[0].id, version=1, error="cut")
        parts.vectors.fill("small", reports, raw)

    def vanish(chance: random.Random) -> None:
        """As a listing or a table does."""
        one, two, three = (any_image(chance) for _ in range(3))
        with database.holding():
            with database.write() as write:
                write.execute("UPDATE images SET gone = 1 WHERE id = ?", (one,))
                write.execute("UPDATE images SET gone = 0 WHERE id = ?", (two,))
                item = write.execute("SELECT key FROM items ORDER BY random()").fetchone()
                moved = (
                    write.execute(
                        "UPDATE images SET item_key = ? WHERE id = ? RETURNING id, item_key",
                        (item and item["key"], three),
                    ).fetchall()
                    if item
                    else []
                )
            indexes.follow(gone=[one], back=[two], moved=[tuple(row) for row in moved])

    storm(put, put, delete, embed, vanish, seconds=2)
    agrees(service, "small", "p")


@pytest.mark.usefixtures("hasty")
def test_a_photo_that_is_deleted_while_its_page_is_stored_does_not_come_back(service, photo):
    service.put(ANCHOR, photo(99))
    for turn in range(10):
        job = listed_job(service, photo)
        page = claim(service, job, "w").json()
        reports = [
            {"id": image["id"], "version": image["version"], "sha256": "0" * 64, "row": row}
            for row, image in enumerate(page["images"])
        ]
        body = {"page_id": page["id"], "holder": "w", "model": "small", "images": reports, "npy": rows_of(4)}
        together = threading.Barrier(2)

        def store(body=body, together=together) -> int:
            together.wait()
            return service.client.put("/internal/vectors", json=body).status_code

        def delete(together=together, turn=turn) -> list[int]:
            together.wait()
            time.sleep(0.001 * turn)
            return [service.client.delete(f"/items/{seed}.jpg").status_code for seed in range(3)]

        with ThreadPoolExecutor(2) as pool:
            stored, deleted = pool.submit(store), pool.submit(delete)
        assert stored.result() == 204 and deleted.result() == [204] * 3
        found = service.client.post("/search", json={"ids": [ANCHOR]}).json()["matches"]
        assert sorted(match["id"] for match in found) == ["3.jpg", ANCHOR]
        assert claim(service, job, "w").status_code == 204
        agrees(service)


@pytest.mark.usefixtures("folder", "hasty")
def test_what_is_deleted_while_jobs_run_does_not_come_back(service, extract, work, photo):
    service.put(ANCHOR, photo(99))
    extract(service)
    paths = sorted(str(path.relative_to(service.photos)) for path in service.photos.rglob("*.jpg"))
    seen = Seen()

    def table(chance: random.Random) -> None:
        rows = "".join(f"{chance.randrange(4)},n,{path}\n" for path in chance.sample(paths, 8))
        work(service, send(service, f"id,name,image\n{rows}"), worker="t", holder="t")

    def delete(chance: random.Random) -> None:
        items = service.client.get("/items?limit=100").json()["items"]
        item = chance.choice([item for item in items if item["id"] != ANCHOR] or [None])
        if item is not None and item["images"]:
            got = service.client.get(f"/items/{item['id']}")
            headers = {"If-Match": got.headers.get("etag", "*")}
            if service.client.delete(f"/items/{item['id']}", headers=headers).status_code == 204:
                seen.end(images_of(got.json()))

    storm(
        lambda _: extract(service, rewrite=True),
        table,
        delete,
        lambda _: seen.search(service),
        seconds=SECONDS,
    )
    seen.check()
    agrees(service)


class Witness:
    """An index's lock that notes, whenever it is let go, which images each item has."""

    def __init__(self, index: Index) -> None:
        self._index, self._lock = index, index._lock
        self.states: list[dict[int, frozenset[int]]] = []

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *_) -> None:
        index, items = self._index, defaultdict(set)
        for image, place in index._place.items():
            items[int(index._items[place])].add(image)
        self.states.append({item: frozenset(images) for item, images in items.items()})
        self._lock.release()


def test_a_put_a_page_and_a_table_change_an_index_in_one_step(service, extract, import_, photo):
    for name in "abcd":
        (service.photos / f"{name}.jpg").write_bytes(photo(ord(name)))
    service.put("a", photo(1), photo(2))
    import_(service, "id,name,image\n1,x,a.jpg\n1,x,b.jpg\n2,y,c.jpg\n2,y,d.jpg\n")
    index = service.client.app.state.parts.indexes.get("small")
    index._lock = witness = Witness(index)
    whole = set()
    for change in (
        lambda: service.put("a", photo(3), photo(4), photo(5)),
        lambda: import_(service, "id,name,image\n1,x,c.jpg\n1,x,d.jpg\n2,y,a.jpg\n2,y,b.jpg\n"),
        lambda: extract(service, rewrite=True),
        lambda: service.client.delete("/items/a"),
    ):
        items = service.client.get("/items").json()["items"]
        whole |= {images_of(item) for item in items}
        change()
    seen = {images for state in witness.states for images in state.values()}
    assert len(seen) == 3 and seen <= whole
    assert [len(state) for state in witness.states] == [3] * (len(witness.states) - 1) + [2]


def test_an_item_is_read_in_one_statement(service, photo):
    for item in "abc":
        service.put(item, photo(1), photo(2))
    parts, said = service.client.app.state.parts, []
    parts.vectors._database.read().set_trace_callback(said.append)
    assert len(parts.catalogue.get("a").images) == 2
    assert [len(item.images) for item in parts.catalogue.by_keys([1, 2, 3, 4]).values()] == [2, 2, 2]
    assert len(said) == 2


def test_no_answer_shows_what_its_filter_does_not_let_through(service, photo, hasty):
    for number in range(4):
        service.put(f"item{number}", photo(number), fields='{"sold": "no"}')
    ended = threading.Event()

    def sell() -> None:
        for turn in range(120):
            service.put(f"item{turn % 4}", fields=f'{{"sold": "{("yes", "no")[turn // 4 % 2]}"}}')
        ended.set()

    seller = threading.Thread(target=sell)
    seller.start()
    while not ended.is_set():
        for query in ({"ids": ["item0"]}, {}):
            found = service.client.post("/search", json={**query, "filter": {"sold": "no"}}).json()["matches"]
            assert {match["fields"]["sold"] for match in found} <= {"no"}
        listed = service.client.get("/items", params={"filter": '{"sold": "no"}'}).json()["items"]
        assert {item["fields"]["sold"] for item in listed} <= {"no"}
        kinds = service.client.post("/search", json={"ids": ["item0"], "per": "sold"}).json()["matches"]
        assert len({match["fields"]["sold"] for match in kinds}) == len(kinds)
    seller.join()
