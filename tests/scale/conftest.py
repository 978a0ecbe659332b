"""Copies of the generated community, for tests that change it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.scale.community import copy_sqlite
from tests.scale.layout import Size


@pytest.fixture
def sqlite_community(tmp_path: Path) -> Callable[[Size], str]:
    """A function that copies a community of a size to a SQLite file and returns its URL."""
    return lambda size: copy_sqlite(size, tmp_path / f"{size.name.lower()}.db")
