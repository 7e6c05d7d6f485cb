import pytest

from services.search.asking.filters.values import date_of, rows_of, shortened


def kinds(value) -> dict:
    return {kind: one for _, kind, one in rows_of({"f": value})}


def test_a_value_is_of_its_own_type():
    assert kinds("A") == {"text": "A"}
    assert kinds(15) == {"number": 15} and kinds(1.5) == {"number": 1.5}
    assert kinds(True) == {"bool": 1}


@pytest.mark.parametrize("nothing", [None, "", "  ", "　", [], {}, [None, ""], {"a": None}])
def test_null_and_what_is_empty_are_no_value(nothing):
    assert [row for row in rows_of({"f": nothing}) if row[1] != "object"] == []


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("15", 15),
        ("-1.50", -1.5),
        ("0", 0),
        ("0.5", 0.5),
        ("1,200,000", 1_200_000),
        ("￥980,000", 980_000),
        ("¥ 5,000.5", 5000.5),
        ("２００００", 20_000),
        ("12万", None),
        ("120000円", 120_000),
        ("\\5,000", 5000),
    ],
)
def test_a_text_that_is_a_numeral_is_a_number_too(text, number):
    assert kinds(text).get("numeral") == number and kinds(text)["text"] == text


@pytest.mark.parametrize(
    "text", ["007", "1,20", "12,00", "1.200,50", "1e5", "+1", "1.", ".5", "--1", "Inf", "NaN", "A15", "15 16"]
)
def test_a_code_is_no_number(text):
    assert kinds(text) == {"text": text}


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2026-04-01", "2026-04-01T00:00:00"),
        ("2026/4/1", "2026-04-01T00:00:00"),
        ("2026-04-01 9:30", "2026-04-01T09:30:00"),
        ("2026-04-01T09:30:05", "2026-04-01T09:30:05"),
        ("2026-02-30", None),
        ("2026-04-01T25:00", None),
        ("20260401", None),
    ],
)
def test_dates_compare_as_they_are_ordered(text, iso):
    date = date_of(text)
    assert (date and date.isoformat()) == iso


def test_what_lies_inside_has_a_path_and_lists_have_each_of_their_values():
    rows = rows_of(
        {"size": {"w": 3, "deep": {"x": "a"}}, "tags": ["a", "b", "a"], "list": [{"n": 1}, {"n": 2}]}
    )
    assert {row[:3] for row in rows} == {
        ("size", "object", ""),
        ("size.w", "number", 3),
        ("size.deep", "object", ""),
        ("size.deep.x", "text", "a"),
        ("tags", "text", "a"),
        ("tags", "text", "b"),
        ("list", "object", ""),
        ("list.n", "number", 1),
        ("list.n", "number", 2),
    }


def test_numbers_beyond_sqlite_are_kept_as_near_as_can_be_or_left_out():
    assert kinds(10**30) == {"number": 1e30}
    assert kinds(10**400) == {} and kinds(2**63 - 1) == {"number": 2**63 - 1}
    assert kinds("9" * 150) == {"text": "9" * 150, "numeral": float("9" * 150)}


def test_long_texts_are_told_apart_by_what_is_not_kept():
    long = "x" * 5000
    assert len(shortened(long)) < 300 and shortened(long) == shortened("x" * 5000)
    assert shortened(long) != shortened(long + "y")


def test_a_nul_ends_no_text():
    assert rows_of({"a\0b": "p\0q"}) == [("a\ufffdb", "text", "p\ufffdq")]
