"""The rows of a CSV or Excel file, whatever wrote it."""

import contextlib
import csv
import os
import re
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from shared.tables import EXCEL

MAX_ROWS = 1_000_000
MAX_BYTES = 512 * 1024 * 1024
EXCEL_S = 300
BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
ENCODINGS = ("utf-8", "cp932")  # Shift-JIS as Windows writes it
DELIMITERS = ",\t;"

Rows = Iterator[tuple[int, list[str]]]  # counted as a spreadsheet counts: the header is row 1


class BadTable(ValueError):
    """A file that cannot be read as a table, or not to its end; nothing of it is imported."""


@contextlib.contextmanager
def as_csv(file: Path, scratch: Path) -> Iterator[Path]:
    """The file itself, or an Excel file's first sheet as CSV, in `scratch` while the block lasts.

    Raises BadTable.
    """
    if file.stat().st_size > MAX_BYTES:
        raise BadTable(f"The file is larger than {MAX_BYTES // 1024**2} MB.")
    if file.suffix.lower() not in EXCEL:
        yield file
        return
    scratch.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        sheet = Path(folder) / "sheet.csv"
        _convert(file, sheet)
        yield sheet


def _convert(file: Path, sheet: Path) -> None:
    public = {name: value for name, value in os.environ.items() if not name.startswith("NITARI_")}
    command = [sys.executable, "-m", "services.worker.tables.sheet", str(file), str(sheet)]
    try:
        done = subprocess.run(
            command, env=public, capture_output=True, text=True, timeout=EXCEL_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise BadTable(f"The Excel file takes more than {EXCEL_S} s to read; save it as CSV.") from error
    if done.returncode == 1:
        raise BadTable(f"The Excel file cannot be read: {done.stderr.strip()[-300:]}")
    if done.returncode:
        raise BadTable("The Excel file takes too much memory or time to read; save it as CSV.")


def rows(file: Path) -> Rows:
    """Row numbers and cells, the header first; empty rows are left out. Raises BadTable."""
    encoding = _encoding(file)
    with file.open(encoding=encoding, newline="") as text:
        number = 0
        try:
            reader = csv.reader(text, delimiter=_delimiter(text), strict=True)
            for number, cells in enumerate(reader, 1):
                if number > MAX_ROWS + 1:
                    raise BadTable(f"The file has more than {MAX_ROWS:,} rows; split it.")
                if any(cell.strip() for cell in cells):
                    yield number, [cell.strip() for cell in cells]
        except csv.Error as error:
            raise BadTable(f"Row {number + 1}: {error}. Is a quote missing, or one too many?") from error
        except UnicodeDecodeError as error:
            raise BadTable(
                f"Behind row {number} there is what is no {encoding}; save the file anew."
            ) from error


def _encoding(file: Path) -> str:
    with file.open("rb") as data:
        start = data.read(4)
    for mark, name in BOMS:
        if start.startswith(mark):
            return name
    for name in ENCODINGS:
        with contextlib.suppress(UnicodeDecodeError), file.open(encoding=name, newline="") as text:
            while text.read(1024 * 1024):
                pass
            return name
    raise BadTable("The file is neither UTF-8 nor Shift-JIS (CP932); save it as one of them.")


def _delimiter(text: TextIO) -> str:
    """What stands between the header's cells, or what Excel's own first line says; goes to the header."""
    line, begin = "", 0
    while not line.strip():
        begin = text.tell()
        if not (line := text.readline()):
            break
    if re.fullmatch(r"sep=.\s*", line):
        return line[4]
    text.seek(begin)
    return max(DELIMITERS, key=re.sub(r'"[^"]*"', "", line).count)


def limit(megabytes: int, seconds: int) -> None:
    """Limits this process: memory, CPU, and what it may write."""
    size = megabytes * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (size, size))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (MAX_BYTES, MAX_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
