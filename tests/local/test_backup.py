import json
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

from local import archive, backup
from local.archive import Damaged
from tests.small import MODEL


def unpack(tar: Path, folder: Path) -> archive.Backup:
    return archive.read(tar, lambda name: folder / name)


def test_it_holds_what_cannot_be_made_again(shop, tmp_path):
    others = ("thumbnails/1-1.jpg", "secrets/internal_token", "photos/1.jpg", "uploads/ab/.cd.half")
    exports = (f"exports/{'0' * 32}.npz", f"exports/.{'1' * 32}.h/vectors", f"exports/{'2' * 32}/a.jpg.npy")
    for name in others + exports:
        (shop.data / name).parent.mkdir(parents=True, exist_ok=True)
        (shop.data / name).write_text("x")
    (shop.data / "models" / f".{MODEL}.half").mkdir()
    kept = (
        f"models/{MODEL}/saved_model/variables/data",
        f"reports/{MODEL}/report.json",
        "datasets/金型/丸 1/a.jpg",
        os.fsdecode(b"datasets/\x8b\x9f.jpg"),  # a name in Shift JIS
    )
    for name in kept:
        (shop.data / name).parent.mkdir(parents=True, exist_ok=True)
        (shop.data / name).write_bytes(os.fsencode(name))
    target = tmp_path / "backups" / "one.tar"
    made, lacking = backup.make(shop.data, target)
    assert (made.items, made.count("uploads"), made.models(), lacking) == (2, 2, [MODEL], 0)
    names = {name.split("/")[0] for name in made.files}
    assert names == {"catalogue.sqlite3", "fields.json", "models", "uploads", "reports", "datasets"}
    assert {archive.listed(name) for name in kept} <= made.files.keys()
    assert unpack(target, tmp_path / "out") == made
    for name in kept:
        assert (tmp_path / "out" / name).read_bytes() == (shop.data / name).read_bytes()
    assert os.listdir(target.parent) == ["one.tar"]
    with pytest.raises(backup.NotMade, match="already"):
        backup.make(shop.data, target)


def test_models_that_lie_elsewhere_are_in_it(shop, tmp_path):
    (shop.data / "models").rename(tmp_path / "models")
    (shop.data / "models").symlink_to(tmp_path / "models")
    made, _ = backup.make(shop.data, tmp_path / "one.tar")
    assert made.models() == [MODEL]


def test_each_backup_of_a_catalogue_that_is_being_written_is_whole(shop, tmp_path):
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            shop.put(f"{number}-left", f"{number}-right")
            number += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        made = [backup.make(shop.data, tmp_path / f"{number}.tar") for number in range(6)]
    finally:
        stop.set()
        writer.join()
    assert made[-1][0].items > made[0][0].items  # it was written meanwhile
    for number, (one, lacking) in enumerate(made):
        folder = tmp_path / f"out{number}"
        assert unpack(tmp_path / f"{number}.tar", folder) == one
        assert lacking == 0 and one.items % 2 == 0 and one.count("uploads") >= one.items
        with closing(sqlite3.connect(folder / "catalogue.sqlite3")) as copy:
            assert copy.execute("SELECT count(*) FROM images").fetchone() == (one.items,)


def test_an_upload_that_is_gone_is_counted(shop, tmp_path):
    shutil.rmtree(next((shop.data / "uploads").iterdir()))
    assert backup.make(shop.data, tmp_path / "one.tar")[1] == 1


def test_nothing_and_damage_are_no_backup(shop, tmp_path):
    target = tmp_path / "backups" / "one.tar"
    with pytest.raises(backup.NotMade, match="no catalogue"):
        backup.make(tmp_path / "elsewhere", target)
    shop.database.close()
    file = shop.data / "catalogue.sqlite3"
    content = bytearray(file.read_bytes())
    content[4096 * 2 : 4096 * 3] = os.urandom(4096)
    file.write_bytes(content)
    with pytest.raises((Damaged, sqlite3.DatabaseError)):
        backup.make(shop.data, target)
    assert not target.parent.exists() or not os.listdir(target.parent)


def _run(data: Path, target: Path, before: str = "") -> subprocess.CompletedProcess:
    code = f"{before}\nfrom local.backup import main\nmain()"
    return subprocess.run(
        [sys.executable, "-c", code, str(target)],
        env=os.environ | {"NITARI_DATA": str(data)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_says_what_it_made(shop, tmp_path):
    done = _run(shop.data, tmp_path / "one.tar")
    assert done.returncode == 0, done.stderr
    assert "2 items, 2 uploaded photos" in done.stdout and "make restore FILE=" in done.stdout
    text = subprocess.run(
        ["tar", "xOf", tmp_path / "one.tar", "backup.json"], capture_output=True, check=True
    )
    assert json.loads(text.stdout)["items"] == 2


def test_a_file_that_may_not_grow_leaves_nothing(shop, tmp_path):
    shop.uploads.store(os.urandom(2_000_000))
    limit = "import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))"
    done = _run(shop.data, tmp_path / "backups" / "one.tar", limit)
    assert done.returncode == 1
    assert done.stderr == "No backup was made. The disk takes no file of this size.\n"
    assert os.listdir(tmp_path / "backups") == []


@pytest.mark.parametrize("size", ["64k", "1m"])  # full at the catalogue's copy, and at an upload
def test_a_full_disk_leaves_nothing(shop, tmp_path, size):
    shop.uploads.store(os.urandom(2_000_000))
    small = tmp_path / "small"
    small.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", small]
    if os.geteuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no small disk can be mounted")
    try:
        done = _run(shop.data, small / "one.tar")
        left = os.listdir(small)
    finally:
        subprocess.run(["umount", small], check=True)
    assert (done.returncode, done.stderr) == (1, "No backup was made. The disk is full.\n")
    assert left == []
