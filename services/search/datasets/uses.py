"""Which datasets are being learnt from."""

import json
from pathlib import PurePosixPath
from typing import Any

from services.search.database import Database
from services.search.jobs import ACTIVE
from shared.datasets import DatasetRef


def learns_from(database: Database, dataset: DatasetRef) -> str | None:
    """A fine-tune that has not ended and needs the dataset, or one that lies in it: its id."""
    sql = "SELECT id, request FROM jobs WHERE kind = 'finetune' AND state IN (?, ?)"
    for job in database.read().execute(sql, ACTIVE).fetchall():
        order = json.loads(job["request"])
        if any(_is_in(order.get(what), dataset) for what in ("dataset", "validation")):
            return str(job["id"])
    return None


def _is_in(used: Any, dataset: DatasetRef) -> bool:
    """Of a FinetuneOrder: a DatasetRef, or None where the classes come from the catalogue."""
    if not isinstance(used, dict) or used.get("root") != dataset.root:
        return False
    return PurePosixPath(used.get("path", "")).is_relative_to(dataset.path)
