"""Which HTTP status each error becomes."""

from services.search.activation import ModelIncomplete
from services.search.asking.browsing import CursorAndOffset
from services.search.asking.cursors import InvalidCursor
from services.search.asking.examples import Contradiction, NoVector, TooManyExamples, WrongLength
from services.search.asking.filters.condition import InvalidFilter
from services.search.asking.filters.known import UnknownField
from services.search.asking.rocchio import NothingToSearch
from services.search.asking.words import InvalidKeyword
from services.search.datasets.archive import ArchiveTooLarge, DamagedArchive, NotAZip
from services.search.datasets.folders import UnusableDataset
from services.search.datasets.member_names import UnsafeArchive
from services.search.datasets.uploads import InvalidName, NameTaken, NotRemovable
from services.search.embedder import EmbeddingUnavailable
from services.search.fields import DamagedFields
from services.search.gate import GateFailed
from services.search.items import UnknownImage, UnknownItem
from services.search.jobs import UnknownJob
from services.search.learning.evaluations import JudgesItself, UnknownEvaluation
from services.search.learning.finetunes import UnsuitableBase
from services.search.learning.reports import NoReport
from services.search.learning.trainings import NotPublished
from services.search.learning.whitenings import Unwhitenable
from services.search.models import ModelInUse, NoModel
from services.search.moving.exports import UnknownExport
from services.search.moving.stored import NotStored
from services.search.moving.vector_orders import TakesNoVectors
from services.search.pages import LeaseLost
from services.search.preconditions import PreconditionFailed
from services.search.routes.asking import NotOnePhoto
from services.search.routes.forms import (
    InvalidFields,
    InvalidForm,
    InvalidJson,
    NotUtf8,
    UnknownName,
    UnsupportedMediaType,
)
from services.search.routes.inputs import (
    FileTooLarge,
    InvalidBase64,
    NestedTooDeep,
    NotAFile,
    TooManyImages,
    TooManyValues,
)
from services.search.routes.item import InvalidId
from services.search.routes.preconditions import InvalidPrecondition
from services.search.streams import TooManyStreams
from services.search.uploads import ImageGone
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
    **dict.fromkeys(
        (InvalidPrecondition, InvalidForm, InvalidJson, NotUtf8, PathNotAllowed, UnsafeArchive), 400
    ),
    **dict.fromkeys((NotAZip, UnsupportedMediaType), 415),
    **dict.fromkeys(
        (
            DatasetNotFound,
            FolderNotFound,
            ImageGone,
            NoReport,
            TableNotFound,
            UnknownEvaluation,
            UnknownExport,
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
    PreconditionFailed: 412,
    **dict.fromkeys((ArchiveTooLarge, FileTooLarge, TooManyImages), 413),
    **dict.fromkeys(
        (
            DamagedArchive,
            Contradiction,
            CursorAndOffset,
            InvalidBase64,
            InvalidCursor,
            InvalidFields,
            InvalidFilter,
            InvalidId,
            InvalidKeyword,
            JudgesItself,
            InvalidName,
            NestedTooDeep,
            NotAFile,
            NotAnArray,
            NotATable,
            NotPublished,
            NotOnePhoto,
            NotStored,
            NothingToSearch,
            TooManyExamples,
            TooManyValues,
            TakesNoVectors,
            UnknownField,
            UnknownName,
            Unwhitenable,
            UnsuitableBase,
            UnusableDataset,
            WrongLength,
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
