"""A table of odd photos: names that nobody expects, contents that must not hurt."""

import pytest

from tests.odd import MISSING, odd_images

ODD = odd_images()


@pytest.mark.skipif(not ODD, reason=MISSING)
def test_every_odd_photo_is_an_item_with_a_vector_or_an_error_that_is_listed(service, work):
    rows = ["id,name,image"]
    for number, odd in enumerate(ODD):
        (service.photos / odd.name).write_bytes(odd.data)
        rows.append(f'{number},{odd.expect},"{odd.name}"')
    answer = service.client.post("/items/import", files={"file": ("odd.csv", "\n".join(rows).encode())})
    job = work(service, answer.json()["id"])
    assert job["state"] == "succeeded", job["error"]
    failed = {error["path"] for error in job["errors"]}
    assert job["result"]["new"] == len(ODD)
    for number, odd in enumerate(ODD):
        item = service.client.get(f"/items/{number}").json()
        found = service.client.post("/search", json={"ids": [str(number)], "limit": 1}).status_code
        if odd.expect == "accept":
            assert item["images"] and found == 200, odd.name
        if odd.expect == "reject":
            assert odd.name in failed and found == 409, odd.name
