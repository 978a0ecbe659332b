"""How far the walks over rows have come, from which figures are counted."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import bindparam, select

from storage import Transaction
from storage.queries import upsert
from storage.tables import FigureProgress


async def load(tx: Transaction, name: str) -> Any:
    """Load a walk's row of `after_id`, `day` and `until_day`, or None if it has never begun."""
    return (await tx.connection.execute(_SELECT, {"walk": name})).one_or_none()


async def store(
    tx: Transaction,
    name: str,
    after_id: int | None,
    *,
    day: date | None = None,
    until_day: date | None = None,
) -> None:
    """Store how far a walk has come. Without an id it is over."""
    values = {"name": name, "after_id": after_id, "day": day, "until_day": until_day}
    await tx.connection.execute(_upsert(tx.dialect), values)


_SELECT = select(FigureProgress.after_id, FigureProgress.day, FigureProgress.until_day).where(
    FigureProgress.name == bindparam("walk")
)


@cache
def _upsert(dialect: str) -> Any:
    names = ("name", "after_id", "day", "until_day")
    statement = upsert(dialect, FigureProgress).values({name: bindparam(name) for name in names})
    new = {name: statement.excluded[name] for name in names[1:]}
    return statement.on_conflict_do_update(index_elements=["name"], set_=new)
