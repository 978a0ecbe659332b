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
from wording.translation import _, sentences


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
    balance_line = _(
        "Your balance is now {points}. `/points history` in the server shows every change.",
        points=balance,
    )
    reason = f"{quoted(transfer.reason)}\n\n" if transfer.reason else ""
    if transfer.cause is Cause.GIFT:
        partner = transfer.partner
        headline = _("Someone gave you {points}.", points=amount)
        if partner is not None:
            giver = plain(first_name(partner.name))
            headline = _("{name} gave you {points}.", name=giver, points=amount)
        return Message(
            headline,
            Card(
                title=f"+{amount}",
                text=sentences(balance_line, _("Spend them on a session with `/book`.")),
                accent=Accent.AGREED,
            ),
        )
    if transfer.cause is Cause.GRANT:
        return Message(
            _("The moderators gave you {points}.", points=amount),
            Card(title=f"+{amount}", text=f"{reason}{balance_line}", accent=Accent.AGREED),
        )
    return Message(
        _("The moderators took {points} from your account.", points=amount),
        Card(
            title=f"−{amount}",
            text=reason
            + sentences(balance_line, _("If you think this is a mistake, contact the moderators.")),
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
    by = f"<@{request.decided_by}>" if request.decided_by is not None else None
    if request.transfer_id is not None:
        return Message(
            _("Another moderator confirmed your grant.")
            if by is None
            else _("{name} confirmed your grant.", name=by),
            Card(
                title=_("{name} got {points}", name=name, points=amount),
                text=_("They've been notified."),
                accent=Accent.AGREED,
            ),
        )
    return Message(
        _("Another moderator rejected your grant.")
        if by is None
        else _("{name} rejected your grant.", name=by),
        Card(
            title=_("Grant rejected: {points} for {name}", points=amount, name=name),
            text=_("No points were granted. If you disagree, talk to the other moderators."),
            accent=Accent.FAULT,
        ),
    )
