"""The fine-tune job, in a process of its own."""

import contextlib
import errno
import logging
import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

from services.worker.catalogue import PATIENCE_S, HttpCatalogue, LeaseLost, client_of
from services.worker.finetune.errors import DatasetGone, Diverged, UnsuitableBase
from services.worker.finetune.job import Job, Parts
from services.worker.finetune.scratch import Scratch
from shared import logs
from shared.children import be_killed_first, die_with_parent
from shared.datasets import DatasetRoots
from shared.files import DiskFull
from shared.leases import Claim, Page
from shared.photos import PhotoRoots
from shared.reports import Failure
from shared.sandbox import Limits, Sandbox
from shared.settings import Settings
from shared.store import DamagedModel, ModelExists, ModelStore, UnknownModel

MAX_PROCESSES = 8  # each may take NITARI_DECODE_MB
YIELDS = 18  # to searches, and to photos that wait for a vector
PATIENCE = 15  # nobody waits for a single photo
FATAL = (DatasetGone, UnsuitableBase, Diverged, UnknownModel, DamagedModel, ModelExists)
NO_ROOM = "The disk is full. Free some room, or ask for fewer cached_views, and start the job again."
log = logging.getLogger("nitari.finetune")


def main(lines: Iterator[str]) -> None:
    """The child: its first line of input is its claim, the second its page."""
    claim, page = Claim.model_validate_json(next(lines)), Page.model_validate_json(next(lines))
    settings = Settings()
    cores = min(os.cpu_count() or 1, MAX_PROCESSES)
    catalogue = HttpCatalogue(client_of(settings), patience_s=PATIENCE_S)
    with (
        Sandbox(processes=cores, limits=Limits.of(settings, patience=PATIENCE)) as sandbox,
        ThreadPoolExecutor(cores) as pool,
        contextlib.suppress(LeaseLost),  # cancelled, or somebody else works on it by now
    ):
        scratch = Scratch(settings.data, page.job_id)
        parts = Parts(
            settings=settings,
            catalogue=catalogue,
            store=ModelStore(settings.data),
            datasets=DatasetRoots(settings),
            photos=PhotoRoots(settings),
            sandbox=sandbox,
            pool=pool,
        )
        assert page.finetune is not None
        job = Job(page.job_id, page.id, claim.holder, page.finetune, parts, scratch)
        error = _failure(lambda: learn(job))
        if error is not None:
            log.error("job %s cannot go on: %s", page.job_id, error)
            catalogue.report(Failure(page_id=page.id, holder=claim.holder, error=error))
        scratch.remove()


def learn(job: Job) -> None:
    """To the depth that was asked for."""
    if job.order.request.depth == "head":
        from services.worker.finetune.instant import Instant

        Instant(job).run()
    else:
        from services.worker.finetune.top import Top  # TensorFlow takes seconds to import

        Top(job).run()


def _failure(work: Callable[[], None]) -> str | None:
    """Why the job cannot go on, None where it went well."""
    try:
        work()
    except FATAL as error:
        return str(error)
    except DiskFull:
        return NO_ROOM
    except MemoryError:
        return "There is not enough memory; ask for a smaller batch_size."
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        return NO_ROOM
    return None


if __name__ == "__main__":
    die_with_parent()
    be_killed_first()
    os.nice(YIELDS)
    logs.configure()
    main(iter(sys.stdin.readline, ""))
