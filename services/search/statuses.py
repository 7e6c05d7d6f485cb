"""Which HTTP status each error becomes."""

from services.search.activation import ModelIncomplete
from services.search.archive import ArchiveTooLarge, DamagedArchive, NotAZip
from services.search.dataset_uploads import InvalidName, NameTaken, NotRemovable
from services.search.datasets import UnusableDataset
from services.search.embedder import EmbeddingUnavailable
from services.search.examples import NothingToSearch, NoVector
from services.search.fields import DamagedFields
from services.search.finder import UnknownField
from services.search.items import UnknownImage, UnknownItem
from services.search.jobs import UnknownJob
from services.search.member_names import UnsafeArchive
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
from services.search.uploads import ImageGone
from services.search.words import InvalidKeyword
from shared.datasets import DatasetNotFound
from shared.files import DiskFull
from shared.jobs import BrokerUnavailable
from shared.photos import FolderNotFound, PathNotAllowed
from shared.problems import IMAGE_PROBLEMS
from shared.store import UnknownModel
from shared.tables import NotATable, TableNotFound
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
            TableNotFound,
            UnknownImage,
            UnknownItem,
            UnknownJob,
            UnknownModel,
        ),
        404,
    ),
    **dict.fromkeys((LeaseLost, ModelInUse, ModelIncomplete, NameTaken, NotRemovable, NoVector), 409),
    **dict.fromkeys((ArchiveTooLarge, FileTooLarge, TooManyImages), 413),
    **dict.fromkeys(
        (
            DamagedArchive,
            InvalidBase64,
            InvalidFields,
            InvalidId,
            InvalidKeyword,
            InvalidName,
            NotAFile,
            NotAnArray,
            NotATable,
            NothingToSearch,
            UnknownField,
            UnknownName,
            UnusableDataset,
        ),
        422,
    ),
    DiskFull: 507,
    **dict.fromkeys((DamagedFields, DamagedVector, BrokerUnavailable, EmbeddingUnavailable, NoModel), 503),
}
