"""A table again and again, beside other tables, jobs and hands: what must stay and what must go."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from services.worker import walk as module
from tests.search.protocol import claim
from tests.tables import listed, send


def photos_of(service) -> dict[str, list[str]]:
    return {key: [image["path"] for image in item["images"]] for key, item in listed(service).items()}


def table(*rows: str) -> str:
    return "id,name,image\n" + "\n".join(rows) + "\n"


@pytest.fixture
def two(service, photo):
    for name in "ab":
        (service.photos / f"{name}.jpg").write_bytes(photo(ord(name)))
    return service


def test_a_photo_moves_with_its_row_and_two_rows_swap_theirs(two, import_, restart, photo):
    import_(two, table("1,x,a.jpg", "2,y,"))
    job = import_(two, table("1,x,", "2,y,a.jpg"))
    assert photos_of(two) == {"1": [], "2": ["a.jpg"]} and job["result"]["shared_count"] == 0
    import_(two, table("1,x,a.jpg", "2,y,b.jpg"))
    for _ in range(2):
        job = import_(two, table("1,x,b.jpg", "2,y,a.jpg"))
        assert photos_of(two) == {"1": ["b.jpg"], "2": ["a.jpg"]} and job["result"]["embedded"] == 0
        for now in (two, restart()):
            assert now.search(photo(ord("a"))).json()["matches"][0]["id"] == "2"
        two = now


def test_an_item_whose_row_cannot_be_used_stays_as_it_is(two, import_):
    import_(two, table("1,x,a.jpg", "2,y,b.jpg"))
    job = import_(two, table("1,,a.jpg", "2,y,b.jpg"), delete_missing=True)
    assert (job["result"]["deleted"], job["result"]["dropped"]["count"]) == (0, 1)
    assert photos_of(two) == {"1": ["a.jpg"], "2": ["b.jpg"]}
    job = import_(two, table("1,,a.jpg", "1,X,a.jpg", "2,y,b.jpg"))  # another row of it can be used
    assert job["result"]["changed"] == 1 and listed(two)["1"]["fields"]["name"] == "X"
    import_(two, table("2,y,b.jpg"), delete_missing=True)
    assert set(listed(two)) == {"2"}


def test_what_somebody_put_is_not_taken_out(two, import_, photo):
    two.put("put", fields='{"name": "by hand"}')
    import_(two, table("1,x,a.jpg", "2,y,", "put,z,"))
    two.put("2", photo(50))
    import_(two, table("1,x,a.jpg"), delete_missing=True)
    assert set(listed(two)) == {"1", "2", "put"}


def test_a_table_without_photos_leaves_the_photos_alone(two, import_, extract):
    extract(two)
    job = import_(two, "id,name\na.jpg,x\nb.jpg,y\n")
    assert photos_of(two) == {"a.jpg": ["a.jpg"], "b.jpg": ["b.jpg"]}
    assert (job["result"]["changed"], job["result"]["with_vector"]) == (2, 2)
    import_(two, "id,name\na.jpg,x\n", delete_missing=True)
    assert set(listed(two)) == {"a.jpg"}


def test_a_disk_that_is_not_there_takes_no_photo_out(two, work, import_, photo):
    text = table("1,x,a.jpg")
    import_(two, text)
    for name in "ab":
        (two.photos / f"{name}.jpg").rename(two.photos / f".{name}")
    job = work(two, send(two, text, delete_missing=True))
    assert job["state"] == "failed" and "Is the disk there?" in job["error"]
    assert two.search(photo(ord("a"))).json()["total"] == 1


def test_a_folder_that_cannot_be_read_takes_no_photo_out(two, import_, photo, monkeypatch):
    inner = two.photos / "z"
    inner.mkdir()
    (two.photos / "a.jpg").rename(inner / "a.jpg")
    import_(two, table("1,x,a.jpg", "2,y,b.jpg"))
    scandir = module.os.scandir

    def refuse(path):
        if str(path).endswith("/z"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(module.os, "scandir", refuse)
    job = import_(two, table("1,x,a.jpg", "2,y,b.jpg"))
    assert [error["path"] for error in job["errors"]] == ["z/"]
    assert two.search(photo(ord("a"))).json()["total"] == 2


def test_a_written_folder_counts_and_so_does_exact_case(service, import_, photo):
    for path in ("2/front.jpg", "front/1.jpg", "side/1.jpg", "A.jpg", "a.jpg", "b/x.jpg", "c/x.jpg"):
        (service.photos / path).parent.mkdir(exist_ok=True)
        (service.photos / path).write_bytes(photo(len(path)))
    rows = ["1,x,1/front.jpg", "2,x,2/front.jpg", "3,x,front/1.jpg;back/1.jpg", "4,x,a.jpg", "5,x,A.jpg"]
    rows += ["6,x,x.jpg", r"7,x,C:\shop\side\nothing.jpg", r"8,x,.\b\x.jpg"]
    for _ in range(2):
        job = import_(service, table(*rows))
    found = photos_of(service)
    assert [found[key] for key in "12345678"] == [
        [],
        ["2/front.jpg"],
        ["front/1.jpg"],
        ["a.jpg"],
        ["A.jpg"],
        [],
        [],
        ["b/x.jpg"],
    ]
    assert [(one["id"], one["code"]) for one in job["result"]["missing"]["first"]] == [
        ("1", "missing"),
        ("3", "missing"),
        ("6", "ambiguous"),
        ("7", "missing"),
    ]


def test_an_address_of_another_machine_counts_by_its_name(two, import_):
    import_(two, table("1,x,https://shop.example/img/a.jpg", r"2,y,C:\shop\b.jpg"))
    assert photos_of(two) == {"1": ["a.jpg"], "2": ["b.jpg"]}


def test_imports_run_one_after_the_other_so_the_newest_has_the_last_word(two, work):
    older = send(two, table("1,x,", "2,old,"))
    newer = send(two, table("2,new,"), delete_missing=True)
    assert claim(two, newer, "n", "other machine").status_code == 204  # the older one first
    assert work(two, older)["state"] == "succeeded"
    assert work(two, newer)["result"]["deleted"] == 1
    assert {key: item["fields"]["name"] for key, item in listed(two).items()} == {"2": "new"}


def test_a_cancelled_import_holds_nobody_up(two, work):
    older, newer = send(two, table("1,x,")), send(two, table("2,y,"))
    claim(two, older, "gone")
    two.client.delete(f"/jobs/{older}")
    assert work(two, newer)["state"] == "succeeded"


def test_a_table_does_not_wait_for_another_jobs_photos(two, work, import_):
    import_(two, table("1,x,a.jpg", "2,y,b.jpg"))
    long = two.client.post("/jobs/extract", json={"rewrite": True}).json()["id"]
    assert claim(two, long, "busy", "machine").status_code == 200
    assert work(two, send(two, table("1,X,a.jpg", "2,y,b.jpg")), worker="machine")["state"] == "succeeded"


def test_lists_are_told_by_the_job_alone(two, import_):
    job = import_(two, table("1,x,none.jpg", "2,,"))
    (brief,) = two.client.get("/jobs").json()["jobs"]
    assert brief["result"]["new"] == 1 and not any(
        isinstance(v, list | dict) for v in brief["result"].values()
    )
    assert job["result"]["missing"]["count"] == job["result"]["dropped"]["count"] == 1


def test_uploads_at_once_keep_their_tables(two):
    with ThreadPoolExecutor(4) as pool:
        jobs = list(pool.map(lambda n: send(two, table(f"{n},x,")), range(24)))
    for job in jobs:
        path = two.client.get(f"/jobs/{job}").json()["request"]["path"]
        assert (two.settings.data / path).is_file()


def test_an_import_running_twice_is_one_catalogue(service, work, photo):
    for seed in range(8):
        (service.photos / f"{seed}.jpg").write_bytes(photo(seed))
    text = "id,name,image\n" + "".join(f"{n},x{n},{n % 8}.jpg\n" for n in range(600))
    jobs = [send(service, text, delete_missing=True) for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda n: work(service, jobs[n], worker=f"w{n}", holder=f"h{n}"), range(2)))
    while any(service.client.get(f"/jobs/{job}").json()["state"] == "running" for job in jobs):
        done = [work(service, job) for job in jobs]
    assert len(listed(service)) == 600 and len(done) == 2
    assert sum(len(item["images"]) for item in listed(service).values()) == 8
