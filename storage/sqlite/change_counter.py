"""Noticing that a SQLite file has not changed, for far less than a transaction costs.

SQLite tells a connection, in its `data_version`, whether another connection has committed since, in
this process or another. In WAL mode it compares a few bytes of shared memory for that: it takes
microseconds and waits for no lock, so the event loop can ask.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path


class ChangeCounter:
    """Counts the commits to a file, as far as anybody looks."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None

    def read(self) -> int | None:
        """Return a number that is another one after any commit; None if it can't be told now.

        It isn't the same number again after the file was closed and opened.
        """
        try:
            if self._connection is None:
                uri = f"{self._path.absolute().as_uri()}?mode=ro"
                # It waits for nobody, since it blocks the event loop.
                self._connection = sqlite3.connect(uri, timeout=0, uri=True, isolation_level=None)
            with closing(self._connection.execute("PRAGMA data_version")) as cursor:
                return int(cursor.fetchone()[0])
        except sqlite3.Error:
            return None

    def close(self) -> None:
        """Close the file."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
