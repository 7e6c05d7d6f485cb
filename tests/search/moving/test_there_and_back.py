"""What an export writes, an import reads."""

import pytest

from tests.search import reader
from tests.search.moved import ids_of, problem, raw_rows


@pytest.mark.parametrize("form", ["npz", "folder"])
def test_an_export_comes_back_under_another_name_and_answers_the_same(shop, bring, photo, form):
    for item in ("twin 1", "twin 2"):  # one upload, two items
        shop.put(item, photo(55))
    path = reader.done(shop, "export", form=form)["result"]["path"]
    result = bring(shop, "back", {}, place=path)["result"]
    assert (result["stored"], result["skipped_count"], result["without_photo_count"]) == (12, 0, 0)
    for item in ("kind0/写真 0.jpg", "twin 2"):
        query = {"ids": [item], "metric": "euclidean"}
        assert ids_of(shop, **query, model="back") == ids_of(shop, **query)
    again = bring(shop, "small", {}, place=path)["result"]
    assert again["lowest_cosine"] > 0.9999 and again["length_ratio"] == pytest.approx(1, abs=1e-3)


def test_only_vectors_can_be_exported_but_not_whitened(shop, bring):
    bring(shop, "elsewhere", raw_rows(shop))
    assert reader.done(shop, "export", form="npz", model="elsewhere")["result"]["count"] == 10
    refused = shop.client.post("/jobs/whiten", json={"model": "elsewhere", "dimension": 256})
    assert problem(refused) == (422, "unwhitenable", "model")
