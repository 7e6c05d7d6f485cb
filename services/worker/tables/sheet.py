"""`python -m services.worker.tables.sheet FILE CSV`: an Excel file's first sheet, in a process with limits.

A few kilobytes of it can ask for gigabytes of memory. Ends with 1 and a message where it cannot be read.
"""

import csv
import datetime
import sys
from pathlib import Path

from python_calamine import CalamineError, load_workbook

from services.worker.tables.reader import MAX_ROWS, limit
from shared.children import be_killed_first, die_with_parent

MEMORY_MB = 1500
CPU_S = 120


def write_csv(file: Path, target: Path) -> None:
    """The first sheet's values (of formulas: what they came to), dates in ISO 8601."""
    with load_workbook(file) as book:
        sheet = book.get_sheet_by_index(0)
        with target.open("w", encoding="utf-8", newline="") as text:
            writer = csv.writer(text)
            for number, cells in enumerate(sheet.iter_rows()):
                if number > MAX_ROWS + 1:
                    break
                writer.writerow([_text(cell) for cell in cells])


def _text(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**53:
        return str(int(cell))  # Excel knows no whole numbers
    if isinstance(cell, datetime.datetime) and cell.time() == datetime.time():
        return cell.date().isoformat()
    if isinstance(cell, datetime.date | datetime.time):
        return cell.isoformat()
    return str(cell)


if __name__ == "__main__":
    die_with_parent()
    be_killed_first()
    limit(MEMORY_MB, CPU_S)
    try:
        write_csv(Path(sys.argv[1]), Path(sys.argv[2]))
    except (CalamineError, OSError, ValueError) as error:
        sys.exit(str(error))
    except MemoryError:
        sys.exit(2)
