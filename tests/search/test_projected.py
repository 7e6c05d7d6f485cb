"""A projected model is searched like any other, though SQLite keeps its base's rows alone."""

import json
import shutil
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from services.search import activation as module
from shared.images import decode
from shared.vectors import PixelBatch
from tests.small import SmallEngine, publish_projection, small_vectors

RNG = np.random.default_rng(7)
MEAN = RNG.normal(0, 0.01, SmallEngine.dimension).astype(np.float32)
MATRIX = (RNG.normal(size=(SmallEngine.dimension, 24)) * np.geomspace(0.1, 30, 24)).astype(np.float32)


@pytest.fixture
def project(settings):
    """project(name) publishes a projection of the small model."""

    def publish(name: str, *, base: str = "small", matrix=MATRIX) -> None:
        publish_projection(settings.data, name, base, matrix, MEAN)

    return publish


@pytest.fixture
def three(service, project, photo):
    """Twelve items with rows of the small model, and two projections of it."""
    for seed in range(12):
        service.put(f"item{seed}", photo(seed))
    project("p")
    project("q", matrix=MATRIX[:, ::3])
    return service


def unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def base_rows(*photos: bytes) -> np.ndarray:
    return unit(small_vectors(PixelBatch(np.stack([decode(data) for data in photos]))).astype(np.float64))


def projected(rows: np.ndarray, matrix=MATRIX) -> np.ndarray:
    return (rows - MEAN.astype(np.float64)) @ matrix.astype(np.float64)


def stored(*photos: bytes) -> np.ndarray:
    """The base's rows as SQLite keeps them."""
    return unit(base_rows(*photos).astype(np.float16).astype(np.float64))


def activate(service, name: str):
    return service.client.post(f"/models/{name}/activate")


def live(service) -> str:
    return next(model["name"] for model in service.client.get("/models").json()["models"] if model["live"])


def ask(service, *photos: bytes, model: str, **query):
    return service.search(*photos, query=json.dumps({"model": model, **query})).json()


def best(service, data: bytes, model: str) -> str:
    return ask(service, data, model=model)["matches"][0]["id"]


def rows_of(service, model: str) -> tuple[np.ndarray, np.ndarray]:
    """What is in memory, in the order of the images."""
    index = service.client.app.state.parts.indexes.get(model)
    images, *_ = index.part(0, len(index))
    return index.vectors(sorted(images))


def kept_by_model(service) -> dict[str, int]:
    read = service.client.app.state.parts.vectors._database.read()
    return dict(read.execute("SELECT model, count(*) FROM vectors GROUP BY model").fetchall())


def wait(what) -> None:
    deadline = time.monotonic() + 10
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize("is_live", [False, True])
def test_cosines_are_those_of_numpy(three, photo, is_live):
    if is_live:
        assert activate(three, "p").status_code == 200
    body = three.search(photo(3, noise=20), query=json.dumps({} if is_live else {"model": "p"})).json()
    query = unit(projected(base_rows(photo(3, noise=20))))[0]
    scores = unit(projected(stored(*(photo(seed) for seed in range(12))))) @ query
    assert body["model"] == "p" and body["total"] == 12
    assert [match["id"] for match in body["matches"]] == [f"item{seed}" for seed in np.argsort(-scores)]
    np.testing.assert_allclose([match["score"] for match in body["matches"]], -np.sort(-scores), atol=2e-6)


def test_euclidean_distances_are_between_projected_rows_of_their_own_length(three, photo):
    body = ask(three, photo(3, noise=20), model="p", metric="euclidean")
    away = projected(stored(*(photo(seed) for seed in range(12)))) - projected(base_rows(photo(3, noise=20)))
    distances = np.linalg.norm(away, axis=1)
    assert [match["id"] for match in body["matches"]] == [f"item{seed}" for seed in np.argsort(distances)]
    shown = [match["distance"] for match in body["matches"]]
    np.testing.assert_allclose(shown, np.sort(distances), rtol=1e-4)


def test_an_item_of_the_catalogue_is_searched_with_like_a_photo(three, photo):
    first, *others = three.client.post("/search", json={"ids": ["item4"], "model": "p"}).json()["matches"]
    rows = unit(projected(stored(*(photo(seed) for seed in range(12)))))
    assert first["id"] == "item4" and first["score"] == pytest.approx(1, abs=1e-6)
    shown = [match["score"] for match in others]
    np.testing.assert_allclose(shown, -np.sort(-rows @ rows[4])[1:], atol=2e-6)


@pytest.mark.parametrize("name", ["p", "small"])
def test_what_is_put_and_deleted_reaches_base_and_projections(three, photo, name):
    for model in ("small", "p", "q"):
        ask(three, photo(1), model=model)
    activate(three, name)
    three.put("new", photo(50))
    three.put("item2", photo(51))
    three.client.delete("/items/item1")
    for model in ("small", "p", "q"):
        assert best(three, photo(50), model) == "new" and best(three, photo(51), model) == "item2"
        body = ask(three, photo(1), model=model)
        assert body["total"] == 12 and "item1" not in [match["id"] for match in body["matches"]]
    assert kept_by_model(three) == {"small": 12}


def test_a_restart_changes_no_bit_whether_an_item_came_before_or_after(three, restart, photo):
    for model in ("small", "p"):
        ask(three, photo(1), model=model)  # now both are in memory: half of the items come after
    for seed in range(12, 24):
        three.put(f"item{seed}", photo(seed))
    three.put("pair", photo(30), photo(31))
    before = rows_of(three, "p")
    asked = ask(three, photo(20), model="p")["matches"]
    again = restart()
    after = rows_of(again, "p")  # derived from SQLite in one go
    assert "small" not in again.client.app.state.parts.indexes._loaded or live(again) == "small"
    assert before[0].shape == (26, 24)
    np.testing.assert_array_equal(before[0], after[0])
    np.testing.assert_array_equal(before[1], after[1])
    assert ask(again, photo(20), model="p")["matches"] == asked


def test_a_start_with_a_projected_model_does_not_load_its_base(three, restart, photo):
    activate(three, "p")
    again = restart()
    assert list(again.client.app.state.parts.indexes._loaded) == ["p"]
    assert again.client.get("/readyz").json()["vectors"] == 12
    assert again.search(photo(5)).json()["matches"][0]["id"] == "item5"


def test_a_job_embeds_with_the_base_of_the_live_or_named_model(three, extract, folder, photo):
    activate(three, "p")
    job = extract(three)
    assert job["result"]["model"] == "small" and job["done"] == 10
    assert best(three, photo(3), "p") in ("item3", "kind1/写真 3.jpg")
    assert ask(three, photo(3), model="p")["total"] == 22
    (folder / "one more.jpg").write_bytes(photo(60))
    job = extract(three, model="q")
    assert job["result"]["model"] == "small" and job["done"] == 1
    assert best(three, photo(60), "p") == best(three, photo(60), "q") == "one more.jpg"
    assert kept_by_model(three) == {"small": 23}


def test_photos_that_vanish_return_or_break_do_so_in_a_projection(service, project, extract, folder, photo):
    extract(service)
    project("p")
    assert ask(service, photo(3), model="p")["total"] == 10
    file = folder / "kind1" / "写真 3.jpg"
    file.rename(folder.parent / "away.jpg")
    extract(service)
    assert ask(service, photo(3), model="p")["total"] == 9
    (folder.parent / "away.jpg").rename(file)
    extract(service)
    assert best(service, photo(3), "p") == "kind1/写真 3.jpg"
    file.write_bytes(photo(3)[:700])
    assert extract(service)["result"]["with_error"] == 1
    assert ask(service, photo(3), model="p")["total"] == 9


def test_an_import_moves_photos_in_a_projection_and_embeds_with_the_base(
    service, project, extract, import_, folder, photo
):
    extract(service)
    project("p")
    activate(service, "p")
    (folder / "new.jpg").write_bytes(photo(40))
    job = import_(service, "id,name,image\n金型,x,写真 3.jpg\nnew one,y,new.jpg\n")
    assert job["result"]["model"] == "small"
    assert best(service, photo(3), "p") == "金型" and best(service, photo(40), "p") == "new one"
    assert list(kept_by_model(service)) == ["small"]


def test_a_base_with_projections_is_not_deleted_and_a_projection_takes_only_itself(three, publish, photo):
    publish("other")
    assert activate(three, "other").status_code == 200
    ask(three, photo(1), model="p")
    answer = three.client.delete("/models/small")
    assert (answer.status_code, answer.json()["type"]) == (409, "model_in_use")
    assert "p, q" in answer.json()["detail"]
    assert three.client.delete("/models/p").status_code == 204
    assert three.search(photo(1), query='{"model": "p"}').status_code == 404
    assert best(three, photo(1), "small") == best(three, photo(1), "q") == "item1"
    assert kept_by_model(three) == {"small": 12, "other": 12}
    assert three.client.delete("/models/small").status_code == 409
    assert three.client.delete("/models/q").status_code == 204
    assert three.client.delete("/models/small").status_code == 204
    assert kept_by_model(three) == {"other": 12}


def test_a_live_projection_is_not_deleted_nor_its_base(three):
    activate(three, "p")
    three.client.delete("/models/q")
    for name in ("p", "small"):
        assert three.client.delete(f"/models/{name}").json()["type"] == "model_in_use"


def test_a_projection_is_complete_when_its_base_is(three, photo, monkeypatch):
    assert activate(three, "p").status_code == 200 and live(three) == "p"
    assert three.client.get("/jobs").json()["jobs"] == []
    activate(three, "small")
    read = three.client.app.state.parts.vectors._database
    with read.write() as write:
        write.execute("UPDATE vectors SET version = 0")
    monkeypatch.setattr(module, "FEW", 5)
    answer = activate(three, "p")
    assert (answer.status_code, answer.json()["type"]) == (409, "model_incomplete")
    assert "'small'" in answer.json()["detail"] and live(three) == "small"
    monkeypatch.undo()
    assert activate(three, "p").status_code == 200  # a few are embedded on the spot, with the base
    assert kept_by_model(three) == {"small": 12} and best(three, photo(7), "p") == "item7"


def test_a_base_that_is_not_live_is_kept_complete_and_its_projections_with_it(three, publish, photo):
    publish("other")
    ask(three, photo(1), model="p")
    assert activate(three, "other").status_code == 200
    three.put("new", photo(50))
    wait(lambda: best(three, photo(50), "p") == "new")
    activate(three, "q")
    three.put("newer", photo(51))
    wait(lambda: best(three, photo(51), "other") == "newer")
    assert kept_by_model(three) == {"small": 14, "other": 14}
    assert three.client.app.state.parts.models.kept() == ["other", "small"]
    assert three.client.get("/jobs").json()["jobs"] == []


def test_while_items_come_in_models_change_and_nothing_is_lost(three, restart, photo):
    photos = {f"item{seed}": photo(seed) for seed in range(12)}
    new = {f"new{seed}": photo(seed) for seed in range(100, 130)}
    problems, stop = [], threading.Event()

    def put(name: str) -> None:
        if three.put(name, new[name]).status_code != 201:
            problems.append(name)

    def search(start: int) -> None:
        while not stop.is_set():
            for name in list(photos)[start:]:
                answer = three.search(photos[name])
                first = answer.json()["matches"][0] if answer.status_code == 200 else None
                if first is None or first["id"] != name or first["score"] < 0.999:
                    problems.append((answer.status_code, answer.text[:300]))

    with ThreadPoolExecutor(4) as pool:
        searching = [pool.submit(search, start) for start in (0, 6)]
        putting = [pool.submit(put, name) for name in new]
        turn = 0
        while turn < 12 or not all(one.done() for one in putting):
            assert activate(three, ("p", "small", "q")[turn % 3]).status_code == 200
            turn += 1
        stop.set()
        for one in (*putting, *searching):
            one.result()
    assert problems == []
    before = {model: rows_of(three, model) for model in ("small", "p", "q")}
    again = restart()
    for model, (rows, lengths) in before.items():
        after = rows_of(again, model)
        assert len(rows) == 42
        np.testing.assert_array_equal(rows, after[0])
        np.testing.assert_array_equal(lengths, after[1])


@pytest.mark.parametrize("damage", ["flipped", "cut", "absent"])
def test_a_damaged_projection_is_refused_and_the_live_model_stays(three, settings, photo, damage):
    file = settings.data / "models" / "p" / "projection.npz"
    data = bytearray(file.read_bytes())
    if damage == "flipped":
        data[5000] ^= 1
    file.write_bytes(bytes(data[:9000] if damage == "cut" else data))
    if damage == "absent":
        file.unlink()
    for answer in (activate(three, "p"), three.client.post("/search", json={"ids": ["item1"], "model": "p"})):
        assert (answer.status_code, answer.json()["type"]) == (503, "damaged_model")
        assert "'p'" in answer.json()["detail"]
    assert live(three) == "small" and best(three, photo(1), "q") == "item1"


def test_a_matrix_that_does_not_fit_its_base_is_refused(three, project):
    project("wrong", matrix=MATRIX[:500])
    answer = activate(three, "wrong")
    assert (answer.status_code, answer.json()["type"]) == (503, "damaged_model")
    assert live(three) == "small"


def test_a_base_that_is_away_is_named_until_it_is_back(three, restart, settings, photo, tmp_path):
    activate(three, "p")
    shutil.move(settings.data / "models" / "small", tmp_path / "small")
    again = restart()
    answer = again.search(photo(1))
    assert answer.status_code == 503 and "'small'" in answer.json()["detail"]
    for answer in (
        again.client.post("/search", json={"ids": ["item1"]}),
        again.put("new", photo(50)),
        again.client.post("/jobs/extract"),
        activate(again, "p"),
        activate(again, "q"),
        again.client.get("/readyz"),
    ):
        assert (answer.status_code, answer.json()["type"]) == (503, "missing_base"), answer.text
        assert "'small'" in answer.json()["detail"]
    assert live(again) == "p"
    again.client.app.state.parts.activation.wake()
    time.sleep(module.SETTLE_S + 0.2)  # what keeps models complete must survive it
    shutil.move(tmp_path / "small", settings.data / "models" / "small")
    assert again.search(photo(1)).json()["matches"][0]["id"] == "item1"
    again.put("new", photo(50))
    assert best(again, photo(50), "q") == "new"


def test_a_projection_of_a_projection_is_refused(three, project):
    project("pp", base="p", matrix=MATRIX[:24])
    assert activate(three, "pp").json()["type"] == "missing_base"
    assert live(three) == "small"


def test_a_setting_may_name_a_projection_but_not_one_without_its_base(
    settings, restart, project, photo, monkeypatch
):
    project("p")
    project("lost", base="nowhere")
    monkeypatch.setattr(settings, "model", "lost")
    answer = restart().search(photo(1))
    assert (answer.status_code, answer.json()["type"]) == (503, "missing_base")
    monkeypatch.setattr(settings, "model", "p")
    service = restart()
    service.put("a", photo(1))
    body = service.search(photo(1)).json()
    assert (body["model"], body["matches"][0]["id"]) == ("p", "a") and live(service) == "p"
    assert kept_by_model(service) == {"small": 1}
