"""The parts that models are learnt and compared with."""

from dataclasses import dataclass

from services.search.database import Database
from services.search.learning.evaluations import Evaluations
from services.search.learning.finetunes import Check, Finetunes
from services.search.learning.known import KnownRows
from services.search.learning.reports import ModelReports
from services.search.learning.trainings import Trainings
from services.search.learning.whitenings import Whitenings
from services.search.models import Models
from shared.datasets import DatasetRoots
from shared.settings import Settings
from shared.store import ModelStore


@dataclass(frozen=True)
class Learning:
    """What a fine-tune needs of the search service, from its order to the report on its model."""

    finetunes: Finetunes
    whitenings: Whitenings
    trainings: Trainings
    evaluations: Evaluations
    known: KnownRows
    reports: ModelReports


def learning_of(
    settings: Settings, database: Database, store: ModelStore, models: Models, *, check: Check
) -> Learning:
    """The parts over one catalogue; `check` looks into a dataset before there is a job."""
    return Learning(
        finetunes=Finetunes(store, models, DatasetRoots(settings), zone=settings.timezone, check=check),
        whitenings=Whitenings(store, models),
        trainings=Trainings(database, store),
        evaluations=Evaluations(database),
        known=KnownRows(database),
        reports=ModelReports(settings.data, store),
    )
