"""A job that reads vectors, as the child that does it sees it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from services.worker.catalogue import HttpCatalogue
from shared.leases import Page
from shared.reports import PhotoError, Progress
from shared.store import ModelStore


@dataclass(frozen=True)
class Assignment:
    """A page that `holder` holds, and what to do it with."""

    page: Page
    holder: str
    catalogue: HttpCatalogue
    data: Path

    @property
    def store(self) -> ModelStore:
        """The published models."""
        return ModelStore(self.data)

    def say(self, note: str, done: int, total: int, errors: Sequence[PhotoError] = ()) -> None:
        """How far it is. Raises LeaseLost."""
        report = Progress(
            page_id=self.page.id,
            holder=self.holder,
            note=note,
            done=done,
            total=max(done, total),  # photos that came in meanwhile
            errors=list(errors),
        )
        self.catalogue.report(report)
