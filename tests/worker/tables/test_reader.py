import datetime
import time
import zipfile

import pytest

from services.worker.tables import reader
from services.worker.tables.columns import Columns
from services.worker.tables.reader import BadTable, as_csv, rows
from services.worker.tables.sheet import _text
from shared.schemas import ImportOptions

TABLE = 'id,name\r\n1,金型 №①\r\n2,"a,b\n""c"""\r\n\r\n'
READ = [(1, ["id", "name"]), (2, ["1", "金型 №①"]), (3, ["2", 'a,b\n"c"'])]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16"])
def test_a_csv_is_read_whatever_wrote_it(tmp_path, encoding):
    file = tmp_path / "a.csv"
    file.write_bytes(TABLE.encode(encoding))
    assert list(rows(file)) == READ


@pytest.mark.parametrize("delimiter", ["\t", ";"])
def test_other_signs_between_cells_are_seen_by_the_header(tmp_path, delimiter):
    file = tmp_path / "a.tsv"
    file.write_text(f"id{delimiter}name\n1{delimiter}a,b\n")
    assert list(rows(file))[1] == (2, ["1", "a,b"])


@pytest.mark.parametrize("row", ['1,"x\n2,y', '1,"x"y', "1," + "x" * 140_000])
def test_a_quote_that_is_never_closed_names_its_row(tmp_path, row):
    file = tmp_path / "a.csv"
    file.write_text(f"id,name\n{row}\n")
    with pytest.raises(BadTable, match="Row 2"):
        list(rows(file))


def test_two_million_rows_are_refused_before_one_is_imported(tmp_path, monkeypatch):
    file = tmp_path / "a.csv"
    with file.open("w") as text:
        text.write("id,name\n")
        text.writelines(f"{n},x\n" for n in range(2_000_000))
    begun = time.monotonic()
    with pytest.raises(BadTable, match="more than 1,000,000 rows"):
        for _ in rows(file):
            pass
    assert time.monotonic() - begun < 30


MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def relation(kind: str, target: str) -> str:
    one = f'<Relationship Id="rId1" Type="{OFFICE}/{kind}" Target="{target}"/>'
    return f'<Relationships xmlns="{PACKAGE}/relationships">{one}</Relationships>'


PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"/>',
    "_rels/.rels": relation("officeDocument", "xl/workbook.xml"),
    "xl/_rels/workbook.xml.rels": relation("worksheet", "worksheets/sheet1.xml"),
    "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
    '<sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>',
}


def workbook(file, content: str) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in PARTS.items():
            archive.writestr(name, part)
        sheet = f'<worksheet xmlns="{MAIN}"><sheetData>{content}</sheetData></worksheet>'
        archive.writestr("xl/worksheets/sheet1.xml", sheet)


def cell(place: str, inner: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{inner}</t></is></c>'


def test_an_excel_file_is_read_with_what_its_formulas_came_to(tmp_path):
    file = tmp_path / "a.xlsx"
    workbook(
        file,
        f'<row r="1">{cell("A1", "id")}{cell("B1", "name")}{cell("C1", "price")}</row>'
        f'<row r="2"><c r="A2"><v>7</v></c>{cell("B2", "金型")}<c r="C2"><f>1+1.5</f><v>2.5</v></c></row>',
    )
    with as_csv(file, tmp_path / "tmp") as sheet:
        assert list(rows(sheet)) == [(1, ["id", "name", "price"]), (2, ["7", "金型", "2.5"])]
    assert not sheet.exists()


def test_an_excel_bomb_is_refused_in_time_and_memory(tmp_path, monkeypatch):
    file = tmp_path / "bomb.xlsx"
    workbook(file, "".join(f'<row r="{n}">{cell(f"A{n}", "x" * 30_000)}</row>' for n in range(1, 60_000, 1)))
    assert file.stat().st_size < 10_000_000  # and 1.8 GB of text
    begun = time.monotonic()
    with pytest.raises(BadTable, match="Excel"), as_csv(file, tmp_path / "tmp"):
        pass
    assert time.monotonic() - begun < 60


@pytest.mark.parametrize("content", [b"", b"no excel", b"PK\x03\x04" + b"\0" * 100])
def test_what_is_no_excel_file_says_so(tmp_path, content):
    file = tmp_path / "a.xlsx"
    file.write_bytes(content)
    with pytest.raises(BadTable, match="Excel file cannot be read"), as_csv(file, tmp_path / "tmp"):
        pass


def test_a_file_that_is_too_large_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(reader, "MAX_BYTES", 3)
    (tmp_path / "a.csv").write_text("id,name")
    with pytest.raises(BadTable, match="larger"), as_csv(tmp_path / "a.csv", tmp_path):
        pass


def test_cells_of_excel_are_written_as_people_write_them():
    day = datetime.datetime(2026, 11, 25)
    assert [_text(one) for one in (7.0, 2.5, True, day, day.replace(hour=9), datetime.time(9), "x", "")] == [
        "7",
        "2.5",
        "True",
        "2026-11-25",
        "2026-11-25T09:00:00",
        "09:00:00",
        "x",
        "",
    ]


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("\n\nid\tname\n1\tx,y;z\n", ["1", "x,y;z"]),
        ("sep=;\nid;name\n1;x,y\n", ["1", "x,y"]),
        ('"id, the number";"name, in full"\n1;x\n', ["1", "x"]),
    ],
)
def test_what_stands_between_cells_is_found_in_odd_headers(tmp_path, text, cells):
    (tmp_path / "a.csv").write_text(text)
    assert list(rows(tmp_path / "a.csv"))[1][1] == cells


@pytest.mark.parametrize(
    "data", [b"\xef\xbb\xbfid,name\n1,\x8b\xe0\n", "id,name\n1,x\n".encode("utf-16")[:-1]]
)
def test_a_mark_that_promises_another_encoding_is_told(tmp_path, data):
    (tmp_path / "a.csv").write_bytes(data)
    with pytest.raises(BadTable, match="no utf-"):
        list(rows(tmp_path / "a.csv"))


def test_a_header_of_thousands_is_refused_at_once_and_empty_ends_are_no_columns():
    with pytest.raises(BadTable, match="more than 1000 columns"):
        Columns.of([f"c{n}" for n in range(20_000)], ImportOptions())
    columns = Columns.of(["id", "name", *[""] * 20_000], ImportOptions())
    assert columns.header == ["id", "name"]
