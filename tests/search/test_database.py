import sqlite3

import pytest

from services.search.asking.words import words_of
from services.search.database import DamagedDatabase, Database
from shared.vectors import DamagedVector


@pytest.fixture
def database(tmp_path):
    database = Database(tmp_path / "c.sqlite3", words_of(["name"]))
    yield database
    database.close()


def test_an_undone_block_leaves_nothing(database):
    with pytest.raises(RuntimeError), database.write() as write:
        write.execute("INSERT INTO meta VALUES ('a', 'b')")
        raise RuntimeError
    assert database.read().execute("SELECT count(*) FROM meta").fetchone()[0] == 0


def test_what_is_written_is_synchronous_and_in_wal(database):
    with database.write() as write:
        assert write.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        assert write.execute("PRAGMA synchronous").fetchone()[0] == 2


def test_the_schema_is_numbered_and_applied_once(database, tmp_path):
    again = Database(tmp_path / "c.sqlite3", words_of(["name"]))
    assert again.read().execute("PRAGMA user_version").fetchone()[0] == 5
    again.close()


def test_a_newer_database_is_refused(tmp_path):
    with sqlite3.connect(tmp_path / "c.sqlite3") as connection:
        connection.execute("PRAGMA user_version = 999")
    connection.close()
    with pytest.raises(DamagedDatabase, match="newer"):
        Database(tmp_path / "c.sqlite3", words_of(["name"]))


def test_a_file_that_is_no_database_is_refused(tmp_path):
    (tmp_path / "c.sqlite3").write_bytes(b"not a database" * 1000)
    with pytest.raises(DamagedDatabase):
        Database(tmp_path / "c.sqlite3", words_of(["name"]))


def test_a_flipped_byte_in_a_vector_is_seen_and_said(service, restart, photo):
    service.put("a", photo(1))
    parts = service.client.app.state.parts
    with parts.vectors._database.write() as write:
        row = bytearray(write.execute("SELECT row FROM vectors").fetchone()[0])
        row[7] ^= 1
        write.execute("UPDATE vectors SET row = ?", (bytes(row),))
    with pytest.raises(DamagedVector):
        parts.indexes._load("small")
    service = restart()
    for answer in (service.client.get("/readyz"), service.search(photo(1))):
        assert (answer.status_code, answer.json()["type"]) == (503, "damaged_vector")
