import json
import os

import pytest

from services.worker.walk import FolderUnreadable, is_unread_folder, walk
from shared.leases import Photo
from shared.reports import PhotoError


@pytest.fixture
def root(tmp_path, photo):
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "深い.png").write_bytes(photo(1, kind="PNG"))
    (tmp_path / "top.JPG").write_bytes(photo(2))
    return tmp_path


def found(root, folder: str = "") -> dict[str, str | None]:
    return {one.path: one.error if isinstance(one, PhotoError) else None for one in walk(root, folder)}


def test_photos_are_found_at_every_depth_by_content(root, photo):
    (root / "a" / "no suffix").write_bytes(photo(3))
    assert found(root) == {"a/b/深い.png": None, "a/no suffix": None, "top.JPG": None}
    assert found(root, "a/b") == {"a/b/深い.png": None}
    file = next(one for one in walk(root, "a/b") if isinstance(one, Photo))
    status = (root / "a/b/深い.png").stat()
    assert (file.size, file.mtime_ns) == (status.st_size, status.st_mtime_ns)


def test_hidden_and_system_files_are_left_out(root):
    for name in (".DS_Store", "Thumbs.db", "desktop.ini", ".trash/x.jpg", "@eaDir/x.jpg"):
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_bytes(b"x")
    assert set(found(root)) == {"a/b/深い.png", "top.JPG"}


def test_what_is_no_photo_is_said(root):
    (root / "notes.txt").write_text("hello")
    (root / "empty.jpg").touch()
    os.mkfifo(root / "pipe.jpg")
    errors = {path: error for path, error in found(root).items() if error}
    assert set(errors) == {"notes.txt", "empty.jpg", "pipe.jpg"}
    assert "format" in errors["notes.txt"] and "empty" in errors["empty.jpg"]


def test_a_name_that_is_not_utf_8_is_said_and_the_rest_is_found(root, photo):
    with open(os.fsencode(root) + "/写真.jpg".encode("cp932"), "wb") as file:
        file.write(photo(1))
    errors = [error for error in found(root).values() if error]
    assert len(errors) == 1 and "UTF-8" in errors[0]


def test_links_inside_are_photos_and_links_out_are_not(root, photo, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside")
    (outside / "x.jpg").write_bytes(photo(5))
    (root / "out.jpg").symlink_to(outside / "x.jpg")
    (root / "folder").symlink_to(outside)
    (root / "in.jpg").symlink_to(root / "top.JPG")
    (root / "dangling.jpg").symlink_to(root / "nowhere")
    answers = found(root)
    assert answers["in.jpg"] is None
    assert all(answers[name] for name in ("out.jpg", "folder", "dangling.jpg"))
    assert "folder/x.jpg" not in answers


def test_a_folder_that_is_not_there_is_no_empty_folder(root):
    with pytest.raises(FolderUnreadable):
        list(walk(root, "nowhere"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every folder")
def test_a_folder_that_cannot_be_read_is_said(root):
    (root / "a").chmod(0)
    try:
        errors = [one for one in walk(root, "") if is_unread_folder(one)]
    finally:
        (root / "a").chmod(0o700)
    assert [error.path for error in errors] == ["a/"]


def test_odd_entries_do_not_end_the_listing(root, photo):
    (root / "loop.jpg").symlink_to("loop.jpg")
    os.symlink("/tmp", os.fsencode(root) + b"/a\xff")
    (root / "header.png").write_bytes(photo(1, kind="PNG")[:20] + b"\0" * 50)  # Pillow raises ValueError
    (root / "junk.avif").write_bytes(b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf" + b"x" * 400)
    answers = found(root)
    assert answers["top.JPG"] is None and len(answers) == 6
    assert all(json.dumps(path) for path in answers)
