"""Wires the embedding service."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial

from fastapi import FastAPI

from services.embedding.batcher import Overloaded
from services.embedding.models import Models
from services.embedding.routes import CallerGone, router
from services.embedding.uploads import NoImage, NotPixels, TooManyImages
from shared import logs
from shared.bodies import Bodies
from shared.decoders import Decoders
from shared.engines import EngineMissing
from shared.problems import IMAGE_PROBLEMS, install
from shared.projected import MissingBase, NotANetwork
from shared.running import load_engine
from shared.settings import Settings
from shared.store import DamagedModel, ModelStore, UnknownModel

MAX_BODY = 128 * 1024 * 1024
ROOM = 160 * 1024 * 1024  # of bodies at once: less than /tmp holds (compose.yaml)

STATUSES: dict[type[Exception], int] = {
    **IMAGE_PROBLEMS,
    NoImage: 422,
    NotPixels: 422,
    TooManyImages: 413,
    UnknownModel: 404,
    DamagedModel: 503,
    EngineMissing: 503,
    MissingBase: 503,
    NotANetwork: 409,
    Overloaded: 503,
    CallerGone: 499,  # as nginx calls it; it is written to the log only
}


def create_app(*, models: Models, decoders: Decoders) -> FastAPI:
    """The service over these models; the default one is loaded from the start."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        with suppress(UnknownModel):  # it may be published later; /readyz says so until then
            if (name := models.first()) is not None:
                models.prepare(name)
        yield
        await models.close()
        decoders.close()

    app = FastAPI(
        title="Nitari embedding",
        version="0.1.0",
        lifespan=lifespan,
        redirect_slashes=False,
    )
    app.state.models, app.state.decoders = models, decoders
    app.include_router(router)
    app.add_middleware(Bodies, max_bytes=MAX_BODY, room=ROOM)
    install(app, STATUSES)
    return app


def from_environment() -> FastAPI:
    """For `uvicorn --factory services.embedding.app:from_environment`."""
    settings = Settings()
    logs.configure()

    models = Models(
        ModelStore(settings.data),
        partial(load_engine, settings),
        preferred=settings.model,
        max_size=settings.batch,
        max_wait=settings.batch_wait_ms / 1000,
    )
    return create_app(models=models, decoders=Decoders(settings))
