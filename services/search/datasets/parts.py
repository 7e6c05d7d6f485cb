"""The parts that datasets are found, looked into and made with."""

from dataclasses import dataclass

from services.search.database import Database
from services.search.datasets.checks import DatasetChecks
from services.search.datasets.folders import Datasets
from services.search.datasets.labelled import Labelled
from services.search.datasets.shelf import Shelf
from services.search.datasets.uploads import DatasetUploads
from shared.datasets import DatasetRef
from shared.decoders import Decoders
from shared.finetuning import FromField
from shared.settings import Settings


@dataclass(frozen=True)
class DatasetParts:
    """Class folders, and the catalogue's own fields."""

    folders: Datasets
    checks: DatasetChecks
    uploads: DatasetUploads
    shelf: Shelf
    labelled: Labelled

    def check(self, dataset: DatasetRef | FromField) -> None:
        """Raises UnusableDataset where nothing can be learnt from it."""
        if isinstance(dataset, FromField):
            self.labelled.check(dataset.from_field, dataset.min_images)
        else:
            self.folders.check(dataset)


def datasets_of(settings: Settings, database: Database, decoders: Decoders) -> DatasetParts:
    """The parts over one data folder."""
    folders = Datasets(settings)
    return DatasetParts(
        folders=folders,
        checks=DatasetChecks(folders, settings.data, decoders.decode),
        uploads=DatasetUploads(folders, database, settings.data),
        shelf=Shelf(folders.roots),
        labelled=Labelled(database),
    )
