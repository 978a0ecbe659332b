"""The cards of notifications about ratings and replies to them."""

from __future__ import annotations

import discord

from bot.formatting import plain, quoted, shortened, stars
from bot.notifications.message import Card
from bot.views.sessions.rating import rated_card
from mentorship.delivery.loading import DueNotification
from mentorship.sessions.reviews import SessionReview
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
    embed, view = rated_card(session, review)
    if review.reply_is_outdated:
        return Card(f"{name} changed the review that you had replied to.", embed, view)
    wrote = " and wrote a review" if with_words and review.text else ""
    return Card(f"{name} gave you {review.stars} of 5 stars{wrote}.", embed, view)


def hidden(notification: DueNotification, session: SessionView, _reader_id: int) -> Card | None:
    """Render for the mentee that moderators have hidden their review; None if it is shown again."""
    review = notification.review
    if review is None or not review.hidden:
        return None
    name = plain(session.mentor.name)
    embed = discord.Embed(
        title=f"Your review of {name} is hidden",
        description=f"The moderators wrote:\n{quoted(notification.facts.get('reason', ''))}\n\n"
        "Nobody else can read your review now, and its stars don't count. If you disagree, "
        f"contact the moderators.\n\nYou rated {name} {stars(review.stars)}{_text_below(review)}",
        colour=discord.Colour.red(),
    )
    return Card(f"The moderators hid your review of {name}.", embed)


def shown(notification: DueNotification, session: SessionView, _reader_id: int) -> Card | None:
    """Render for the mentee that their review is visible again; None if it is hidden once more."""
    review = notification.review
    if review is None or review.hidden:
        return None
    name = plain(session.mentor.name)
    embed = discord.Embed(
        title=f"Your review of {name} is visible again",
        description=f"{stars(review.stars)}{_text_below(review)}",
        colour=discord.Colour.green(),
    )
    return Card(f"The moderators made your review of {name} visible again.", embed)


def _text_below(review: SessionReview) -> str:
    return f"\n{quoted(shortened(review.text, 900))}" if review.text else ""


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
