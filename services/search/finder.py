"""Finds items by words, and the candidates among which similarity then looks."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from services.search.database import Database
from services.search.words import VERSION, Keyword

Scope = Literal["all", "same", "matches"]


class UnknownField(LookupError):
    """A field that no item has."""

    field = "same_field"


@dataclass(frozen=True)
class Found:
    """Keys of the items that match, as they came, and of those where similarity looks (None: all)."""

    matches: list[int]
    candidates: list[int] | None


class Finder:
    """Over the words of every item, as the settings name their fields."""

    def __init__(self, database: Database, fields: Sequence[str], same_field: str) -> None:
        self._database = database
        self._made_of = json.dumps([VERSION, same_field, *fields])
        self._same_field = same_field

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

    def find(self, keyword: str, *, scope: Scope = "all", same_field: str | None = None) -> Found:
        """Raises InvalidKeyword, UnknownField."""
        words = Keyword.of(keyword)
        matches = self._matching(words)
        if scope == "all" or words == Keyword():
            return Found(matches, None)
        if scope == "matches":
            return Found(matches, matches)
        return Found(matches, self._alike(matches, same_field or self._same_field))

    def count(self) -> int:
        """How many items there are."""
        row = self._database.read().execute("SELECT count(*) FROM items").fetchone()
        return int(row[0])

    def _matching(self, words: Keyword) -> list[int]:
        conditions = ["instr(text, ?) > 0"] * len(words.wanted) + ["instr(text, ?) = 0"] * len(words.unwanted)
        return self._keys(
            f"SELECT item_key AS key FROM words WHERE {' AND '.join(conditions) or 1} ORDER BY item_key",
            [*words.wanted, *words.unwanted],
        )

    def _alike(self, matches: list[int], field: str) -> list[int]:
        """Items whose `field` has a value that it has in a match; every match is one of them."""
        if '"' in field or not self._has(field):
            raise UnknownField(f"No item has a field {field!r}.")
        return self._keys(
            "WITH matches AS (SELECT value AS key FROM json_each(?)), alike AS (SELECT DISTINCT"
            f" {_value(field)} FROM items WHERE key IN matches)"
            f" SELECT key FROM items WHERE {_value(field)} IN alike"
            " UNION SELECT key FROM matches ORDER BY key",
            [json.dumps(matches)],
        )

    def _has(self, field: str) -> bool:
        sql = f"SELECT 1 FROM items WHERE {_value(field)} IS NOT NULL LIMIT 1"
        return self._database.read().execute(sql).fetchone() is not None

    def _keys(self, sql: str, parameters: list[str]) -> list[int]:
        # one row of JSON: five times as fast as a row each, in a catalogue of 100,000
        text = self._database.read().execute(f"SELECT json_group_array(key) FROM ({sql})", parameters)
        keys: list[int] = json.loads(text.fetchone()[0])
        return keys


def _value(field: str) -> str:
    """SQL for a field's value as text (15 is "15"), written out: an index is used for the same text only."""
    path = f"$.{json.dumps(field, ensure_ascii=False)}".replace("'", "''")
    return f"CAST(json_extract(fields, '{path}') AS TEXT)"
