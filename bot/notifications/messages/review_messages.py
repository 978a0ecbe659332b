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
from wording.points import format_points
from wording.reader import Reader
from wording.translation import _, ngettext, pgettext


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
        return Message(_("{name} changed the review you replied to.", name=name), card, actions)
    headline = ngettext(
        "{name} gave you {count} star.", "{name} gave you {count} stars.", review.stars, name=name
    )
    if with_words and review.text:
        headline = ngettext(
            "{name} gave you {count} star and wrote a review.",
            "{name} gave you {count} stars and wrote a review.",
            review.stars,
            name=name,
        )
    return Message(headline, card, actions)


def hidden(
    notification: DueNotification, session: SessionView, _reader_id: int, reader: Reader
) -> Message | None:
    """Render for the mentee that moderators have hidden their review; None if it is shown again."""
    review = notification.review
    if review is None or not review.hidden:
        return None
    name = short_name(session.mentor)
    card = Card(
        title=_("Your review of {name} is hidden", name=plain(session.mentor.name)),
        text="\n\n".join(
            (
                _(
                    "The moderators wrote:\n{note}",
                    note=quoted(notification.facts.get("reason", "")),
                ),
                _(
                    "Nobody else can read it, and its stars don't count. If you disagree, contact "
                    "the moderators."
                ),
                # Translators: {stars} are one to five stars: ★★★★☆
                _("You gave {name} {stars}", name=name, stars=stars(review.stars))
                + _text_below(review),
            )
        ),
        accent=Accent.FAULT,
    )
    return Message(_("The moderators hid your review of {name}.", name=name), card)


def shown(
    notification: DueNotification, session: SessionView, _reader_id: int, reader: Reader
) -> Message | None:
    """Render for the mentee that their review is visible again; None if it is hidden once more."""
    review = notification.review
    if review is None or review.hidden:
        return None
    name = short_name(session.mentor)
    card = Card(
        title=_("Your review of {name} is visible again", name=plain(session.mentor.name)),
        text=f"{stars(review.stars)}{_text_below(review)}",
        accent=Accent.AGREED,
    )
    return Message(_("The moderators made your review of {name} visible again.", name=name), card)


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
        title=_("{name} says thanks", name=plain(session.mentee.name)),
        text=quoted(thanks.text) if thanks.text else None,
        accent=Accent.AGREED,
    )
    # Translators: what the thanks are for, as in “For: your session on Monday”.
    card.add_fact(
        pgettext("thanks", "For"),
        pgettext("thanks", "your session on {time}", time=discord_timestamp(session.starts_at)),
    )
    if not thanks.tip:
        return Message(_("{name} thanked you for your session.", name=name), card)
    tip = format_points(thanks.tip, guild, reader)
    card.add_fact(_("Tip"), tip)
    return Message(
        _("{name} thanked you for your session, with a tip of {tip}.", name=name, tip=tip), card
    )


def replied(
    notification: DueNotification, session: SessionView, _reader_id: int, reader: Reader
) -> Message | None:
    """Render the mentor's reply for the mentee, below their review."""
    review = notification.review
    if review is None or review.hidden or review.reply is None:
        return None
    name = short_name(session.mentor)
    card = Card(
        title=_("{name} replied to your review", name=plain(session.mentor.name)),
        text="\n".join(
            (
                quoted(review.reply),
                "",
                # Translators: {stars} are one to five stars: ★★★★☆. What they wrote is below.
                _("You gave {stars}:", stars=stars(review.stars)),
                quoted(review.text),
            )
        ),
        accent=Accent.NEUTRAL,
    )
    return Message(_("{name} replied to your review.", name=name), card)
