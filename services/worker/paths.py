"""Where each report on a page goes."""

from pydantic import BaseModel

from shared.exports import Exported
from shared.reports import Failure, Imported, Listed, Photos, Progress, Published, Rows, Training
from shared.vector_reports import VectorRows, VectorsImported

Report = (
    Photos
    | Progress
    | Listed
    | Rows
    | Imported
    | VectorRows
    | VectorsImported
    | Failure
    | Training
    | Published
    | Exported
)

PATHS: dict[type[BaseModel], str] = {
    Photos: "/internal/photos",
    Progress: "/internal/progress",
    Listed: "/internal/listed",
    Rows: "/internal/rows",
    Imported: "/internal/imported",
    VectorRows: "/internal/vector-rows",
    VectorsImported: "/internal/vectors-imported",
    Failure: "/internal/failures",
    Training: "/internal/training",
    Published: "/internal/published",
    Exported: "/internal/exported",
}
