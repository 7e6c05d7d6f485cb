"""Finds items by words and fields, and the candidates among which similarity then looks."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from services.search.asking.filters.condition import Condition
from services.search.asking.filters.known import KnownFields, UnknownField
from services.search.asking.words import VERSION, Keyword
from services.search.database import Database
from services.search.scope import Scope as Sql

Scope = Literal["all", "same", "matches"]
EVERYTHING = Sql("1", [])


@dataclass(frozen=True)
class Found:
    """Keys of the items that match, as they came, and of those where similarity looks (None: all)."""

    matches: list[int]
    candidates: list[int] | None


class Finder:
    """Over the words of every item, as the settings name their fields, and the values of its fields."""

    def __init__(self, database: Database, fields: Sequence[str], same_field: str) -> None:
        self._database = database
        self._made_of = json.dumps([VERSION, same_field, *fields])
        self._same_field = same_field
        self.known = KnownFields(database)

    def refresh(self) -> None:
        """Makes words and index anew if they were made of other fields, or folded in another way."""
        row = self._database.read().execute("SELECT value FROM meta WHERE name = 'words'").fetchone()
        if row is None or row["value"] != self._made_of:
            with self._database.write() as write:
                write.execute(
                    "UPDATE words SET text = (SELECT words_of(id, fields) FROM items WHERE key = item_key)"
                )
                write.execute("DROP INDEX IF EXISTS items_alike")
                write.execute(f"CREATE INDEX items_alike ON items ({_value(self._same_field)})")
                write.execute("INSERT OR REPLACE INTO meta VALUES ('words', ?)", (self._made_of,))

    def find(
        self,
        keyword: str,
        *,
        scope: Scope = "all",
        same_field: str | None = None,
        condition: Condition | None = None,
    ) -> Found:
        """Every match and every candidate passes the condition.

        Raises InvalidKeyword, UnknownField, InvalidFilter.
        """
        words = Keyword.of(keyword)
        passing = EVERYTHING if condition is None else self.known.sql(condition)
        matches = self.keys(self.matching(words, passing))
        if scope == "all" or words == Keyword():
            return Found(matches, None if passing == EVERYTHING else self.keys(passing))
        if scope == "matches":
            return Found(matches, matches)
        return Found(matches, self._alike(matches, same_field or self._same_field, passing))

    def candidates(self, condition: Condition) -> list[int]:
        """Keys of the items that pass. Raises UnknownField, InvalidFilter."""
        return self.keys(self.known.sql(condition))

    def count(self) -> int:
        """How many items there are."""
        row = self._database.read().execute("SELECT count(*) FROM items").fetchone()
        return int(row[0])

    def matching(self, words: Keyword, passing: Sql) -> Sql:
        """Items that hold the words and pass, as a condition on `items`."""
        conditions = ["instr(text, ?) > 0"] * len(words.wanted) + ["instr(text, ?) = 0"] * len(words.unwanted)
        if not conditions:
            return passing
        held = f"key IN (SELECT item_key FROM words WHERE {' AND '.join(conditions)})"
        return Sql(f"{held} AND {passing.sql}", [*words.wanted, *words.unwanted, *passing.parameters])

    def keys(self, condition: Sql) -> list[int]:
        """Keys of the items under a condition, sorted."""
        return self._keys(f"SELECT key FROM items WHERE {condition.sql} ORDER BY key", condition.parameters)

    def _alike(self, matches: list[int], field: str, passing: Sql) -> list[int]:
        """Items whose `field` has a value that it has in a match; every match is one of them."""
        if '"' in field or not self._has(field):
            raise UnknownField(field, field="same_field")
        return self._keys(
            "WITH matches AS (SELECT value AS key FROM json_each(?)), alike AS (SELECT DISTINCT"
            f" {_value(field)} FROM items WHERE key IN matches)"
            f" SELECT key FROM items WHERE {_value(field)} IN alike AND {passing.sql}"
            " UNION SELECT key FROM matches ORDER BY key",
            [json.dumps(matches), *passing.parameters],
        )

    def _has(self, field: str) -> bool:
        sql = f"SELECT 1 FROM items WHERE {_value(field)} IS NOT NULL LIMIT 1"
        return self._database.read().execute(sql).fetchone() is not None

    def _keys(self, sql: str, parameters: Sequence[Any]) -> list[int]:
        # one row of JSON: five times as fast as a row each, in a catalogue of 100,000
        text = self._database.read().execute(f"SELECT json_group_array(key) FROM ({sql})", parameters)
        keys: list[int] = json.loads(text.fetchone()[0])
        return keys


def _value(field: str) -> str:
    """SQL for a field's value as text (15 is "15"), written out: an index is used for the same text only."""
    path = f"$.{json.dumps(field, ensure_ascii=False)}".replace("'", "''")
    return f"CAST(json_extract(fields, '{path}') AS TEXT)"
