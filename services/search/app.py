"""Wires the search service."""

from collections.abc import Awaitable, Callable
from functools import partial

import httpx2
from fastapi import FastAPI

from services.search.access import Access
from services.search.activation import Activation
from services.search.asking.browsing import Browsing
from services.search.asking.finder import Finder
from services.search.asking.grouping import Grouping
from services.search.asking.words import words_of
from services.search.bell import Bell
from services.search.catalogue import Catalogue
from services.search.database import Database
from services.search.datasets.parts import datasets_of
from services.search.embedder import TIMEOUT, Embedder, HttpEmbedder
from services.search.fields import Fields
from services.search.gaps import Gaps
from services.search.imports import Imports
from services.search.indexes import Indexes
from services.search.jobs import Jobs
from services.search.learning.parts import learning_of
from services.search.lifespan import serving
from services.search.listing import Listing
from services.search.losses import Losses
from services.search.models import Models
from services.search.moving.exports import Exports
from services.search.moving.parts import moving_of
from services.search.moving.stored import StoredVectors
from services.search.pages import Pages
from services.search.projected import index_of
from services.search.proxy import RootPath
from services.search.reaper import Reaper
from services.search.routes import page
from services.search.routes.datasets import MAX_ZIP_BYTES
from services.search.routes.dependencies import Parts
from services.search.routes.every import ROUTERS
from services.search.routes.inputs import MAX_BODY_BYTES
from services.search.statuses import STATUSES
from services.search.streams import Streams
from services.search.tables import Tables
from services.search.uploads import Photos, Uploads
from services.search.vectors import VectorStore
from shared import jobs as doorbell
from shared import logs
from shared.bodies import Bodies
from shared.decoders import Decoders
from shared.photos import PhotoRoots
from shared.problems import install
from shared.settings import Settings
from shared.store import ModelStore

ROOM = 384 * 1024 * 1024  # of bodies at once: less than /tmp holds (compose.yaml)
STREAMED = {("POST", "/datasets"): MAX_ZIP_BYTES}


def create_app(
    *,
    settings: Settings,
    embedder: Embedder,
    decoders: Decoders,
    bell: Bell,
    close: Callable[[], Awaitable[None]],
) -> FastAPI:
    """The service over the data folder of `settings`; `close` is called at the end."""
    database = Database(settings.data / "catalogue.sqlite3", words_of(settings.keyword_fields))
    store, roots = ModelStore(settings.data), PhotoRoots(settings)
    live = Models(database, store, settings.model)
    indexes = Indexes(database, partial(index_of, store))
    job_table, losses = Jobs(database, bell), Losses(database, indexes)
    reaper = Reaper(job_table, losses, bell, every_s=settings.reaper_s)
    vectors = VectorStore(database, indexes)
    catalogue = Catalogue(database, indexes)
    finder = Finder(database, settings.keyword_fields, settings.same_field)
    datasets = datasets_of(settings, database, decoders)
    gaps = Gaps(database, roots, decoders, embedder, vectors)
    parts = Parts(
        catalogue=catalogue,
        finder=finder,
        grouping=Grouping(database, finder.known),
        browsing=Browsing(database, catalogue, finder),
        indexes=indexes,
        models=live,
        gaps=gaps,
        activation=Activation(live, indexes, gaps, embedder, job_table),
        embedder=embedder,
        decoders=decoders,
        uploads=Uploads(settings.data),
        photos=Photos(roots, settings.data, decoders.thumbnail),
        roots=roots,
        jobs=job_table,
        pages=Pages(database, size=settings.page, lease_s=settings.lease_s),
        losses=losses,
        listing=Listing(database, indexes),
        imports=Imports(database, indexes),
        tables=Tables(settings),
        vectors=vectors,
        moving=moving_of(settings, database, store, roots, vectors),
        reaper=reaper,
        streams=Streams(job_table),
        stored=StoredVectors(database, store),
        exports=Exports(database, settings.data, live),
        learning=learning_of(settings, database, store, live, check=datasets.check),
        fields=Fields(settings.data),
        datasets=datasets,
        settings=settings,
    )

    app = FastAPI(
        title="Nitari",
        version="0.1.0",
        description="Similar-image search for catalogues.",
        lifespan=lambda _: serving(parts, database, close),
        redirect_slashes=False,
    )
    app.state.parts = parts
    for router in ROUTERS:
        app.include_router(router)
    app.mount("/page", page.PageFiles(directory=page.FOLDER))
    app.add_middleware(Bodies, max_bytes=MAX_BODY_BYTES, room=ROOM, streamed=STREAMED)
    app.add_middleware(
        Access,
        key=settings.api_key.get_secret_value(),
        token=settings.internal_token.get_secret_value(),
    )
    install(app, STATUSES)
    app.add_middleware(RootPath, root_path=settings.root_path)
    return app


def from_environment() -> FastAPI:
    """For `uvicorn --factory services.search.app:from_environment`."""
    settings = Settings()
    logs.configure()
    # the environment's proxies are not for services that talk to each other
    client = httpx2.AsyncClient(base_url=settings.embedding_url, timeout=TIMEOUT, trust_env=False)
    bell = doorbell.Bell(settings.redis_url.get_secret_value())
    decoders = Decoders(settings)

    async def close() -> None:
        await client.aclose()
        decoders.close()
        bell.close()

    return create_app(
        settings=settings, embedder=HttpEmbedder(client), decoders=decoders, bell=bell, close=close
    )
