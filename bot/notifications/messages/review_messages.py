"""The cards of notifications about ratings, replies to them, and thanks."""

from __future__ import annotations

from bot.components.cards import Accent, Card
from bot.formatting import discord_timestamp, plain, quoted, shortened, stars
from bot.notifications.message import Message
from bot.views.sessions.people import short_name
from bot.views.sessions.rating import rated_card
from mentorship.delivery.loading import DueNotification
from mentorship.sessions.session_reviews import SessionReview
from mentorship.sessions.session_views import SessionView
from wording.durations import counted
from wording.points import format_points
from wording.reader import Reader


def rated(
    notification: DueNotification, session: SessionView, _reader_id: int, reader: Reader
) -> Message | None:
    """Render a rating for the mentor, None if moderators have hidden it."""
    review = notification.review
    if review is None or review.hidden:
        return None
    with_words = notification.facts.get("words", True)
    if review.text and not with_words:
        # The review was written after the rating and has a notification of its own.
        return None
    name = short_name(session.mentee)
    card, actions = rated_card(session, review)
    if review.reply_is_outdated:
        return Message(f"{name} changed the review you replied to.", card, actions)
    given = counted(review.stars, "star", reader)
    wrote = " and wrote a review" if with_words and review.text else ""
    return Message(f"{name} gave you {given}{wrote}.", card, actions)


def hidden(
    notification: DueNotification, session: SessionView, _reader_id: int, reader: Reader
) -> Message | None:
    """Render for the mentee that moderators have hidden their review; None if it is shown again."""
    review = notification.review
    if review is None or not review.hidden:
        return None
    name = short_name(session.mentor)
    card = Card(
        title=f"Your review of {plain(session.mentor.name)} is hidden",
        text=f"The moderators wrote:\n{quoted(notification.facts.get('reason', ''))}\n\n"
        "Nobody else can read it, and its stars don't count. If you disagree, contact the "
        f"moderators.\n\nYou gave {name} {stars(review.stars)}{_text_below(review)}",
        accent=Accent.FAULT,
    )
    return Message(f"The moderators hid your review of {name}.", card)


def shown(
    notification: DueNotification, session: SessionView, _reader_id: int, reader: Reader
) -> Message | None:
    """Render for the mentee that their review is visible again; None if it is hidden once more."""
    review = notification.review
    if review is None or review.hidden:
        return None
    name = short_name(session.mentor)
    card = Card(
        title=f"Your review of {plain(session.mentor.name)} is visible again",
        text=f"{stars(review.stars)}{_text_below(review)}",
        accent=Accent.AGREED,
    )
    return Message(f"The moderators made your review of {name} visible again.", card)


def _text_below(review: SessionReview) -> str:
    return f"\n{quoted(shortened(review.text, 900))}" if review.text else ""


def thanked(
    notification: DueNotification, session: SessionView, _reader_id: int, reader: Reader
) -> Message | None:
    """Render a mentee's thanks for the mentor."""
    thanks, guild = notification.thanks, notification.guild
    if thanks is None:
        return None
    name = short_name(session.mentee)
    card = Card(
        title=f"{plain(session.mentee.name)} says thanks",
        text=quoted(thanks.text) if thanks.text else None,
        accent=Accent.AGREED,
    )
    card.add_fact("For", f"your session on {discord_timestamp(session.starts_at)}")
    if not thanks.tip:
        return Message(f"{name} thanked you for your session.", card)
    tip = format_points(thanks.tip, guild, reader)
    card.add_fact("Tip", tip)
    return Message(f"{name} thanked you for your session, with a tip of {tip}.", card)


def replied(
    notification: DueNotification, session: SessionView, _reader_id: int, reader: Reader
) -> Message | None:
    """Render the mentor's reply for the mentee, below their review."""
    review = notification.review
    if review is None or review.hidden or review.reply is None:
        return None
    name = short_name(session.mentor)
    card = Card(
        title=f"{plain(session.mentor.name)} replied to your review",
        text=f"{quoted(review.reply)}\n\nYou gave {stars(review.stars)}:\n{quoted(review.text)}",
        accent=Accent.NEUTRAL,
    )
    return Message(f"{name} replied to your review.", card)
