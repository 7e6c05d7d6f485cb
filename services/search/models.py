"""Published models and which of them is live."""

from services.search.database import Database
from shared.projected import network_of
from shared.store import Manifest, ModelStore


class NoModel(RuntimeError):
    """No model is published yet."""


class ModelInUse(RuntimeError):
    """The live model cannot be removed, nor one that another is a projection of."""


class Models:
    """The live model is kept in SQLite; at the first start it is the preferred one or the best there is."""

    def __init__(self, database: Database, store: ModelStore, preferred: str | None) -> None:
        self._database = database
        self._store = store
        self._preferred = preferred

    def live(self) -> str:
        """The name of the live model. Raises NoModel, UnknownModel."""
        row = self._database.read().execute("SELECT value FROM meta WHERE name = 'live_model'").fetchone()
        if row is not None:
            return str(row["value"])
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
            write.execute("INSERT OR REPLACE INTO meta VALUES ('live_model', ?)", (name,))

    def kept(self) -> list[str]:
        """The live model and every other one that has vectors of this catalogue; of projected ones the base.

        Raises NoModel, UnknownModel.
        """
        live, read = self.stored(), self._database.read()
        some = "SELECT 1 FROM vectors WHERE model = ? LIMIT 1"
        return [
            name for name in self._store.names() if name == live or read.execute(some, (name,)).fetchone()
        ]

    def stored(self, name: str | None = None) -> str:
        """The model whose rows SQLite keeps for a model (default: the live one): a projected one's base.

        Raises UnknownModel, MissingBase, NoModel.
        """
        return network_of(self._store, self.named(name))

    def delete(self, name: str) -> None:
        """Removes a model and its own vectors. Raises UnknownModel, ModelInUse."""
        with self._database.holding():
            if self.named(name) == self.live():
                raise ModelInUse(f"{name!r} is live; make another model live first.")
            if users := [one.name for one in self.manifests() if _is_projection(one, of=name)]:
                raise ModelInUse(f"{', '.join(users)} cannot be without {name!r}; delete them first.")
            self._store.delete(name)
            with self._database.write() as write:
                write.execute("DELETE FROM vectors WHERE model = ?", (name,))

    def named(self, name: str | None) -> str:
        """`name` if it is published, the live model for None. Raises UnknownModel, NoModel."""
        return self.live() if name is None else self._store.folder(name).name

    def manifests(self) -> list[Manifest]:
        """What each published model says of itself."""
        return [self._store.manifest(name) for name in self._store.names()]

    def manifest(self, name: str) -> Manifest:
        """What a published model says of itself. Raises UnknownModel."""
        return self._store.manifest(name)


def _is_projection(model: Manifest, *, of: str) -> bool:
    return model.kind == "projection" and model.base == of
