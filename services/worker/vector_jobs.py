"""The export or whitening job, in a process of its own; no network runs in it."""

import contextlib
import errno
import logging
import os
import sys
from collections.abc import Callable, Iterator

from services.worker.assignment import Assignment
from services.worker.catalogue import PATIENCE_S, HttpCatalogue, LeaseLost, client_of
from services.worker.exporting.export import NothingStored, export
from services.worker.whitening.learn import TooFewRows
from services.worker.whitening.whiten import whiten
from shared import logs
from shared.children import be_killed_first, die_with_parent
from shared.files import DiskFull
from shared.leases import Claim, Page
from shared.reports import Failure
from shared.settings import Settings
from shared.store import DamagedModel, ModelExists, UnknownModel

YIELDS = 15  # to searches, which somebody waits for
FATAL = (NothingStored, TooFewRows, UnknownModel, DamagedModel, ModelExists)
NO_ROOM = "The disk is full; nothing was kept. Free some room, and start the job again."
DISKS = {
    errno.ENOSPC: NO_ROOM,
    errno.EDQUOT: NO_ROOM,
    errno.EFBIG: "The disk takes no file of this size; nothing was kept. Ask for form folder.",
}
log = logging.getLogger("nitari.vectors")


def main(lines: Iterator[str]) -> None:
    """The child: its first line of input is its claim, the second its page."""
    claim, page = Claim.model_validate_json(next(lines)), Page.model_validate_json(next(lines))
    settings = Settings()
    catalogue = HttpCatalogue(client_of(settings), patience_s=PATIENCE_S)
    run(Assignment(page, claim.holder, catalogue, settings.data))


def run(assignment: Assignment) -> None:
    """To its end, or until the page is somebody else's."""
    page = assignment.page
    with contextlib.suppress(LeaseLost):  # cancelled, or somebody else works on it by now
        error = why_not(lambda: _work(assignment))
        if error is not None:
            log.error("job %s cannot go on: %s", page.job_id, error)
            assignment.catalogue.report(Failure(page_id=page.id, holder=assignment.holder, error=error))


def _work(assignment: Assignment) -> None:
    if (order := assignment.page.export) is not None:
        export(assignment, order)
    elif (wanted := assignment.page.whiten) is not None:
        whiten(assignment, wanted)


def why_not(work: Callable[[], None]) -> str | None:
    """Why a job cannot go on, None where it went well."""
    try:
        work()
    except FATAL as error:
        return str(error)
    except DiskFull:
        return NO_ROOM
    except MemoryError:
        return "There is not enough memory."
    except OSError as error:
        if error.errno not in DISKS:
            raise
        return DISKS[error.errno]
    return None


if __name__ == "__main__":
    die_with_parent()
    be_killed_first()
    os.nice(YIELDS)
    logs.configure()
    main(iter(sys.stdin.readline, ""))
