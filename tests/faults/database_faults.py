"""Makes a SQLite file refuse writes for a while."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest


def locked(file: Path) -> Iterator[None]:
    """Another program holds the write lock."""
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    yield
    other.close()


def full(file: Path) -> Iterator[None]:
    """The disk is full, simulated by a limit on the size of this process's files."""
    resource = pytest.importorskip("resource", reason="file size limits need Unix")
    signals = pytest.importorskip("signal")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signals.signal(signals.SIGXFSZ, signals.SIG_IGN)
    log = file.with_name(file.name + "-wal")
    resource.setrlimit(resource.RLIMIT_FSIZE, (log.stat().st_size, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    signals.signal(signals.SIGXFSZ, handler)
