"""SQLite: one writer, a reading connection per thread, and numbered migrations."""

import sqlite3
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

from services.search.asking.filters.values import values_of
from shared.files import DiskFull


class DamagedDatabase(RuntimeError):
    """The database file cannot be used; the message says why."""


class _Reader:
    """A thread's connection; closed when the thread ends and lets go of it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def __del__(self) -> None:
        self.connection.close()


class Database:
    """WAL with synchronous=FULL: what a write() block stored is on disk when the block ends."""

    def __init__(self, path: Path, words_of: Callable[[str, str], str]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._lock = threading.RLock()
        self._readers = threading.local()
        self._open: weakref.WeakSet[_Reader] = weakref.WeakSet()
        try:
            self._own = _Reader(self._connect())
            self._open.add(self._own)
            self._writer = self._own.connection
            self._writer.create_function("words_of", 2, words_of, deterministic=True)  # for the triggers
            self._writer.create_function("values_of", 1, values_of, deterministic=True)
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
                self._writer.execute("COMMIT")
            except BaseException as error:
                if self._writer.in_transaction:
                    self._writer.execute("ROLLBACK")
                if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
                    raise DiskFull("The disk is full; nothing was stored.") from error
                raise

    @contextmanager
    def holding(self) -> Iterator[None]:
        """Keeps other writers out, so that memory changes in the order of the commits."""
        with self._lock:
            yield

    def read(self) -> sqlite3.Connection:
        """This thread's reading connection; sees the last commit."""
        reader: _Reader | None = getattr(self._readers, "reader", None)
        if reader is None:
            reader = self._readers.reader = _Reader(self._connect())
            reader.connection.execute("PRAGMA query_only = ON")
            self._open.add(reader)
        return reader.connection

    def close(self) -> None:
        """Closes every connection."""
        with self._lock:
            for reader in list(self._open):
                reader.connection.close()

    def _connect(self) -> sqlite3.Connection:
        # autocommit: transactions are begun by hand, and connections are closed from another thread
        connection = sqlite3.connect(
            self._path, isolation_level=None, check_same_thread=False, timeout=5, cached_statements=512
        )
        try:
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
        except sqlite3.Error:
            connection.close()
            raise
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
