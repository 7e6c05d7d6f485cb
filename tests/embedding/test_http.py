import numpy as np
import pytest
from fastapi.testclient import TestClient

from services.embedding.app import create_app
from services.embedding.models import Models
from shared.decoders import Decoders
from shared.images import decode
from shared.store import ModelStore
from shared.vectors import PixelBatch, from_npy, to_unit


@pytest.fixture
def client(settings, engine):
    models = Models(ModelStore(settings.data), lambda *_: engine, max_size=4, max_wait=0.001)
    with TestClient(
        create_app(models=models, decoders=Decoders(settings)), raise_server_exceptions=False
    ) as client:
        yield client


def files(*photos: bytes):
    return [("image", (f"{n}.jpg", data)) for n, data in enumerate(photos)]


def test_files_become_unit_rows_in_their_order(client, photo, engine):
    body = client.post("/models/small/embed", files=files(photo(1), photo(2))).json()
    pixels = PixelBatch(np.stack([decode(photo(1)), decode(photo(2))]))
    unit, lengths = to_unit(engine.predict(pixels))
    assert body["model"] == "small"
    np.testing.assert_allclose(body["vectors"], unit, atol=1e-6)
    np.testing.assert_allclose(body["lengths"], lengths, rtol=1e-6)


def test_pixels_become_npy(client, photo):
    pixels = decode(photo(1))
    headers = {"content-type": "application/octet-stream", "accept": "application/x-npy"}
    answer = client.post("/models/small/embed", content=pixels.tobytes() * 2, headers=headers)
    rows = from_npy(answer.content)
    by_file = client.post("/models/small/embed", files=files(photo(1))).json()
    assert rows.shape == (2, 507)
    np.testing.assert_allclose(rows[1], by_file["vectors"][0], atol=1e-6)
    assert [float(length) for length in answer.headers["x-lengths"].split(",")] == pytest.approx(
        by_file["lengths"] * 2
    )


@pytest.mark.parametrize(
    ("how", "status", "kind"),
    [
        ({"files": files(b"")}, 422, "empty_file"),
        ({"files": files(b"text")}, 415, "unsupported_image_type"),
        ({"files": {"file": b"x"}}, 422, "no_image"),
        ({"files": files(*[b"x"] * 17)}, 413, "too_many_files"),
        ({"content": b"12", "headers": {"content-type": "application/octet-stream"}}, 422, "not_pixels"),
        ({"content": b"", "headers": {"content-type": "application/octet-stream"}}, 422, "not_pixels"),
        (
            {"content": bytes(268_203 * 17), "headers": {"content-type": "application/octet-stream"}},
            413,
            "too_many_images",
        ),
    ],
)
def test_what_cannot_be_embedded_is_refused(client, how, status, kind):
    answer = client.post("/models/small/embed", **how)
    assert (answer.status_code, answer.json()["type"]) == (status, kind), answer.text


def test_an_unknown_model_is_404(client, photo):
    for name in ("none", "..%2Fsmall", ".small"):
        assert client.post(f"/models/{name}/embed", files=files(photo(1))).status_code == 404


def test_readiness_is_that_of_the_model_asked_for(client, photo):
    assert client.get("/healthz").status_code == 200
    client.post("/models/small/embed", files=files(photo(1)))
    assert client.get("/readyz").json() == {"status": "ready", "model": "small"}
    assert client.get("/readyz?model=none").status_code == 404
    assert client.get("/models").json() == {
        "models": [{"name": "small", "ready": True, "engine": "tensorflow"}]
    }


def test_a_damaged_model_is_refused_and_the_service_stays(client, settings, photo, publish):
    publish("broken")
    (settings.data / "models" / "broken" / "model.keras").write_bytes(b"something else")
    answer = client.post("/models/broken/embed", files=files(photo(1)))
    assert (answer.status_code, answer.json()["type"]) == (503, "damaged_model")
    assert client.post("/models/small/embed", files=files(photo(1))).status_code == 200
