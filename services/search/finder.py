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
        self._made_of = json.dumps([VERSION, *fields])
        self._same_field = same_field

    def refresh(self) -> None:
        """Makes the words anew if they were made of other fields, or folded in another way."""
        row = self._database.read().execute("SELECT value FROM meta WHERE name = 'words'").fetchone()
        if row is None or row["value"] != self._made_of:
            with self._database.write() as write:
                write.execute(
                    "UPDATE words SET text = (SELECT words_of(id, fields) FROM items WHERE key = item_key)"
                )
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
        path = f"$.{json.dumps(field, ensure_ascii=False)}"
        if '"' in field or not self._has(path):
            raise UnknownField(f"No item has a field {field!r}.")
        return self._keys(
            "WITH matches AS (SELECT value AS key FROM json_each(?)), alike AS (SELECT DISTINCT"
            " json_extract(fields, ?) FROM items WHERE key IN matches)"
            " SELECT key FROM items WHERE json_extract(fields, ?) IN alike OR key IN matches ORDER BY key",
            [json.dumps(matches), path, path],
        )

    def _has(self, path: str) -> bool:
        sql = "SELECT 1 FROM items WHERE json_type(fields, ?) IS NOT NULL LIMIT 1"
        return self._database.read().execute(sql, (path,)).fetchone() is not None

    def _keys(self, sql: str, parameters: list[str]) -> list[int]:
        # one row of JSON: five times as fast as a row each, in a catalogue of 100,000
        text = self._database.read().execute(f"SELECT json_group_array(key) FROM ({sql})", parameters)
        keys: list[int] = json.loads(text.fetchone()[0])
        return keys
