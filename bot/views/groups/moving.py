"""Moving a group session: another time is typed, and agreed to with its consequences shown."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, Self

import discord
from discord import ui

from bot.actors import actor_of
from bot.components.cards import Accent, Card, action_rows
from bot.components.persistent import Form
from bot.errors import sentence
from bot.formatting import discord_timestamp, plain_title
from bot.interaction import Interaction
from bot.readers import reader_of
from bot.replies import respond
from bot.views.groups.items import DETAILS_SCREEN, DetailsButton, GroupButton
from mentorship.errors import MembershipUnknown, MentorshipError, TimeProblem, UnreadableTime
from mentorship.members import members
from mentorship.sessions.groups import group_changes, moving
from mentorship.sessions.groups.group_details import GroupDetails
from mentorship.sessions.groups.group_views import GroupView
from mentorship.sessions.lifecycle import Action, Party
from mentorship.time.natural_time import parser
from wording import examples, groups, times
from wording.lists import enumerated
from wording.reader import Reader
from wording.translation import N_, _, pgettext, sentences


def move_buttons(details: GroupDetails, now: datetime) -> list[ui.Item[Any]]:
    """Return the mentor's button for moving a session that hasn't started."""
    can_move = details.is_mentor and Action.MOVE in details.group.actions(Party.MENTOR, now)
    return [MoveGroupButton(details.group.id)] if can_move else []


class MoveGroupButton(GroupButton):
    """Opens the form for another time."""

    key = "move"

    @classmethod
    def usual_label(cls) -> str:
        return pgettext("button: change the time of a session", "Move")

    async def on_press(self, interaction: Interaction) -> None:
        db, actor = interaction.client.db, actor_of(interaction)
        group = await db.read(group_changes.load_actionable, actor, self.group_id, Action.MOVE)
        defaults = await db.read(members.load_timezone, actor, group.timezone)
        form = MoveGroupForm(group, defaults, reader_of(interaction))
        await interaction.response.send_modal(form)


class MoveGroupForm(Form):
    """Another start, as text in the mentor's time zone."""

    def __init__(
        self, group: GroupView, zone: str, reader: Reader, typed: str | None = None
    ) -> None:
        super().__init__(title=_("Move group session"))
        self.group, self.zone, self.reader = group, zone, reader
        self.draft_flow = f"groupmove-{group.id}"
        self.time = self.add_line(
            "time",
            _("When should it start?"),
            _("Your time ({zone})", zone=times.zone_name(zone, reader)),
            max_length=100,
            default=typed or times.describe(group.starts_at, zone, reader),
            placeholder=enumerated(examples.exact_times(reader), reader),
        )

    def reopened(self) -> MoveGroupForm:
        return MoveGroupForm(self.group, self.zone, self.reader, self.time.value)

    async def on_submit(  # type: ignore[override]  # the client's type is known
        self, interaction: Interaction
    ) -> None:
        db, actor = interaction.client.db, actor_of(interaction)
        time = parser.parse(self.time.value, zone=self.zone, now=db.now(), locale=actor.language)
        if time.instant is None:
            problem = TimeProblem.NOT_EXACT if len(time.spans) == 1 else TimeProblem.SEVERAL
            raise UnreadableTime(self.time.value, problem, zone=self.zone)
        group = await db.read(moving.preview_move, actor, self.group.id, time.instant)
        await show_move(interaction, group, time.instant)


async def show_move(
    interaction: Interaction, group: GroupView, start: datetime, note: str = ""
) -> None:
    """Show what moving means for those who have a seat. Nothing is moved yet."""
    reader = reader_of(interaction)
    card = Card(title=_("Move “{title}”?", title=plain_title(group.title)), accent=Accent.WAITING)
    card.add_fact(_("Current time"), discord_timestamp(group.starts_at))
    card.add_fact(_("New time"), discord_timestamp(start))
    if group.repeat_weeks:
        card.add_text(_("Only this date moves. The other dates stay as they are."))
    card.add_text(groups.asked_again(group, reader))
    button = ConfirmMoveButton(group.id, start, group.revision, group.seats_taken)
    actions = action_rows(button, DetailsButton(group.id, _("Keep current time")))
    await respond(interaction, note or None, card=card, actions=actions)


class ConfirmMoveButton(
    GroupButton,
    template=r"group:(?P<id>\d{1,18}):really-move:(?P<start>\d{1,11}):(?P<revision>\d{1,9})"
    r":(?P<seats>\d{1,9})",
):
    """Moves the session to the time that the card shows."""

    key, label, style = "really-move", N_("Move session"), discord.ButtonStyle.danger

    def __init__(self, group_id: int, start: datetime, revision: int, seats: int) -> None:
        self.start, self.revision, self.seats = start, revision, seats
        super().__init__(group_id, None, int(start.timestamp()), revision, seats)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        start = datetime.fromtimestamp(int(match["start"]), UTC)
        return cls(int(match["id"]), start, int(match["revision"]), int(match["seats"]))

    async def perform(self, interaction: Interaction) -> None:
        try:
            group = await interaction.client.db.run(
                moving.move,
                actor_of(interaction),
                self.group_id,
                self.start,
                revision_shown=self.revision,
                seats_shown=self.seats,
            )
        except MembershipUnknown:
            # It is tried again once Discord was asked.
            raise
        except MentorshipError as error:
            await DETAILS_SCREEN.show(
                interaction, self.group_id, sentence(error, reader_of(interaction))
            )
            return
        moved = _("Moved to {time}.", time=discord_timestamp(group.starts_at))
        asked = _("I'm asking everyone with a seat.") if group.seats_taken else ""
        await DETAILS_SCREEN.show(interaction, self.group_id, sentences(moved, asked))
