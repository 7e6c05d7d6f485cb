import asyncio
import os
import time

import pytest

from services.search.watch import Watch
from shared.photos import FolderNotFound


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "watched"
    place.mkdir()
    return place


class Noted:
    """What was acted on, and whether work is under way."""

    def __init__(self) -> None:
        self.seen: list[list[str]] = []
        self.busy = False

    async def act(self, tables: list[str]) -> None:
        self.seen.append(tables)


def look(watch: Watch, times: int) -> None:
    async def run() -> None:
        for _ in range(times):
            await watch.look()

    asyncio.run(run())


def test_a_change_is_acted_on_once_it_has_settled_and_only_once(folder):
    noted = Noted()
    watch = Watch(folder, noted.act, lambda: noted.busy, every_s=1)
    look(watch, 3)
    assert noted.seen == []  # an empty folder is a disk that is not there
    (folder / "a.jpg").write_bytes(b"half")
    look(watch, 1)
    (folder / "a.jpg").write_bytes(b"whole file")
    look(watch, 1)
    assert noted.seen == []
    look(watch, 3)
    assert noted.seen == [[]]
    (folder / "stock.csv").write_text("id,name")
    (folder / "~$stock.xlsx").write_text("held open")
    look(watch, 3)
    assert noted.seen == [[], ["stock.csv"]]


def test_nothing_is_begun_while_work_is_under_way(folder):
    noted = Noted()
    noted.busy = True
    (folder / "a.csv").write_text("id,name")
    watch = Watch(folder, noted.act, lambda: noted.busy, every_s=1)
    look(watch, 4)
    assert noted.seen == []
    noted.busy = False
    look(watch, 1)
    assert noted.seen == [["a.csv"]]


def newest(service) -> dict | None:
    jobs = service.client.get("/jobs").json()["jobs"]
    return jobs[0] if jobs else None


def wait_for_job(service, count: int) -> dict:
    deadline = time.monotonic() + 10
    while len(service.client.get("/jobs").json()["jobs"]) < count:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return newest(service)


@pytest.fixture
def watching(settings, restart):
    """A service that watches `shelf`."""
    (settings.photos / "shelf").mkdir()
    settings.watch, settings.watch_s = "shelf", 0.05
    return restart()


def test_a_watched_folder_is_imported_by_itself_and_what_is_sold_goes(watching, work, photo):
    shelf = watching.photos / "shelf"
    (shelf / "a.jpg").write_bytes(photo(1))
    (shelf / "stock.csv").write_text("id,name,image\n1,x,a.jpg\n2,y,\n")
    assert work(watching, wait_for_job(watching, 1)["id"])["result"]["new"] == 2
    (shelf / "stock.csv").write_text("id,name,image\n1,x,a.jpg\n")
    assert work(watching, wait_for_job(watching, 2)["id"])["result"]["deleted"] == 1
    time.sleep(0.5)
    assert len(watching.client.get("/jobs").json()["jobs"]) == 2


def test_without_a_table_the_photos_are_items(watching, work, photo):
    (watching.photos / "shelf" / "a.jpg").write_bytes(photo(1))
    job = work(watching, wait_for_job(watching, 1)["id"])
    assert (job["kind"], job["state"]) == ("extract", "succeeded")
    assert watching.search(photo(1)).json()["matches"][0]["id"] == "shelf/a.jpg"


def do_all(service, work) -> None:
    for job in reversed(service.client.get("/jobs").json()["jobs"]):
        work(service, job["id"])


def test_several_tables_remove_only_what_they_brought_themselves(watching, work):
    shelf = watching.photos / "shelf"
    for name in ("a", "b"):
        (shelf / f"{name}.csv").write_text(f"id,name\n{name}1,x\n{name}2,x\n")
    watching.put("by hand", fields='{"name": "mine"}')
    wait_for_job(watching, 2)
    (shelf / "a.csv").write_text("id,name\na2,x\n")  # while the first are still to be done
    do_all(watching, work)
    wait_for_job(watching, 4)
    do_all(watching, work)
    items = {item["id"] for item in watching.client.get("/items").json()["items"]}
    assert items == {"a2", "b1", "b2", "by hand"}


def test_what_lies_there_does_not_end_the_watch(watching, work):
    shelf = watching.photos / "shelf"
    os.mkfifo(shelf / "pipe.csv")
    (shelf / os.fsdecode("写真".encode("cp932") + b".csv")).write_text("id,name\n1,x\n")
    (shelf / "good.csv").write_text("id,name\n2,y\n")
    assert work(watching, wait_for_job(watching, 1)["id"])["state"] == "succeeded"
    assert [item["id"] for item in watching.client.get("/items").json()["items"]] == ["2"]


def test_while_redis_is_away_it_tries_again(watching):
    watching.bell.away = True
    (watching.photos / "shelf" / "a.csv").write_text("id,name\na,x\n")
    time.sleep(0.4)
    assert newest(watching) is None
    watching.bell.away = False
    assert wait_for_job(watching, 1)["kind"] == "import"


def test_a_folder_that_cannot_be_watched_is_said_at_the_start(settings, restart):
    settings.watch = "none"
    with pytest.raises(FolderNotFound):
        restart()
