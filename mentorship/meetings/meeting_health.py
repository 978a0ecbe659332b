"""What operators have to know about meeting providers: which of them fail, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, literal_column, select

from storage import Transaction
from storage.tables import ProviderMeeting

MAX_COUNTED = 1_000
"""Meetings that are counted, at most."""


@dataclass(frozen=True, slots=True)
class FailingProvider:
    """Meetings that a provider doesn't make, change or remove for one reason."""

    provider: str
    problem: str
    meetings: int
    since: datetime


async def list_failing(tx: Transaction) -> list[FailingProvider]:
    """List the problems of providers that are asked again, by provider and problem."""
    return [FailingProvider(*row) for row in await tx.connection.execute(_FAILING)]


async def count_failing(tx: Transaction) -> Mapping[str, int]:
    """Count the meetings that are tried again, by provider."""
    counts: dict[str, int] = {}
    for failing in await list_failing(tx):
        counts[failing.provider] = counts.get(failing.provider, 0) + failing.meetings
    return counts


_SOME = (
    select(ProviderMeeting.provider, ProviderMeeting.problem, ProviderMeeting.failing_since)
    .where(
        ProviderMeeting.next_at.is_not(None),
        ProviderMeeting.failing_since.is_not(None),
        ProviderMeeting.problem.is_not(None),
    )
    .limit(MAX_COUNTED)
    .subquery()
)
_FAILING = (
    select(
        _SOME.c.provider,
        _SOME.c.problem,
        func.count().label("meetings"),
        func.min(_SOME.c.failing_since).label("since"),
    )
    .group_by(_SOME.c.provider, _SOME.c.problem)
    .order_by(_SOME.c.provider, literal_column("meetings").desc())
)
