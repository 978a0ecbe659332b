"""The messages of notifications about a whole series, for one of its participants."""

from __future__ import annotations

from collections.abc import Callable

from bot.components.cards import ActionRows
from bot.notifications.message import Message
from bot.views.booking.items import alternative_buttons
from bot.views.series.card import series_actions, series_card, series_text
from bot.views.sessions.people import short_name
from mentorship.delivery.loading import DueNotification
from mentorship.notifications.catalogue import NotificationKind
from mentorship.sessions.lifecycle import Party
from mentorship.sessions.series.views import SeriesDetails, SeriesView
from mentorship.statuses import LIVE, SessionStatus
from wording import refunds
from wording.offers import series as words
from wording.reader import Reader


def render(notification: DueNotification, reader: Reader) -> Message | None:
    """Return the message of a notification as its series is now, None if it is not relevant."""
    if notification.series is None or notification.user_id is None:
        return None
    return _RENDERERS[notification.kind](
        notification, notification.series, notification.user_id, reader
    )


def _message(
    notification: DueNotification,
    series: SeriesView,
    reader_id: int,
    reader: Reader,
    headline: str,
    text: str = "",
    alternatives: ActionRows = (),
) -> Message:
    details = SeriesDetails(series, notification.guild, notification.answers)
    card = series_card(details, reader_id, reader, notification.now, text)
    actions = series_actions(series, reader_id, reader, notification.now)
    return Message(headline, card, [*alternatives, *actions])


def _requested(
    notification: DueNotification, series: SeriesView, reader_id: int, reader: Reader
) -> Message | None:
    live = [session for session in series.sessions if session.status in LIVE]
    if not live:
        return None
    name = short_name(series.mentee)
    count = words.sessions(len(live), reader)
    is_request = any(session.status is SessionStatus.SCHEDULED for session in live)
    verb = "would like" if is_request else "booked"
    headline = f"{name} {verb} {count} with you, {words.interval(series.every_weeks, reader)}."
    text = series_text(series, reader_id, reader)
    return _message(notification, series, reader_id, reader, headline, text)


def _confirmed(
    notification: DueNotification, series: SeriesView, reader_id: int, reader: Reader
) -> Message | None:
    if not any(session.status is SessionStatus.CONFIRMED for session in series.sessions):
        return None
    headline = f"{short_name(series.mentor)} confirmed {_count(notification, reader)}."
    return _message(notification, series, reader_id, reader, headline)


def _declined(
    notification: DueNotification, series: SeriesView, reader_id: int, reader: Reader
) -> Message:
    headline = f"{short_name(series.mentor)} declined {_count(notification, reader)}."
    text = f"{_refund(notification, reader)}Find another time or mentor with `/book` in the server."
    return _message(notification, series, reader_id, reader, headline, text)


def _expired(
    notification: DueNotification, series: SeriesView, reader_id: int, reader: Reader
) -> Message:
    name = short_name(series.other(reader_id))
    expired = [each for each in series.sessions if each.status is SessionStatus.EXPIRED]
    count = words.sessions(len(expired), reader)
    price = sum(session.price for session in expired)
    if series.party(reader_id) is Party.MENTOR:
        headline = f"A request for {count} expired because you didn't answer {name}."
        refund = f"{name} is refunded in full. " if price else ""
        text = f"{refund}Others can book those times again."
        return _message(notification, series, reader_id, reader, headline, text)
    headline = f"{name} didn't answer in time, so your request for {count} expired."
    refund = refunds.own_refund(price, price, notification.guild, reader)
    alternatives: ActionRows = ()
    if notification.session is not None:
        alternatives = alternative_buttons(notification.session, notification.alternatives, reader)
    next_step = (
        "Here are slots near the first date with other mentors of the same expertise."
        if alternatives
        else "Find another mentor with `/book` in the server."
    )
    text = f"{refund} {next_step}".lstrip()
    return _message(notification, series, reader_id, reader, headline, text, alternatives)


def _cancelled(
    notification: DueNotification, series: SeriesView, reader_id: int, reader: Reader
) -> Message:
    name = short_name(series.other(reader_id))
    headline = f"{name} cancelled {_count(notification, reader)}."
    if series.party(reader_id) is Party.MENTEE:
        text = (
            f"{_refund(notification, reader)}Find another time or mentor with `/book` in the "
            "server."
        )
    else:
        earned = notification.facts.get("earned", 0)
        paid = refunds.payment(earned, notification.guild, reader)
        late = f"Some were cancelled late. {paid} " if paid else ""
        text = f"{late}Others can book those times again."
    return _message(notification, series, reader_id, reader, headline, text)


def _count(notification: DueNotification, reader: Reader) -> str:
    """Return how many sessions the act was about: `your session`, `your 6 sessions`."""
    count = notification.facts["sessions"]
    return "your session" if count == 1 else f"your {words.sessions(count, reader)}"


def _refund(notification: DueNotification, reader: Reader) -> str:
    """Return a sentence about the refund for the mentee, empty for free sessions."""
    refund, earned = (notification.facts.get(name, 0) for name in ("refund", "earned"))
    # The guild takes no fee from a cancellation.
    sentence = refunds.own_refund(refund, refund + earned, notification.guild, reader)
    return f"{sentence} " if sentence else ""


_RENDERERS: dict[
    NotificationKind, Callable[[DueNotification, SeriesView, int, Reader], Message | None]
] = {
    NotificationKind.SERIES_REQUESTED: _requested,
    NotificationKind.SERIES_CONFIRMED: _confirmed,
    NotificationKind.SERIES_DECLINED: _declined,
    NotificationKind.SERIES_EXPIRED: _expired,
    NotificationKind.SERIES_CANCELLED: _cancelled,
}
