import numpy as np
import pytest

from local.adopt.__main__ import refuse_other_photos
from local.adopt.agreement import NothingToCompare, OldSearch, asked, differences
from local.adopt.parts import BASE, FINETUNED, look
from local.adopt.table import Machine, Machines
from local.jobs import Failed
from local.state import State
from services.worker.tables.reader import BadTable
from tests import first_system


@pytest.fixture
def old(tmp_path, photo):
    """The first system's folder, its vectors random."""
    first_system.make(tmp_path, photo)
    rng = np.random.default_rng(0)
    for name in (BASE, FINETUNED):
        rows = {photo: rng.normal(size=8) for photo in first_system.photos_of(tmp_path)}
        first_system.write_vectors(tmp_path, name, rows)
    return tmp_path


def test_the_parts_are_found_wherever_they_lie(old):
    (old / "app" / "classify_image_graph_def.pb").write_bytes(b"")
    for number, folder in enumerate(("2019-01-01", "2020-02-03")):
        place = old / "learning" / folder / f"freezed_model_{50 - number}.pb"
        place.parent.mkdir()
        place.write_bytes(b"")
    found = look(old)
    assert found.table == old / "app" / "tools.csv"
    assert (found.photos, found.named) == (old / "app" / "static" / "img", 60)
    assert found.vectors == {BASE: old / "app" / "vectors", FINETUNED: old / "app" / "finetuned_vectors"}
    assert [file.name for file in found.graphs[FINETUNED]] == ["freezed_model_49.pb", "freezed_model_50.pb"]
    assert (found.live.line, found.live.folder) == (3, "finetuned_vectors")
    assert "photos, static/img: app/static/img" in list(found.lines())


def test_what_is_not_there_is_said(tmp_path):
    found = look(tmp_path)
    assert found.table is None and found.vectors == {}
    assert list(found.lines()) == [
        "the table, tools.csv: not found",
        "photos, static/img: not found",
        "vectors, vectors/: not found",
        "vectors, finetuned_vectors/: not found",
        "the network of vectors/, a frozen graph: not found",
        "the network of finetuned_vectors/, a frozen graph: not found",
        "config.py: no line says which vectors it searched with",
    ]


def test_a_folder_that_only_config_names_is_found(old):
    (old / "app" / "vectors").rename(old / "app" / "npy_vectors_2018")
    config = old / "app" / "config.py"
    config.write_text("import os\nVECTORS = os.path.join('data', 'npy_vectors_2018')\n", encoding="utf-8")
    assert look(old).vectors[BASE].name == "npy_vectors_2018"
    config.write_text("A = 'vectors'\nB = 'finetuned_vectors'\nUSED = A\n", encoding="utf-8")
    assert look(old).live is None


def test_a_photo_folder_of_another_name_is_known_by_the_tables_photos(old):
    (old / "app" / "static" / "img").rename(old / "photos")
    (old / "app" / "static" / "img").mkdir()
    assert look(old).photos == old / "photos"


def test_rows_are_dropped_as_they_were(old):
    machines = Machines.read(old / "app" / "tools.csv")
    assert (machines.total, len(machines.kept)) == (63, 61)
    assert machines.lacking == {"id": 0, "genre_id": 0, "name": 1, "top_img": 1}


@pytest.mark.parametrize("text", ["id,name\n1,a\n", "", "\x00\x00"])
def test_a_table_that_is_none_is_refused(tmp_path, text):
    (tmp_path / "tools.csv").write_text(text, encoding="utf-8")
    with pytest.raises(BadTable):
        look(tmp_path)


def test_photos_elsewhere_are_refused_and_below_the_root_they_are_not(tmp_path):
    state = State(1, 2, 3, "", "", str(tmp_path / "a"))
    refuse_other_photos(None, tmp_path)
    refuse_other_photos(State(1, 2, 3, "", "", None), tmp_path)
    refuse_other_photos(state, tmp_path / "a" / "img")
    with pytest.raises(Failed, match="data folder of its own"):
        refuse_other_photos(state, tmp_path / "b")


def ours(rows: dict[str, np.ndarray]):
    """A search that is right: every item by its distance."""

    def ask(item: str) -> list[str] | None:
        if item not in rows:
            return None
        return sorted(rows, key=lambda one: (float(np.linalg.norm(rows[one] - rows[item])), one))

    return ask


@pytest.fixture
def vectors(tmp_path):
    """40 machines, their vectors and the search over them."""
    rng = np.random.default_rng(1)
    rows = {str(n): rng.normal(size=8).astype(np.float32) for n in range(40)}
    for name, row in rows.items():
        np.save(tmp_path / f"{name}.jpg.npy", row[None] if int(name) % 2 else row)
    machines = [Machine(name, f"{name}.JPG") for name in rows]
    return OldSearch(tmp_path, machines), rows


def test_answers_that_agree_are_no_differences(vectors):
    old, rows = vectors
    assert len(asked(old)) == 40 and asked(old)[0] == "0"
    strangers = {f"new {n}": rows["0"] * 1.001 for n in range(30)}
    assert differences(old, ours(rows | strangers)) == []  # what the first system had not is not compared


def test_ties_and_what_is_not_here_are_told_apart(vectors):
    old, rows = vectors
    gone = {name: row for name, row in rows.items() if name != "7"}
    found = differences(old, ours(gone))
    whys = {one.id: (one.same, one.why) for one in found}
    assert whys["7"] == (0, "it has no vector here")
    assert {why for item, (_, why) in whys.items() if item != "7"} and all(
        same == 19 and "7 has no vector here" in why for item, (same, why) in whys.items() if item != "7"
    )
    wrong = dict(rows, **{"3": -rows["3"]})
    assert any("3 is at" in one.why for one in differences(old, ours(wrong)))


def test_a_tie_at_the_last_place_is_one(tmp_path):
    rows = {str(n): np.float32([1000, min(n, 19) * 10]) for n in range(22)}
    for name, row in rows.items():
        np.save(tmp_path / f"{name}.jpg.npy", row)
    old = OldSearch(tmp_path, [Machine(name, f"{name}.jpg") for name in rows])

    def ask(item: str) -> list[str]:
        return sorted(rows, key=lambda one: (float(np.linalg.norm(rows[one] - rows[item])), -int(one)))

    assert {one.why for one in differences(old, ask)} == {"a tie at the last place"}


def test_files_that_are_no_vectors_are_left_out(tmp_path):
    np.save(tmp_path / "1.jpg.npy", np.ones(3))
    np.save(tmp_path / "2.jpg.npy", np.ones(3))
    np.save(tmp_path / "3.jpg.npy", np.full(3, np.nan))
    np.save(tmp_path / "4.jpg.npy", np.ones(5))
    np.save(tmp_path / "5.jpg.npy", np.array([{}]))
    (tmp_path / "6.jpg.npy").write_bytes(b"")
    old = OldSearch(tmp_path, [Machine(str(n), f"{n}.jpg") for n in range(9)])
    assert old.ids == ["1", "2"]
    with pytest.raises(NothingToCompare):
        OldSearch(tmp_path, [Machine("a", "a.jpg")])
