"""What the tests of models on the page share: a search service, and who says what a worker would."""

from dataclasses import dataclass
from typing import Any

import httpx2
from playwright.sync_api import Locator, Page

from shared.leases import INTERNAL_TOKEN
from shared.settings import Settings
from shared.store import Gate
from tests.conftest import TOKEN
from tests.search.learner import BETTER, Learner, finetune

METRICS = {"map": 0.625, "base_map": 0.5, "r1": 0.81, "base_r1": 0.702, "p10": 0.55, "base_p10": 0.467}
DATASET = {"name": "tools", "classes": ["hammer", "saw"], "photos": 90}


@dataclass
class Taught:
    """A running search service, as tests.search.learner wants it."""

    client: httpx2.Client
    settings: Settings
    url: str

    def learn(self, name: str, gate: Gate | None = BETTER, **request: Any) -> Learner:
        """A model that was learnt and published."""
        learner = Learner(self, finetune(self, name=name, **request)["id"])
        learner.publish(gate, metrics=METRICS, dataset=DATASET)
        learner.say(gate=gate and gate.model_dump())
        return learner

    def live(self) -> str:
        return next(one["name"] for one in self.client.get("/models").json()["models"] if one["live"])


def taught(server: Any, settings: Settings) -> Taught:
    """`server` as `alone` gives it."""
    server.client.headers[INTERNAL_TOKEN] = TOKEN
    return Taught(server.client, settings, server.url)


def row(page: Page, model: str) -> Locator:
    return page.locator(f'#models tr[data-model="{model}"]')


def training(page: Page, job: str) -> Locator:
    return page.locator(f'#models .training[data-job="{job}"]')


def answer(page: Page, button: str) -> None:
    """Answers the question that is asked."""
    page.locator("#sure").get_by_role("button", name=button).click()
