"""What make bench writes, and that its own measure of the index can be trusted."""

from pathlib import Path

import pytest

from tests.benchmarks.rows import peers, ranked
from tests.benchmarks.rows.graphs import _row
from tests.benchmarks.rows.report import render
from tests.benchmarks.rows.row import Growth, NotMeasured, Row

ROW = Row(
    "vectors a second", "a peer", "20/s", "10/s", "2.0", "at least 2.5", False, "25/s", "Twice as many."
)


def page(*measured):
    return render(list(measured), command="make bench", about={"model": "small"})


def test_a_row_that_missed_its_target_says_so():
    line = "| vectors a second | a peer | 20/s | 10/s | 2.0 | at least 2.5 | not met | 25/s |"
    assert line in page(ROW).splitlines()


def test_a_peer_that_cannot_be_installed_is_named_with_the_reason():
    assert "Not measured here: a graph: no compiler" in page(NotMeasured("a graph", "no compiler"))


def test_growth_is_a_table_of_its_own_with_its_reason():
    written = page(
        ROW, Growth("More callers", ("callers", "rate"), [("1", "9"), ("2", "10")], "Cores are full.")
    )
    assert (
        "## More callers\n\n| callers | rate |\n| --- | --- |\n| 1 | 9 |\n| 2 | 10 |\n\nCores are full."
        in written
    )


def test_the_page_names_the_machine_and_the_model():
    assert "- processor: " in page() and "- model: small" in page()


def test_vectors_are_the_same_every_time_and_of_unit_length():
    (rows, queries), (again, _) = ranked.vectors(200), ranked.vectors(200)
    assert (rows == again).all()
    assert (rows * rows).sum(axis=1) == pytest.approx(1, abs=1e-5)
    assert queries.shape == (ranked.QUERIES, ranked.DIMENSION)


def test_the_index_finds_what_brute_force_finds():
    rows, queries = ranked.vectors(500)
    index, _ = ranked.filled(rows)
    found, truth = ranked.compare(index, rows, queries[:5])
    assert found["recall"] >= 0.98
    assert truth.shape == (5, ranked.TOP)


@pytest.mark.parametrize(
    ("ms", "ready_s", "met"), [(0.9, 100, True), (2.9, 4, True), (2.9, 10, False), (3.1, 4, False)]
)
def test_a_graph_is_beaten_by_speed_or_by_a_much_shorter_build(ms, ready_s, met):
    ours = {"ms": ms, "recall": 1.0, "ready_s": ready_s}
    peer = {"ms": 1.0, "recall": 0.99, "build_s": 100.0, "searched": 50}
    assert _row("a query", "hnswlib", ours, peer).met is met


def test_a_peer_that_pip_cannot_find_is_no_peer(tmp_path: Path):
    python = tmp_path / "venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text("#!/bin/sh\necho no such package >&2\nexit 1\n")
    python.chmod(0o755)
    with pytest.raises(peers.NoPeer, match="no such package"):
        peers.python_with("hnswlib", tmp_path)
