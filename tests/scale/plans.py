"""Reads PostgreSQL's plans of the statements that a use case executes."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, event

from storage import Database, Transaction
from tests.scale.calls.every_use_case import Arguments, UseCase

ROWS_LIMIT, BLOCKS_LIMIT = 3_000, 5_000
"""How many rows a node of a plan may read, and how many blocks of 8 KB a statement."""


@dataclass(frozen=True)
class Excess:
    """A statement that reads too much, and what of it does."""

    statement: str
    reason: str


class PlanReader:
    """Explains the statements of use cases, whose changes are rolled back."""

    def __init__(self) -> None:
        self._executed: dict[str, Any] = {}
        self._known: set[str] = set()

    @contextmanager
    def _recording(self) -> Iterator[None]:
        event.listen(Engine, "before_cursor_execute", self._record)
        try:
            yield
        finally:
            event.remove(Engine, "before_cursor_execute", self._record)

    def _record(self, _c: Any, _d: Any, statement: str, params: Any, _e: Any, many: bool) -> None:
        self._executed.setdefault(statement, params[0] if many else params)

    async def excesses(self, db: Database, use_case: UseCase, arguments: Arguments) -> list[Excess]:
        """List the statements of a use case that read more than they may.

        Raises what the use case raises.
        """
        found: list[Excess] = []

        async def run_and_undo(tx: Transaction) -> None:
            positional = await arguments.prepare(tx)
            self._executed.clear()
            with self._recording():
                await use_case(tx, *positional, **arguments.named)
            for statement, params in list(self._executed.items()):
                plan = await _explain(tx, statement, params)
                found.extend(Excess(statement, reason) for reason in _reasons(plan))
            raise _Undone

        with suppress(_Undone):
            await db.run(run_and_undo)
        return found


class _Undone(Exception):
    """Rolls back the transaction of a use case that has succeeded."""


async def _explain(tx: Transaction, statement: str, params: Any) -> dict[str, Any] | None:
    """Return the plan of a statement; of one that only reads, also what it has read."""
    keyword = statement.split(maxsplit=1)[0].upper()
    if keyword not in ("SELECT", "WITH", "INSERT", "UPDATE", "DELETE"):
        return None
    reads = keyword == "SELECT" or (keyword == "WITH" and "UPDATE" not in statement)
    how = "ANALYZE, BUFFERS, " if reads else ""
    explained = await tx.connection.exec_driver_sql(
        f"EXPLAIN ({how}FORMAT JSON) {statement}", params
    )
    value = explained.scalar_one()
    plan: dict[str, Any] = (json.loads(value) if isinstance(value, str) else value)[0]["Plan"]
    return plan


def _reasons(plan: dict[str, Any] | None) -> Iterator[str]:
    """Yield what in a plan reads too much."""
    if plan is None:
        return
    blocks = plan.get("Shared Hit Blocks", 0) + plan.get("Shared Read Blocks", 0)
    if blocks > BLOCKS_LIMIT:
        yield f"{blocks:,} blocks"
    for node, most in _nodes(plan):
        where = f"{node['Node Type']} on {node.get('Relation Name', '?')}"
        removed = sum(
            node.get(f"Rows Removed by {reason}", 0) for reason in ("Filter", "Index Recheck")
        )
        rows = (node.get("Actual Rows", min(node["Plan Rows"], most)) + removed) * node.get(
            "Actual Loops", 1
        )
        if rows > ROWS_LIMIT and "Relation Name" in node and node["Node Type"] != "ModifyTable":
            yield f"{where}: {rows:,.0f} rows"


def _nodes(plan: dict[str, Any], most: float = math.inf) -> Iterator[tuple[dict[str, Any], float]]:
    """Yield the nodes of a plan, each with the most rows that a LIMIT above lets it return."""
    yield plan, most
    if plan["Node Type"] == "Limit":
        most = plan["Plan Rows"]
    elif plan["Node Type"] not in ("Result", "LockRows", "Subquery Scan"):
        most = math.inf
    for child in plan.get("Plans", ()):
        yield from _nodes(child, most)
