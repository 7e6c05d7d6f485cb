"""Nitari beside its peers: `python -m tests.benchmarks.beside_peers [ROW ...] [--quick] [--write FILE]`.

Peers are installed into .bench/venv when first needed. A whole run takes about a quarter of an hour.
"""

import argparse
import importlib
import signal
import sys
from pathlib import Path

from tests.benchmarks.rows.bench import Bench
from tests.benchmarks.rows.report import render
from tests.benchmarks.rows.row import Measured

ROWS = ("http", "rate", "lone", "search", "index", "graphs", "callers")
FOLDER = Path(".bench")
SECONDS, SIZES = 15.0, (1_000, 10_000, 100_000)
QUICK_SECONDS, QUICK_SIZES = 5.0, (1_000, 10_000)


def main() -> None:
    """Prints the page, and writes it where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", nargs="*", choices=[*ROWS, []], help="all without any")
    parser.add_argument("--quick", action="store_true", help="short and small: to try it")
    parser.add_argument("--write", type=Path, help="also into this file")
    asked = parser.parse_args()
    bench = Bench(
        FOLDER.resolve(),
        QUICK_SECONDS if asked.quick else SECONDS,
        QUICK_SIZES if asked.quick else SIZES,
    )
    bench.folder.mkdir(exist_ok=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # servers are ended on the way out
    measured = Measured()
    for name in asked.rows or ROWS:
        print(f"{name} ...", flush=True)
        measured += importlib.import_module(f"tests.benchmarks.rows.{name}").measure(bench)
        page = render(measured, command=_command(asked), about={"model": bench.model})
        if asked.write:  # after each row: what stands is not lost
            asked.write.write_text(page)
    print(page)


def _command(asked: argparse.Namespace) -> str:
    parts = ["make bench"]
    parts += [f'ROWS="{" ".join(asked.rows)}"'] if asked.rows else []
    return " ".join(parts + (["QUICK=1"] if asked.quick else []))


if __name__ == "__main__":
    main()
