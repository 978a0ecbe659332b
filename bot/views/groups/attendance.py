"""Who was there: a mentor reports the no-shows of a group session, several at once."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Self

import discord

from bot.actors import actor_of
from bot.components.cards import Accent, ActionRows, Card, action_rows
from bot.components.persistent import PersistentButton, PersistentSelect
from bot.errors import sentence
from bot.formatting import discord_timestamp, plain, plain_title
from bot.interaction import Interaction
from bot.readers import reader_of
from bot.replies import edit_card, send_ephemeral
from mentorship.errors import NotAllowedNow
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.sessions import lifecycle
from mentorship.sessions.follow_up import questions
from mentorship.sessions.groups import group_attendance
from mentorship.sessions.groups.group_attendance import GroupAttendance, NoShowReport
from mentorship.sessions.groups.group_views import GroupView
from mentorship.sessions.lifecycle import Attendance, Party
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import SessionStatus
from wording.lists import listed
from wording.names import tell_apart
from wording.points import format_points
from wording.reader import Reader
from wording.translation import _, ngettext, pgettext, sentences

OPTIONS_OF_MENU = 25
"""People whom one of Discord's menus holds."""

MAX_MENUS = 4
"""Menus on one card. Who isn't in them is reported on the card of their own seat."""

MAX_NAMES = 20
"""People whom one sentence names."""


def names(seats: Iterable[SessionView], reader: Reader, unlisted: int = 0) -> str:
    """Return the attendees of seats as a list of names, cut after `MAX_NAMES`.

    `unlisted` is how many more there are.
    """
    people = [plain(seat.mentee.name) for seat in seats]
    others = max(0, len(people) - MAX_NAMES) + unlisted
    if others:
        # Translators: the end of a list of names: "Maya, Priya and 2 others"
        rest = ngettext("{count} other", "{count} others", others)
        people = [*people[:MAX_NAMES], rest]
    return listed(people, reader)


def attendance_card(
    loaded: GroupAttendance, reader: Reader, now: datetime
) -> tuple[Card, ActionRows]:
    """Return the question who was there, with what happens without an answer.

    `now` is when the mentor is asked, or looks at it.
    """
    group, guild, unreported = loaded.group, loaded.guild, loaded.unreported
    card = Card(
        title=_("Who was there?"), text=_question(loaded, reader, now), accent=Accent.WAITING
    )
    card.add_fact(_("Session"), plain_title(group.title))
    card.add_fact(_("When"), discord_timestamp(group.starts_at))
    add_outcome(card, loaded.seats, reader, loaded.unlisted)
    if loaded.earned:
        card.add_fact(_("Paid so far"), format_points(loaded.earned, guild, reader))
    if not unreported:
        card.accent = Accent.OVER
    return card, action_rows(*_menus(group, unreported))


def add_outcome(
    card: Card, seats: Sequence[SessionView], reader: Reader, unlisted: int = 0
) -> None:
    """Add what became of the seats whose attendance is known, or in question.

    `unlisted` is how many seats there are besides them.
    """
    over = (SessionStatus.COMPLETED, SessionStatus.REFUNDED)
    # However it ended, the two never agreed on whether they met.
    resolved = [
        seat
        for seat in seats
        if seat.status in over and Attendance.NO_SHOW in seat.reports.values()
    ]
    attended = [
        seat for seat in seats if seat.status is SessionStatus.COMPLETED and seat not in resolved
    ]
    absent = [seat for seat in seats if seat.no_show_user_id == seat.mentee.user_id]
    without_mentor = [seat for seat in seats if seat.no_show_user_id == seat.mentor.user_id]
    asked = [
        seat
        for seat in seats
        if seat.status is SessionStatus.IN_PROGRESS and Party.MENTOR in seat.reports
    ]
    disputed = [seat for seat in seats if seat.status is SessionStatus.DISPUTED]
    for label, some in (
        # Translators: before the names of those who came to a group session
        (_("Attended"), attended),
        # Translators: before the names of those who didn't come to a group session
        (_("No-shows"), absent),
        (_("Refunded, since you didn't come"), without_mentor),
        (_("Asked whether they came"), asked),
        (_("Moderators decide"), disputed),
        (_("Dispute resolved"), resolved),
    ):
        if some:
            card.add_fact(label, names(some, reader))
    if unlisted:
        card.add_fact(
            _("Not listed"), ngettext("{count} more seat", "{count} more seats", unlisted)
        )


def _question(loaded: GroupAttendance, reader: Reader, now: datetime) -> str:
    unreported = loaded.unreported
    if not unreported:
        return _("You've nothing left to report.")
    until = discord_timestamp(_deadline(unreported, loaded.group, now))
    payout = sum(seat.payout for seat in unreported)
    if not payout:
        silence = _(
            "The session is completed by {time}, sooner for each person who confirms.",
            time=until,
        )
    elif loaded.unlisted:
        # The points of the seats that aren't listed aren't known here.
        silence = _("You're paid by {time}, sooner for each person who confirms.", time=until)
    else:
        silence = _(
            "You're paid {points} by {time}, sooner for each person who confirms.",
            points=format_points(payout, loaded.guild, reader),
            time=until,
        )
    return sentences(
        _("If everyone came, there's nothing to do."),
        silence,
        _("If somebody didn't come, choose them below."),
    )


def _deadline(seats: Sequence[SessionView], group: GroupView, now: datetime) -> datetime:
    """Return when the last of the seats completes by itself, if nobody says anything."""
    return max(
        questions.answer_until(seat.next_at, group.complete_after, min(now, group.ends_at))
        for seat in seats
    )


def _menus(group: GroupView, seats: Sequence[SessionView]) -> list[NoShowMenu]:
    people = tell_apart({seat.mentee.user_id: seat.mentee.name for seat in seats})
    parts = [
        list(people.items())[start : start + OPTIONS_OF_MENU]
        for start in range(0, min(len(people), MAX_MENUS * OPTIONS_OF_MENU), OPTIONS_OF_MENU)
    ]
    return [
        NoShowMenu(
            group.id,
            number,
            [discord.SelectOption(label=name[:100], value=str(user_id)) for user_id, name in part],
        )
        for number, part in enumerate(parts)
    ]


class NoShowMenu(PersistentSelect, template=r"group:(?P<id>\d+):absent:(?P<part>\d)"):
    """The attendees who may be reported as no-shows; several at once."""

    def __init__(
        self, group_id: int, part: int, options: list[discord.SelectOption] | None = None
    ) -> None:
        self.group_id = group_id
        super().__init__(
            f"group:{group_id}:absent:{part}",
            _("Who didn't come?"),
            options,
            max_values=max(1, len(options or [])),
        )

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["id"]), int(match["part"]))

    async def on_select(self, interaction: Interaction, *values: str) -> None:
        db = interaction.client.db
        loaded = await db.read(
            group_attendance.load_for_mentor, actor_of(interaction), self.group_id
        )
        chosen = [seat for seat in loaded.unreported if str(seat.mentee.user_id) in values]
        if not chosen:
            await _show(interaction, loaded)
            return
        reader = reader_of(interaction)
        card = _confirmation(loaded.group, chosen, loaded.guild, reader, db.now())
        selection = Selection.of(loaded, chosen)
        actions = action_rows(
            ConfirmNoShowsButton(self.group_id, selection), DismissNoShowsButton(self.group_id)
        )
        await edit_card(interaction, card=card, actions=actions)


def _confirmation(
    group: GroupView,
    seats: Sequence[SessionView],
    guild: GuildSettings,
    reader: Reader,
    now: datetime,
) -> Card:
    """Return the card that says what reporting these attendees means."""
    who, count = names(seats, reader), len(seats)
    until = discord_timestamp(lifecycle.report_deadline(group.ends_at, now, group.complete_after))
    price = sum(seat.price for seat in seats)
    notified = ngettext(
        "{names} is notified and has until {time} to disagree.",
        "{names} are notified and have until {time} to disagree.",
        count,
        names=who,
        time=until,
    )
    if price:
        counts = ngettext(
            "If {names} doesn't answer, your report counts and you're paid {points}.",
            "If they don't answer, your report counts and you're paid {points}.",
            count,
            names=who,
            points=format_points(price, guild, reader),
        )
    else:
        counts = ngettext(
            "If {names} doesn't answer, your report counts.",
            "If they don't answer, your report counts.",
            count,
            names=who,
        )
    return Card(
        title=ngettext("Report {count} no-show?", "Report {count} no-shows?", count),
        text=sentences(notified, counts),
        accent=Accent.WAITING,
    )


class Selection:
    """Some seats of a group session, in a custom id: their places in the list, and a digest.

    The digest tells whether the places still are those people's.
    """

    def __init__(self, mask: str, digest: str) -> None:
        self.mask, self.digest = mask, digest

    @classmethod
    def of(cls, loaded: GroupAttendance, chosen: Sequence[SessionView]) -> Selection:
        ids = {seat.id for seat in chosen}
        bits = sum(1 << place for place, seat in enumerate(loaded.seats) if seat.id in ids)
        return cls(f"{bits:x}", _digest(chosen))

    def seats(self, loaded: GroupAttendance) -> list[SessionView] | None:
        """Return the seats, None if the list has changed so that they can't be told."""
        bits = int(self.mask, 16)
        chosen = [seat for place, seat in enumerate(loaded.seats) if bits >> place & 1]
        return chosen if _digest(chosen) == self.digest else None


def _digest(seats: Iterable[SessionView]) -> str:
    ids = ",".join(str(seat.id) for seat in seats)
    return hashlib.sha256(ids.encode()).hexdigest()[:8]


class ConfirmNoShowsButton(
    PersistentButton,
    template=r"group:(?P<id>\d+):absent:x(?P<mask>[0-9a-f]{1,50})x:h(?P<digest>[0-9a-f]{8})h",
):
    """Reports the chosen attendees as no-shows."""

    def __init__(self, group_id: int, selection: Selection) -> None:
        self.group_id, self.selection = group_id, selection
        super().__init__(
            f"group:{group_id}:absent:x{selection.mask}x:h{selection.digest}h",
            _("Report no-shows"),
            discord.ButtonStyle.danger,
        )

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["id"]), Selection(match["mask"], match["digest"]))

    async def on_press(self, interaction: Interaction) -> None:
        db, actor = interaction.client.db, actor_of(interaction)
        reader = reader_of(interaction)
        loaded = await db.read(group_attendance.load_for_mentor, actor, self.group_id)
        seats = self.selection.seats(loaded)
        if seats is None:
            await _show(interaction, loaded)
            await send_ephemeral(
                interaction,
                _(
                    "This card was out of date, so nothing has happened yet. Here's who "
                    "can be reported now."
                ),
            )
            return
        user_ids = [seat.mentee.user_id for seat in seats]
        try:
            report = await db.run(group_attendance.report_no_shows, actor, self.group_id, user_ids)
        except NotAllowedNow as error:
            await _show(interaction, loaded)
            await send_ephemeral(interaction, sentence(error, reader))
            return
        loaded = await db.read(group_attendance.load_for_mentor, actor, self.group_id)
        await _show(interaction, loaded, outcome(report, reader))


def outcome(report: NoShowReport, reader: Reader) -> str:
    """Return what became of reported no-shows, in one sentence for each outcome."""
    outcomes = []
    if report.reported:
        asked = ngettext(
            "{names} has been asked.",
            "{names} have been asked.",
            len(report.reported),
            names=names(report.reported, reader),
        )
        outcomes.append(asked)
    if report.disputed:
        disputed = ngettext(
            "{names} reported that you didn't come, so the moderators will decide.",
            "{names} reported that you didn't come, so the moderators will decide.",
            len(report.disputed),
            names=names(report.disputed, reader),
        )
        outcomes.append(disputed)
    if report.refused:
        refused = names(report.refused, reader)
        outcomes.append(_("Nothing to report any more about {names}.", names=refused))
    return sentences(*outcomes)


class DismissNoShowsButton(PersistentButton, template=r"group:(?P<id>\d+):absent:cancel"):
    """Leaves the confirmation card without a report."""

    def __init__(self, group_id: int) -> None:
        self.group_id = group_id
        super().__init__(f"group:{group_id}:absent:cancel", pgettext("button", "Cancel"))

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["id"]))

    async def on_press(self, interaction: Interaction) -> None:
        loaded = await interaction.client.db.read(
            group_attendance.load_for_mentor, actor_of(interaction), self.group_id
        )
        await _show(interaction, loaded)


async def _show(interaction: Interaction, loaded: GroupAttendance, text: str | None = None) -> None:
    card, actions = attendance_card(loaded, reader_of(interaction), interaction.client.db.now())
    await edit_card(interaction, text, card=card, actions=actions)
