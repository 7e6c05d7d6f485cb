import unicodedata

import numpy as np
import pytest

from services.worker.vectors.likeness import Unlike, insist, likeness, spread
from services.worker.vectors.matching import PhotoPaths, match
from services.worker.vectors.sources import Entry
from shared.leases import ImageRef


def photos(*paths: str, folder: str | None = None) -> PhotoPaths:
    rooted = [path.split(":", 1) if ":" in path else ("photos", path) for path in paths]
    images = [ImageRef(id=n, version=1, root=root, path=path) for n, (root, path) in enumerate(rooted, 1)]
    return PhotoPaths(images, folder=folder)


def entries(*names: str) -> list[Entry]:
    return [Entry(name, name.removesuffix(".npy")) for name in names]


def pairs(names, among) -> dict[str, int]:
    given = entries(*names)
    return {given[place].name: image.id for place, image in match(given, among).pairs}


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("15.jpg.npy", "15.jpg"),
        ("15.npy", "15.jpg"),
        ("15.npy", "kind/15.jpg"),
        ("kind/15.jpg.npy", "kind/15.jpg"),
        ("elsewhere/15.jpg.npy", "kind/15.jpg"),
        ("15.JPG.npy", "15.jpg"),
        ("15.jpg.npy", "15.JPG"),
        ("a.b.npy", "a.b.jpg"),
        (unicodedata.normalize("NFD", "ポンプ.jpg.npy"), "ポンプ.jpg"),
        ("ポンプ.npy", unicodedata.normalize("NFD", "ポンプ.jpg")),
        ("noext.npy", "noext"),
    ],
)
def test_a_file_finds_its_photo(name, path):
    assert pairs([name], photos("other.png", path)) == {name: 2}


def test_the_path_goes_before_the_name():
    among = photos("a/15.jpg", "b/15.jpg", "15.jpg")
    assert pairs(["15.jpg.npy", "b/15.npy"], among) == {"15.jpg.npy": 3, "b/15.npy": 2}


def test_a_name_that_several_photos_have_is_nobodys():
    found = match(entries("15.jpg.npy", "16.npy"), photos("a/15.jpg", "b/15.jpg", "16.jpg", "16.png"))
    assert not found.pairs and [error.path for error in found.errors] == ["15.jpg.npy", "16.npy"]
    assert "Several photos" in found.errors[0].error


def test_names_that_differ_by_case_only_are_told_apart():
    among = photos("A.jpg", "a.jpg")
    assert pairs(["a.jpg.npy", "A.jpg.npy"], among) == {"a.jpg.npy": 2, "A.jpg.npy": 1}
    assert pairs(["A.npy"], among) == {"A.npy": 1}


def test_of_two_files_of_a_photo_the_exact_one_counts():
    for names in (["15.jpg.npy", "15.npy"], ["15.npy", "15.jpg.npy"]):
        found = match(entries(*names), photos("15.jpg"))
        assert [entries(*names)[place].name for place, _ in found.pairs] == ["15.jpg.npy"]
        assert [error.path for error in found.errors] == ["15.npy"]
        assert "'15.jpg.npy'" in found.errors[0].error


def test_what_is_of_no_photo_is_listed():
    assert match(entries("x.npy", "15.npy"), photos("15.jpg")).without_photo == ["x.npy"]


def test_a_path_may_be_relative_to_the_folder_that_was_named():
    among = photos("shop/a/1.jpg", "shop/b/1.jpg", folder="shop")
    assert pairs(["b/1.jpg.npy", "shop/a/1.jpg.npy"], among) == {"b/1.jpg.npy": 2, "shop/a/1.jpg.npy": 1}


def test_a_root_tells_two_photos_of_one_path_apart():
    among = photos("photos:1.jpg", "data:1.jpg")
    given = [Entry("1.jpg", "1.jpg", "data", exact=True), Entry("2", "2", "data", exact=True)]
    assert [image.id for _, image in match(given, among).pairs] == [2]


@pytest.mark.parametrize("count", [1, 2, 19, 20, 21, 1000])
def test_a_sample_is_spread_evenly_and_always_the_same(count):
    places = spread(count)
    assert len(places) == min(count, 20) and places == sorted(set(places)) == spread(count)
    assert places[0] == 0 and places[-1] == count - 1
    assert spread(0) == []


def test_one_photo_below_the_line_is_enough_to_refuse():
    right = np.eye(4, 8, dtype=np.float32) + 0.1
    given = right * 2
    found = likeness(given, right, ["a", "b", "c", "d"])
    assert found.lowest_cosine == pytest.approx(1) and found.length_ratio == pytest.approx(2)
    insist(found, "m", network=True)
    given[2, 5] += 3
    with pytest.raises(Unlike, match=r"\(c\), the median 1\.0000") as refused:
        insist(likeness(given, right, ["a", "b", "c", "d"]), "m", network=True)
    assert refused.value.result["worst"] == "c" and refused.value.result["checked"] == 4


def test_an_upload_that_two_items_have_is_one_file():
    among = photos("uploads:ab12", "uploads:ab12", "x.jpg")
    given = [Entry("ab12", "ab12", "uploads", exact=True)] * 2 + entries("uploads/ab12.npy")
    found = match(given, among)
    assert [(place, image.id) for place, image in found.pairs] == [(0, 1), (0, 2)]
    assert [error.path for error in found.errors] == ["uploads/ab12.npy"]
