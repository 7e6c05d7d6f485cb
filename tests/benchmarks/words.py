"""Keyword search in a catalogue of 100,000: `python -m tests.benchmarks.words`."""

import csv
import io
import json
import statistics
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from services.search.asking.finder import Finder, Scope
from services.search.asking.words import words_of
from services.search.database import Database
from tests import machines

ITEMS, TIMES = 100_000, 20
ASKED: list[tuple[str, Scope]] = [(word, "all") for word in ("金型", "刃", "(", "無い", "金型 -部品", "")]
ASKED += [("エンドミル", "same"), ("金型", "matches")]


def main() -> None:
    """Prints the median of each."""
    rows = list(csv.DictReader(io.StringIO(machines.table().decode("utf-8-sig"))))
    with tempfile.TemporaryDirectory() as folder:
        database = Database(Path(folder) / "catalogue.sqlite3", words_of(["name"]))
        with database.write() as write:
            for number in range(ITEMS):
                fields = json.dumps(rows[number % len(rows)], ensure_ascii=False)
                write.execute("INSERT INTO items (id, fields) VALUES (?, ?)", (str(number), fields))
        finder = Finder(database, ["name"], "genre_id")
        finder.refresh()
        table = Table("keyword", "scope", "matches", "ms", title=f"{ITEMS:,} items", title_justify="left")
        for word, scope in ASKED:
            took = []
            for _ in range(TIMES):
                begun = time.perf_counter()
                found = finder.find(word, scope=scope)
                took.append((time.perf_counter() - begun) * 1000)
            table.add_row(
                word or "(everything)", scope, f"{len(found.matches):,}", f"{statistics.median(took):.1f}"
            )
        database.close()
    Console().print(table)


if __name__ == "__main__":
    main()
