"""Turns what is asked of a whitening into an order: its network and name are found, or refused."""

import sqlite3
from itertools import chain, count

from services.search.learning.names import free_name
from services.search.models import Models
from services.search.wanted import Plan, Wanted
from shared.store import ModelStore
from shared.stored import WhitenOrder, WhitenRequest

LONGEST = 80  # of the network's part of a name, which may have 100 characters


class Unwhitenable(ValueError):
    """A model whose vectors cannot be whitened so."""

    def __init__(self, message: str, *, field: str) -> None:
        super().__init__(message)
        self.field = field


class Whitenings:
    """Plans whitenings."""

    def __init__(self, store: ModelStore, models: Models) -> None:
        self._store = store
        self._models = models

    def plan(self, request: WhitenRequest) -> Plan:
        """A job to be made, whose plan raises ModelExists.

        Raises UnknownModel, MissingBase, NoModel, Unwhitenable.
        """
        base = self._models.stored() if request.model is None else self._models.meant(request.model)
        self._check(base, request.dimension)
        stem = f"{base[:LONGEST]}-pca{request.dimension}"

        def plan(write: sqlite3.Connection) -> Wanted:
            usual = chain((stem,), (f"{stem}-{n}" for n in count(2)))
            name = free_name(write, self._store, request.name, usual)
            order = WhitenOrder(request=request, name=name, base=base)
            return Wanted("whiten", "whiten", order.model_dump_json(), base, [])

        return plan

    def _check(self, base: str, dimension: int) -> None:
        manifest = self._models.manifest(base)
        if manifest.kind == "projection":
            raise Unwhitenable(
                f"{base!r} is a projection of {manifest.base!r}; whiten that one.", field="model"
            )
        if manifest.kind == "vectors":
            raise Unwhitenable(
                f"{base!r} are only vectors: there is no network to look at photos with.", field="model"
            )
        if manifest.dimension < dimension:
            raise Unwhitenable(
                f"The vectors of {base!r} have {manifest.dimension} numbers; ask for fewer than that.",
                field="dimension",
            )
