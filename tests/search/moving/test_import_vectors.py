import numpy as np
import pytest

from shared.store import ModelStore
from tests.search.learner import dataset
from tests.search.moved import ids_of, problem, raw_rows
from tests.small import publish_projection


def test_vectors_of_a_network_that_is_here_are_checked_and_stored(shop, bring, publish):
    publish("other")
    rows = {name: row * 3 for name, row in raw_rows(shop).items()}
    job = bring(shop, "other", rows)
    result = job["result"]
    assert job["state"] == "succeeded" and job["kind"] == "vectors"
    assert (result["files"], result["stored"], result["skipped_count"], result["checked"]) == (10, 10, 0, 10)
    assert result["lowest_cosine"] > 0.9999 and result["length_ratio"] == pytest.approx(3, rel=1e-3)
    first = ids_of(shop, ids=["kind0/写真 0.jpg"], model="other", metric="euclidean")
    assert first == ids_of(shop, ids=["kind0/写真 0.jpg"], model="small", metric="euclidean")


def test_raw_lengths_are_kept(shop, bring):
    rows = raw_rows(shop)
    bring(shop, "elsewhere", rows)
    body = shop.client.post(
        "/search", json={"ids": ["kind0/写真 0.jpg"], "model": "elsewhere", "metric": "euclidean"}
    ).json()
    mine = rows["kind0/写真 0.jpg.npy"]
    for match in body["matches"]:
        expected = float(np.linalg.norm(rows[f"{match['id']}.npy"] - mine))
        assert match["distance"] == pytest.approx(expected, rel=2e-3, abs=1)


def test_vectors_of_something_else_are_refused_with_the_numbers_and_nothing_is_stored(shop, bring, publish):
    publish("other")
    rows = raw_rows(shop)
    rows["kind0/写真 0.jpg.npy"] = np.roll(rows["kind0/写真 0.jpg.npy"], 9)
    job = bring(shop, "other", rows)
    assert job["state"] == "failed"
    assert f"{job['result']['lowest_cosine']:.4f}" in job["error"] and "kind0/写真 0.jpg" in job["error"]
    assert "the median 1.0000" in job["error"]
    assert ids_of(shop, ids=["kind1/写真 1.jpg"], model="small")
    answer = shop.client.post("/search", json={"ids": ["kind1/写真 1.jpg"], "model": "other"})
    assert problem(answer)[:2] == (409, "no_vector")


def test_photos_that_cannot_be_read_measure_nothing_and_nothing_is_believed(shop, bring, publish):
    publish("other")
    rows = raw_rows(shop)
    for path in shop.photos.rglob("*.jpg"):
        path.unlink()
    job = bring(shop, "other", rows)
    assert job["state"] == "failed" and "could be read" in job["error"]


def test_bad_files_are_named_with_their_reason_and_skipped(shop, bring):
    rows = raw_rows(shop)
    names = sorted(rows)
    rows[names[0]] = np.full(507, np.nan, np.float32)
    rows[names[1]] = np.zeros(507)
    rows[names[2]] = rows[names[2]][:100]
    rows["stranger.jpg.npy"] = rows[names[3]]
    job = bring(shop, "elsewhere", rows)
    result = job["result"]
    assert (result["stored"], result["skipped_count"], result["without_file_count"]) == (7, 3, 3)
    assert [one["path"] for one in result["skipped"]] == names[:3]
    assert "not finite" in result["skipped"][0]["error"] and "100 numbers" in result["skipped"][2]["error"]
    assert (result["without_photo_count"], result["without_photo"]) == (1, ["stranger.jpg.npy"])
    assert result["without_file"] == [name.removesuffix(".npy") for name in names[:3]]
    assert job["error_count"] == 3


def test_twice_is_the_same(shop, bring):
    first = bring(shop, "elsewhere", raw_rows(shop))["result"]
    second = bring(shop, "elsewhere", {})["result"]
    changed = {"checked", "lowest_cosine", "median_cosine", "worst", "length_ratio"}
    assert {k: v for k, v in second.items() if k not in changed} == {
        k: v for k, v in first.items() if k not in changed
    }
    assert second["checked"] == 10 and second["lowest_cosine"] > 0.9999


def test_an_npz_is_read_by_its_paths(shop, work):
    rows = raw_rows(shop)
    paths = np.array([name.removesuffix(".npy") for name in rows])
    vectors = np.stack(list(rows.values()))
    vectors[2] = np.inf
    for save, name in ((np.savez, "a.npz"), (np.savez_compressed, "b.npz")):
        save(
            shop.settings.data / name,
            vectors=vectors,
            paths=paths,
            roots=np.array(["photos"] * 10),
            image_ids=np.arange(10),
            item_ids=paths,
        )
        answer = shop.client.post("/jobs/import-vectors", json={"path": name, "model": name[0]})
        result = work(shop, answer.json()["id"])["result"]
        assert (result["stored"], result["skipped_count"], result["skipped"][0]["path"]) == (9, 1, paths[2])


@pytest.mark.parametrize(
    "arrays",
    [
        {"vectors": np.ones((2, 3), np.float32)},
        {"vectors": np.ones((2, 3), np.float32), "paths": np.array(["a"])},
        {"vectors": np.ones(3, np.float32), "paths": np.array(["a"])},
        {"vectors": np.array([{"a": 1}]), "paths": np.array(["a"])},
        {"vectors": np.ones((1, 3), np.float32), "paths": np.array([{"a": 1}])},
    ],
)
def test_an_npz_of_other_arrays_fails_the_job(shop, work, arrays):
    np.savez(shop.settings.data / "x.npz", **arrays)
    answer = shop.client.post("/jobs/import-vectors", json={"path": "x.npz", "model": "x"})
    job = work(shop, answer.json()["id"])
    assert job["state"] == "failed" and "x.npz" in job["error"]
    assert "x" not in ModelStore(shop.settings.data).names()


def test_a_file_that_is_no_npz_fails_the_job(shop, work):
    (shop.settings.data / "x.npz").write_bytes(b"PK\x03\x04 nothing")
    job = work(
        shop, shop.client.post("/jobs/import-vectors", json={"path": "x.npz", "model": "x"}).json()["id"]
    )
    assert job["state"] == "failed"


def test_a_folder_without_vectors_or_photos_of_them_fails_the_job(shop, bring):
    (shop.settings.data / "empty").mkdir()
    assert "no .npy file" in bring(shop, "x", {}, place="empty")["error"]
    assert "photo of the catalogue" in bring(shop, "x", {"q.npy": np.ones(3)}, place="strange")["error"]
    assert "photo of the catalogue" in bring(shop, "small", {"q.npy": np.ones(507)}, place="strange")["error"]
    assert ModelStore(shop.settings.data).names() == ["small"]


def test_what_cannot_be_is_refused_before_there_is_a_job(shop, tmp_path):
    def ask(**body):
        return problem(shop.client.post("/jobs/import-vectors", json={"path": "v", "model": "m", **body}))

    (shop.settings.data / "v").mkdir()
    mean = np.zeros(507)
    publish_projection(shop.settings.data, "flat", "small", np.eye(507)[:, :5], mean)
    assert ask(path="nowhere") == (404, "vectors_not_found", "path")
    assert ask(path="x" * 4000)[0] == 404
    assert ask(path=str(tmp_path))[:2] == (400, "path_not_allowed")
    assert ask(path="../..")[:2] == (400, "path_not_allowed")
    assert ask(path="v\0")[:2] == (400, "path_not_allowed")
    assert ask(path="catalogue.sqlite3")[:2] == (404, "vectors_not_found")
    assert ask(model="a b") == (422, "invalid_value", "model")
    assert ask(model="flat") == (422, "takes_no_vectors", "model")
    assert ask(photos="nowhere")[0] == 404
    assert ask(more=1)[0] == 422
    assert shop.client.post("/jobs/import-vectors", json={"path": "v", "model": "m"}).status_code == 202
    assert ask()[:2] == (409, "model_exists")  # the name is that job's
    dataset(shop)
    finetune = shop.client.post("/jobs/finetune", json={"dataset": "tools", "name": "m"})
    assert problem(finetune)[:2] == (409, "model_exists")


def test_only_photos_of_a_folder_are_meant_where_that_is_said(shop, bring):
    rows = {name.removeprefix("kind0/"): row for name, row in raw_rows(shop).items() if "kind0" in name}
    result = bring(shop, "elsewhere", rows, photos="kind0")["result"]
    assert (result["stored"], result["without_file_count"]) == (5, 0)
