"""A zip becomes a dataset, or nothing at all."""

import dataclasses
import io
import json
import os
import stat
import struct
import threading
import time
import unicodedata
import zipfile
from concurrent.futures import ThreadPoolExecutor

import pytest

from services.search.datasets.archive import Archive, ArchiveTooLarge, DamagedArchive
from services.search.datasets.uploads import DatasetUploads
from services.search.routes.spooling import nameless
from tests.class_folders import fill, names, send, zipped

KINDS = {"cat/1.jpg": b"1", "cat/2.jpg": b"2", "dog/1.jpg": b"3"}
ZIP = {"content-type": "application/zip"}


def lying(settings) -> list[str]:
    """Everything below datasets/ and tmp/ of the data folder, hidden or not."""
    folders = (settings.data / "datasets", settings.data / "tmp")
    found = [path for folder in folders for path in folder.rglob("*") if path.name != ".unpacking"]
    return sorted(path.relative_to(settings.data).as_posix() for path in found)


def refused(service, settings, content: bytes, status: int, kind: str) -> str:
    """Sent both ways it is refused, and leaves nothing; what is said."""
    for answer in (
        send(service, content),
        service.client.post("/datasets?name=x", content=content, headers=ZIP),
    ):
        assert (answer.status_code, answer.json()["type"]) == (status, kind), answer.text
        assert lying(settings) == []
    return answer.json()["detail"]


def test_a_zip_becomes_a_dataset_that_nobody_looked_at_yet(service, settings, photo):
    content = zipped({f"{kind}/{seed}.jpg": photo(seed) for kind in ("金型", "axe") for seed in range(2)})
    answer = send(service, content)
    assert answer.status_code == 201, answer.text
    body = answer.json()
    assert (body["name"], body["root"], body["images"], body["checked"]) == ("tools", "datasets", 4, 0)
    assert [one["name"] for one in body["classes"]] == ["axe", "金型"] and body["problems"] == []
    looked = service.client.get("/datasets/tools").json()
    assert looked["checked"] == 4 and looked["duplicates"]["count"] == 2
    assert {**looked, "checked": 0, "duplicates": body["duplicates"]} == body
    assert (settings.data / "datasets" / "tools" / "金型" / "1.jpg").read_bytes() == photo(1)


def test_the_name_is_the_senders_or_the_files(service):
    assert send(service, zipped(KINDS), "my.photos.zip").json()["name"] == "my.photos"
    assert send(service, zipped(KINDS), name="金型 2026").json()["name"] == "金型 2026"
    answer = service.client.post("/datasets?name=plain", content=zipped(KINDS), headers=ZIP)
    assert (answer.status_code, answer.json()["name"]) == (201, "plain")
    assert names(service) == ["my.photos", "plain", "金型 2026"]


@pytest.mark.parametrize("name", ["a/b", "a\0b", ".hidden", "..", "x" * 101, " ", "__MACOSX"])
def test_a_name_that_no_dataset_can_have_is_refused(service, settings, name):
    answer = send(service, zipped(KINDS), name=name)
    assert (answer.status_code, answer.json()["type"], answer.json()["field"]) == (
        422,
        "invalid_name",
        "name",
    )
    assert (
        service.client.post("/datasets", content=b"", params={"name": name}, headers=ZIP).status_code == 422
    )
    assert lying(settings) == []


def test_a_plain_zip_must_be_named(service):
    answer = service.client.post("/datasets", content=zipped(KINDS), headers=ZIP)
    assert (answer.status_code, answer.json()["field"]) == (422, "name")


@pytest.mark.parametrize(
    ("members", "there"),
    [
        ({"tools/cat/1.jpg": b"", "tools/dog/1.jpg": b""}, {"cat/1.jpg", "dog/1.jpg"}),
        ({"tools/": b"", "tools/cat/": b"", "tools/cat/1.jpg": b"", "tools/dog/": b""}, {"cat/1.jpg", "dog"}),
        ({"cat/1.jpg": b"", "cat/2.jpg": b""}, {"cat/1.jpg", "cat/2.jpg"}),
        ({"t/readme.txt": b"", "t/cat/1.jpg": b""}, {"t/readme.txt", "t/cat/1.jpg"}),
        ({"cat\\1.jpg": b"", "dog\\1.jpg": b""}, {"cat/1.jpg", "dog/1.jpg"}),
        ({**KINDS, "__MACOSX/cat/._1.jpg": b"", "cat/.DS_Store": b"", "cat/Thumbs.db": b""}, set(KINDS)),
        ({unicodedata.normalize("NFD", "ガ/ギ.jpg"): b"", "a/1.jpg": b""}, {"ガ/ギ.jpg", "a/1.jpg"}),
    ],
)
def test_what_surrounds_the_class_folders_is_taken_off(service, settings, members, there):
    assert send(service, zipped(members)).status_code == 201
    folder = settings.data / "datasets" / "tools"
    paths = [path for path in folder.rglob("*") if path.is_file() or not list(path.iterdir())]
    assert {path.relative_to(folder).as_posix() for path in paths} == there


def test_train_and_test_in_a_zip_are_two_datasets(service):
    members = {f"tools/{part}/{kind}/1.jpg": b"" for part in ("train", "test") for kind in ("saw", "axe")}
    answer = send(service, zipped(members))
    assert answer.status_code == 201 and "'tools/test'" in answer.json()["problems"][0]
    assert names(service) == ["tools/test", "tools/train"]


def info(name: str, mode: int) -> zipfile.ZipInfo:
    made = zipfile.ZipInfo(name)
    made.external_attr = mode << 16
    return made


NFD = unicodedata.normalize("NFD", "ガ")


@pytest.mark.parametrize(
    "extra",
    [
        [("../evil.jpg", b"")],
        [("cat/../../evil.jpg", b"")],
        [("cat/..", b"")],
        [("..\\evil.jpg", b"")],
        [("/etc/cron.d/evil", b"")],
        [("\\\\server\\share\\evil", b"")],
        [("C:\\evil.jpg", b"")],
        [("cat//1.png", b"")],
        [("./cat/3.jpg", b"")],
        [(info("cat/link.jpg", stat.S_IFLNK | 0o777), b"/etc/passwd")],
        [(info("cat/pipe.jpg", stat.S_IFIFO | 0o666), b"")],
        [(info("cat/disk.jpg", stat.S_IFBLK | 0o666), b"")],
        [(info("up/", stat.S_IFLNK | 0o777), b"/etc"), ("up/1.jpg", b"")],
        [("cat/1.JPG", b"")],
        [("CAT/9.jpg", b"")],
        [("cat/ガ.jpg", b""), (f"cat/{NFD}.JPG", b"")],
        [("cat/1.jpg/x", b"")],
        [("dog", b"")],
        [("cat/" + "x" * 256, b"")],
        [("cat/" + "x/" * 20 + "1.jpg", b"")],
    ],
)
def test_a_member_that_would_lie_elsewhere_or_over_another_is_refused(service, settings, extra):
    refused(service, settings, zipped([*KINDS.items(), *extra]), 400, "unsafe_archive")


@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")
def test_a_member_that_comes_twice_is_refused(service, settings):
    content = zipped([*KINDS.items(), ("cat/1.jpg", b"other"), (f"cat/{NFD}", b""), ("cat/ガ", b"")])
    assert "twice" in refused(service, settings, content, 400, "unsafe_archive")


def test_a_nul_in_a_name_hides_nothing(service, settings):
    content = zipped({**KINDS, "cat/evil_.jpg": b""}).replace(b"cat/evil_.jpg", b"cat/evil\0.jpg")
    refused(service, settings, content, 400, "unsafe_archive")


def unflagged(members: dict[str, bytes], encoding: str) -> bytes:
    """A zip whose names are in an encoding and do not say so."""
    content = zipped({name.encode(encoding).hex().ljust(60, "_"): data for name, data in members.items()})
    for name in members:
        raw = name.encode(encoding)
        written = raw.hex().ljust(60, "_").encode()
        content = content.replace(written, b"pad/" + b"_" * (59 - 4 - len(raw)) + b"/" + raw)
    return content


@pytest.mark.parametrize(
    ("encoding", "name"),
    [("cp932", "金型/表ソ.jpg"), ("utf-8", "金型/ガ.jpg"), ("cp437", "fr\xe4se/\xe1\xe9.jpg")],
)
def test_names_are_read_as_they_were_written(service, settings, encoding, name):
    content = unflagged({name: b"x"}, encoding)
    assert send(service, content).status_code == 201
    (file,) = [path for path in (settings.data / "datasets" / "tools").rglob("*") if path.is_file()]
    assert file.as_posix().endswith(unicodedata.normalize("NFC", name))


def test_a_bomb_is_refused_by_what_it_says(service, settings):
    content = zipped({**KINDS, "cat/bomb.jpg": bytes(30_000_000)})
    assert len(content) * 500 < 30_000_000
    refused(service, settings, content, 413, "archive_too_large")


def patched(content: bytes, name: bytes, **values: int) -> bytes:
    """The zip with the sizes or flags of one member overwritten, in its own header and in the list."""
    places = {"flags": (6, 8, "<H"), "method": (8, 10, "<H"), "crc": (14, 16, "<L"), "size": (22, 24, "<L")}
    data = bytearray(content)
    own, listed = content.index(name) - 30, content.rindex(name) - 46
    for what, value in values.items():
        here, there, kind = places[what]
        struct.pack_into(kind, data, own + here, value)
        struct.pack_into(kind, data, listed + there, value)
    return bytes(data)


def test_a_member_is_no_larger_than_it_says_whatever_it_unpacks_to(service, settings):
    content = patched(zipped({**KINDS, "cat/bomb.jpg": bytes(30_000_000)}), b"cat/bomb.jpg", size=10)
    refused(service, settings, content, 422, "damaged_archive")
    content = patched(zipped({**KINDS, "cat/more.jpg": b"x"}), b"cat/more.jpg", size=1000)
    refused(service, settings, content, 422, "damaged_archive")


def test_members_that_share_their_bytes_are_counted_each(tmp_path):
    """As a zip of 42 kB that unpacks to gigabytes: a list of many members, all of them the same bytes."""
    one = zipped({"a/0000": bytes(1_000_000)})
    begin = one.index(b"PK\x01\x02")
    entry, end = one[begin : one.index(b"PK\x05\x06")], bytearray(one[one.index(b"PK\x05\x06") :])
    # the members' own headers have one name, so that zipfile refuses the second; it is not reached
    entries = b"".join(entry.replace(b"a/0000", b"a/%04d" % number) for number in range(50))
    struct.pack_into("<HHL", end, 8, 50, 50, len(entries))
    with pytest.raises(ArchiveTooLarge):
        Archive(io.BytesIO(one[:begin] + entries + bytes(end)))


@pytest.mark.parametrize(
    ("values", "says"), [({"flags": 1}, "password"), ({"method": 14}, "deflate"), ({"crc": 7}, "CRC")]
)
def test_what_cannot_be_unpacked_is_refused(service, settings, values, says):
    content = patched(zipped(KINDS), b"cat/2.jpg", **values)
    assert says in refused(service, settings, content, 422, "damaged_archive")


def test_a_cut_zip_is_damaged_wherever_it_ends(service, settings):
    whole = zipped({**KINDS, "cat/3.jpg": os.urandom(5000)})
    for end in (4, 100, 3000, len(whole) - 1, len(whole) - 30):
        refused(service, settings, whole[:end], 422, "damaged_archive")


def test_a_zip_with_any_byte_overwritten_is_a_dataset_or_a_refusal(service, settings):
    whole = zipped({"a/1.jpg": b"12", "b/2.jpg": b"3"})
    seen = set()
    for place in range(4, len(whole)):
        for value in (0, 0xFF, whole[place] ^ 0x80):
            content = whole[:place] + bytes([value]) + whole[place + 1 :]
            answer = send(service, content)
            seen.add(answer.status_code)
            if answer.status_code == 201:
                assert service.client.delete("/datasets/tools").status_code == 204
            assert lying(settings) == []
    assert seen <= {201, 400, 413, 422} and {201, 422} <= seen


@pytest.mark.parametrize(
    "content", [b"", b"PK", b"no zip", b"\xff\xd8\xff\xe0" + bytes(100), b"Rar!\x1a\x07\x00"]
)
def test_what_is_no_zip_is_refused(service, settings, content):
    refused(service, settings, content, 415, "not_a_zip")


@pytest.mark.parametrize(
    "members", [{}, {"a/": b""}, {"1.jpg": b"", "2.jpg": b""}, {"__MACOSX/a/1.jpg": b"", ".git/x": b""}]
)
def test_a_zip_without_class_folders_is_refused(service, settings, members):
    refused(service, settings, zipped(members), 422, "damaged_archive")


def test_a_zip_of_too_many_members_is_refused_before_they_are_looked_at(service, settings):
    content = zipped((f"{number % 10}/{number}", b"") for number in range(100_001))
    begun = time.monotonic()
    refused(service, settings, content, 413, "archive_too_large")
    assert time.monotonic() - begun < 10


def test_a_list_of_members_is_not_read_beyond_a_limit(tmp_path):
    """The end of a zip that claims a list of 4 GB, where there is one."""
    claim = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, 2**32 - 2, 0, 0)
    with (tmp_path / "x").open("wb+") as file:
        file.write(b"PK\x03\x04")
        file.truncate(2**32 - 2)
        file.seek(0, os.SEEK_END)
        file.write(claim)
        with pytest.raises(ArchiveTooLarge):
            Archive(file)


def test_a_name_is_given_once(service, settings):
    assert send(service, zipped(KINDS)).status_code == 201
    before = lying(settings)
    for answer in (
        send(service, zipped({"a/1": b"", "b/1": b""})),
        service.client.post("/datasets?name=tools", content=b"", headers=ZIP),
    ):
        assert (answer.status_code, answer.json()["type"]) == (409, "name_taken")
    assert lying(settings) == before


def test_of_two_at_once_one_is_stored_whole_and_the_other_told(service, settings):
    contents = [zipped({f"{sender}/{n}.jpg": b"x" for n in range(200)} | KINDS) for sender in "ab"]
    for name in "1234":
        together = threading.Barrier(2)

        def post(content: bytes, name=name, together=together) -> int:
            together.wait()
            return send(service, content, name=name).status_code

        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(post, contents))
        assert sorted(answers) == [201, 409]
        winner = "ab"[answers.index(201)]
        folder = settings.data / "datasets" / name
        assert sorted(path.name for path in folder.iterdir()) == [winner, "cat", "dog"]
        assert len(list((folder / winner).iterdir())) == 200
    assert list((settings.data / "datasets" / ".unpacking").iterdir()) == []


@pytest.fixture
def with_uploads(service):
    """with_uploads(**arguments) gives the service other DatasetUploads."""

    def change(**arguments) -> None:
        parts = service.client.app.state.parts
        uploads = DatasetUploads(
            parts.datasets.folders, parts.jobs._database, service.settings.data, **arguments
        )
        datasets = dataclasses.replace(parts.datasets, uploads=uploads)
        service.client.app.state.parts = dataclasses.replace(parts, datasets=datasets)

    return change


def test_a_full_disk_is_said_before_and_while_it_is_written(service, settings, with_uploads):
    with_uploads(free=lambda _: 0)
    refused(service, settings, zipped(KINDS), 507, "disk_full")
    with_uploads(
        create=lambda _: os.fdopen(os.open("/dev/full", os.O_WRONLY), "wb")
    )  # every write to it is ENOSPC
    refused(service, settings, zipped(KINDS), 507, "disk_full")
    with_uploads(free=lambda _: 600_000_000)
    refused(service, settings, zipped({**KINDS, "cat/x": os.urandom(1_000_000) * 90}), 507, "disk_full")
    with_uploads()
    assert send(service, zipped(KINDS)).status_code == 201


def test_a_body_lies_on_the_disk_of_the_data_and_has_no_name(settings, service, with_uploads):
    lay = []

    class Looking(DatasetUploads):
        def _store(self, file, name):
            lay.append(os.readlink(f"/proc/self/fd/{file.fileno()}"))
            return super()._store(file, name)

    parts = service.client.app.state.parts
    looking = Looking(parts.datasets.folders, parts.jobs._database, settings.data)
    datasets = dataclasses.replace(parts.datasets, uploads=looking)
    service.client.app.state.parts = dataclasses.replace(parts, datasets=datasets)
    assert send(service, zipped(KINDS), name="a").status_code == 201
    assert service.client.post("/datasets?name=b", content=zipped(KINDS), headers=ZIP).status_code == 201
    assert len(lay) == 2
    for path in lay:
        assert path.startswith(str(settings.data / "tmp")) and path.endswith("(deleted)")


def test_a_body_may_be_larger_than_others_but_not_without_end(service):
    headers = {**ZIP, "content-length": str(4 * 1024**3 + 1)}
    answer = service.client.post("/datasets?name=x", content=iter([b"PK"]), headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (413, "body_too_large")
    large = zipped([("a/1.jpg", b"1"), (zipfile.ZipInfo("b/1.jpg"), os.urandom(130 * 1024 * 1024))])
    assert send(service, large).status_code == 201
    assert service.client.put("/items/x", files={"image": ("x.jpg", large)}).status_code == 413


def test_what_a_killed_process_left_is_never_seen_and_goes_at_the_next_start(service, settings, restart):
    fill(settings.data / "datasets" / ".unpacking" / "dead" / "dataset", {"a/1.jpg": b"", "b/1.jpg": b""})
    assert names(service) == []
    restart()
    assert lying(settings) == []


def order(service, state: str, **folders) -> None:
    """A fine-tune, as it lies in the table of jobs."""
    asked = {"request": {"dataset": "tools"}, "name": "m", "base": "b", "dataset": None, **folders}
    with service.client.app.state.parts.jobs._database.write() as write:
        write.execute("DELETE FROM jobs")
        write.execute(
            "INSERT INTO jobs (id, kind, state, request, folders, everything, created)"
            " VALUES ('j', 'finetune', ?, ?, '[]', 0, 0)",
            (state, json.dumps(asked)),
        )


def test_a_dataset_is_deleted_unless_a_fine_tune_needs_it(service, settings):
    members = {f"t/{part}/{kind}/1.jpg": b"" for part in ("train", "test") for kind in ("saw", "axe")}
    assert send(service, zipped(members)).status_code == 201
    assert send(service, zipped(KINDS), name="tool").status_code == 201
    for folders in (
        {"dataset": {"root": "datasets", "path": "tools/train"}},
        {"dataset": {"root": "photos", "path": "x"}, "validation": {"root": "datasets", "path": "tools"}},
    ):
        for state in ("queued", "running"):
            order(service, state, **folders)
            answer = service.client.delete("/datasets/tools")
            assert (answer.status_code, answer.json()["type"]) == (409, "not_removable")
    assert service.client.delete("/datasets/tool").status_code == 204
    order(service, "running", dataset={"root": "photos", "path": "tools"})
    assert service.client.delete("/datasets/tools").status_code == 204
    assert service.client.delete("/datasets/tools").status_code == 404
    assert lying(settings) == []


def test_only_what_was_sent_is_deleted_and_only_as_a_whole(service, settings):
    fill(service.photos, {"x/a/1.jpg": b"", "x/b/1.jpg": b""})
    fill(settings.data / "datasets", {"y/train/a/1.jpg": b"", "y/train/b/1.jpg": b""})
    before = [*service.photos.rglob("*"), *lying(settings)]
    for name in ("x", "y/train", "."):
        answer = service.client.delete(f"/datasets/{name}")
        assert answer.status_code in (404, 405, 409), name
    assert [*service.photos.rglob("*"), *lying(settings)] == before


def test_what_was_seen_of_a_deleted_dataset_is_forgotten(service, settings):
    send(service, zipped(KINDS))
    service.client.get("/datasets/tools")
    assert len(list((settings.data / "checks").iterdir())) == 1
    service.client.delete("/datasets/tools")
    assert list((settings.data / "checks").iterdir()) == []


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("application/json", b"{}", 415),
        ("", b"", 415),
        ("multipart/form-data; boundary=b", b"--b--\r\n", 400),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\ntext\r\n--b--\r\n',
            400,
        ),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="file"; filename="x.zip"\r\n\r\nPK',
            400,
        ),
    ],
)
def test_a_request_that_is_no_upload_is_refused(service, settings, kind, body, status):
    answer = service.client.post("/datasets", content=body, headers={"content-type": kind})
    assert answer.status_code == status, answer.text
    assert lying(settings) == []


def test_a_member_that_unpacks_wrongly_is_no_error_of_the_disk(tmp_path):
    archive = Archive(io.BytesIO(patched(zipped(KINDS), b"cat/2.jpg", crc=1)))
    with pytest.raises(DamagedArchive, match=r"2\.jpg"):
        archive.unpack(tmp_path, create=lambda path: path.open("xb"))


def test_a_file_without_a_name_is_gone_with_its_process(tmp_path):
    with nameless(tmp_path / "tmp") as file:
        file.write(b"x")
        assert list((tmp_path / "tmp").iterdir()) == []
