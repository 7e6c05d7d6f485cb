"""Runs the child that does a job's work, and renews its lease while it lives."""

import contextlib
import logging
import os
import signal
import socket
import subprocess
import sys
import uuid

from services.worker.catalogue import CatalogueUnavailable, HttpCatalogue, LeaseLost
from shared.leases import Claim, Page

RENEWALS = 6  # in the time of a lease: five may be lost
log = logging.getLogger("nitari.lease")


def work(job_id: str, module: str, catalogue: HttpCatalogue, *, lease_s: float) -> None:
    """Claims a page and lets a child work from there; returns at once when there is nothing to do."""
    worker = f"{socket.gethostname()}:{os.getppid()}"  # the parent of all slots, which share one machine
    claim = Claim(job_id=job_id, holder=uuid.uuid4().hex, worker=worker)
    try:
        page = catalogue.claim(claim)
    except (CatalogueUnavailable, LeaseLost) as error:  # the reaper rings again, or the job is no more
        log.warning("job %s: %s", job_id, error)
        return
    if page is not None:
        log.info("job %s: at work", job_id)
        _supervise(_start(module, claim, page), claim, catalogue, every_s=lease_s / RENEWALS)


def _start(module: str, claim: Claim, page: Page) -> "subprocess.Popen[str]":
    child = subprocess.Popen(
        [sys.executable, "-m", module], stdin=subprocess.PIPE, text=True, start_new_session=True
    )
    assert child.stdin is not None
    child.stdin.write(f"{claim.model_dump_json()}\n{page.model_dump_json(by_alias=True)}\n")
    child.stdin.close()
    return child


def _supervise(
    child: "subprocess.Popen[str]", claim: Claim, catalogue: HttpCatalogue, *, every_s: float
) -> None:
    try:
        while True:
            try:
                status = child.wait(timeout=every_s)
                break
            except subprocess.TimeoutExpired:
                if _cancelled(claim, catalogue):
                    log.info("job %s is cancelled", claim.job_id)
                    return
        if status == 0:
            log.info("job %s: nothing more to do", claim.job_id)
        else:
            log.error("the child of job %s ended with %s", claim.job_id, status)
            catalogue.lose(claim.holder)
    except CatalogueUnavailable as error:
        log.warning("%s The lease runs out by itself.", error)
    finally:
        if child.poll() is None:  # cancelled, or this worker is being stopped: no loss, somebody else goes on
            _kill(child)
            with contextlib.suppress(CatalogueUnavailable, LeaseLost):
                catalogue.give_back(claim.holder)


def _cancelled(claim: Claim, catalogue: HttpCatalogue) -> bool:
    try:
        return catalogue.renew(claim.job_id, claim.holder).cancelled
    except CatalogueUnavailable as error:  # the child waits too; the work is not lost yet
        log.warning("%s", error)
        return False


def _kill(child: "subprocess.Popen[str]") -> None:
    os.killpg(child.pid, signal.SIGKILL)
    child.wait()
