"""SQLite's own number of a file's version: another one after any commit, by anybody."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from storage.sqlite.change_counter import ChangeCounter


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a file?.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE numbers (number INTEGER)")
    return path


def test_each_commit_changes_the_number_and_a_rollback_does_not(file: Path) -> None:
    counter = ChangeCounter(file)
    with closing(sqlite3.connect(file, isolation_level=None)) as writer:
        seen = [counter.read()]
        assert counter.read() == seen[0] is not None
        for number in range(5):
            writer.execute("BEGIN IMMEDIATE")
            writer.execute("INSERT INTO numbers VALUES (?)", (number,))
            assert counter.read() == seen[-1]
            writer.execute("COMMIT")
            seen.append(counter.read())
            assert len(set(seen)) == len(seen)
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("INSERT INTO numbers VALUES (9)")
        writer.execute("ROLLBACK")
        assert counter.read() == seen[-1]
        # What a checkpoint does, no reader can see.
        writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        writer.execute("INSERT INTO numbers VALUES (10)")
        assert counter.read() != seen[-1]
    counter.close()


def test_looking_keeps_no_transaction_open(file: Path) -> None:
    counter = ChangeCounter(file)
    assert counter.read() is not None
    with closing(sqlite3.connect(file, isolation_level=None)) as writer:
        writer.execute("INSERT INTO numbers VALUES (1)")
        busy, *_ = writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        assert not busy
    counter.close()


def test_a_file_that_is_missing_or_locked_has_no_number(file: Path, tmp_path: Path) -> None:
    assert ChangeCounter(tmp_path / "missing.db").read() is None
    assert not (tmp_path / "missing.db").exists()
    with closing(sqlite3.connect(file, isolation_level=None)) as owner:
        owner.execute("PRAGMA locking_mode = EXCLUSIVE")
        owner.execute("INSERT INTO numbers VALUES (1)")
        assert ChangeCounter(file).read() is None
