"""Published models and which of them is live."""

from services.search.database import Database
from shared.store import Manifest, ModelStore


class NoModel(RuntimeError):
    """No model is published yet."""


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
        with self._database.write() as write:
            write.execute("INSERT OR IGNORE INTO meta VALUES ('live_model', ?)", (name,))
        return self.live()

    def named(self, name: str | None) -> str:
        """`name` if it is published, the live model for None. Raises UnknownModel, NoModel."""
        return self.live() if name is None else self._store.folder(name).name

    def manifests(self) -> list[Manifest]:
        """What each published model says of itself."""
        return [self._store.manifest(name) for name in self._store.names()]

    def dimension(self, name: str) -> int:
        """Numbers in a vector. Raises UnknownModel."""
        return self._store.manifest(name).dimension
