"""The card of a series that was booked: its sessions in both people's times, and its buttons."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Self

import discord

from bot.actors import actor_of
from bot.components.cards import Accent, ActionRows, Card, action_rows
from bot.components.message_reader import Kept
from bot.components.persistent import PersistentSelect, cache_buster
from bot.formatting import avatar_url, clock, discord_timestamp, plain, quoted, shortened, unplain
from bot.interaction import Interaction
from bot.readers import reader_of
from bot.replies import edit_card, respond
from bot.views.booking.answers import add_answers
from bot.views.members.blocks import BlockRequesterButton
from bot.views.series.answers import ConfirmSeriesButton, DeclineSeriesButton
from bot.views.series.items import OPENED_SERIES, SERIES_CARD, CancelSeriesButton
from bot.views.sessions.current_card import show_session
from bot.views.sessions.people import short_name
from bot.views.sessions.status_texts import answer_text, format_status
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.sessions.lifecycle import Action, Party
from mentorship.sessions.series import views
from mentorship.sessions.series.views import SeriesDetails, SeriesView
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import CALLED_OFF, UPCOMING, SessionStatus
from wording import sessions as session_words
from wording import times
from wording.durations import session_length
from wording.lists import alternatives
from wording.offers import series as words
from wording.points import format_points
from wording.reader import Reader
from wording.translation import _, ngettext, pgettext


def series_card(
    details: SeriesDetails, reader_id: int, reader: Reader, now: datetime, text: str = ""
) -> Card:
    """Return the card of a series for one participant, with `text` below its title."""
    series, guild = details.series, details.guild
    other, first = series.other(reader_id), series.sessions[0]
    # Translators: {interval} is such as "every week" or "every 2 weeks".
    title = ngettext(
        "{count} session with {name}, {interval}",
        "{count} sessions with {name}, {interval}",
        len(series.sessions),
        name=plain(other.name),
        interval=words.interval(series.every_weeks, reader),
    )
    card = Card(
        title=title,
        # Discord may show a mention of somebody whom the reader's client doesn't know as a number.
        url=f"https://discord.com/users/{other.user_id}",
        text=text or None,
        accent=_accent(series, now),
        thumbnail=avatar_url(other.user_id, other.avatar),
    )
    card.add_text(session_lines(series.sessions, reader_id, reader, now))
    lengths = {session.minutes: None for session in series.sessions}
    length = alternatives((session_length(minutes, reader) for minutes in lengths), reader)
    price = _price(first, reader_id, guild, reader)
    # Translators: "60 minutes, 🪙 60".
    length_and_price = _("{length}, {price}", length=length, price=price)
    card.add_fact(_("Length and price"), length_and_price)
    reasons = [
        (session.ended_at, session.ended_reason)
        for session in series.sessions
        if session.ended_at is not None and session.ended_reason
    ]
    if reasons:
        _ended_at, reason = max(reasons)
        card.add_fact(_("Reason"), quoted(session_words.end_reason(reason, reader)))
    if first.topic:
        card.add_kept(Kept.TOPIC, _("Topic"), first.topic)
    add_answers(card, details.answers, reader)
    return card


def session_lines(
    sessions: Iterable[SessionView], reader_id: int, reader: Reader, now: datetime
) -> str:
    """Return a numbered line for each session, with its time in both people's zones."""
    lines = []
    for number, session in enumerate(sessions, 1):
        status = format_status(session, reader_id, now)
        if session.proposal is not None:
            # Translators: {status} is what a session is, such as "confirmed".
            status = _("{status}, new time suggested", status=status)
        start = discord_timestamp(session.starts_at)
        if session.status in CALLED_OFF:
            start = f"~~{start}~~"
        lines.append(f"{number}\\. {start} · {status}")
        person, other = session.person(session.party(reader_id)), session.other(reader_id)
        if other.timezone is not None and other.timezone != person.timezone:
            label = times.clock_label(short_name(other), other.timezone)
            span = clock(session.starts_at, session.ends_at, other.timezone, reader)
            # Translators: "Oliver's time (London): Tue 24 Nov, 15:00–16:00".
            lines.append("-# " + _("{label}: {time}", label=label, time=span))
    return "\n".join(lines)


def _price(session: SessionView, reader_id: int, guild: GuildSettings, reader: Reader) -> str:
    """Return the price of each session, and for the mentor what is left of it."""
    if not session.price:
        return pgettext("a price", "free")
    price = format_points(session.price, guild, reader)
    if reader_id != session.mentor.user_id or session.payout == session.price:
        # Translators: the price of each session of a series.
        return _("{price} each", price=price)
    payout = format_points(session.payout, guild, reader)
    # Translators: the price of each session, and what the mentor is paid of it.
    return _("{price} each (you get {payout} after the server's fee)", price=price, payout=payout)


def _accent(series: SeriesView, now: datetime) -> Accent:
    statuses = {session.status for session in series.sessions}
    if SessionStatus.SCHEDULED in statuses or SessionStatus.DISPUTED in statuses:
        return Accent.WAITING
    if statuses & {SessionStatus.CONFIRMED, SessionStatus.IN_PROGRESS}:
        return Accent.AGREED
    return Accent.FAULT if statuses <= CALLED_OFF else Accent.OVER


def headline(series: SeriesView, reader_id: int, reader: Reader) -> str:
    """Return how a series is, as a sentence."""
    name, total = short_name(series.other(reader_id)), len(series.sessions)
    is_mentor = series.party(reader_id) is Party.MENTOR
    pending = sum(session.status is SessionStatus.SCHEDULED for session in series.sessions)
    upcoming = sum(session.status in UPCOMING for session in series.sessions)
    if pending == total:
        if is_mentor:
            return _("This request is waiting for your answer.")
        return _("This request is waiting for {name}'s answer.", name=name)
    if pending and is_mentor:
        # Translators: {total} is at least 2, here and in what follows.
        return ngettext(
            "{count} of {total} sessions is waiting for your answer.",
            "{count} of {total} sessions are waiting for your answer.",
            pending,
            total=total,
        )
    if pending:
        return ngettext(
            "{count} of {total} sessions is waiting for {name}'s answer.",
            "{count} of {total} sessions are waiting for {name}'s answer.",
            pending,
            total=total,
            name=name,
        )
    if upcoming:
        return ngettext(
            "{count} of {total} sessions is still to come.",
            "{count} of {total} sessions are still to come.",
            upcoming,
            total=total,
        )
    return _how_it_ended(series, reader_id, name)


def _how_it_ended(series: SeriesView, reader_id: int, name: str) -> str:
    """Return how a series ended, of which nothing is left."""
    ended = {(session.status, session.ended_by) for session in series.sessions}
    if len(ended) == 1:
        ((status, ended_by),) = ended
        if status is SessionStatus.DECLINED and ended_by is not None:
            if ended_by == reader_id:
                return _("You declined this request.")
            return _("{name} declined this request.", name=name)
        if status is SessionStatus.EXPIRED:
            return _("This request has expired.")
        if status is SessionStatus.CANCELLED and ended_by in (
            series.mentor.user_id,
            series.mentee.user_id,
        ):
            if ended_by == reader_id:
                return _("You cancelled this series.")
            return _("{name} cancelled this series.", name=name)
    return _("This series is over.")


def series_text(series: SeriesView, reader_id: int, reader: Reader) -> str:
    """Return until when the mentor can answer what is pending, "" if nothing is."""
    deadlines = [
        (session.answer_deadline, session.id, session)
        for session in series.sessions
        if session.answer_deadline is not None and session.proposal is None
    ]
    if not deadlines:
        return ""
    deadline, _session_id, session = min(deadlines)
    return answer_text(session, reader_id, deadline, reader)


def series_actions(
    series: SeriesView,
    reader_id: int,
    reader: Reader,
    now: datetime,
    salt: int = 0,
) -> ActionRows:
    """Return the buttons of a series: the mentor's answers, its sessions, cancelling the rest."""
    menu = OpenSeriesSessionMenu(series.id, salt)
    menu.fill(series, reader_id, reader, now)
    items: list[discord.ui.Item[Any]] = [menu]
    confirmable = series.allowing(Action.CONFIRM, reader_id, now)
    declinable = series.allowing(Action.DECLINE, reader_id, now)
    if confirmable:
        items.append(ConfirmSeriesButton.of(series.id, confirmable))
    if declinable:
        items.append(DeclineSeriesButton.of(series.id, declinable))
        items.append(BlockRequesterButton(declinable[0].id))
    if series.allowing(Action.CANCEL, reader_id, now):
        items.append(CancelSeriesButton(series.id))
    return action_rows(*items)


def series_message(
    details: SeriesDetails, reader_id: int, reader: Reader, now: datetime, salt: int = 0
) -> tuple[str, Card, ActionRows]:
    """Return a series' message for one participant, as it is now: headline, card and buttons."""
    series = details.series
    text = series_text(series, reader_id, reader)
    return (
        headline(series, reader_id, reader),
        series_card(details, reader_id, reader, now, text),
        series_actions(series, reader_id, reader, now, salt),
    )


class OpenSeriesSessionMenu(
    PersistentSelect, template=r"series:(?P<id>\d{1,18}):open:(?P<salt>\d{1,2})"
):
    """Opens one session of the series, which can be answered, moved or cancelled alone."""

    def __init__(self, series_id: int, salt: int) -> None:
        super().__init__(f"series:{series_id}:open:{salt}", _("View one session"))

    def fill(self, series: SeriesView, reader_id: int, reader: Reader, now: datetime) -> None:
        """Add the sessions as options, with their times in the reader's zone."""
        self.item.options = [
            discord.SelectOption(
                label=shortened(
                    f"{number}. "
                    + times.describe_compact(session.starts_at, session.zone_of(reader_id), reader),
                    100,
                ),
                value=str(session.id),
                description=shortened(unplain(format_status(session, reader_id, now)), 100),
            )
            for number, session in enumerate(series.sessions, 1)
        ]

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["id"]), int(match["salt"]))

    async def on_select(self, interaction: Interaction, *values: str) -> None:
        (value,) = values
        await show_session(interaction, int(value))


async def _load(interaction: Interaction, series_id: int) -> tuple[str, Card, ActionRows]:
    db, actor = interaction.client.db, actor_of(interaction)
    details = await db.read(views.load_details, actor, series_id)
    salt = cache_buster(interaction)
    return series_message(details, actor.user_id, reader_of(interaction), db.now(), salt)


async def _refresh(interaction: Interaction, series_id: int) -> None:
    """Replace the pressed card by the series as it is now."""
    content, card, actions = await _load(interaction, series_id)
    await edit_card(interaction, content, card=card, actions=actions)


async def _show(interaction: Interaction, series_id: int) -> None:
    """Show the series, in place of the pressed card only if that is the person's alone."""
    content, card, actions = await _load(interaction, series_id)
    await respond(interaction, content, card=card, actions=actions)


SERIES_CARD.register(_refresh)
OPENED_SERIES.register(_show)
