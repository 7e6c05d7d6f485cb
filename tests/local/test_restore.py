import io
import os
import shutil
import sqlite3
import subprocess
import sys
import tarfile
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest

from local import backup
from local.archive import CATALOGUE, Damaged
from local.restore import restore
from local.stack import Stack
from local.swap import InUse, Restored, put_in_place, rename_all, unpacked
from shared.store import ModelStore
from tests.small import MODEL, publish_small


@pytest.fixture
def made(shop, tmp_path) -> Path:
    """A backup of two items; then there is a third, other labels and a thumbnail, and nothing serves."""
    target = tmp_path / "one.tar"
    backup.make(shop.data, target)
    shop.put("c")
    shop.database.close()
    (shop.data / "fields.json").write_text('{"fields": [], "link": "url"}')
    (shop.data / "thumbnails").mkdir()
    (shop.data / "thumbnails" / "3-1.jpg").write_bytes(b"of c")
    return target


def tree(folder: Path) -> dict[str, bytes]:
    """Every file of a data folder, but for the lock of its stack and what an open catalogue has beside it."""
    files = (file for file in folder.rglob("*") if file.is_file())
    names = {file.relative_to(folder).as_posix(): file for file in files}
    left = {name: file for name, file in names.items() if not name.endswith(("-shm", "-wal", "run/lock"))}
    return {name: file.read_bytes() for name, file in left.items()}


def items(data: Path) -> list[str]:
    with closing(sqlite3.connect(data / CATALOGUE)) as opened:
        return [name for (name,) in opened.execute("SELECT id FROM items ORDER BY id")]


def restored(data: Path, file: Path) -> Restored:
    return restore(Stack(data), file)


def rewritten(source: Path, target: Path, change) -> Path:
    """The archive, member by member as `change(member, content)` has them."""
    with tarfile.open(source) as old, tarfile.open(target, "w") as new:
        for member in old:
            for one, content in change(member, old.extractfile(member).read()):
                one.size = len(content)
                new.addfile(one, io.BytesIO(content))
    return target


def refused(data: Path, file: Path, match: str) -> None:
    before = tree(data)
    with pytest.raises(Damaged, match=match):
        restored(data, file)
    assert tree(data) == before


def test_what_was_backed_up_is_back_and_what_was_there_is_aside(shop, made):
    before = tree(shop.data)
    done = restored(shop.data, made)
    assert items(shop.data) == ["a", "b"] and items(done.aside) == ["a", "b", "c"]
    assert len(list((shop.data / "uploads").glob("*/*"))) == 2
    assert (shop.data / "fields.json").read_text() == '{"fields": []}'
    assert not (shop.data / "thumbnails").exists()  # an id of today may be another image tomorrow
    aside = tree(done.aside)
    assert aside == {name: before[name] for name in before if not name.startswith("models/")}
    assert (done.models, done.others) == ([], [])


def test_twice_is_no_error(shop, made):
    first, second = restored(shop.data, made), restored(shop.data, made)
    assert first.aside != second.aside
    assert items(first.aside) == ["a", "b", "c"] and items(second.aside) == items(shop.data) == ["a", "b"]


def test_an_empty_machine_gets_all_of_it(shop, made, tmp_path):
    done = restored(tmp_path / "new", made)
    assert items(tmp_path / "new") == ["a", "b"]
    assert (done.aside, done.models) == (None, [MODEL])
    assert ModelStore(tmp_path / "new").verify(MODEL).name == MODEL
    assert {path.name for path in (tmp_path / "new").iterdir()} == {
        CATALOGUE,
        "fields.json",
        "models",
        "run",
        "uploads",
    }


def test_a_published_model_stays_as_it_is(shop, made):
    folder = shop.data / "models" / MODEL
    shutil.rmtree(folder)
    publish_small(shop.data)
    assert restored(shop.data, made).others == []  # published again, from the same files
    (folder / "model.keras").write_bytes(b"another")
    manifest = (folder / "manifest.json").read_text()
    (folder / "manifest.json").write_text(manifest.replace('"model.keras": "', '"model.keras": "0'))
    done = restored(shop.data, made)
    assert (done.models, done.others) == ([], [MODEL])
    assert (folder / "model.keras").read_bytes() == b"another"


def test_a_damaged_catalogue_is_replaced(shop, made):
    (shop.data / CATALOGUE).write_bytes(os.urandom(20_000))
    restored(shop.data, made)
    assert items(shop.data) == ["a", "b"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_root_restores_for_the_user_whose_folder_it_is(shop, made):
    os.chown(shop.data, 1234, 1235)
    done = restored(shop.data, made)
    for path in (shop.data / CATALOGUE, done.aside, *(shop.data / "uploads").rglob("*")):
        assert (path.stat().st_uid, path.stat().st_gid) == (1234, 1235)


@pytest.mark.parametrize("name", [CATALOGUE, "uploads", "models", "fields.json", "backup.json"])
def test_a_flipped_byte_is_found(shop, made, name):
    content = bytearray(made.read_bytes())
    with tarfile.open(made) as tar:
        member = next(member for member in tar if member.name.startswith(name))
    for place in (
        member.offset,
        member.offset_data + member.size // 2,
    ):  # in its header, and in what it holds
        content[place] ^= 1
        made.write_bytes(content)
        refused(shop.data, made, "damaged|cut|which no backup does|not what")
        content[place] ^= 1


def test_a_cut_archive_is_found(shop, made):
    content = made.read_bytes()
    with tarfile.open(made) as tar:
        ends = [member.offset for member in tar]
    for length in (0, 300, *ends, ends[-1] + 100, ends[-1] + 512, ends[-1] + 600):
        made.write_bytes(content[:length])
        refused(shop.data, made, "cut|damaged")


@pytest.mark.parametrize(
    "name",
    [
        "../out",
        "/tmp/out",
        "uploads/../../out",
        "models/../out",
        "models/a/../b",
        "models/a/b/../../../../out",
        "datasets/../../out",
        "reports/a/../out",
        "run/stack.json",
        "uploads",
    ],
)
def test_no_member_leads_elsewhere(shop, made, tmp_path, name):
    def add(member, content):
        return [(member, content), *([(tarfile.TarInfo(name), b"x")] if member.name == CATALOGUE else [])]

    refused(shop.data, rewritten(made, tmp_path / "bad.tar", add), "which no backup does")
    assert not (tmp_path / "out").exists() and not Path("/tmp/out").exists()


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE])
def test_only_files_are_in_it(shop, made, tmp_path, kind):
    def add(member, content):
        odd = tarfile.TarInfo("uploads/ab/" + "ab" * 32)
        odd.type, odd.linkname = kind, "/etc/passwd"
        return [(member, content), *([(odd, b"")] if member.name == CATALOGUE else [])]

    refused(shop.data, rewritten(made, tmp_path / "bad.tar", add), "which no backup does")


def test_a_member_twice_is_refused(shop, made, tmp_path):
    bad = rewritten(made, tmp_path / "bad.tar", lambda member, content: [(member, content)] * 2)
    refused(shop.data, bad, "which no backup does")


def test_what_is_no_backup_is_refused(shop, made, tmp_path):
    other = tmp_path / "other.tar"
    with tarfile.open(other, "w") as tar:
        tar.add(made, "holiday.jpg")
    refused(shop.data, other, "which no backup does")
    other.write_bytes(os.urandom(5000))
    refused(shop.data, other, "no backup")
    newer = rewritten(
        made,
        tmp_path / "newer.tar",
        lambda member, content: [(member, content.replace(b'"format": 1', b'"format": 2'))],
    )
    refused(shop.data, newer, "newer Nitari")
    with pytest.raises(FileNotFoundError):
        restored(shop.data, tmp_path / "nothing.tar")


def test_a_catalogue_of_a_newer_schema_is_refused(shop, tmp_path):
    backup.make(shop.data, tmp_path / "one.tar")
    with shop.database.write() as write:
        write.execute("PRAGMA user_version = 99")
    with pytest.raises(Damaged, match="newer Nitari"):
        backup.make(shop.data, tmp_path / "two.tar")
    shop.database.close()
    newer = (shop.data / CATALOGUE).read_bytes()
    bad = tmp_path / "bad.tar"
    _with_catalogue(tmp_path / "one.tar", bad, newer)
    refused(shop.data, bad, "newer Nitari")


def test_a_catalogue_that_is_broken_inside_is_refused(shop, made, tmp_path):
    content = bytearray((shop.data / CATALOGUE).read_bytes())
    content[4096 * 2 : 4096 * 3] = os.urandom(4096)
    _with_catalogue(made, tmp_path / "bad.tar", bytes(content))
    refused(shop.data, tmp_path / "bad.tar", "is damaged")


def _with_catalogue(source: Path, target: Path, catalogue: bytes) -> None:
    """The archive with another catalogue, whose sha256 is right."""
    with tarfile.open(source) as tar:
        old = sha256(tar.extractfile(CATALOGUE).read()).hexdigest().encode()
    new = sha256(catalogue).hexdigest().encode()
    rewritten(
        source,
        target,
        lambda member, content: [
            (member, catalogue if member.name == CATALOGUE else content.replace(old, new)),
        ],
    )


IDLE = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('SELECT * FROM items').fetchall()"


def test_a_catalogue_that_something_else_serves_is_left_alone(shop, made):
    command = [sys.executable, "-c", f"{IDLE}; print(); sys.stdout.flush(); input()", shop.data / CATALOGUE]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        other.stdout.readline()
        before = tree(shop.data)
        with pytest.raises(InUse, match="docker compose stop"):
            restored(shop.data, made)
        assert tree(shop.data) == before
        other.communicate(b"\n")
    restored(shop.data, made)
    assert items(shop.data) == ["a", "b"]


def test_after_a_failure_midway_everything_is_where_it_was(shop, made):
    shutil.rmtree(shop.data / "models" / MODEL)
    before = tree(shop.data)
    with unpacked(made, shop.data) as staged:
        in_the_way = shop.data / "models" / MODEL / "model.keras"  # published since it was unpacked
        in_the_way.parent.mkdir()
        in_the_way.write_bytes(b"another")
        with pytest.raises(OSError, match="not empty"):
            put_in_place(staged, shop.data)
    in_the_way.unlink()
    assert tree(shop.data) == before
    assert not list(shop.data.glob("before-restore-*")) and not list(shop.data.glob(".restore.*"))


def test_renames_are_undone_from_the_last_to_the_first(tmp_path):
    (tmp_path / "a").write_text("a")
    (tmp_path / "b").write_text("b")
    there = tmp_path / "there"
    there.mkdir()
    moves = [(tmp_path / "a", there / "a"), (tmp_path / "b", tmp_path / "a"), (tmp_path / "c", there / "c")]
    with pytest.raises(FileNotFoundError):
        rename_all(moves)
    assert [(tmp_path / name).read_text() for name in "ab"] == ["a", "b"] and not list(there.iterdir())


def test_the_command_says_what_it_did(shop, made):
    command = [sys.executable, "-m", "local.restore"]
    environment = os.environ | {"NITARI_DATA": str(shop.data)}
    done = subprocess.run([*command, made], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Restored 2 items and 2 uploaded photos" in done.stdout and "before-restore-" in done.stdout
    made.write_bytes(made.read_bytes()[:5000])
    done = subprocess.run([*command, made], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and done.stderr.startswith("Nothing was restored. ")
