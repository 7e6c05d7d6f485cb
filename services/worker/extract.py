"""An extract job or an import, in a process of its own: a listing, a table, vectors, pages to embed."""

import contextlib
import logging
import os
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from services.worker.catalogue import PATIENCE_S, Catalogue, HttpCatalogue, LeaseLost, client_of
from services.worker.listing import BadPhotos, Listing, NothingFound
from services.worker.pipeline import Engine, Load, Pipeline
from services.worker.tables.importing import Importing
from services.worker.tables.reader import BadTable
from services.worker.vectors.checking import Checking
from services.worker.vectors.importing import VectorImporting
from services.worker.vectors.likeness import Unlike
from services.worker.vectors.sources import BadVectors
from services.worker.walk import FolderUnreadable
from shared import logs
from shared.children import be_killed_first, die_with_parent
from shared.engines import EngineMissing
from shared.leases import Claim, Page
from shared.photos import PhotoRoots
from shared.reports import Failure
from shared.running import load_engine
from shared.sandbox import Limits, Sandbox
from shared.settings import Settings
from shared.store import DamagedModel, ModelStore, UnknownModel
from shared.tables import SCRATCH, TableNotFound, TableRoots
from shared.vector_folders import VectorRoots, VectorsNotFound

MAX_PROCESSES = 8  # each may take NITARI_DECODE_MB beside the model
YIELDS = 15  # to searches, which somebody waits for
PATIENCE = 15  # nobody waits for a single photo, and the model takes all cores beside it
FATAL = (
    NothingFound,
    BadPhotos,
    BadTable,
    BadVectors,
    TableNotFound,
    VectorsNotFound,
    FolderUnreadable,
    Unlike,
    UnknownModel,
    DamagedModel,
    EngineMissing,
)
log = logging.getLogger("nitari.extract")


class Extract:
    """Works on one job's pages for `holder` until there are none."""

    def __init__(
        self,
        catalogue: Catalogue,
        roots: PhotoRoots,
        pool: ThreadPoolExecutor,
        sandbox: Sandbox,
        load: Load,
        *,
        size: int,
        importing: Importing,
        vectors: VectorRoots,
    ) -> None:
        self._catalogue = catalogue
        self._load = load
        self._listing = Listing(catalogue, roots, pool, sandbox)
        self._importing = importing
        self._pipeline = Pipeline(roots, pool, sandbox, size=size)
        self._vectors = VectorImporting(catalogue, vectors, Checking(catalogue, self._pipeline, load))
        self._engines: dict[str, Engine] = {}

    def run(self, page: Page | None, claim: Claim) -> None:
        """Begins with a claimed page."""
        while page is not None:
            with contextlib.suppress(LeaseLost):  # somebody else has the page by now: on to the next
                self._do(page, claim.holder)
            page = self._catalogue.claim(claim)

    def _do(self, page: Page, holder: str) -> None:
        try:
            if page.kind == "list":
                self._listing.run(page, holder)
            elif page.kind == "import":
                self._importing.run(page, holder)
            elif page.kind == "vectors":
                self._vectors.run(page, holder)
            else:
                self._embed(page, holder)
        except FATAL as error:
            log.error("job %s cannot go on: %s", page.job_id, error)
            result = error.result if isinstance(error, Unlike) else None
            self._catalogue.report(Failure(page_id=page.id, holder=holder, error=str(error), result=result))

    def _embed(self, page: Page, holder: str) -> None:
        models = page.models or [page.model]
        for model in models:
            if model not in self._engines:
                self._engines[model] = self._load(model)
        images, rows = self._pipeline.embed_with(page.images, [self._engines[model] for model in models])
        self._catalogue.store(page, holder, images, dict(zip(models, rows, strict=True)))


def main(lines: Iterator[str]) -> None:
    """The child: its first line of input is its claim, the second its first page."""
    claim, page = Claim.model_validate_json(next(lines)), Page.model_validate_json(next(lines))
    settings = Settings()
    store = ModelStore(settings.data)

    def load(name: str) -> Engine:
        return load_engine(settings, store.verify(name), sizes=(settings.batch,))

    cores = min(os.cpu_count() or 1, MAX_PROCESSES)
    limits = Limits.of(settings, patience=PATIENCE)
    log.info(
        "job %s: %d decode processes, model threads: %s, batches of %d",
        page.job_id,
        cores,
        settings.threads or "all cores",
        settings.batch,
    )
    with Sandbox(processes=cores, limits=limits) as sandbox, ThreadPoolExecutor(cores) as pool:
        catalogue = HttpCatalogue(client_of(settings), patience_s=PATIENCE_S)
        roots, scratch = PhotoRoots(settings), settings.data / SCRATCH
        work = Extract(
            catalogue,
            roots,
            pool,
            sandbox,
            load,
            size=settings.batch,
            importing=Importing(catalogue, roots, TableRoots(settings), scratch),
            vectors=VectorRoots(settings),
        )
        work.run(page, claim)


if __name__ == "__main__":
    die_with_parent()
    be_killed_first()
    os.nice(YIELDS)
    logs.configure()
    main(iter(sys.stdin.readline, ""))
