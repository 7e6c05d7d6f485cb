"""Which images a job is about, and which of them lack a vector: conditions on `images i`."""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shared.photos import Folder

# needs the model's name as its parameter
LACKING = (
    "i.gone = 0"
    " AND NOT EXISTS (SELECT 1 FROM vectors v"
    " WHERE v.image_id = i.id AND v.model = ? AND v.version = i.version)"
)


@dataclass(frozen=True)
class Scope:
    """A condition and its parameters."""

    sql: str
    parameters: list[Any]


def scope_of(job: sqlite3.Row) -> Scope:
    """Everything, or what lies below the job's folders."""
    if job["everything"]:
        return Scope("1", [])
    return below([Folder(**folder) for folder in json.loads(job["folders"])])


def models_of(job: sqlite3.Row) -> list[str]:
    """The models that a job embeds with."""
    several: list[str] = json.loads(job["request"]).get("models") or []
    return several or [job["model"]]


def lacking(models: Sequence[str]) -> Scope:
    """What lacks a vector of any of these."""
    return Scope(f"({' OR '.join([f'({LACKING})'] * len(models))})", list(models))


def marks(values: Sequence[object]) -> str:
    """Places for parameters: ?,?,?"""
    return ",".join("?" * len(values))


def below(folders: list[Folder]) -> Scope:
    """The images that lie in these folders or deeper."""
    parts: list[str] = ["0"]
    parameters: list[Any] = []
    for folder in folders:
        if not folder.path:
            parts.append("i.root = ?")
            parameters.append(folder.root)
        else:  # '0' is the character behind '/'
            parts.append("(i.root = ? AND i.path > ? AND i.path < ?)")
            parameters += [folder.root, f"{folder.path}/", f"{folder.path}0"]
    return Scope(f"({' OR '.join(parts)})", parameters)
