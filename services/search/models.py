"""Published models and which of them is live."""

from services.search import succession
from services.search.database import Database
from services.search.succession import Pending
from shared.engines import Engines
from shared.projected import network_of
from shared.store import Manifest, ModelStore, UnknownModel


class NoModel(RuntimeError):
    """No model is published yet."""


class ModelInUse(RuntimeError):
    """A model that is live, or that another is learnt from or a projection of, cannot be removed."""


class Models:
    """The live model is kept in SQLite; at the first start it is the preferred one or the best there is."""

    def __init__(self, database: Database, store: ModelStore, preferred: str | None) -> None:
        self._database = database
        self._store = store
        self._engines = Engines(store.path.parent)
        self._preferred = preferred

    def live(self) -> str:
        """The name of the live model. Raises NoModel, UnknownModel."""
        live = succession.read(self._database.read(), succession.LIVE)
        if live is not None:
            return live
        name = self._store.default(self._preferred)
        if name is None:
            raise NoModel("No model is published; run `make weights`.")
        network_of(self._store, name)  # what cannot run must not become live
        with self._database.write() as write:
            write.execute("INSERT OR IGNORE INTO meta VALUES ('live_model', ?)", (name,))
        return self.live()

    def make_live(self, name: str) -> None:
        """Searches that begin from now on use this model."""
        with self._database.write() as write:
            succession.succeed(write, name)

    def previous(self) -> str | None:
        """The model that was live before, if it is still there."""
        return succession.read(self._database.read(), succession.PREVIOUS)

    def candidate(self) -> str | None:
        """The model that was learnt last, until it is live or there is a newer one."""
        return succession.read(self._database.read(), succession.CANDIDATE)

    def been_live(self, name: str) -> bool:
        """Whether a model is live, or was."""
        return name in succession.been_live(self._database.read())

    def pending(self) -> Pending | None:
        """The model that is to become live once it lacks nothing."""
        return succession.pending(self._database.read())

    def awaited(self) -> set[str]:
        """The candidate, and what is to become live: they are given vectors from nothing."""
        pending = self.pending()
        return {name for name in (self.candidate(), pending and pending.model) if name}

    def forget(self, name: str) -> None:
        """A model whose folder somebody took away."""
        with self._database.write() as write:
            succession.forget(write, name)

    def kept(self) -> list[str]:
        """The live model, the candidate and every other one that has vectors; of projected ones the base.

        Raises NoModel, UnknownModel.
        """
        names, read = self._store.names(), self._database.read()
        named = [self.live(), *(name for name in self.awaited() if name in names)]
        kept = {network_of(self._store, name) for name in named}
        some = "SELECT 1 FROM vectors WHERE model = ? LIMIT 1"
        has_some = [name for name in names if name in kept or read.execute(some, (name,)).fetchone()]
        return [name for name in has_some if self._store.manifest(name).is_network]

    def stored(self, name: str | None = None) -> str:
        """The model whose rows SQLite keeps for a model (default: the live one): a projected one's base.

        Raises UnknownModel, MissingBase, NotANetwork, NoModel.
        """
        return network_of(self._store, self.named(name))

    def kept_by(self, name: str) -> str:
        """As `stored`, but of a model of only vectors too: itself. Raises UnknownModel, MissingBase."""
        return name if self.manifest(name).kind == "vectors" else self.stored(name)

    def delete(self, name: str) -> None:
        """Removes a model and its own vectors. Raises UnknownModel, ModelInUse."""
        with self._database.holding():
            if self.named(name) == self.live():
                raise ModelInUse(f"{name!r} is live; make another model live first.")
            if users := [one.name for one in self.manifests() if _is_projection(one, of=name)]:
                raise ModelInUse(f"{', '.join(users)} cannot be without {name!r}; delete them first.")
            if self._needed(name):
                raise ModelInUse(f"A job needs {name!r}; cancel it first.")
            self._store.delete(name)
            self._engines.delete(name)
            with self._database.write() as write:
                write.execute("DELETE FROM vectors WHERE model = ?", (name,))
                succession.forget(write, name)

    def _needed(self, name: str) -> bool:
        sql = (
            "SELECT 1 FROM jobs WHERE state IN ('queued', 'running')"
            " AND kind IN ('finetune', 'export', 'whiten', 'vectors')"
            " AND (model = ? OR json_extract(request, '$.model') = ?)"  # an export's may be a projected one
        )
        return self._database.read().execute(sql, (name, name)).fetchone() is not None

    def named(self, name: str | None) -> str:
        """`name` if it is published, the live model for None. Raises UnknownModel, NoModel."""
        return self.live() if name is None else self._store.folder(name).name

    def meant(self, word: str) -> str:
        """A model by its name, or by what it is: live, previous, candidate. Raises UnknownModel, NoModel."""
        if word not in ("live", "previous", "candidate"):
            return self.named(word)
        name = {"live": self.live, "previous": self.previous, "candidate": self.candidate}[word]()
        if name is None:
            raise UnknownModel(f"There is no {word} model.")
        return self.named(name)

    def manifests(self) -> list[Manifest]:
        """What each published model says of itself."""
        return [self._store.manifest(name) for name in self._store.names()]

    def manifest(self, name: str) -> Manifest:
        """What a published model says of itself. Raises UnknownModel."""
        return self._store.manifest(name)


def _is_projection(model: Manifest, *, of: str) -> bool:
    return model.kind == "projection" and model.base == of
