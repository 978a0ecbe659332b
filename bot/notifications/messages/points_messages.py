"""The cards of notifications about points: what changed, by whom, and why."""

from __future__ import annotations

from bot.components.cards import Accent, Card
from bot.formatting import plain, quoted
from bot.notifications.message import Message
from mentorship.delivery.loading import DueNotification
from mentorship.points.ledger import Cause
from wording.names import first_name
from wording.points import format_points
from wording.reader import Reader


def points_changed(notification: DueNotification, reader: Reader) -> Message | None:
    """Render a change of points for the person whose points they are."""
    transfer = notification.transfer
    if transfer is None:
        return None
    guild = notification.guild
    amount, balance = (
        format_points(abs(transfer.amount), guild, reader),
        format_points(transfer.balance, guild, reader),
    )
    balance_line = (
        f"Your balance is now {balance}. `/points history` in the server shows every change."
    )
    reason = f"{quoted(transfer.reason)}\n\n" if transfer.reason else ""
    if transfer.cause is Cause.GIFT:
        partner = transfer.partner
        giver = plain(first_name(partner.name)) if partner is not None else "Someone"
        return Message(
            f"{giver} gave you {amount}.",
            Card(
                title=f"+{amount}",
                text=f"{balance_line} Spend them on a session with `/book`.",
                accent=Accent.AGREED,
            ),
        )
    if transfer.cause is Cause.GRANT:
        return Message(
            f"The moderators gave you {amount}.",
            Card(title=f"+{amount}", text=f"{reason}{balance_line}", accent=Accent.AGREED),
        )
    return Message(
        f"The moderators took {amount} from your account.",
        Card(
            title=f"−{amount}",
            text=f"{reason}{balance_line} If you think this is a mistake, contact the moderators.",
            accent=Accent.WAITING,
        ),
    )


def grant_decided(notification: DueNotification, reader: Reader) -> Message | None:
    """Render a second moderator's decision for the moderator who asked for a grant."""
    request = notification.grant_request
    if request is None or request.is_pending:
        return None
    amount = format_points(request.amount, notification.guild, reader)
    name = plain(request.name)
    by = f"<@{request.decided_by}>" if request.decided_by is not None else "Another moderator"
    if request.transfer_id is not None:
        return Message(
            f"{by} confirmed your grant.",
            Card(title=f"{name} got {amount}", text="They've been notified.", accent=Accent.AGREED),
        )
    return Message(
        f"{by} rejected your grant.",
        Card(
            title=f"Grant rejected: {amount} for {name}",
            text="No points were granted. If you disagree, talk to the other moderators.",
            accent=Accent.FAULT,
        ),
    )
