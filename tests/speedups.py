"""Speed-ups for running thousands of tests in one process, which don't affect what is tested.

Without them, a third of the time goes into compiling the same SQL statements for each test's own
database, a seventh into garbage collections of imported modules and collected tests, and a fifth of
the journeys' time into simcord's copies of payloads.
"""

from __future__ import annotations

import copy
import gc
from types import ModuleType
from typing import Any

import simcord.components
import simcord.gateway
import simcord.http.router
import simcord.results
from simcord.backend import serializers
from sqlalchemy import Connection, Dialect, Engine, event
from sqlalchemy.dialects.postgresql.asyncpg import dialect as postgresql
from sqlalchemy.util import LRUCache

from storage.sqlite.driver import Dialect as sqlite

_shared_cache: LRUCache[Any, Any] = LRUCache(5_000)
"""Ten times the size of one engine's cache. Limited: long tests build ever new queries."""


def share_compiled_statements() -> None:
    """Let all databases of a kind share one cache of compiled statements.

    By default each engine has its own cache, whose keys contain its own dialect object. All
    dialects of a kind are interchangeable here: library, server and options are the same.
    """
    for dialect in (sqlite, postgresql):
        dialect.__eq__ = _same_type  # type: ignore[method-assign]
        dialect.__hash__ = _type_hash  # type: ignore[method-assign]
    event.listen(Engine, "engine_connect", _use_shared_cache)


def _same_type(self: Dialect, other: object) -> bool:
    return type(self) is type(other)


def _type_hash(self: Dialect) -> int:
    return hash(type(self))


def _use_shared_cache(connection: Connection) -> None:
    # https://docs.sqlalchemy.org/en/20/core/connections.html#sql-caching
    connection.execution_options(compiled_cache=_shared_cache)


def reduce_garbage_collection() -> None:
    """Exclude everything that exists now from garbage collection, and collect less often.

    The interpreter still collects at exit, so warnings about unawaited coroutines and unclosed
    resources still appear.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)


def copy_payloads_directly() -> None:
    """Let simcord copy payloads without `copy.deepcopy`, which remembers each value it has met."""
    for module in (simcord.components, simcord.results, serializers):
        vars(module)["deepcopy"] = copy_payload
    copying = ModuleType("copy")
    vars(copying).update(vars(copy), deepcopy=copy_payload)
    for module in (simcord.gateway, simcord.http.router):
        vars(module)["copy"] = copying


def copy_payload(value: Any) -> Any:
    """Return a deep copy of JSON-like data; anything else in it is copied by `copy.deepcopy`."""
    kind = type(value)
    if kind is dict:
        return {key: copy_payload(each) for key, each in value.items()}
    if kind is list:
        return [copy_payload(each) for each in value]
    if kind in _IMMUTABLE:
        return value
    return copy.deepcopy(value)


_IMMUTABLE = frozenset({str, int, float, bool, bytes, type(None)})
