import subprocess
import sys
import time
from pathlib import Path

import pytest

from services.worker import lease
from services.worker.catalogue import CatalogueUnavailable
from shared.leases import Claim, Page, Renewal
from shared.schemas import ExtractRequest

PAGE = Page(id=1, job_id="j", kind="embed", model="m", request=ExtractRequest())


class Calls:
    """A search service that hands out one page and notes what it is told."""

    def __init__(self, *, cancelled: bool = False, away: bool = False) -> None:
        self.cancelled, self.away = cancelled, away
        self.told: list[str] = []

    def claim(self, claim: Claim) -> Page:
        self.told.append("claim")
        return PAGE

    def renew(self, job_id: str, holder: str) -> Renewal:
        self.told.append("renew")
        if self.away:
            raise CatalogueUnavailable("away")
        return Renewal(cancelled=self.cancelled, pages=1)

    def lose(self, holder: str) -> None:
        self.told.append("lose")

    def give_back(self, holder: str) -> None:
        self.told.append("give back")


@pytest.fixture
def child(tmp_path, monkeypatch):
    """child(code) makes a module out of code that the lease can run."""

    def make(code: str) -> str:
        (tmp_path / "a_child.py").write_text(code)
        monkeypatch.setenv("PYTHONPATH", str(tmp_path))
        return "a_child"

    return make


def test_a_child_that_ends_well_is_left_alone(child, tmp_path):
    calls = Calls()
    note = tmp_path / "note"
    lease.work("j", child(f"import sys; open({str(note)!r}, 'w').write(sys.stdin.read())"), calls, lease_s=60)
    assert calls.told == ["claim"]
    claim, page = note.read_text().splitlines()
    assert Claim.model_validate_json(claim).job_id == "j" and Page.model_validate_json(page) == PAGE


def test_a_child_that_dies_gives_its_pages_back_at_once(child):
    calls = Calls()
    lease.work("j", child("import os, signal; os.kill(os.getpid(), signal.SIGKILL)"), calls, lease_s=60)
    assert calls.told == ["claim", "lose"]


@pytest.mark.parametrize("away", [False, True])
def test_the_lease_is_renewed_while_the_child_works(child, away):
    calls = Calls(away=away)
    lease.work("j", child("import time; time.sleep(1)"), calls, lease_s=1)
    assert calls.told.count("renew") >= 3 and "lose" not in calls.told


def test_a_cancelled_job_kills_the_child_and_what_it_started(child, tmp_path):
    code = (
        "import subprocess, sys, time\n"
        f"p = subprocess.Popen(['sleep', '60']); open({str(tmp_path / 'pid')!r}, 'w').write(str(p.pid))\n"
        "time.sleep(60)"
    )
    begun = time.monotonic()
    calls = Calls(cancelled=True)
    lease.work("j", child(code), calls, lease_s=6)
    assert calls.told == ["claim", "renew", "give back"]
    assert time.monotonic() - begun < 15
    state = Path(f"/proc/{(tmp_path / 'pid').read_text()}/stat")
    deadline = time.monotonic() + 5
    while state.exists() and state.read_text().split()[2] != "Z" and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not state.exists() or state.read_text().split()[2] == "Z"


def test_a_child_dies_with_the_process_that_started_it(tmp_path):
    grandchild = (
        "from shared.children import die_with_parent; die_with_parent()\n"
        f"import os, time; open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    )
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"import subprocess, sys; subprocess.run([sys.executable, '-c', {grandchild!r}])",
        ]
    )
    deadline = time.monotonic() + 20
    while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    parent.kill()
    parent.wait()
    state = Path(f"/proc/{(tmp_path / 'pid').read_text()}/stat")
    while state.exists() and state.read_text().split()[2] != "Z":
        assert time.monotonic() < deadline
        time.sleep(0.05)
