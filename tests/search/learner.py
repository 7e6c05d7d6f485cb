"""What a worker that learns a model says to the search service, without learning anything."""

from dataclasses import dataclass

from services.worker.catalogue import HttpCatalogue
from shared.leases import Claim, Page
from shared.reports import PhotoError, Published, Training
from shared.schemas import TrainingProgress
from shared.store import Gate
from tests.small import publish_small

BETTER = Gate(
    passed=True,
    judged_by="held_out",
    queries=90,
    base=0.5,
    candidate=0.625,
    difference=0.125,
    low=0.1,
    high=0.15,
)
WORSE = Gate(
    passed=False,
    judged_by="judged_queries",
    queries=12,
    base=0.625,
    candidate=0.5,
    difference=-0.125,
    low=-0.2,
    high=0.0125,
)


@dataclass
class Learner:
    """Works on a job's page under the name `holder`."""

    service: object
    job: str
    holder: str = "h"
    page: Page | None = None

    def __post_init__(self) -> None:
        self.catalogue = HttpCatalogue(self.service.client)
        self.page = self.claim()

    def claim(self) -> Page | None:
        claim = Claim(job_id=self.job, holder=self.holder, worker=self.holder)
        return self.catalogue.claim(claim)

    def train(
        self, phase: int, epoch: int, step: int = 0, *, errors: dict[str, str] | None = None, **more
    ) -> None:
        progress = TrainingProgress(phase=phase, epoch=epoch, step=step, **more)
        found = [PhotoError(path=path, error=error) for path, error in (errors or {}).items()]
        held = {"page_id": self.page.id, "holder": self.holder}
        self.catalogue.report(Training(**held, note="training", progress=progress, errors=found))

    def publish(self, gate: Gate | None = BETTER, **manifest) -> None:
        """Puts the model into the store, without a word to the search service."""
        name = self.page.finetune.name
        manifest = {"job": self.job, "base": self.page.model, "gate": gate, **manifest}
        publish_small(self.service.settings.data, name, **manifest)

    def say(self, *, final: bool = True, model: str | None = None, **result) -> None:
        held = {"page_id": self.page.id, "holder": self.holder}
        model = model or self.page.finetune.name
        self.catalogue.report(Published(**held, model=model, result=result, final=final))

    def die(self) -> None:
        self.catalogue.lose(self.holder)


def dataset(service, name: str = "tools") -> None:
    for label in ("hammer", "saw"):
        folder = service.settings.data / "datasets" / name / label
        folder.mkdir(parents=True, exist_ok=True)
        for number in range(4):  # nobody looks into them here
            (folder / f"{number}.jpg").touch()


def finetune(service, **request) -> dict:
    """The job that was made."""
    dataset(service)
    answer = service.client.post("/jobs/finetune", json={"dataset": "tools", **request})
    assert answer.status_code == 202, answer.text
    return answer.json()


def learnt(service, gate: Gate | None = BETTER, **request) -> dict:
    """The job of a model that was learnt and published."""
    learner = Learner(service, finetune(service, **request)["id"])
    learner.publish(gate)
    learner.say()
    return service.client.get(f"/jobs/{learner.job}").json()
