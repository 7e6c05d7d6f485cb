"""What a child that learns says and asks, on the wire."""

import base64
import json

import httpx2
import numpy as np
from celery import Celery

from services.worker import tasks
from services.worker.catalogue import KNOWN_AT_ONCE, HttpCatalogue
from shared.finetuning import FromField
from shared.jobs import EXPORT, EXTRACT, FINETUNE, IMPORT, WHITEN
from shared.leases import KnownVectors, LabelledImage
from shared.reports import Published, Training
from shared.schemas import TrainingProgress
from shared.settings import Settings
from shared.vectors import to_npy

HELD = {"page_id": 1, "holder": "h"}


class Wire:
    """Notes each request, and answers with what `answer` makes of its body."""

    def __init__(self, answer) -> None:
        self.seen: list[tuple[str, str, object]] = []
        self._answer = answer

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        body = json.loads(request.content) if request.content else None
        self.seen.append((request.method, request.url.path, body))
        answer = self._answer(body)
        return httpx2.Response(204) if answer is None else httpx2.Response(200, json=answer)


def catalogue(wire: Wire) -> HttpCatalogue:
    return HttpCatalogue(httpx2.Client(transport=httpx2.MockTransport(wire), base_url="http://search"))


def test_progress_and_a_model_are_reported_where_they_belong():
    wire = Wire(lambda _: None)
    progress = TrainingProgress(phase=1, epoch=2)
    catalogue(wire).report(Training(**HELD, note="training", progress=progress))
    catalogue(wire).report(Published(**HELD, model="m", result={"map": 0.5}, final=True))
    (first, second) = wire.seen
    assert first[:2] == ("POST", "/internal/training") and first[2]["progress"]["epoch"] == 2
    assert second == (
        "POST",
        "/internal/published",
        {**HELD, "model": "m", "result": {"map": 0.5}, "final": True},
    )


def test_the_photos_of_a_field_and_judged_queries_are_asked_for():
    image = {"label": "saw", "root": "photos", "path": "a.jpg"}
    wire = Wire(lambda _: [image])
    assert catalogue(wire).labelled(FromField(from_field="kind")) == [LabelledImage(**image)]
    assert wire.seen == [("POST", "/internal/labelled", {"from_field": "kind", "min_images": 20})]
    query = {"id": 3, "query": {"root": "photos", "path": "q.jpg"}, "right": [], "wrong": []}
    wire = Wire(lambda _: [query])
    (judged,) = catalogue(wire).judged()
    assert judged.model_dump() == query and wire.seen == [("GET", "/internal/judged", None)]


def test_many_vectors_are_asked_for_in_parts_and_stay_with_their_photos():
    def answer(body: dict) -> dict:
        known = [one for one in body["sha256"] if int(one) % 2]
        rows = np.array([[int(one), 0] for one in known], np.float32).reshape(-1, 2)
        return KnownVectors(sha256=known, npy=base64.b64encode(to_npy(rows)).decode()).model_dump()

    wire = Wire(answer)
    asked = [str(number) for number in range(KNOWN_AT_ONCE + 5)]
    found, rows = catalogue(wire).known("m", asked)
    assert [len(body["sha256"]) for _, _, body in wire.seen] == [KNOWN_AT_ONCE, 5]
    assert found == asked[1::2] and rows[:, 0].tolist() == [float(one) for one in found]
    assert catalogue(Wire(answer)).known("m", [])[1].shape == (0, 2)


def test_each_task_runs_its_child(monkeypatch):
    app, ran = Celery("nitari"), []
    monkeypatch.setattr(tasks, "work", lambda job, module, *_, **__: ran.append((job, module)))
    tasks.register(app, Settings())
    for task in (EXTRACT, IMPORT, FINETUNE, EXPORT, WHITEN):
        app.tasks[task](task)
    assert ran == [
        (EXTRACT, "services.worker.extract"),
        (IMPORT, "services.worker.extract"),
        (FINETUNE, "services.worker.finetune.child"),
        (EXPORT, "services.worker.vector_jobs"),
        (WHITEN, "services.worker.vector_jobs"),
    ]
