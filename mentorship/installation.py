"""What identifies this installation: a random id, which makes the UIDs in calendars unique."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from storage import Transaction
from storage.tables import Installation as InstallationRow


@dataclass(frozen=True, slots=True)
class Installation:
    """The identity of this installation.

    `uid` is a random UUID. Sessions and group sessions up to the two ids were booked before it
    existed, and keep the UIDs of that time. `tz_version` is the version of the time zone database
    that booked sessions were last compared with; None before the first time.
    """

    uid: str
    old_session_uids_until: int
    old_group_uids_until: int
    tz_version: str | None


_SELECT = select(
    InstallationRow.uid,
    InstallationRow.old_session_uids_until,
    InstallationRow.old_group_uids_until,
    InstallationRow.tz_version,
)


async def load(tx: Transaction) -> Installation:
    """Return the identity of this installation."""
    return Installation(*(await tx.connection.execute(_SELECT)).one())
