import base64

import numpy as np
import pytest

from services.worker.catalogue import HttpCatalogue
from shared.vectors import from_npy
from tests.small import small_vectors


@pytest.fixture
def goods(service, photo):
    for item in ("a", "b", "c", "d/1"):
        service.put(item, photo(ord(item[0])), photo(ord(item[0]) + 100))
    return service


def judge(service, query: dict, right=(), wrong=()):
    body = {"query": query, "right": list(right), "wrong": list(wrong)}
    return service.client.post("/evaluations", json=body)


def judged(service) -> list[dict]:
    return service.client.get("/evaluations").json()["evaluations"]


def image_of(service, item: str, place: int = 0) -> dict:
    return service.client.get(f"/items/{item}").json()["images"][place]


def test_a_judged_query_is_stored_and_again_it_is_replaced(goods):
    first = judge(goods, {"id": "a"}, ["b", "b"], ["d/1"])
    assert first.status_code == 201
    body = first.json()
    assert (body["query"], body["right"], body["wrong"]) == ({"id": "a", "image_id": None}, ["b"], ["d/1"])
    image = image_of(goods, "a", 1)["id"]
    photo = judge(goods, {"image_id": image}, ["c"])
    assert photo.status_code == 201 and photo.json()["query"]["image_id"] == image
    again = judge(goods, {"id": "a"}, ["c"])
    assert (again.status_code, again.json()["id"]) == (200, body["id"])
    assert [(one["id"], one["right"], one["wrong"]) for one in judged(goods)] == [
        (body["id"], ["c"], []),
        (photo.json()["id"], ["c"], []),
    ]


def test_what_cannot_be_is_refused_and_nothing_is_stored(goods):
    for query, right, wrong, status, word in (
        ({"id": "a"}, ["b"], ["c", "b"], 422, "'b'"),
        ({"id": "a"}, [], [], 422, "nothing"),
        ({"id": "a", "image_id": 1}, ["b"], [], 422, "query"),
        ({}, ["b"], [], 422, "query"),
        ({"id": "a", "ids": []}, ["b"], [], 422, "ids"),
        ({"id": "a"}, ["b", "x", "y"], ["z"], 404, "'x', 'y', 'z'"),
        ({"id": "none"}, ["b"], [], 404, "'none'"),
        ({"image_id": 999}, ["b"], [], 404, "999"),
        ({"id": "a"}, ["b"], ["a"], 422, "itself"),
        ({"id": "a"}, ["x" * 1025], [], 422, "right.0"),
        ({"id": "a"}, ["b"] * 1001, [], 422, "right"),
        ({"image_id": 2**63}, ["b"], [], 422, "image_id"),
    ):
        answer = judge(goods, query, right, wrong)
        assert answer.status_code == status and word in answer.text, answer.text
    own = judge(goods, {"image_id": image_of(goods, "a")["id"]}, ["a"])
    assert (own.status_code, own.json()["type"]) == (422, "judges_itself")
    assert judged(goods) == []


def test_what_is_deleted_drops_out(goods):
    judge(goods, {"id": "a"}, ["b", "c"], ["d/1"])
    judge(goods, {"id": "b"}, ["c"])
    judge(goods, {"image_id": image_of(goods, "b")["id"]}, ["c"])
    goods.client.delete("/items/b")
    (left,) = judged(goods)
    assert (left["right"], left["wrong"]) == (["c"], ["d/1"])
    goods.client.delete("/items/c")
    assert goods.client.get("/internal/judged").json() == []  # nothing is right any more
    assert goods.client.delete(f"/evaluations/{left['id']}").status_code == 204
    assert goods.client.delete(f"/evaluations/{left['id']}").json()["type"] == "unknown_evaluation"
    assert judged(goods) == []


def test_a_worker_gets_photos_that_are_there(goods, photo, extract):
    (goods.photos / "e.jpg").write_bytes(photo(250))
    (goods.photos / "f.jpg").write_bytes(photo(251))
    (goods.photos / "g.jpg").write_bytes(photo(252))
    extract(goods)
    judge(goods, {"id": "e.jpg"}, ["a", "f.jpg"], ["b"])
    judge(goods, {"image_id": image_of(goods, "a", 1)["id"]}, ["b"])
    found = HttpCatalogue(goods.client).judged()
    assert (found[0].query.root, found[0].query.path) == ("photos", "e.jpg")
    assert [one.path for one in found[0].right] == [image_of(goods, "a")["path"], "f.jpg"]
    assert [one.path for one in found[0].wrong] == [image_of(goods, "b")["path"]]
    assert found[1].query.path == image_of(goods, "a", 1)["path"]
    (goods.photos / "f.jpg").unlink()
    extract(goods)
    assert len(HttpCatalogue(goods.client).judged()[0].right) == 1
    (goods.photos / "e.jpg").unlink()
    extract(goods)
    assert len(HttpCatalogue(goods.client).judged()) == 1


def test_vectors_are_known_by_their_photos_content(goods, photo, decoders, sandbox, publish):
    publish("other")
    digests = [image_of(goods, item)["sha256"] for item in ("b", "a")]
    catalogue = HttpCatalogue(goods.client)
    found, rows = catalogue.known("small", ["0" * 64, *digests] * 300)
    assert sorted(set(found)) == sorted(digests)
    expected = small_vectors(np.stack([sandbox.decode(photo(ord("a")))]))[0]
    row = rows[found.index(digests[1])]
    assert np.dot(row, expected) / np.linalg.norm(expected) > 0.9999
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-6)
    assert catalogue.known("other", digests)[1].shape == (0, 507)
    assert catalogue.known("small", [])[0] == []


def test_a_vector_of_earlier_bytes_is_not_known(goods, photo, extract):
    (goods.photos / "e.jpg").write_bytes(photo(250))
    extract(goods)
    digest = image_of(goods, "e.jpg")["sha256"]
    assert HttpCatalogue(goods.client).known("small", [digest])[0] == [digest]
    database = goods.client.app.state.parts.vectors._database
    with database.write() as write:
        write.execute("UPDATE images SET version = version + 1 WHERE path = 'e.jpg'")
    assert HttpCatalogue(goods.client).known("small", [digest])[0] == []


def test_a_damaged_vector_is_not_known(goods):
    digest = image_of(goods, "a")["sha256"]
    with goods.client.app.state.parts.vectors._database.write() as write:
        write.execute("UPDATE vectors SET crc = crc + 1")
    body = goods.client.post("/internal/known", json={"model": "small", "sha256": [digest]}).json()
    assert body["sha256"] == [] and from_npy(base64.b64decode(body["npy"])).shape == (0, 507)


def test_workers_routes_need_the_token(goods):
    for method, path in (("GET", "judged"), ("POST", "known"), ("POST", "training"), ("POST", "published")):
        answer = goods.client.request(method, f"/internal/{path}", headers={"X-Internal-Token": "x"})
        assert answer.status_code == 401
