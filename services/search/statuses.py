"""Which HTTP status each error becomes."""

from services.search.activation import ModelIncomplete
from services.search.datasets.archive import ArchiveTooLarge, DamagedArchive, NotAZip
from services.search.datasets.folders import UnusableDataset
from services.search.datasets.member_names import UnsafeArchive
from services.search.datasets.uploads import InvalidName, NameTaken, NotRemovable
from services.search.embedder import EmbeddingUnavailable
from services.search.examples import NothingToSearch, NoVector
from services.search.fields import DamagedFields
from services.search.finder import UnknownField
from services.search.gate import GateFailed
from services.search.items import UnknownImage, UnknownItem
from services.search.jobs import UnknownJob
from services.search.learning.evaluations import JudgesItself, UnknownEvaluation
from services.search.learning.finetunes import UnsuitableBase
from services.search.learning.reports import NoReport
from services.search.learning.trainings import NotPublished
from services.search.models import ModelInUse, NoModel
from services.search.pages import LeaseLost
from services.search.routes.forms import (
    InvalidFields,
    InvalidForm,
    InvalidJson,
    NotUtf8,
    UnknownName,
    UnsupportedMediaType,
)
from services.search.routes.inputs import FileTooLarge, InvalidBase64, NotAFile, TooManyImages
from services.search.routes.items import InvalidId
from services.search.streams import TooManyStreams
from services.search.uploads import ImageGone
from services.search.vector_orders import TakesNoVectors
from services.search.words import InvalidKeyword
from shared.datasets import DatasetNotFound
from shared.files import DiskFull
from shared.jobs import BrokerUnavailable
from shared.photos import FolderNotFound, PathNotAllowed
from shared.problems import IMAGE_PROBLEMS
from shared.projected import MissingBase, NotANetwork
from shared.store import DamagedModel, ModelExists, UnknownModel
from shared.tables import NotATable, TableNotFound
from shared.vector_folders import VectorsNotFound
from shared.vectors import DamagedVector, NotAnArray

STATUSES: dict[type[Exception], int] = {
    **IMAGE_PROBLEMS,
    **dict.fromkeys((InvalidForm, InvalidJson, NotUtf8, PathNotAllowed, UnsafeArchive), 400),
    **dict.fromkeys((NotAZip, UnsupportedMediaType), 415),
    **dict.fromkeys(
        (
            DatasetNotFound,
            FolderNotFound,
            ImageGone,
            NoReport,
            TableNotFound,
            UnknownEvaluation,
            UnknownImage,
            UnknownItem,
            UnknownJob,
            UnknownModel,
            VectorsNotFound,
        ),
        404,
    ),
    **dict.fromkeys(
        (
            GateFailed,
            LeaseLost,
            ModelExists,
            ModelInUse,
            ModelIncomplete,
            NameTaken,
            NotANetwork,
            NotRemovable,
            NoVector,
        ),
        409,
    ),
    **dict.fromkeys((ArchiveTooLarge, FileTooLarge, TooManyImages), 413),
    **dict.fromkeys(
        (
            DamagedArchive,
            InvalidBase64,
            InvalidFields,
            InvalidId,
            InvalidKeyword,
            JudgesItself,
            InvalidName,
            NotAFile,
            NotAnArray,
            NotATable,
            NotPublished,
            NothingToSearch,
            TakesNoVectors,
            UnknownField,
            UnknownName,
            UnsuitableBase,
            UnusableDataset,
        ),
        422,
    ),
    DiskFull: 507,
    **dict.fromkeys(
        (
            BrokerUnavailable,
            DamagedFields,
            DamagedModel,
            DamagedVector,
            EmbeddingUnavailable,
            MissingBase,
            NoModel,
            TooManyStreams,
        ),
        503,
    ),
}
