"""What a mentor does with a group session: edit it, close sign-up, remove somebody, announce it."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Self

import discord
from discord import ui

from bot.actors import actor_of
from bot.components.persistent import Form, PersistentItem
from bot.errors import sentence
from bot.formatting import plain
from bot.interaction import Interaction
from bot.readers import reader_of
from bot.replies import respond
from bot.views.groups.channels import announcing_problem, may_announce
from bot.views.groups.form import (
    no_limit,
    read_number,
    read_seats,
    replace_others,
    seats_hint,
)
from bot.views.groups.items import DETAILS_SCREEN, GroupButton, acknowledge
from bot.views.sessions.cancellation import show_cancellation_preview
from mentorship.errors import (
    Field,
    InvalidField,
    MentorshipError,
    NotAllowedNow,
    NotFound,
    Problem,
    Subject,
    TermsChanged,
)
from mentorship.guilds import guild_settings
from mentorship.sessions.groups import (
    announcements,
    creation,
    group_changes,
    group_views,
    repeats,
)
from mentorship.sessions.groups.group_changes import GroupEdit
from mentorship.sessions.groups.group_details import GroupDetails
from mentorship.sessions.groups.group_views import GroupView
from mentorship.sessions.lifecycle import Action, Party
from wording.translation import N_, _, ngettext, pgettext, sentences

_Edit = Callable[..., Awaitable[object]]


def managing_buttons(details: GroupDetails, now: datetime) -> list[ui.Item[Any]]:
    """Return the mentor's buttons for a session that hasn't started, but for moving it."""
    group = details.group
    if not details.is_mentor:
        return []
    actions = group.actions(Party.MENTOR, now)
    items: list[ui.Item[Any]] = []
    if Action.EDIT in actions:
        items.append(EditGroupButton(group.id))
    if Action.EDIT in actions and group.repeat_weeks:
        items.append(EditFollowingButton(group.id))
    if Action.CLOSE_SIGN_UP in actions:
        items.append(SignUpButton(group.id, is_open=False))
    if Action.OPEN_SIGN_UP in actions:
        items.append(SignUpButton(group.id, is_open=True))
    return items


def managing_menus(details: GroupDetails, now: datetime) -> list[ui.Item[Any]]:
    """Return the mentor's menus for a session that hasn't started."""
    group = details.group
    if not details.is_mentor or Action.EDIT not in group.actions(Party.MENTOR, now):
        return []
    remove = [RemoveAttendeeMenu(group.id)] if group.seats_taken else []
    announce = [AnnounceMenu(group.id)] if group.channel_id is None else []
    return [*remove, *announce]


class EditGroupButton(GroupButton):
    """Opens the form with what the session says."""

    key = "edit"

    @classmethod
    def usual_label(cls) -> str:
        return pgettext("button", "Edit")

    async def on_press(self, interaction: Interaction) -> None:
        group = await interaction.client.db.read(
            group_changes.load_actionable, actor_of(interaction), self.group_id, Action.EDIT
        )
        await interaction.response.send_modal(EditGroupForm(group, group.revision))


class EditFollowingButton(GroupButton):
    """Opens the form for the session and all that follow."""

    key, label = "edit-all", N_("Edit all that follow")

    async def on_press(self, interaction: Interaction) -> None:
        group = await interaction.client.db.read(
            group_changes.load_actionable, actor_of(interaction), self.group_id, Action.EDIT
        )
        form = EditGroupForm(group, group.revision, with_following=True)
        await interaction.response.send_modal(form)


class EditGroupForm(Form):
    """Changes a group session but for its time. Seats that are taken keep their price."""

    def __init__(
        self,
        group: GroupView,
        revision: int,
        typed: tuple[str, ...] | None = None,
        *,
        with_following: bool = False,
    ) -> None:
        super().__init__(
            title=_("Edit all that follow") if with_following else _("Edit group session")
        )
        self.group, self.revision, self.with_following = group, revision, with_following
        self.draft_flow = f"group-{group.id}"
        values = typed or (
            group.title,
            group.description,
            str(group.capacity) if group.capacity else no_limit(),
            str(group.price),
            group.meeting_link or "",
        )
        self.name = self.add_line("title", _("Title"), max_length=80, default=values[0])
        self.description = self.add_text_area(
            "description",
            _("What's it about?"),
            _("Optional. Everyone in the server can read it."),
            max_length=creation.LONGEST_DESCRIPTION,
            required=False,
            default=values[1] or None,
        )
        taken = ""
        if group.seats_taken:
            # Translators: how many seats of a group session are taken
            taken = ngettext("{count} taken.", "{count} taken.", group.seats_taken)
        hint = sentences(taken, seats_hint())
        self.seats = self.add_line("seats", _("Seats"), hint, max_length=20, default=values[2])
        price_hint = _("For seats taken from now on. The others keep their price.")
        self.price = self.add_line(
            "price",
            _("Points a seat"),
            price_hint,
            max_length=12,
            default=values[3],
            required=False,
        )
        self.link = self.add_link(_("Meeting link"), _("Only attendees see it."), values[4])

    @property
    def typed(self) -> tuple[str, ...]:
        """What was typed."""
        fields = (self.name, self.description, self.seats, self.price, self.link)
        return tuple(field.value for field in fields)

    def reopened(self) -> EditGroupForm:
        return EditGroupForm(
            self.group, self.revision, self.typed, with_following=self.with_following
        )

    async def on_submit(  # type: ignore[override]  # the client's type is known
        self, interaction: Interaction
    ) -> None:
        await acknowledge(interaction)
        capacity, price = read_seats(self.seats.value), read_number(self.price.value)
        problems: list[MentorshipError] = []
        if capacity is None:
            least, most = creation.CAPACITIES
            problems.append(
                InvalidField(Field.CAPACITY, Problem.OUT_OF_RANGE, least=least, most=most)
            )
        if price is None:
            problems.append(InvalidField(Field.SEAT_PRICE, Problem.NOT_A_WHOLE_NUMBER))
        changes = GroupEdit(
            title=self.name.value,
            description=self.description.value,
            capacity=capacity,
            price=price,
            meeting_link=self.link.value.strip(),
        )
        try:
            if problems:
                guild_id = self.group.guild_id
                guild = await interaction.client.db.read(guild_settings.load, guild_id)
                creation.validate(
                    group_changes.as_request(self.group, changes),
                    guild,
                    interaction.client.db.now(),
                )
            else:
                edit: _Edit = group_changes.edit
                if self.with_following:
                    edit = repeats.edit_following
                await interaction.client.db.run(
                    edit,
                    actor_of(interaction),
                    self.group.id,
                    changes,
                    revision_shown=self.revision,
                )
        except InvalidField as error:
            problems += [error, *error.others]
        except TermsChanged as error:
            # Opened again, the form replaces what has changed meanwhile, which the answer says.
            self.revision = int(str(error.current))
            raise
        if problems:
            reader = reader_of(interaction)
            lines = [sentence(replace_others(each), reader) for each in problems]
            await respond(
                interaction, "\n".join(lines), actions=self.keep(interaction, problems[0])
            )
            return
        await DETAILS_SCREEN.show(interaction, self.group.id, _("Saved. The announcement follows."))


class SignUpButton(GroupButton, template=r"group:(?P<id>\d{1,18}):signup:(?P<open>[01])"):
    """Closes or opens sign-up."""

    key = "signup"

    def __init__(self, group_id: int, *, is_open: bool) -> None:
        self.is_open = is_open
        # Translators: button: nobody can join a group session then
        label = _("Close sign-up")
        if is_open:
            # Translators: button: people can join a group session again
            label = _("Open sign-up")
        super().__init__(group_id, label, int(is_open))

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["id"]), is_open=match["open"] == "1")

    async def perform(self, interaction: Interaction) -> None:
        note = _("Sign-up is open again.") if self.is_open else _("Sign-up is closed.")
        try:
            await interaction.client.db.run(
                group_changes.set_sign_up,
                actor_of(interaction),
                self.group_id,
                is_open=self.is_open,
            )
        except NotAllowedNow as error:
            note = sentence(error, reader_of(interaction))
        await DETAILS_SCREEN.show(interaction, self.group_id, note)


class RemoveAttendeeMenu(
    PersistentItem,
    ui.DynamicItem[ui.UserSelect[Any]],
    template=r"group:(?P<id>\d{1,18}):remove",
):
    """Chooses an attendee, and asks whether to remove them, with the refund."""

    def __init__(self, group_id: int) -> None:
        self.group_id = group_id
        super().__init__(
            ui.UserSelect(
                custom_id=f"group:{group_id}:remove",
                placeholder=_("Remove an attendee"),
                min_values=1,
            )
        )

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["id"]))

    async def _dispatch(self, interaction: Interaction) -> None:
        await acknowledge(interaction)
        if not self.item.values:
            raise NotFound(Subject.CHOICE)
        (person,) = self.item.values
        db, actor = interaction.client.db, actor_of(interaction)
        group = await db.read(group_views.load_for, actor, self.group_id)
        group.party(actor.user_id)
        own = await db.read(group_views.find_own_place, group.id, person.id)
        if own.session_id is None:
            name = plain(person.display_name)
            await DETAILS_SCREEN.show(
                interaction, group.id, _("{name} has no seat in this session.", name=name)
            )
        else:
            await show_cancellation_preview(interaction, own.session_id)


class AnnounceMenu(
    PersistentItem,
    ui.DynamicItem[ui.ChannelSelect[Any]],
    template=r"group:(?P<id>\d{1,18}):announce",
):
    """Announces the session in a channel, if it isn't announced."""

    def __init__(self, group_id: int) -> None:
        self.group_id = group_id
        super().__init__(
            ui.ChannelSelect(
                custom_id=f"group:{group_id}:announce",
                placeholder=_("Announce it in …"),
                channel_types=[discord.ChannelType.text, discord.ChannelType.news],
            )
        )

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["id"]))

    async def _dispatch(self, interaction: Interaction) -> None:
        await acknowledge(interaction)
        db, actor = interaction.client.db, actor_of(interaction)
        if not self.item.values:
            raise NotFound(Subject.CHOICE)
        (channel,) = self.item.values
        guild = await db.read(guild_settings.load, actor.guild)
        problem = announcing_problem(interaction, channel.id, guild)
        if not may_announce(interaction, channel.id, guild):
            await DETAILS_SCREEN.show(interaction, self.group_id, problem)
            return
        await db.run(announcements.post, actor, self.group_id, channel.id)
        note = problem or _("I'm announcing it in {channel}.", channel=channel.mention)
        await DETAILS_SCREEN.show(interaction, self.group_id, note)
