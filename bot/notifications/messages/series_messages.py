"""The messages of notifications about a whole series, for one of its participants."""

from __future__ import annotations

from collections.abc import Callable

from bot.components.cards import ActionRows
from bot.notifications.message import Message
from bot.notifications.messages.booking_messages import find_another
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
from wording.translation import _, ngettext, sentences


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
    values = {
        "name": short_name(series.mentee),
        "interval": words.interval(series.every_weeks, reader),
    }
    # Translators: {interval} is how often they meet: “every 2 weeks”.
    if any(session.status is SessionStatus.SCHEDULED for session in live):
        headline = ngettext(
            "{name} would like {count} session with you, {interval}.",
            "{name} would like {count} sessions with you, {interval}.",
            len(live),
            **values,
        )
    else:
        headline = ngettext(
            "{name} booked {count} session with you, {interval}.",
            "{name} booked {count} sessions with you, {interval}.",
            len(live),
            **values,
        )
    text = series_text(series, reader_id, reader)
    return _message(notification, series, reader_id, reader, headline, text)


def _confirmed(
    notification: DueNotification, series: SeriesView, reader_id: int, reader: Reader
) -> Message | None:
    if not any(session.status is SessionStatus.CONFIRMED for session in series.sessions):
        return None
    name, count = short_name(series.mentor), notification.facts["sessions"]
    headline = (
        _("{name} confirmed your session.", name=name)
        if count == 1
        else ngettext(
            "{name} confirmed your {count} session.",
            "{name} confirmed your {count} sessions.",
            count,
            name=name,
        )
    )
    return _message(notification, series, reader_id, reader, headline)


def _declined(
    notification: DueNotification, series: SeriesView, reader_id: int, reader: Reader
) -> Message:
    name, count = short_name(series.mentor), notification.facts["sessions"]
    headline = (
        _("{name} declined your session.", name=name)
        if count == 1
        else ngettext(
            "{name} declined your {count} session.",
            "{name} declined your {count} sessions.",
            count,
            name=name,
        )
    )
    text = sentences(_refund(notification, reader), find_another())
    return _message(notification, series, reader_id, reader, headline, text)


def _expired(
    notification: DueNotification, series: SeriesView, reader_id: int, reader: Reader
) -> Message:
    name = short_name(series.other(reader_id))
    expired = [each for each in series.sessions if each.status is SessionStatus.EXPIRED]
    price = sum(session.price for session in expired)
    if series.party(reader_id) is Party.MENTOR:
        headline = ngettext(
            "A request for {count} session expired because you didn't answer {name}.",
            "A request for {count} sessions expired because you didn't answer {name}.",
            len(expired),
            name=name,
        )
        refund = _("{name} is refunded in full.", name=name) if price else ""
        text = sentences(refund, _("Others can book those times again."))
        return _message(notification, series, reader_id, reader, headline, text)
    headline = ngettext(
        "{name} didn't answer in time, so your request for {count} session expired.",
        "{name} didn't answer in time, so your request for {count} sessions expired.",
        len(expired),
        name=name,
    )
    refund = refunds.own_refund(price, price, notification.guild, reader)
    alternatives: ActionRows = ()
    if notification.session is not None:
        alternatives = alternative_buttons(notification.session, notification.alternatives, reader)
    next_step = (
        _("Here are slots near the first date with other mentors of the same expertise.")
        if alternatives
        else _("Find another mentor with `/book` in the server.")
    )
    text = sentences(refund, next_step)
    return _message(notification, series, reader_id, reader, headline, text, alternatives)


def _cancelled(
    notification: DueNotification, series: SeriesView, reader_id: int, reader: Reader
) -> Message:
    name = short_name(series.other(reader_id))
    count = notification.facts["sessions"]
    headline = (
        _("{name} cancelled your session.", name=name)
        if count == 1
        else ngettext(
            "{name} cancelled your {count} session.",
            "{name} cancelled your {count} sessions.",
            count,
            name=name,
        )
    )
    if series.party(reader_id) is Party.MENTEE:
        text = sentences(_refund(notification, reader), find_another())
    else:
        earned = notification.facts.get("earned", 0)
        paid = refunds.payment(earned, notification.guild, reader)
        late = _("Some were cancelled late.") if paid else ""
        text = sentences(late, paid, _("Others can book those times again."))
    return _message(notification, series, reader_id, reader, headline, text)


def _refund(notification: DueNotification, reader: Reader) -> str:
    """Return a sentence about the refund for the mentee, empty for free sessions."""
    refund, earned = (notification.facts.get(name, 0) for name in ("refund", "earned"))
    # The guild takes no fee from a cancellation.
    return refunds.own_refund(refund, refund + earned, notification.guild, reader)


_RENDERERS: dict[
    NotificationKind, Callable[[DueNotification, SeriesView, int, Reader], Message | None]
] = {
    NotificationKind.SERIES_REQUESTED: _requested,
    NotificationKind.SERIES_CONFIRMED: _confirmed,
    NotificationKind.SERIES_DECLINED: _declined,
    NotificationKind.SERIES_EXPIRED: _expired,
    NotificationKind.SERIES_CANCELLED: _cancelled,
}
