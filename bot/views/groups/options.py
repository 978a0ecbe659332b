"""Changing where a group session is, who may join, its minimum, and where it is announced."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import datetime
from typing import Any, Self

import discord
from discord import ui

from bot.actors import actor_of
from bot.components.cards import Card, action_rows
from bot.components.persistent import Form, PersistentItem, PersistentSelect
from bot.errors import sentence
from bot.formatting import discord_timestamp, plain_title
from bot.interaction import Interaction
from bot.readers import reader_of
from bot.replies import respond
from bot.views.groups.channels import announcing_problem, may_announce
from bot.views.groups.form import add_minimum, read_number, read_start, replace_others
from bot.views.groups.items import DetailsButton, GroupButton, acknowledge
from mentorship import meeting_places
from mentorship.errors import (
    Field,
    InvalidField,
    MentorshipError,
    NotFound,
    Problem,
    Subject,
    TermsChanged,
)
from mentorship.guilds import guild_settings
from mentorship.members import members
from mentorship.sessions.groups import creation, group_changes
from mentorship.sessions.groups.group_changes import GroupEdit
from mentorship.sessions.groups.group_details import GroupDetails
from mentorship.sessions.groups.group_views import GroupView
from mentorship.sessions.lifecycle import Action, Party
from wording import groups, times
from wording.lists import alternatives
from wording.reader import Reader
from wording.translation import N_, _, ngettext, pgettext, sentences


def options_buttons(details: GroupDetails, now: datetime) -> list[ui.Item[Any]]:
    """Return the mentor's button for what Edit has no field for, before the start."""
    can_edit = details.is_mentor and Action.EDIT in details.group.actions(Party.MENTOR, now)
    return [GroupOptionsButton(details.group.id)] if can_edit else []


async def show_options(interaction: Interaction, group_id: int, note: str = "") -> None:
    """Show what can be changed beside the texts, with its menus. Raises what editing raises."""
    db, actor, reader = interaction.client.db, actor_of(interaction), reader_of(interaction)
    group = await db.read(group_changes.load_actionable, actor, group_id, Action.EDIT)
    scope = ""
    if group.repeat_weeks:
        scope = _("It's for this date. Dates that people can already join stay as they are.")
    text = sentences(_("A change is saved at once."), scope)
    card = Card(title=plain_title(group.title), text=text)
    card.add_fact(_("Where"), groups.place(group, reader))
    roles = alternatives((f"<@&{role}>" for role in group.join_role_ids), reader)
    card.add_fact(_("Who can join"), roles or pgettext("who can join a session", "everyone"))
    card.add_fact(_("Minimum"), _minimum(group))
    channel = pgettext("the channel of an announcement", "nowhere")
    if group.channel_id is not None:
        channel = f"<#{group.channel_id}>"
    card.add_fact(_("Announced in"), channel)
    menus: list[ui.Item[Any]] = [GroupPlaceMenu.of(group, interaction.client.meeting_providers)]
    if interaction.guild_id is not None:
        # Discord has no roles and channels to choose from in a direct message.
        menus += [GroupRolesMenu.of(group), GroupChannelMenu.of(group)]
    card.add_actions(*menus)
    buttons = action_rows(
        EditMinimumButton(group.id), DetailsButton(group.id, pgettext("button", "Back"))
    )
    await respond(interaction, note or None, card=card, actions=buttons)


def _minimum(group: GroupView) -> str:
    if not group.minimum_seats or group.minimum_deadline is None:
        return pgettext("a minimum number of seats", "none")
    # Translators: the minimum number of seats, and until when they must be taken
    return ngettext(
        "{count} seat by {time}",
        "{count} seats by {time}",
        group.minimum_seats,
        time=discord_timestamp(group.minimum_deadline),
    )


async def _save(
    interaction: Interaction, group_id: int, changes: GroupEdit, revision: int, note: str
) -> None:
    """Save a change that was chosen on a card, and show the card as it is then."""
    try:
        await interaction.client.db.run(
            group_changes.edit,
            actor_of(interaction),
            group_id,
            changes,
            revision_shown=revision,
        )
    except TermsChanged as error:
        note = sentences(sentence(error, reader_of(interaction)), _("Choose again."))
    await show_options(interaction, group_id, note)


class GroupOptionsButton(GroupButton):
    """Shows what Edit has no field for."""

    key, label = "options", N_("More options")

    async def perform(self, interaction: Interaction) -> None:
        await show_options(interaction, self.group_id)


class GroupPlaceMenu(
    PersistentSelect, template=r"group:(?P<id>\d{1,18}):place:(?P<revision>\d{1,9})"
):
    """Where to meet. A room that was created for another place is deleted."""

    def __init__(
        self, group_id: int, revision: int, place: str = "", providers: Collection[str] = ()
    ) -> None:
        self.group_id, self.revision = group_id, revision
        options = [
            discord.SelectOption(
                label=groups.place_option(value), value=value, default=value == place
            )
            for value in meeting_places.offered(groups.PLACES, providers, place)
        ]
        super().__init__(f"group:{group_id}:place:{revision}", _("Where to meet"), options)

    @classmethod
    def of(cls, group: GroupView, providers: Collection[str]) -> Self:
        """Return the menu with the present place."""
        return cls(group.id, group.revision, group.place, providers)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["id"]), int(match["revision"]))

    async def on_select(self, interaction: Interaction, *values: str) -> None:
        await acknowledge(interaction)
        changes = GroupEdit(place=values[0])
        # Translators: {place} is such as "Voice channel"
        note = _("You meet here now: {place}.", place=groups.place_option(values[0]))
        await _save(interaction, self.group_id, changes, self.revision, note)


class GroupRolesMenu(
    PersistentItem,
    ui.DynamicItem[ui.RoleSelect[Any]],
    template=r"group:(?P<id>\d{1,18}):roles:(?P<revision>\d{1,9})",
):
    """Who may join from now on: the holders of some roles; none means everyone."""

    def __init__(self, group_id: int, revision: int, role_ids: tuple[int, ...] = ()) -> None:
        self.group_id, self.revision = group_id, revision
        super().__init__(
            ui.RoleSelect(
                custom_id=f"group:{group_id}:roles:{revision}",
                placeholder=_("Who can join: everyone"),
                min_values=0,
                max_values=creation.MAX_JOIN_ROLES,
                default_values=[discord.Object(role) for role in role_ids],
            )
        )

    @classmethod
    def of(cls, group: GroupView) -> Self:
        """Return the menu with the present roles."""
        return cls(group.id, group.revision, group.join_role_ids)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["id"]), int(match["revision"]))

    async def _dispatch(self, interaction: Interaction) -> None:
        await acknowledge(interaction)
        everyone = interaction.guild_id
        roles = tuple(role.id for role in self.item.values if role.id != everyone)
        note = _("Saved. Everyone who has a seat keeps it.")
        changes = GroupEdit(join_role_ids=roles)
        await _save(interaction, self.group_id, changes, self.revision, note)


class GroupChannelMenu(
    PersistentItem,
    ui.DynamicItem[ui.ChannelSelect[Any]],
    template=r"group:(?P<id>\d{1,18}):channel:(?P<revision>\d{1,9})",
):
    """Moves the announcement to another channel."""

    def __init__(self, group_id: int, revision: int, channel_id: int | None = None) -> None:
        self.group_id, self.revision = group_id, revision
        super().__init__(
            ui.ChannelSelect(
                custom_id=f"group:{group_id}:channel:{revision}",
                placeholder=_("Announce it in …"),
                channel_types=[discord.ChannelType.text, discord.ChannelType.news],
                default_values=[] if channel_id is None else [discord.Object(channel_id)],
            )
        )

    @classmethod
    def of(cls, group: GroupView) -> Self:
        """Return the menu with the present channel."""
        return cls(group.id, group.revision, group.channel_id)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["id"]), int(match["revision"]))

    async def _dispatch(self, interaction: Interaction) -> None:
        await acknowledge(interaction)
        if not self.item.values:
            raise NotFound(Subject.CHOICE)
        (channel,) = self.item.values
        db, actor = interaction.client.db, actor_of(interaction)
        guild = await db.read(guild_settings.load, actor.guild)
        problem = announcing_problem(interaction, channel.id, guild)
        if not may_announce(interaction, channel.id, guild):
            await show_options(interaction, self.group_id, problem)
            return
        note = problem or _("I'm announcing it in {channel}.", channel=channel.mention)
        changes = GroupEdit(channel_id=channel.id)
        await _save(interaction, self.group_id, changes, self.revision, note)


class EditMinimumButton(GroupButton):
    """Opens the form for the minimum number of seats and its deadline."""

    key, label = "minimum", N_("Change minimum")

    async def on_press(self, interaction: Interaction) -> None:
        db, actor = interaction.client.db, actor_of(interaction)
        group = await db.read(group_changes.load_actionable, actor, self.group_id, Action.EDIT)
        zone = await db.read(members.load_timezone, actor, group.timezone)
        form = MinimumForm(group, group.revision, zone, reader_of(interaction))
        await interaction.response.send_modal(form)


class MinimumForm(Form):
    """The minimum number of seats, and until when, as text in the mentor's time zone."""

    def __init__(
        self,
        group: GroupView,
        revision: int,
        zone: str,
        reader: Reader,
        typed: tuple[str, str] | None = None,
    ) -> None:
        super().__init__(title=_("Minimum number of seats"))
        self.group, self.revision, self.zone, self.reader = group, revision, zone, reader
        self.draft_flow = f"groupminimum-{group.id}"
        deadline = group.minimum_deadline if group.minimum_seats else None
        values = typed or (
            str(group.minimum_seats or ""),
            "" if deadline is None else times.describe(deadline, zone, reader),
        )
        self.minimum, self.deadline = add_minimum(self, *values, zone, reader)

    @property
    def typed(self) -> tuple[str, str]:
        """What was typed."""
        return self.minimum.value, self.deadline.value

    def reopened(self) -> MinimumForm:
        return MinimumForm(self.group, self.revision, self.zone, self.reader, self.typed)

    async def on_submit(  # type: ignore[override]  # the client's type is known
        self, interaction: Interaction
    ) -> None:
        await acknowledge(interaction)
        db, actor = interaction.client.db, actor_of(interaction)
        problems: list[MentorshipError] = []
        minimum = read_number(self.minimum.value)
        if minimum is None:
            problems.append(InvalidField(Field.MINIMUM_SEATS, Problem.NOT_A_WHOLE_NUMBER))
        deadline, problem = None, None
        if self.deadline.value.strip():
            deadline, problem = await read_start(
                db, actor, self.deadline.value, self.zone, 0, self.group.starts_at
            )
        if problem is not None:
            problems.append(problem)
        if not problems:
            if deadline is None and minimum:
                as_edited = group_changes.as_request(self.group, GroupEdit(minimum_seats=minimum))
                deadline = creation.minimum_deadline(as_edited, db.now())
            changes = GroupEdit(minimum_seats=minimum, minimum_deadline=deadline)
            try:
                await db.run(
                    group_changes.edit, actor, self.group.id, changes, revision_shown=self.revision
                )
            except InvalidField as error:
                problems += [error, *error.others]
            except TermsChanged as error:
                # Opened again, the form replaces what has changed meanwhile.
                self.revision = int(str(error.current))
                raise
        if problems:
            lines = [sentence(replace_others(each), reader_of(interaction)) for each in problems]
            actions = self.keep(interaction, problems[0])
            await respond(interaction, "\n".join(lines), actions=actions)
            return
        await show_options(interaction, self.group.id, _("Saved."))
