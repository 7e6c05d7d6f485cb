"""What was measured as Markdown."""

import os
import platform
import subprocess
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from tests.benchmarks.rows.row import Growth, Measured, NotMeasured, Row

SHOWN = ("tensorflow_cpu", "keras", "numpy", "pillow", "faiss-cpu", "fastapi", "uvicorn")
ROW = ("what", "against", "ours", "peer", "ratio", "target", "", "limit")
INTRODUCTION = """\
# Benchmarks

Nitari beside what else you could run, measured in turns in one run on one machine: times change from machine
to machine, ratios much less. This page is written by `{command}`; `QUICK=1` measures seconds only, over fewer
vectors.
"""


def render(measured: Measured, *, command: str, about: dict[str, str]) -> str:
    """The page: the table with what it means, then growth, then the machine; `about`: more of the run."""
    rows = [one for one in measured if isinstance(one, Row)]
    parts = [INTRODUCTION.format(command=command)]
    if rows:
        parts += [table(ROW, [_cells(row) for row in rows]), "\n".join(f"- {row.meaning}" for row in rows)]
    missing = [one for one in measured if isinstance(one, NotMeasured)]
    parts += [f"Not measured here: {one.what}: {one.why}" for one in missing]
    for growth in (one for one in measured if isinstance(one, Growth)):
        parts += [f"## {growth.title}", table(growth.head, growth.rows), growth.why]
    parts += [
        "## The machine",
        "\n".join(f"- {name}: {value}" for name, value in (machine() | about).items()),
    ]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def machine() -> dict[str, str]:
    """Cores, memory, versions, and how old the code is."""
    kilobytes = int(Path("/proc/meminfo").read_text().split()[1])
    packages = {name: version(name) for name in SHOWN}
    commit = subprocess.run(
        ["git", "log", "-1", "--format=%h of %cs"], capture_output=True, text=True, check=False
    )
    return {
        "processor": f"{os.cpu_count()} cores, {_processor()}, no GPU used",
        "memory": f"{kilobytes / 2**20:.0f} GB",
        "software": f"Python {platform.python_version()}, "
        + ", ".join(f"{name} {number}" for name, number in packages.items()),
        "code": commit.stdout.strip() or "not in git",
    }


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _cells(row: Row) -> tuple[str, ...]:
    met = {True: "met", False: "not met", None: ""}[row.met]
    return row.what, row.against, row.ours, row.peer, row.ratio, row.target, met, row.limit
