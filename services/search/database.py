"""SQLite: one writer, a reading connection per thread, and numbered migrations."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path


class DamagedDatabase(RuntimeError):
    """The database file cannot be used; the message says why."""


class Database:
    """WAL with synchronous=FULL: what a write() block stored is on disk when the block ends."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._lock = threading.RLock()
        self._readers = threading.local()
        self._opened: list[sqlite3.Connection] = []
        try:
            self._writer = self._connect()
            self._writer.execute("PRAGMA journal_mode = WAL")
            problem = self._writer.execute("PRAGMA quick_check(1)").fetchone()[0]
            if problem != "ok":
                raise DamagedDatabase(problem)
            self._migrate()
        except (sqlite3.DatabaseError, DamagedDatabase) as error:
            self.close()
            raise DamagedDatabase(f"{path.name}: {error}") from error

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """A transaction; committed when the block ends well, else undone. One at a time."""
        with self._lock:
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
            except BaseException:
                self._writer.execute("ROLLBACK")
                raise
            self._writer.execute("COMMIT")

    @contextmanager
    def holding(self) -> Iterator[None]:
        """Keeps other writers out, so that memory changes in the order of the commits."""
        with self._lock:
            yield

    def read(self) -> sqlite3.Connection:
        """This thread's reading connection; sees the last commit."""
        connection: sqlite3.Connection | None = getattr(self._readers, "connection", None)
        if connection is None:
            connection = self._connect()
            connection.execute("PRAGMA query_only = ON")
            self._readers.connection = connection
        return connection

    def close(self) -> None:
        """Closes every connection."""
        with self._lock:
            for connection in self._opened:
                connection.close()

    def _connect(self) -> sqlite3.Connection:
        # autocommit: transactions are begun by hand, and connections are closed from another thread
        connection = sqlite3.connect(
            self._path, isolation_level=None, check_same_thread=False, timeout=5, cached_statements=512
        )
        self._opened.append(connection)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        return connection

    def _migrate(self) -> None:
        """Applies the scripts numbered above the file's user_version, each with it in one transaction."""
        scripts = sorted(
            (
                script
                for script in files("services.search").joinpath("migrations").iterdir()
                if script.name.endswith(".sql")
            ),
            key=lambda script: script.name,
        )
        current = self._writer.execute("PRAGMA user_version").fetchone()[0]
        if current > len(scripts):
            raise DamagedDatabase("It was written by a newer Nitari.")
        for number, script in enumerate(scripts, 1):
            if number > current:
                body = script.read_text(encoding="utf-8")
                self._writer.executescript(f"BEGIN;\n{body}\nPRAGMA user_version = {number};\nCOMMIT;")
