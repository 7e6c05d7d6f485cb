"""Projected models: which network runs for a model, and what is done to its rows."""

from shared.projection import DamagedProjection, Projection
from shared.store import DamagedModel, ModelStore, UnknownModel


class MissingBase(UnknownModel):
    """A projected model whose base is not published."""


class NotANetwork(UnknownModel):
    """A model of only vectors, which were made elsewhere: there is nothing here to look at a photo with."""

    field = "model"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name!r} are only vectors: ask by ids. There is no network that could look at a photo."
        )


def network_of(store: ModelStore, name: str) -> str:
    """The model that turns pixels into rows: a projected model's base, else itself.

    Raises UnknownModel, MissingBase, NotANetwork.
    """
    manifest = store.manifest(name)
    if manifest.kind == "vectors":
        raise NotANetwork(name)
    if manifest.is_network:
        return name
    if manifest.base not in store.names() or not store.manifest(manifest.base).is_network:
        raise MissingBase(f"{name!r} is a projection of {manifest.base!r}, which is no network here.")
    return manifest.base


def projection_of(store: ModelStore, name: str) -> Projection:
    """A projected model's projection, its files checked. Raises UnknownModel, MissingBase, DamagedModel."""
    base = store.manifest(network_of(store, name))
    manifest = store.verify(name)
    try:
        projection = Projection.load(store.folder(name))
    except DamagedProjection as error:
        raise DamagedModel(str(error)) from error
    if projection.matrix.shape != (base.dimension, manifest.dimension):
        raise DamagedModel(
            f"{name!r} turns {base.dimension} numbers into {manifest.dimension}, as its manifest has it, but"
            f" its matrix is of {' x '.join(map(str, projection.matrix.shape))}."
        )
    return projection
