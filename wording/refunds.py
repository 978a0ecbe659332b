"""What became of a session's points, in sentences for its participants."""

from __future__ import annotations

from mentorship.guilds.guild_settings import GuildSettings
from mentorship.sessions.points_history import PriceBreakdown
from wording.points import format_points
from wording.reader import Reader
from wording.translation import _


def own_refund(refund: int, price: int, guild: GuildSettings, reader: Reader) -> str:
    """Write for the mentee what they are refunded; empty for a free session."""
    if not price:
        return ""
    points = format_points(refund, guild, reader)
    if refund == price:
        return _("You're refunded in full: {points}.", points=points)
    return _("You're refunded {points}.", points=points) if refund else _("There's no refund.")


def refund_of(name: str, refund: int, price: int, guild: GuildSettings, reader: Reader) -> str:
    """Write for the mentor what the mentee `name` is refunded; empty if that is nothing."""
    if not refund:
        return ""
    if refund == price:
        return _("{name} is refunded in full.", name=name)
    return _("{name} is refunded {points}.", name=name, points=format_points(refund, guild, reader))


def payment(paid: int, guild: GuildSettings, reader: Reader) -> str:
    """Write for the mentor what they are paid; empty if that is nothing."""
    return _("You're paid {points}.", points=format_points(paid, guild, reader)) if paid else ""


def breakdown(
    parts: PriceBreakdown, name: str, guild: GuildSettings, reader: Reader, *, is_mentor: bool
) -> str:
    """Write how a price was divided, for the participant who met `name`.

    `🪙 30 refunded to you · 🪙 27 paid to Oliver · 🪙 3 server fee`.
    """
    refunded, paid, fee = (
        format_points(points, guild, reader) for points in (parts.refunded, parts.paid, parts.fee)
    )
    shares = []
    if parts.refunded and is_mentor:
        shares.append(_("{points} refunded to {name}", points=refunded, name=name))
    elif parts.refunded:
        shares.append(_("{points} refunded to you", points=refunded))
    if parts.paid and is_mentor:
        shares.append(_("{points} paid to you", points=paid))
    elif parts.paid:
        shares.append(_("{points} paid to {name}", points=paid, name=name))
    if parts.fee:
        shares.append(_("{points} server fee", points=fee))
    return " · ".join(shares)
