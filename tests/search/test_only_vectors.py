import asyncio
import time

import httpx2
import numpy as np
import pytest
from fastapi.testclient import TestClient

from services.embedding.app import create_app
from services.embedding.models import Models
from services.search.embedder import HttpEmbedder
from shared.decoders import Decoders
from shared.projected import NotANetwork
from shared.store import ModelStore
from tests.search.moved import ids_of, problem, raw_rows
from tests.small import SmallEngine


def test_a_model_of_only_vectors_answers_by_ids(shop, bring):
    job = bring(shop, "elsewhere", raw_rows(shop))
    assert job["result"]["only_vectors"] and job["result"]["checked"] == 0
    (model,) = [one for one in shop.client.get("/models").json()["models"] if one["name"] == "elsewhere"]
    assert (model["kind"], model["dimension"], model["lacking"], model["engine"]) == (
        "vectors",
        507,
        0,
        "none",
    )
    assert "from/elsewhere" in shop.client.get("/models/elsewhere").json()["source"]
    wanted = ids_of(shop, ids=["kind0/写真 0.jpg"])
    assert ids_of(shop, ids=["kind0/写真 0.jpg"], model="elsewhere") == wanted


def test_everything_that_needs_a_network_says_that_there_is_none(shop, bring, photo):
    bring(shop, "elsewhere", raw_rows(shop))
    client, refused = shop.client, (409, "not_a_network", "model")
    asked = shop.search(photo(1), query='{"model": "elsewhere"}')
    assert problem(asked) == refused and "only vectors: ask by ids" in asked.json()["detail"]
    assert problem(client.post("/models/elsewhere/activate")) == refused
    assert problem(client.post("/models/elsewhere/activate", json={"force": True})) == refused
    assert problem(client.post("/jobs/extract", json={"model": "elsewhere"})) == refused
    assert problem(client.post("/jobs/extract", json={"models": ["live", "elsewhere"]})) == refused
    assert client.get("/readyz").status_code == 200
    (shop.settings.data / "datasets" / "d" / "a").mkdir(parents=True)
    for depth in ("top", "head"):
        answer = client.post("/jobs/finetune", json={"dataset": "d", "base": "elsewhere", "depth": depth})
        assert problem(answer) == (422, "unsuitable_base", "base")
        assert "only vectors" in answer.json()["detail"]


def test_new_photos_are_never_embedded_for_a_model_of_only_vectors(shop, bring, photo):
    bring(shop, "elsewhere", raw_rows(shop))
    assert shop.put("new", photo(77)).status_code in (200, 201)
    assert shop.client.app.state.parts.models.kept() == ["small"]
    answer = shop.client.post("/search", json={"ids": ["new"], "model": "elsewhere"})
    assert problem(answer)[:2] == (409, "no_vector")


def test_a_model_of_only_vectors_is_deleted_like_any(shop, bring):
    bring(shop, "elsewhere", raw_rows(shop))
    ids_of(shop, ids=["kind0/写真 0.jpg"], model="elsewhere")
    assert shop.client.delete("/models/elsewhere").status_code == 204
    answer = shop.client.post("/search", json={"ids": ["kind0/写真 0.jpg"], "model": "elsewhere"})
    assert problem(answer)[0] == 404
    assert bring(shop, "elsewhere", {})["state"] == "succeeded"  # the files are still there


def test_only_vectors_are_never_the_first_choice(shop, bring, settings, restart):
    bring(shop, "elsewhere", raw_rows(shop))
    ModelStore(settings.data).delete("small")
    assert ModelStore(settings.data).default() is None


def test_vectors_of_two_kinds_never_come_under_one_name(shop, bring):
    bring(shop, "elsewhere", raw_rows(shop))
    rows = {name: np.roll(row, 9) for name, row in raw_rows(shop).items()}
    job = bring(shop, "elsewhere", rows, place="more")
    assert job["state"] == "failed" and "already" in job["error"]


def test_the_embedding_service_never_loads_only_vectors(shop, bring):
    bring(shop, "elsewhere", raw_rows(shop))
    loads: list[str] = []

    def load(manifest):
        loads.append(manifest.name)
        return SmallEngine()

    models = Models(ModelStore(shop.settings.data), load, max_size=4, max_wait=0)
    pixels = np.zeros((1, 299, 299, 3), np.uint8).tobytes()
    with TestClient(create_app(models=models, decoders=Decoders(shop.settings))) as client:
        for answer in (
            client.post(
                "/models/elsewhere/embed",
                content=pixels,
                headers={"Content-Type": "application/octet-stream"},
            ),
            client.get("/readyz", params={"model": "elsewhere"}),
        ):
            assert problem(answer)[:2] == (409, "not_a_network")
        assert [one["name"] for one in client.get("/models").json()["models"]] == ["small"]
        while client.get("/readyz").status_code != 200:
            time.sleep(0.01)
    assert loads == ["small"]


def test_the_embedding_services_refusal_reaches_the_caller():
    refused = httpx2.MockTransport(lambda _: httpx2.Response(409, json={"detail": "..."}))

    async def ask() -> None:
        async with httpx2.AsyncClient(transport=refused, base_url="http://embedding") as client:
            await HttpEmbedder(client).embed([np.zeros((299, 299, 3), np.uint8)], model="elsewhere")

    with pytest.raises(NotANetwork, match="'elsewhere' are only vectors: ask by ids"):
        asyncio.run(ask())
