"""What counts as one match: an item, an image, or all items that share a field's value."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from services.search.asking.filters.known import KnownFields
from services.search.asking.nearest import Keys
from services.search.asking.ranking import Groups, by_image, by_item
from services.search.database import Database

# a text and a number are different values; of an item that has several, the first counts
NUMBERED = """
    SELECT json_group_array(item_key), json_group_array(value) FROM (
        SELECT item_key, dense_rank() OVER (ORDER BY kind, value) AS value FROM field_values
        WHERE field = ? AND kind IN ('bool', 'number', 'text')
    )
"""
IMAGES = """
    SELECT json_group_array(item_key), json_group_array(id) FROM (
        SELECT item_key, id FROM images WHERE gone = 0 AND item_key IN (SELECT value FROM json_each(?))
        ORDER BY item_key, id
    )
"""


@dataclass(frozen=True)
class ByField:
    """Items by the number of a field's value; one without a value is a group of its own."""

    items: Keys  # sorted, each once
    values: Keys

    def __call__(self, images: Keys, items: Keys) -> Keys:  # noqa: ARG002
        """The group of each."""
        if not len(self.items):
            return -items
        place = np.minimum(np.searchsorted(self.items, items), len(self.items) - 1)
        return np.where(self.items[place] == items, self.values[place], -items)


class Grouping:
    """Over the whole catalogue."""

    def __init__(self, database: Database, known: KnownFields) -> None:
        self._database = database
        self._known = known
        self._kept: tuple[int, dict[str, ByField]] = (0, {})

    def groups(self, per: str) -> Groups:
        """`item`, `image`, or a field's name; kept until any item's fields change. Raises UnknownField."""
        if per in ("item", "image"):
            return by_item if per == "item" else by_image
        version = self._known.version()
        if self._kept[0] != version:
            self._kept = (version, {})
        kept = self._kept[1]
        if per not in kept:
            items, values = self._pairs(NUMBERED, self._known.number(per, field="per"))
            keys, first = np.unique(items, return_index=True)
            kept[per] = ByField(keys, values[first])
        return kept[per]

    def listed(self, per: str, keys: Sequence[int]) -> list[tuple[int, int | None]]:
        """Of items in their order, the first of each group, and the image that is meant (None: its first)."""
        if per == "image":
            items, images = self._pairs(IMAGES, json.dumps(list(keys)))
            return list(zip(items.tolist(), images.tolist(), strict=True))
        if per == "item":
            return [(key, None) for key in keys]
        whole = np.array(keys, np.int64)
        first = np.sort(np.unique(self.groups(per)(whole, whole), return_index=True)[1])
        return [(int(key), None) for key in whole[first]]

    def _pairs(self, sql: str, parameter: int | str) -> tuple[Keys, Keys]:
        row = self._database.read().execute(sql, (parameter,)).fetchone()
        return np.array(json.loads(row[0]), np.int64), np.array(json.loads(row[1]), np.int64)
