"""Where each report on a page goes."""

from pydantic import BaseModel

from shared.exports import Exported
from shared.reports import Failure, Imported, Listed, Photos, Progress, Published, Rows, Training

Report = Photos | Progress | Listed | Rows | Imported | Failure | Training | Published | Exported

PATHS: dict[type[BaseModel], str] = {
    Photos: "/internal/photos",
    Progress: "/internal/progress",
    Listed: "/internal/listed",
    Rows: "/internal/rows",
    Imported: "/internal/imported",
    Failure: "/internal/failures",
    Training: "/internal/training",
    Published: "/internal/published",
    Exported: "/internal/exported",
}
