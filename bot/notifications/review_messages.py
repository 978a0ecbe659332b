"""The cards of notifications about ratings and replies to them."""

from __future__ import annotations

import discord

from bot.formatting import plain, quoted, stars
from bot.notifications.message import Card
from bot.views.sessions.rating import rated_card
from mentorship.delivery.loading import DueNotification
from mentorship.sessions.session_views import SessionView


def rated(notification: DueNotification, session: SessionView, _reader_id: int) -> Card | None:
    """Render a rating for the mentor, None if moderators have hidden it."""
    review = notification.review
    if review is None or review.hidden:
        return None
    with_words = notification.facts.get("words", True)
    if review.text and not with_words:
        # The review was written after the rating and has a notification of its own.
        return None
    name = plain(session.mentee.name)
    wrote = " and wrote a review" if with_words and review.text else ""
    embed, view = rated_card(session, review)
    return Card(f"{name} gave you {review.stars} of 5 stars{wrote}.", embed, view)


def replied(notification: DueNotification, session: SessionView, _reader_id: int) -> Card | None:
    """Render the mentor's reply for the mentee, below their review."""
    review = notification.review
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
