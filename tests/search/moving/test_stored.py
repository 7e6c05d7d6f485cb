"""The catalogue's vectors as workers read them."""

import base64

import numpy as np
import pytest

from services.worker import stored
from services.worker.catalogue import HttpCatalogue
from shared.leases import INTERNAL_TOKEN
from shared.stored import ROWS_AT_ONCE
from shared.vectors import from_npy
from tests.search.reader import damage, fill
from tests.small import publish_small


def page(service, **body):
    return service.client.post("/internal/stored", json={"model": "small", **body})


def test_every_row_comes_once_in_pages_with_its_photo(service):
    rows = fill(service, ROWS_AT_ONCE + 8)
    first, last = parts = list(stored.parts(HttpCatalogue(service.client), "small"))
    assert [len(part.images) for part in parts] == [ROWS_AT_ONCE, 8]
    assert first.total == last.total == ROWS_AT_ONCE + 8
    assert (np.concatenate([part.rows for part in parts]) == rows).all()
    image = last.images[-1]
    assert (image.item, image.root, image.path) == ("n519", "photos", "n/519.jpg")
    assert image.sha256 is None and image.length > 0


def test_only_photos_that_are_served_come(service, photo):
    for number in range(4):
        service.put(f"i{number}", photo(number))
    publish_small(service.settings.data, "other")
    with service.client.app.state.parts.vectors._database.write() as write:
        write.execute("UPDATE images SET gone = 1 WHERE id = 1")
        write.execute("UPDATE vectors SET row = NULL, error = 'no photo' WHERE image_id = 2")
        write.execute("UPDATE vectors SET model = 'other' WHERE image_id = 3")
    body = page(service).json()
    assert [image["item"] for image in body["images"]] == ["i3"]
    assert (body["total"], body["next"], body["damaged"]) == (1, None, [])
    assert len(body["images"][0]["sha256"]) == 64
    unit = from_npy(base64.b64decode(body["npy"]))
    assert unit.shape == (1, 507) and np.linalg.norm(unit) == pytest.approx(1)


def test_a_damaged_row_is_named_and_keeps_nobody_waiting(service):
    rows = fill(service, 5)
    damage(service, 2)
    body = page(service).json()
    assert [image["id"] for image in body["damaged"]] == [2]
    assert [image["id"] for image in body["images"]] == [1, 3, 4, 5]
    assert (from_npy(base64.b64decode(body["npy"])) == rows[[0, 2, 3, 4]]).all()


def test_a_share_is_spread_over_all_and_always_the_same(service):
    fill(service, 400)
    some, again = (list(stored.parts(HttpCatalogue(service.client), "small", share=0.25)) for _ in range(2))
    ids = [image.id for part in some for image in part.images]
    assert ids == [image.id for part in again for image in part.images]
    assert some[0].total == len(ids) and abs(len(ids) - 100) < 5
    quarters = np.histogram(ids, bins=4, range=(1, 400))[0]
    assert quarters.min() > 20
    assert (
        np.bincount(np.array(ids) % 4, minlength=4).min() > 20
    )  # of items of four photos not always the same


def test_a_model_without_photos_has_no_rows(service):
    (part,) = stored.parts(HttpCatalogue(service.client), "small")
    assert part.images == [] and part.rows.shape == (0, 507) and part.total == 0
    assert stored.count(HttpCatalogue(service.client), "small") == 0


def test_what_has_no_rows_of_its_own_is_refused(service):
    publish_small(service.settings.data, "p", kind="projection", base="small")
    for body, status in (({"model": "p"}, 422), ({"model": "none"}, 404), ({"share": 0}, 422)):
        assert page(service, **body).status_code == status


def test_nobody_reads_without_the_token(service):
    answer = service.client.post("/internal/stored", json={"model": "small"}, headers={INTERNAL_TOKEN: "x"})
    assert answer.status_code == 401
