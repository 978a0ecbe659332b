"""What thousands of tests in one process need not do anew each time, and nothing that they test.

A third of their time went into compiling the same statements for each test's own database, and a
seventh into the collector's walks over what had been imported and collected.
"""

from __future__ import annotations

import gc
from typing import Any

from sqlalchemy import Connection, Dialect, Engine, event
from sqlalchemy.dialects.postgresql.asyncpg import dialect as postgresql
from sqlalchemy.dialects.sqlite.aiosqlite import dialect as sqlite
from sqlalchemy.util import LRUCache

_shared_cache: LRUCache[Any, Any] = LRUCache(5_000)
"""Ten times what one engine keeps, and no more, since long histories ask in ever new ways."""


def share_compiled_statements() -> None:
    """Let all databases of a kind share their compiled statements, as one does in a program that
    runs for long.

    Each engine has a cache of its own, and a dialect of its own in its keys. Here two dialects of
    a kind are as good as one: the library, the server and the options are the same.
    """
    for kind in (sqlite, postgresql):
        kind.__eq__ = _same_type  # type: ignore[method-assign]
        kind.__hash__ = _type_hash  # type: ignore[method-assign]
    event.listen(Engine, "engine_connect", _use_shared_cache)


def _same_type(self: Dialect, other: object) -> bool:
    return type(self) is type(other)


def _type_hash(self: Dialect) -> int:
    return hash(type(self))


def _use_shared_cache(connection: Connection) -> None:
    # https://docs.sqlalchemy.org/en/20/core/connections.html#sql-caching
    connection.execution_options(compiled_cache=_shared_cache)


def reduce_garbage_collection() -> None:
    """Let the collector pass over all that is there before the first test, and come by less often.

    It comes by after the last test too, so that what nobody awaited or closed is still told of.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)
