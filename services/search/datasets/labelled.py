"""A dataset from the catalogue: each value of a field is a class, its items' photos are the class's."""

from collections import Counter

from services.search.database import Database
from services.search.datasets.folders import MAX_CLASSES, UnusableDataset
from shared.leases import LabelledImage

NAMED = 10  # fields, and the largest values, in a refusal

# json_each takes any key as it is; numbers and texts are values, lists and the like are not
PHOTOS = """
    SELECT DISTINCT CAST(field.value AS TEXT) AS label, images.root, images.path
    FROM items JOIN images ON images.item_key = items.key
        JOIN json_each(items.fields) AS field ON field.key = ?
    WHERE images.gone = 0 AND field.type IN ('integer', 'real', 'text')
        AND trim(CAST(field.value AS TEXT)) <> ''
"""


class Labelled:
    """The catalogue's photos by the values of a field; 15 and "15" are one value."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def images(self, from_field: str, min_images: int) -> list[LabelledImage]:
        """By value, then path; without values of fewer photos, and photos whose file has gone."""
        rows = self._database.read().execute(f"{PHOTOS} ORDER BY 1, 2, 3", (from_field,)).fetchall()
        count = Counter(row["label"] for row in rows)
        return [LabelledImage(**dict(row)) for row in rows if count[row["label"]] >= min_images]

    def check(self, from_field: str, min_images: int) -> None:
        """Raises UnusableDataset where there are fewer than two such values, or too many."""
        sql = f"SELECT label, count(*) AS images FROM ({PHOTOS}) GROUP BY label ORDER BY images DESC, label"
        counts = [tuple(row) for row in self._database.read().execute(sql, (from_field,)).fetchall()]
        enough = sum(images >= min_images for _, images in counts)
        if not counts:
            raise UnusableDataset(self._why_none(from_field))
        said = (
            f"{enough} of {len(counts)} values of {from_field!r} {'has' if enough == 1 else 'have'}"
            f" {min_images} photos or more"
        )
        if enough < 2:
            largest = ", ".join(f"{label!r} {images}" for label, images in counts[:NAMED])
            raise UnusableDataset(
                f"{said}; it takes two. The largest: {largest}. Ask for a lower min_images."
            )
        if enough > MAX_CLASSES:
            raise UnusableDataset(f"{said}; at most {MAX_CLASSES}. Ask for a higher min_images.")

    def _why_none(self, from_field: str) -> str:
        sql = "SELECT DISTINCT field.key FROM items, json_each(items.fields) AS field ORDER BY 1"
        names = [row["key"] for row in self._database.read().execute(sql).fetchall()]
        if from_field in names:
            return f"No photo's item has a text or a number as {from_field!r}."
        if not names:
            return f"No item has a field {from_field!r}: no item has any field. Import a table first."
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        return f"No item has a field {from_field!r}; there are {', '.join(names[:NAMED])}{more}."
