"""What routes are given: the parts that create_app wired together."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from services.search.activation import Activation
from services.search.asking.browsing import Browsing
from services.search.asking.finder import Finder
from services.search.asking.grouping import Grouping
from services.search.catalogue import Catalogue
from services.search.datasets.parts import DatasetParts
from services.search.embedder import Embedder
from services.search.fields import Fields
from services.search.gaps import Gaps
from services.search.imports import Imports
from services.search.indexes import Indexes
from services.search.jobs import Jobs
from services.search.learning.parts import Learning
from services.search.listing import Listing
from services.search.losses import Losses
from services.search.models import Models
from services.search.moving.exports import Exports
from services.search.moving.parts import Moving
from services.search.moving.stored import StoredVectors
from services.search.pages import Pages
from services.search.reaper import Reaper
from services.search.streams import Streams
from services.search.tables import Tables
from services.search.uploads import Photos, Uploads
from services.search.vectors import VectorStore
from shared.decoders import Decoders
from shared.photos import PhotoRoots
from shared.settings import Settings


@dataclass(frozen=True)
class Parts:
    """The search service's parts."""

    catalogue: Catalogue
    finder: Finder
    grouping: Grouping
    browsing: Browsing
    indexes: Indexes
    models: Models
    gaps: Gaps
    activation: Activation
    embedder: Embedder
    decoders: Decoders
    uploads: Uploads
    photos: Photos
    roots: PhotoRoots
    jobs: Jobs
    pages: Pages
    losses: Losses
    listing: Listing
    imports: Imports
    tables: Tables
    vectors: VectorStore
    moving: Moving
    reaper: Reaper
    streams: Streams
    stored: StoredVectors
    exports: Exports
    learning: Learning
    fields: Fields
    datasets: DatasetParts
    settings: Settings


def parts_of(request: Request) -> Parts:
    """The parts of this app."""
    parts: Parts = request.app.state.parts
    return parts


PartsDep = Annotated[Parts, Depends(parts_of)]
