"""The words of notices about ratings: to whoever was rated, and to whoever was answered."""

from __future__ import annotations

import discord

from bot.formatting import plain, quoted, stars
from bot.notifications.message import Card
from bot.views.sessions.rating import rated_card
from mentorship.delivery.outbox import DueNotice
from mentorship.sessions.session_views import SessionView


def rated(notice: DueNotice, session: SessionView, _reader: int) -> Card | None:
    """To the mentor. Nothing of what moderators have hidden by now."""
    review = notice.review
    if review is None or review.hidden:
        return None
    with_words = notice.facts.get("words", True)
    if review.text and not with_words:
        # Words came while the stars were on their way, and with them a notice of their own.
        return None
    name = plain(session.mentee.name)
    wrote = " and wrote a review" if with_words and review.text else ""
    embed, view = rated_card(session, review)
    return Card(f"{name} gave you {review.stars} of 5 stars{wrote}.", embed, view)


def replied(notice: DueNotice, session: SessionView, _reader: int) -> Card | None:
    """To the mentee, beside what they had said."""
    review = notice.review
    if review is None or review.hidden or review.reply is None:
        return None
    name = plain(session.mentor.name)
    embed = discord.Embed(
        title=f"{name} replied to your review",
        description=f"{quoted(review.reply)}\n\nYou had given {stars(review.stars)}:\n"
        f"{quoted(review.text)}",
        colour=discord.Colour.gold(),
    )
    return Card(f"{name} replied to your review.", embed)
