"""Which datasets there are, what is in them, and which of them nothing can be learnt from."""

import asyncio
import os
import time
import unicodedata
from urllib.parse import quote

import pytest

from services.search.datasets.checks import DatasetChecks
from services.search.datasets.folders import MAX_CLASSES, Datasets, UnusableDataset
from services.search.datasets.shelf import Shelf
from shared.datasets import DatasetNotFound, DatasetRoots
from shared.photos import PathNotAllowed
from shared.sandbox import MachineBusy
from tests.class_folders import fill, names


@pytest.fixture
def datasets(settings):
    return Datasets(settings)


def shown(service, name: str) -> dict:
    answer = service.client.get(f"/datasets/{name}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_every_folder_of_class_folders_is_listed_with_its_counts(service, settings):
    fill(settings.data / "datasets", {"金型/甲/1.jpg": b"", "金型/甲/deep/2.jpg": b"", "金型/乙/1.jpg": b""})
    fill(service.photos, {"a/b/c/x/1.jpg": b"", "a/b/c/y/1.jpg": b"", "1.jpg": b""})
    fill(settings.data / "photos", {"own/x/1.jpg": b"", "own/y/1.jpg": b""})
    body = service.client.get("/datasets").json()
    assert body == {
        "datasets": [
            {"name": "金型", "root": "datasets", "classes": 2, "images": 3},
            {"name": "a/b/c", "root": "photos", "classes": 2, "images": 2},
            {"name": "own", "root": "data", "classes": 2, "images": 2},
        ],
        "complete": True,
    }
    for one in body["datasets"]:
        assert shown(service, one["name"])["images"] == one["images"]


def test_train_and_test_are_datasets_and_the_folder_around_them_is_not(service, settings):
    fill(
        settings.data / "datasets",
        {f"tools15/{part}/{kind}/1.jpg": b"" for part in ("train", "test") for kind in ("saw", "axe")},
    )
    assert names(service) == ["tools15/test", "tools15/train"]
    (problem,) = shown(service, "tools15")["problems"]
    assert "'tools15/test'" in problem


@pytest.mark.parametrize(
    "files",
    [
        {"x/a/1.jpg": b""},
        {"x/a/1.jpg": b"", "x/b/": b""},
        {"x/a/1.jpg": b"", "x/b/.DS_Store": b"", "x/c/Thumbs.db": b""},
        {".x/a/1.jpg": b"", ".x/b/1.jpg": b""},
        {"1/2/3/4/a/1.jpg": b"", "1/2/3/4/b/1.jpg": b""},
        {"a/1.jpg": b"", "b/1.jpg": b""},
    ],
)
def test_what_is_no_dataset_is_not_listed(service, settings, files):
    fill(settings.data / "datasets", files)
    assert names(service) == []


def test_a_link_that_leads_outside_is_neither_listed_nor_found(service, settings, tmp_path):
    fill(tmp_path / "elsewhere", {"a/1.jpg": b"", "b/1.jpg": b""})
    (settings.data / "datasets").mkdir()
    (settings.data / "datasets" / "link").symlink_to(tmp_path / "elsewhere")
    assert names(service) == []
    assert service.client.get("/datasets/link").json()["type"] in ("path_not_allowed", "dataset_not_found")


def test_one_folder_under_two_roots_is_listed_once(settings):
    fill(settings.data / "photos", {"x/a/1.jpg": b"", "x/b/1.jpg": b""})
    roots = DatasetRoots(settings.model_copy(update={"photos": settings.data / "photos"}))
    assert [(one.name, one.root) for one in Shelf(roots).datasets().datasets] == [("x", "photos")]


def test_a_listing_that_was_cut_says_so_and_a_large_root_hides_no_uploads(service, settings):
    fill(settings.data / "datasets", {"mine/a/1.jpg": b"", "mine/b/1.jpg": b""})
    fill(service.photos, {f"many/{number}/{file}.jpg": b"" for number in range(50) for file in range(4)})
    body = Shelf(DatasetRoots(settings), entries=100).datasets()
    assert not body.complete and body.datasets[0].name == "mine"
    assert not Shelf(DatasetRoots(settings), seconds=-1).datasets().complete


def test_a_root_of_ten_thousand_folders_is_listed_at_once(service):
    for number in range(10_000):
        fill(service.photos, {f"shop{number % 20}/{number}/1.jpg": b""})
    begun = time.monotonic()
    body = service.client.get("/datasets").json()
    assert time.monotonic() - begun < 5
    assert body["complete"] and [one["classes"] for one in body["datasets"]] == [500] * 20


def test_a_dataset_shows_bad_files_duplicates_and_thin_classes(service, photo):
    files = {f"x/金型/{seed}.jpg": photo(seed) for seed in range(5)}
    files |= {"x/axe/copy.jpg": photo(0), "x/axe/text.jpg": b"no photo", "x/axe/cut.jpg": photo(9)[:700]}
    fill(service.photos, {**files, "x/axe/.hidden.jpg": b""})
    os.mkfifo(service.photos / "x" / "axe" / "pipe.jpg")
    body = shown(service, "x")
    assert (body["name"], body["root"], body["images"], body["checked"]) == ("x", "photos", 9, 9)
    assert body["classes"] == [
        {"name": "axe", "images": 4, "bad": 3},
        {"name": "金型", "images": 5, "bad": 0},
    ]
    assert body["bad"]["count"] == 3
    bad = {one["path"]: one["error"] for one in body["bad"]["first"]}
    assert list(bad) == ["axe/cut.jpg", "axe/pipe.jpg", "axe/text.jpg"] and all(bad.values())
    assert body["duplicates"]["count"] == 1
    assert body["duplicates"]["first"][0]["paths"] == ["axe/copy.jpg", "金型/0.jpg"]
    assert (body["thin"], body["problems"]) == (["axe"], [])


def test_a_photo_that_leads_outside_is_bad_and_not_read(service, settings, photo):
    fill(service.photos, {"secret.jpg": photo(1), "x/a/1.jpg": photo(2), "x/b/1.jpg": photo(3)})
    (service.photos / "x" / "b" / "link.jpg").symlink_to(service.photos / "secret.jpg")
    (one,) = shown(service, "x")["bad"]["first"]
    assert one["path"] == "b/link.jpg" and "outside" in one["error"]


def test_the_same_photo_twice_in_one_class_is_no_duplicate(service, photo):
    fill(service.photos, {"x/a/1.jpg": photo(1), "x/a/2.jpg": photo(1), "x/b/1.jpg": photo(2)})
    assert shown(service, "x")["duplicates"] == {"count": 0, "first": []}


class Counting:
    """Decoders that say what they were given."""

    def __init__(self, decoders) -> None:
        self._decoders = decoders
        self.seen: list[str] = []

    async def decode(self, photos):
        self.seen += [path for path, _ in photos]
        return await self._decoders.decode(photos)


@pytest.fixture
def counting(decoders):
    return Counting(decoders)


@pytest.fixture
def look(datasets, settings, counting):
    """look(name, seconds) is what a search service that was just started says."""

    def run(name: str, seconds: float = 60):
        checks = DatasetChecks(datasets, settings.data, counting.decode, seconds=seconds)
        return asyncio.run(checks.view(datasets.find(name)))

    return run


def test_what_was_looked_at_once_is_not_looked_at_again_until_it_changes(service, counting, look, photo):
    fill(service.photos, {"x/a/1.jpg": photo(1), "x/b/1.jpg": b"no photo"})
    first = look("x")
    assert sorted(counting.seen) == ["a/1.jpg", "b/1.jpg"]
    counting.seen.clear()
    assert look("x") == first and counting.seen == []
    fill(service.photos, {"x/b/1.jpg": photo(3)})
    assert look("x").bad.count == 0 and counting.seen == ["b/1.jpg"]


def test_a_call_that_was_cut_is_gone_on_with_by_the_next(service, counting, look, photo):
    fill(service.photos, {f"x/{kind}/{seed}.jpg": photo(seed) for kind in "ab" for seed in range(2)})
    assert [look("x", seconds=0).checked for _ in range(5)] == [1, 2, 3, 4, 4]
    assert len(counting.seen) == 4


def test_what_was_remembered_and_is_damaged_is_looked_at_again(service, settings, look, photo):
    fill(service.photos, {"x/a/1.jpg": photo(1), "x/b/1.jpg": photo(2)})
    look("x")
    (file,) = (settings.data / "checks").iterdir()
    for damage in (b"", b"[]", b'{"a/1.jpg": [1]}', b'{"a/1.jpg": 3}'):
        file.write_bytes(damage)
        assert look("x").checked == 2


def test_a_busy_machine_is_no_photos_fault(service, datasets, settings, photo):
    async def busy(_):
        raise MachineBusy("busy")

    fill(service.photos, {"x/a/1.jpg": photo(1), "x/b/1.jpg": photo(2)})
    checks = DatasetChecks(datasets, settings.data, busy)
    body = asyncio.run(checks.view(datasets.find("x")))
    assert (body.checked, body.bad.count) == (0, 0)


@pytest.mark.parametrize(
    ("path", "status", "kind"),
    [
        ("none", 404, "dataset_not_found"),
        ("../secrets", 400, "path_not_allowed"),
        ("/etc", 400, "path_not_allowed"),
        ("a\0b", 400, "path_not_allowed"),
        ("x" * 5000, 404, "dataset_not_found"),
        (".unpacking", 404, "dataset_not_found"),
        ("x/1.jpg", 404, "dataset_not_found"),
    ],
)
def test_what_is_no_folder_of_ours_is_refused(service, settings, path, status, kind):
    fill(settings.data / "datasets", {".unpacking/a/1.jpg": b"", ".unpacking/b/1.jpg": b"", "x/1.jpg": b""})
    answer = service.client.get("/datasets/" + quote(path, safe=""))
    assert (answer.status_code, answer.json()["type"]) == (status, kind)
    assert status == 400 or answer.json()["field"] == "dataset"


NFD = unicodedata.normalize("NFD", "ガ")


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"": b""}, ["'x'", "no class folders", "folder of its own"]),
        ({"1.jpg": b"", "2.jpg": b""}, ["'x'", "no class folders"]),
        ({"cat/1.jpg": b"", "cat/2.jpg": b""}, ["one class, 'cat'", "add a folder"]),
        ({"cat/1.jpg": b"", "金型/": b""}, ["No photos in '金型'", "delete the folder"]),
        ({f"{number}/": b"" for number in range(9)}, ["'0', '1', '2' and 6 more"]),
        ({"cat/1.jpg": b"", "dog/.DS_Store": b"", "dog/Thumbs.db": b""}, ["No photos in 'dog'"]),
        ({"cat/1.jpg": b"", "dog/1.jpg": b"", "axe/1.jpg": b""}, ["one photo", "two or more"]),
        ({"Cat/1.jpg": b"", "cat/2.jpg": b"", "cat/3.jpg": b""}, ["'Cat' and 'cat'", "rename"]),
        ({"ガ/1.jpg": b"", f"{NFD}/1.jpg": b"", f"{NFD}/2.jpg": b""}, ["'ガ'", f"'{NFD}'", "Unicode"]),
        (
            {f"{p}/{c}/1.jpg": b"" for p in ("train", "test") for c in "ab"},
            ["'x/test', 'x/train'", "ask for"],
        ),
        ({f"{number}/1.jpg": b"" for number in range(MAX_CLASSES + 1)}, ["5001 classes", "at most 5000"]),
    ],
)
def test_a_dataset_of_which_nothing_can_be_learnt_is_refused_in_words(settings, datasets, files, says):
    folder = settings.photos / "x"
    folder.mkdir()
    fill(folder, {path: content for path, content in files.items() if path})
    with pytest.raises(UnusableDataset) as refused:
        datasets.check(datasets.find("x"))
    assert refused.value.field == "dataset"
    for words in says:
        assert words in str(refused.value)


@pytest.mark.parametrize(
    "files",
    [
        {"a/1.jpg": b"", "b/1.jpg": b"", "b/2.jpg": b""},
        {"a/2025/1.jpg": b"", "a/2025/2.jpg": b"", "b/2025/1.jpg": b""},
        {"a/1.jpg": b"", "b/x/1.jpg": b"", "b/y/1.jpg": b""},
        {"金型/1.jpg": b"", "プレス/1.jpg": b"", "プレス/2.jpg": b"", ".git/1": b"", "@eaDir/1": b""},
        {f"{number}/{file}": b"" for number in range(MAX_CLASSES) for file in "ab"[: 1 + (number == 0)]},
    ],
)
def test_a_dataset_that_can_be_learnt_from_passes_by_its_names_alone(settings, datasets, files):
    fill(settings.photos / "x", files)
    datasets.check(datasets.find("x"))


def test_a_class_whose_name_is_not_utf_8_is_shown_and_refused(service, settings, datasets, photo):
    fill(settings.photos, {"x/a/1.jpg": photo(1), "x/a/2.jpg": b""})
    odd = os.fsencode(settings.photos / "x") + b"/\x8b\xe0"
    os.mkdir(odd)
    with open(odd + b"/\xff.jpg", "wb"):
        pass
    assert [one["name"] for one in shown(service, "x")["classes"]] == ["a", "??"]
    with pytest.raises(UnusableDataset, match="not UTF-8"):
        datasets.check(datasets.find("x"))


def test_a_dataset_is_found_by_its_absolute_path_and_missed_when_it_has_gone(settings, datasets):
    fill(settings.photos, {"x/a/1.jpg": b"", "x/b/1.jpg": b""})
    found = datasets.find(str(settings.photos / "x"))
    assert found == datasets.find("x")
    (settings.photos / "x").rename(settings.photos / "y")
    with pytest.raises(DatasetNotFound):
        datasets.check(found)
    with pytest.raises(PathNotAllowed):
        datasets.find(str(settings.data / "models"))
