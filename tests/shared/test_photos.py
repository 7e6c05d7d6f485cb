"""No request's path leads out of the photo roots."""

import os

import pytest

from shared.photos import Folder, FolderNotFound, PathNotAllowed, PhotoRoots
from shared.settings import Settings


@pytest.fixture
def roots(tmp_path):
    (tmp_path / "photos" / "金型").mkdir(parents=True)
    (tmp_path / "secret").mkdir()
    (tmp_path / "photos" / "out").symlink_to(tmp_path / "secret")
    return PhotoRoots(Settings(data=tmp_path / "data", photos=tmp_path / "photos"))


def test_a_folder_is_found_by_relative_and_absolute_path(roots, tmp_path):
    assert roots.find("金型") == Folder("photos", "金型")
    assert roots.find(str(tmp_path / "photos" / "金型")) == Folder("photos", "金型")
    assert roots.find("") == Folder("photos", "")


@pytest.mark.parametrize("path", ["..", "../secret", "/etc", "out", "金型/../../secret", "a\0b"])
def test_a_path_that_leads_out_is_not_allowed(roots, path):
    with pytest.raises(PathNotAllowed):
        roots.find(path)


def test_a_missing_folder_is_named(roots):
    with pytest.raises(FolderNotFound, match="nowhere"):
        roots.find("nowhere")


def test_a_stored_path_cannot_follow_a_link_out(roots):
    with pytest.raises(PathNotAllowed):
        roots.path("photos", "out/a.jpg")
    assert roots.path("photos", "金型/a.jpg").name == "a.jpg"


def test_odd_paths_are_refused_and_no_crash(tmp_path):
    (tmp_path / "photos" / ".hid").mkdir(parents=True)
    (tmp_path / "photos" / "hid").mkdir()
    (tmp_path / "photos" / "loop").symlink_to("loop")
    os.mkfifo(tmp_path / "photos" / "pipe")
    roots = PhotoRoots(Settings(data=tmp_path, photos=tmp_path / "photos"))
    assert roots.find(".hid").path == ".hid"
    for path in ("a" * 300, "loop"):
        with pytest.raises((PathNotAllowed, FolderNotFound)):
            roots.find(path)
    for path in ("pipe", ".hid", "loop"):
        with pytest.raises((OSError, PathNotAllowed)):
            roots.read("photos", path)
