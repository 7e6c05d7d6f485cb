"""The parts by which vectors from elsewhere move in."""

from dataclasses import dataclass

from services.search.database import Database
from services.search.moving.arrivals import Arrivals
from services.search.moving.vector_orders import VectorOrders
from services.search.vectors import VectorStore
from shared.photos import PhotoRoots
from shared.settings import Settings
from shared.store import ModelStore


@dataclass(frozen=True)
class Moving:
    """What is asked for, and what comes of it."""

    orders: VectorOrders
    arrivals: Arrivals


def moving_of(
    settings: Settings, database: Database, store: ModelStore, roots: PhotoRoots, vectors: VectorStore
) -> Moving:
    """The parts over one catalogue."""
    return Moving(VectorOrders(settings, store, roots), Arrivals(database, vectors, store))
