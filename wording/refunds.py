"""What became of a session's points, in sentences for its participants."""

from __future__ import annotations

from mentorship.guilds.guild_settings import GuildSettings
from mentorship.sessions.points_history import PriceBreakdown
from wording.points import format_points
from wording.reader import Reader


def own_refund(refund: int, price: int, guild: GuildSettings, reader: Reader) -> str:
    """Write for the mentee what they are refunded; empty for a free session."""
    if not price:
        return ""
    points = format_points(refund, guild, reader)
    if refund == price:
        return f"You're refunded in full: {points}."
    return f"You're refunded {points}." if refund else "There's no refund."


def refund_of(name: str, refund: int, price: int, guild: GuildSettings, reader: Reader) -> str:
    """Write for the mentor what the mentee `name` is refunded; empty if that is nothing."""
    if not refund:
        return ""
    points = format_points(refund, guild, reader)
    return f"{name} is refunded {'in full' if refund == price else points}."


def payment(paid: int, guild: GuildSettings, reader: Reader) -> str:
    """Write for the mentor what they are paid; empty if that is nothing."""
    return f"You're paid {format_points(paid, guild, reader)}." if paid else ""


def breakdown(
    parts: PriceBreakdown, name: str, guild: GuildSettings, reader: Reader, *, is_mentor: bool
) -> str:
    """Write how a price was divided, for the participant who met `name`.

    `🪙 30 refunded to you · 🪙 27 paid to Oliver · 🪙 3 server fee`.
    """
    mentee, mentor = (name, "you") if is_mentor else ("you", name)
    shares = (
        (parts.refunded, f"refunded to {mentee}"),
        (parts.paid, f"paid to {mentor}"),
        (parts.fee, "server fee"),
    )
    return " · ".join(
        f"{format_points(points, guild, reader)} {use}" for points, use in shares if points
    )
