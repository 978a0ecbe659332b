"""A program that holds the locks of a SQLite file's readers until it is killed.

python tests/alerts/problems/read_locks.py FILE-shm

A process of its own, since a process that closes any descriptor of a file loses all its locks on
it, those of its SQLite connections as well. https://www.sqlite.org/walformat.html#wal_locks
"""

from __future__ import annotations

import fcntl
import os
import signal
import sys

FIRST_READ_LOCK, READ_LOCKS = 123, 5


def main(file: str) -> None:
    """Take the locks, print a line, and wait for ever."""
    index = os.open(file, os.O_RDWR)
    fcntl.lockf(index, fcntl.LOCK_EX, READ_LOCKS, FIRST_READ_LOCK)
    print("locked", flush=True)
    signal.pause()


if __name__ == "__main__":
    main(sys.argv[1])
