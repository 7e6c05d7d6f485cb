"""Judged queries: what somebody said of the answers to an item or a photo. Models are compared by them."""

import sqlite3
import time

from services.search.database import Database
from services.search.items import UnknownImage, UnknownItem
from services.search.learning.judged import judged_queries
from services.search.learning.judgement import Asked, Evaluation, EvaluationRequest
from shared.leases import JudgedQuery


class UnknownEvaluation(LookupError):
    """There is no judged query of that id."""


class JudgesItself(ValueError):
    """A query whose own item is among its answers."""


class Evaluations:
    """What is deleted from the catalogue drops out of these by itself."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, request: EvaluationRequest) -> tuple[Evaluation, bool]:
        """Stores a judged query, in the place of an earlier one of the same query; whether it is new.

        Raises UnknownItem, UnknownImage, JudgesItself.
        """
        with self._database.write() as write:
            item, image, own = _query(write, request.query)
            keys = _keys(write, [*request.right, *request.wrong])
            if own in keys.values():
                raise JudgesItself("An item is no answer to its own photo.")
            evaluation, new = _row(write, item, image)
            write.execute("DELETE FROM judgements WHERE evaluation_id = ?", (evaluation,))
            write.executemany(
                "INSERT OR REPLACE INTO judgements VALUES (?, ?, ?)",
                [(evaluation, keys[answer], answer in request.right) for answer in keys],
            )
        return next(one for one in self.all() if one.id == evaluation), new

    def all(self) -> list[Evaluation]:
        """Every judged query, in the order they came."""
        rows = self._database.read().execute(
            "SELECT e.id, i.id AS item, e.image_id, e.created FROM evaluations e"
            " LEFT JOIN items i ON i.key = e.item_key ORDER BY e.id"
        )
        found = {
            row["id"]: Evaluation(
                id=row["id"],
                query=Asked(id=row["item"], image_id=row["image_id"]),
                right=[],
                wrong=[],
                created=row["created"],
            )
            for row in rows.fetchall()
        }
        for answer in self._database.read().execute(
            "SELECT j.evaluation_id, j.is_right, i.id FROM judgements j JOIN items i ON i.key = j.item_key"
            " ORDER BY i.key"
        ):
            if (one := found.get(answer["evaluation_id"])) is not None:
                (one.right if answer["is_right"] else one.wrong).append(answer["id"])
        return list(found.values())

    def judged(self) -> list[JudgedQuery]:
        """As a worker gets them."""
        return judged_queries(self._database)

    def delete(self, evaluation_id: int) -> None:
        """Raises UnknownEvaluation."""
        with self._database.write() as write:
            if not write.execute("DELETE FROM evaluations WHERE id = ?", (evaluation_id,)).rowcount:
                raise UnknownEvaluation(f"There is no judged query {evaluation_id}.")


def _query(write: sqlite3.Connection, asked: Asked) -> tuple[int | None, int | None, int]:
    """The key of the item, or the id of the photo, that was searched with; and the key of its item."""
    if asked.id is not None:
        key = _keys(write, [asked.id])[asked.id]
        return key, None, key
    row = write.execute("SELECT item_key FROM images WHERE id = ?", (asked.image_id,)).fetchone()
    if row is None:
        raise UnknownImage(f"There is no image {asked.image_id}.")
    return None, asked.image_id, int(row["item_key"])


def _keys(write: sqlite3.Connection, ids: list[str]) -> dict[str, int]:
    marks = ",".join("?" * len(ids))
    rows = write.execute(f"SELECT id, key FROM items WHERE id IN ({marks})", ids)
    keys = {row["id"]: int(row["key"]) for row in rows}
    if missing := [one for one in dict.fromkeys(ids) if one not in keys]:
        raise UnknownItem(f"There is no item {', '.join(map(repr, missing))}.")
    return keys


def _row(write: sqlite3.Connection, item: int | None, image: int | None) -> tuple[int, bool]:
    """The id of the query's row, and whether it is new."""
    same = write.execute(
        "UPDATE evaluations SET created = ? WHERE item_key IS ? AND image_id IS ? RETURNING id",
        (time.time(), item, image),
    ).fetchone()
    if same is not None:
        return int(same["id"]), False
    new = write.execute(
        "INSERT INTO evaluations (item_key, image_id, created) VALUES (?, ?, ?) RETURNING id",
        (item, image, time.time()),
    ).fetchone()
    return int(new["id"]), True
