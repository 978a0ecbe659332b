"""The card of a request for help in the guild's channel for them, edited as its state changes.

`help_requests.card_due_at` is the mark of `mentorship.notifications.channel_cards`; `ask` and
`request_views.set_status` set it. A request that never had a card, or whose card was deleted, has
no mark. The request itself doesn't depend on its card: mentors are told by direct message.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, bindparam, exists, select

from mentorship import faults
from mentorship.errors import DataBeingDeleted
from mentorship.faults import FaultKind
from mentorship.guilds import guild_settings
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.notifications import writing
from mentorship.notifications.catalogue import DeliveryProblem, NotificationKind
from mentorship.notifications.channel_cards import BATCH_SIZE, LEASE, ChannelProblem, retry_at
from mentorship.notifications.writing import NotificationDraft
from mentorship.sessions.offers import request_views
from mentorship.sessions.offers.request_views import HelpRequestView
from storage import Transaction
from storage.queries import update_by_id
from storage.tables import HelpRequest
from storage.types import RowId, UtcDateTime


@dataclass(frozen=True, slots=True)
class RequestCard:
    """A card to post, or to edit if it has a `message_id`.

    `lease` is the mark that the claim has set. `may_be_posted` is whether an earlier attempt may
    have posted it without noting so, as after a crash.
    """

    request: HelpRequestView
    guild: GuildSettings
    channel_id: int
    message_id: int | None
    lease: datetime
    attempts: int
    may_be_posted: bool

    @property
    def key(self) -> str:
        """What tells Discord that a repeated attempt is the same message."""
        return f"help:{self.request.id}.{self.channel_id}"

    @property
    def is_needed(self) -> bool:
        """Whether there is anything to send: a request that has ended gets no card any more."""
        return not self.request.status.is_over or self.message_id is not None or self.may_be_posted


async def has_due(tx: Transaction) -> bool:
    """Return whether a card has to be posted or edited now."""
    return bool(await tx.connection.scalar(_HAS_DUE, {"now": tx.now}))


async def claim(tx: Transaction, limit: int = BATCH_SIZE) -> list[RequestCard]:
    """Claim the cards to post or edit now, for the time of `LEASE`.

    Where the guild has no channel for them, requests lose their mark. One that can't be read is
    recorded as a fault and tried again later.
    """
    due = (await tx.connection.scalars(_DUE, {"now": tx.now, "limit": limit})).all()
    lease = tx.now + LEASE

    async def claim_one(request_id: int) -> RequestCard | None:
        await _update(tx, request_id, {"card_due_at": lease})
        request = await request_views.load(tx, request_id)
        try:
            guild = await guild_settings.load(tx, request.guild_id)
        except DataBeingDeleted:
            # The bot isn't in that guild any more, and the row goes with the guild's data.
            return None
        row = (await tx.connection.execute(_STATE, {"row_id": request_id})).one()
        channel_id = row.channel_id or guild.requests_channel_id
        if channel_id is None:
            await _update(tx, request_id, {"card_due_at": None})
            return None
        may_be_posted = row.channel_id is not None and row.message_id is None
        if row.channel_id is None and not request.status.is_over:
            await _update(tx, request_id, {"channel_id": channel_id})
        return RequestCard(
            request,
            guild,
            channel_id,
            row.message_id,
            lease,
            row.card_attempts,
            may_be_posted,
        )

    outcome = await faults.isolate(tx, FaultKind.REQUEST_CARD, due, claim_one, lambda each: each)
    return [card for card in outcome.results if card is not None]


async def record_sent(tx: Transaction, card: RequestCard, message_id: int | None) -> None:
    """Record that the card shows what was claimed. It stays due if that has changed meanwhile.

    `message_id` is None if nothing had to be sent.
    """
    row = (await tx.connection.execute(_STATE, {"row_id": card.request.id})).one()
    values = {
        "message_id": message_id,
        "card_attempts": 0,
        # Another lease, or none: another process has sent the card, too, and perhaps earlier.
        "card_due_at": None if row.card_due_at == card.lease else tx.now,
    }
    await _update(tx, card.request.id, values)
    await faults.clear(tx, FaultKind.REQUEST_CARD, [card.request.id])


async def record_failure(
    tx: Transaction, card: RequestCard, problem: ChannelProblem | None = None
) -> None:
    """Record that the card can't be sent now, and for which `problem` that people can solve.

    Without its channel, or after it was deleted, it isn't sent again. The moderators are notified
    of a deleted card, and of a channel that the bot may not write to, of that once a day. Of one
    that is gone, `setup.clear_deleted_settings` notifies them.
    """
    values: dict[str, Any] = {
        "card_attempts": card.attempts + 1,
        "card_due_at": retry_at(tx.now, card.attempts),
    }
    if problem in (ChannelProblem.CHANNEL_GONE, ChannelProblem.MESSAGE_DELETED):
        values = {"channel_id": None, "message_id": None, "card_due_at": None, "card_attempts": 0}
    elif problem is ChannelProblem.CHANNEL_CLOSED and card.message_id is None:
        # It wasn't posted, so another channel that the guild chooses will do.
        values["channel_id"] = None
    await _update(tx, card.request.id, values)
    if problem is ChannelProblem.CHANNEL_CLOSED and not card.attempts:
        subject = f"{card.channel_id}.{tx.now:%Y%m%d}"
        await _tell_moderators(tx, card, DeliveryProblem.REQUESTS_CLOSED, subject)
    elif problem is ChannelProblem.MESSAGE_DELETED and not card.request.status.is_over:
        subject = str(card.request.id)
        await _tell_moderators(tx, card, DeliveryProblem.REQUEST_CARD_DELETED, subject)


async def record_fault(tx: Transaction, card: RequestCard, error: Exception) -> None:
    """Record an error in the program or in a row, and try again later."""
    await faults.record(tx, FaultKind.REQUEST_CARD, card.request.id, error)
    await record_failure(tx, card)


async def _tell_moderators(
    tx: Transaction, card: RequestCard, problem: DeliveryProblem, subject: str
) -> None:
    draft = NotificationDraft(
        NotificationKind.DELIVERY_PROBLEM,
        card.guild.id,
        None,
        subject=f"{problem}.{subject}",
        due_at=tx.now,
        facts={
            "trouble": problem,
            "about": None,
            "with": NotificationKind.HELP_REQUESTED,
            "channel": str(card.channel_id),
        },
    )
    await writing.write(tx, [draft])


async def _update(tx: Transaction, request_id: int, values: dict[str, Any]) -> None:
    changes = {"row_id": request_id, **values}
    await tx.connection.execute(update_by_id(HelpRequest, *values), changes)


_NOW = bindparam("now", type_=UtcDateTime)
_IS_DUE = HelpRequest.card_due_at <= _NOW
_HAS_DUE = select(exists().where(_IS_DUE))
_DUE = (
    select(HelpRequest.id)
    .where(
        _IS_DUE,
        ~faults.awaits_retry(FaultKind.REQUEST_CARD, HelpRequest.id.expression, _NOW),
        HelpRequest.guild_id.not_in(guild_settings.BEING_PURGED),
    )
    .order_by(HelpRequest.card_due_at)
    .limit(bindparam("limit", type_=Integer))
)
_STATE = select(
    HelpRequest.channel_id,
    HelpRequest.message_id,
    HelpRequest.card_due_at,
    HelpRequest.card_attempts,
).where(HelpRequest.id == bindparam("row_id", type_=RowId))
