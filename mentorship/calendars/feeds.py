"""Calendar feeds: a secret address for each member, under which calendar apps read their sessions.

The address ends in a token of 256 random bits. The database finds a feed by the token's hash, and
has the token encrypted as well, so that its owner can be shown the address again.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, select, update

from mentorship.actors import Actor
from mentorship.errors import CalendarsNotSetUp
from mentorship.guilds import guild_settings
from mentorship.members import members
from storage import Transaction
from storage.encryption import EncryptionUnavailable, Undecryptable
from storage.queries import upsert
from storage.tables import CalendarFeed as FeedRow

TOKEN_BYTES = 32
"""The random bytes of a token: 256 bits."""

TOKEN_PATTERN = r"[A-Za-z0-9_-]{43}"
"""What a token looks like: `TOKEN_BYTES` in base64url, without padding."""

READ_NOTED_EVERY = timedelta(hours=1)
"""How often it is noted, at most, that a feed was read."""

_TOKEN = re.compile(TOKEN_PATTERN)


@dataclass(frozen=True, slots=True)
class CalendarFeed:
    """A member's feed. Instants are UTC.

    `token` is None if the one in the database can't be decrypted any more: the address works, but
    can't be shown. `read_at` is when the feed was last read, to the hour; None before the first
    time.
    """

    guild_id: int
    user_id: int
    token: str | None = field(repr=False)
    created_at: datetime
    read_at: datetime | None = None


def address(public_url: str, token: str) -> str:
    """Return the address of a feed below the API's public one."""
    return f"{public_url.rstrip('/')}/calendar/{token}.ics"


def is_token(text: str) -> bool:
    """Return whether a text looks like a token, so that it is worth asking the database."""
    return _TOKEN.fullmatch(text) is not None


def token_hash(token: str) -> str:
    """Return the hash by which the database finds a feed: SHA-256, in hexadecimal digits.

    It needs no salt, since a token is as random as the hash is long.
    """
    return hashlib.sha256(token.encode()).hexdigest()


_IS_OWN = (FeedRow.guild_id == bindparam("guild"), FeedRow.user_id == bindparam("user"))
_SELECT_OWN = select(FeedRow.token, FeedRow.created_at, FeedRow.read_at).where(*_IS_OWN)
_DELETE_OWN = delete(FeedRow).where(*_IS_OWN)


async def find(tx: Transaction, actor: Actor) -> CalendarFeed | None:
    """Return the actor's feed in their guild, None without one."""
    row = (await tx.connection.execute(_SELECT_OWN, _own(actor))).one_or_none()
    if row is None:
        return None
    try:
        token = tx.cipher.decrypt(row.token)
    except (EncryptionUnavailable, Undecryptable):
        token = None
    return CalendarFeed(actor.guild, actor.user_id, token, row.created_at, row.read_at)


async def create(tx: Transaction, actor: Actor) -> CalendarFeed:
    """Return the actor's feed in their guild, and create it if there is none.

    Raises `CalendarsNotSetUp`, `NotAMember` and `DataBeingDeleted`.
    """
    return await find(tx, actor) or await renew(tx, actor)


async def renew(tx: Transaction, actor: Actor) -> CalendarFeed:
    """Give the actor's feed a new address, and return it. The old one stops working at once.

    Creates the feed if there is none. Raises `CalendarsNotSetUp`, `NotAMember` and
    `DataBeingDeleted`.
    """
    if not tx.cipher.is_available:
        raise CalendarsNotSetUp()
    await members.require_present(tx, actor)
    await guild_settings.load_or_create(tx, actor.guild)
    await members.record(tx, actor)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    values = {
        "token": tx.cipher.encrypt(token),
        "token_hash": token_hash(token),
        "created_at": tx.now,
        "read_at": None,
    }
    feed = upsert(tx.dialect, FeedRow).values(guild_id=actor.guild, user_id=actor.user_id, **values)
    await tx.connection.execute(
        feed.on_conflict_do_update(index_elements=["guild_id", "user_id"], set_=values)
    )
    return CalendarFeed(actor.guild, actor.user_id, token, tx.now)


async def turn_off(tx: Transaction, actor: Actor) -> bool:
    """Delete the actor's feed, whose address stops working at once. False if there was none."""
    return bool((await tx.connection.execute(_DELETE_OWN, _own(actor))).rowcount)


_NOTE_READ = (
    update(FeedRow)
    .where(*_IS_OWN, FeedRow.token_hash == bindparam("hash"))
    .values(read_at=bindparam("now"))
)


async def note_read(tx: Transaction, token: str, guild_id: int, user_id: int) -> None:
    """Note that a feed was read now, unless it has another address meanwhile."""
    params = {"guild": guild_id, "user": user_id, "hash": token_hash(token), "now": tx.now}
    await tx.connection.execute(_NOTE_READ, params)


def _own(actor: Actor) -> dict[str, int]:
    return {"guild": actor.guild, "user": actor.user_id}
