"""Buttons, menus and forms that report their errors to the person and survive a restart.

A custom id carries all that its button needs, such as `session:42:confirm`. discord.py creates the
object again at each press (`DynamicItem`), so buttons on old messages keep working.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from typing import Any, Self, cast

import discord
from discord import ui

from bot import errors
from bot.components.cards import ActionRows, action_rows
from bot.drafts import FlowKey
from bot.formatting import shortened
from bot.guilds.presence import as_member
from bot.interaction import Interaction
from bot.languages import speak_to
from bot.replies import respond
from bot.telemetry import measure_component, start
from mentorship.actors import MAX_ID
from mentorship.errors import (
    InvalidField,
    MentorshipError,
    NotFound,
    Subject,
    UnknownTimezone,
    UnreadableHours,
    UnreadableTime,
)
from mentorship.mentors.profile_rules import MAX_LINK_LENGTH
from wording.translation import _

MAX_LABEL, MAX_PLACEHOLDER, MAX_OPTION, MAX_TITLE, MAX_HINT = 80, 150, 100, 45, 100
"""Characters that Discord takes: of a button, a menu, its options, a form's title and questions,
and of what is below a question. Translations are cut to them rather than refused."""


class PersistentItem:
    """A component that is created again from its custom id at each press.

    The class argument `template` is the regular expression of its custom ids.
    """

    _forged = False
    """Whether the bot can't have sent this custom id, because a number in it is too large."""

    def __init_subclass__(cls, *, template: str, **kwargs: Any) -> None:
        super().__init_subclass__(template=re.compile(template), **kwargs)  # type: ignore[call-arg]  # DynamicItem takes it

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction, item: ui.Item[Any], match: re.Match[str]
    ) -> Self:
        created = cls.from_match(match)
        numbers = (value for value in match.groupdict().values() if value and value.isdecimal())
        created._forged = any(int(number) > MAX_ID for number in numbers)
        if isinstance(created, PersistentSelect) and isinstance(item, ui.Select):
            created.shown = frozenset(option.value for option in item.options if option.default)
        return created

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        """Create the component from the match of its custom id, which by default holds nothing."""
        return cls()

    async def callback(self, interaction: discord.Interaction) -> None:
        with measure_component(interaction, self):
            try:
                await speak_to(interaction)
                if self._forged:
                    raise NotFound(Subject.BUTTON)
                await as_member(self._dispatch)(cast("Interaction", interaction))
            except Exception as error:
                await errors.answer(interaction, error)

    async def _dispatch(self, interaction: Interaction) -> None:
        """Call the subclass's handler with the selected values."""
        raise NotImplementedError


class PersistentButton(PersistentItem, ui.DynamicItem[ui.Button[ui.LayoutView]], template="unused"):
    """A button that is recognised by its custom id. Subclasses define `on_press`."""

    def __init__(
        self,
        custom_id: str,
        label: str = "…",
        style: discord.ButtonStyle = discord.ButtonStyle.secondary,
        emoji: str | None = None,
    ) -> None:
        super().__init__(
            ui.Button(
                label=shortened(label, MAX_LABEL), style=style, custom_id=custom_id, emoji=emoji
            )
        )

    async def _dispatch(self, interaction: Interaction) -> None:
        await self.on_press(interaction)

    async def on_press(self, interaction: Interaction) -> None:
        raise NotImplementedError


class PersistentSelect(PersistentItem, ui.DynamicItem[ui.Select[ui.LayoutView]], template="unused"):
    """A menu that is recognised by its custom id. Subclasses define `on_select`.

    `shown` are the values that were selected when the person opened the menu.
    """

    shown: frozenset[str] = frozenset()

    def __init__(
        self,
        custom_id: str,
        placeholder: str = "…",
        options: list[discord.SelectOption] | None = None,
        max_values: int = 1,
    ) -> None:
        for option in options or ():
            option.label = shortened(option.label, MAX_OPTION)
            if option.description is not None:
                option.description = shortened(option.description, MAX_OPTION)
        super().__init__(
            ui.Select(
                custom_id=custom_id,
                placeholder=shortened(placeholder, MAX_PLACEHOLDER),
                options=options or [],
                max_values=max_values,
            )
        )

    def added(self, values: Iterable[str]) -> list[str]:
        """Return the selected values that the person added to those that they were shown."""
        return [value for value in values if value not in self.shown]

    def removed(self, values: Iterable[str]) -> list[str]:
        """Return the values that the person was shown as selected, and took out."""
        return sorted(self.shown.difference(values))

    async def _dispatch(self, interaction: Interaction) -> None:
        await self.on_select(interaction, *self.item.values)

    async def on_select(self, interaction: Interaction, *values: str) -> None:
        raise NotImplementedError


class PersistentRoleSelect(PersistentItem, ui.DynamicItem[ui.RoleSelect[Any]], template="unused"):
    """A menu of the guild's roles, of which at most one is selected.

    Subclasses define `on_select`, which takes the role's id or None.
    """

    def __init__(self, custom_id: str, placeholder: str = "…", role_id: int | None = None) -> None:
        super().__init__(
            ui.RoleSelect(
                custom_id=custom_id,
                placeholder=shortened(placeholder, MAX_PLACEHOLDER),
                min_values=0,
                default_values=[] if role_id is None else [discord.Object(role_id)],
            )
        )

    async def _dispatch(self, interaction: Interaction) -> None:
        ids = [role.id for role in self.item.values]
        await self.on_select(interaction, ids[0] if ids else None)

    async def on_select(self, interaction: Interaction, role_id: int | None) -> None:
        raise NotImplementedError


class PersistentChannelSelect(
    PersistentItem, ui.DynamicItem[ui.ChannelSelect[Any]], template="unused"
):
    """A menu of the guild's text channels, of which at most one is selected.

    Subclasses define `on_select`, which takes the channel's id or None.
    """

    def __init__(
        self, custom_id: str, placeholder: str = "…", channel_id: int | None = None
    ) -> None:
        super().__init__(
            ui.ChannelSelect(
                custom_id=custom_id,
                placeholder=shortened(placeholder, MAX_PLACEHOLDER),
                channel_types=[discord.ChannelType.text, discord.ChannelType.news],
                min_values=0,
                default_values=[] if channel_id is None else [discord.Object(channel_id)],
            )
        )

    async def _dispatch(self, interaction: Interaction) -> None:
        ids = [channel.id for channel in self.item.values]
        await self.on_select(interaction, ids[0] if ids else None)

    async def on_select(self, interaction: Interaction, channel_id: int | None) -> None:
        raise NotImplementedError


def cache_buster(interaction: discord.Interaction) -> int:
    """Return a number below 97 for a menu's custom id, likely other than on the message before.

    Discord clients remember what was selected in a menu by its custom id, and the same option can't
    be selected again after Back.
    """
    return (interaction.id ^ interaction.id >> 22) % 97


class ReopenFormButton(
    PersistentButton, template=r"application:correct(:(?P<flow>[a-z]{1,20}(-\d{1,18})?))?"
):
    """Opens a form that could not be saved again, filled in with what was typed.

    Buttons of older versions name no flow; what was typed then is lost.
    """

    def __init__(self, flow: str | None, label: str | None = None) -> None:
        self.flow = flow
        custom_id = "application:correct" if flow is None else f"application:correct:{flow}"
        super().__init__(custom_id, label or _("Open the form again"), discord.ButtonStyle.primary)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(match["flow"])

    async def on_press(self, interaction: Interaction) -> None:
        forms, now = interaction.client.drafts.forms, interaction.client.db.now()
        reopen = forms.get(FlowKey.of(interaction, self.flow), now)
        if reopen is None:
            await respond(interaction, _("I no longer have what you typed. Please start again."))
        else:
            await interaction.response.send_modal(reopen())


_MISTAKES = (InvalidField, UnknownTimezone, UnreadableHours, UnreadableTime)
"""Errors that lie in what was typed."""


class Form(ui.Modal):
    """A modal that reports its errors to the person. Subclasses define `on_submit`.

    Those with a `draft_flow` also define `reopened`: whatever prevents them from being saved, the
    answer has a button that opens the form again, filled in. It names what the form is for, such as
    `apply` or `reject-42`.
    """

    draft_flow: str | None = None
    _is_kept = False

    def __init__(self, *, title: str, **options: Any) -> None:
        super().__init__(title=shortened(title, MAX_TITLE), **options)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        submit = as_member(cls.on_submit)

        @functools.wraps(submit)
        async def on_submit(self: Self, interaction: Interaction) -> None:
            try:
                await submit(self, interaction)
            except MentorshipError as error:
                await self._answer(interaction, error)
            if self.draft_flow is not None and not self._is_kept:
                key = FlowKey.of(interaction, self.draft_flow)
                interaction.client.drafts.forms.pop(key, interaction.client.db.now())

        cls.on_submit = on_submit  # type: ignore[method-assign,assignment]

    def reopened(self) -> Form:
        """Return the form again, filled in with what was typed."""
        raise NotImplementedError

    def way_out(self) -> ui.Item[Any] | None:
        """Return a button for leaving the form, if its answer takes the place of a panel."""
        return None

    def keep(self, interaction: Interaction, error: Exception) -> ActionRows:
        """Keep what was typed. Returns the button that opens the form again, if it has a flow."""
        if self.draft_flow is None:
            return ()
        self._is_kept = True
        key = FlowKey.of(interaction, self.draft_flow)
        interaction.client.drafts.forms.put(key, self.reopened, interaction.client.db.now())
        label = _("Correct it") if isinstance(error, _MISTAKES) else None
        items = [ReopenFormButton(self.draft_flow, label), self.way_out()]
        return action_rows(*(item for item in items if item is not None))

    async def _answer(self, interaction: Interaction, error: Exception) -> None:
        await errors.answer(interaction, error, self.keep(interaction, error))

    async def interaction_check(self, interaction: discord.Interaction) -> bool:
        start(interaction)
        await speak_to(interaction)
        return True

    def add_line(
        self,
        custom_id: str,
        question: str,
        hint: str | None = None,
        *,
        max_length: int,
        default: str | None = None,
        placeholder: str = "",
        required: bool = True,
    ) -> ui.TextInput[Self]:
        """Add a question that is answered with one line of at most `max_length` characters.

        What is longer than Discord allows is cut.
        """
        text_input = ui.TextInput[Self](
            custom_id=custom_id,
            max_length=max_length,
            default=default or None,
            placeholder=shortened(placeholder, MAX_HINT) or None,
            required=required,
        )
        description = None if hint is None else shortened(hint, MAX_HINT)
        text = shortened(question, MAX_TITLE)
        self.add_item(ui.Label(text=text, description=description, component=text_input))
        return text_input

    def add_text_area(
        self,
        custom_id: str,
        question: str,
        hint: str,
        *,
        max_length: int,
        required: bool = True,
        default: str | None = None,
    ) -> ui.TextInput[Self]:
        """Add a question that is answered with several lines of at most `max_length` characters.

        What is longer than Discord allows is cut.
        """
        text_input = ui.TextInput[Self](
            custom_id=custom_id,
            style=discord.TextStyle.paragraph,
            max_length=max_length,
            required=required,
            default=default,
        )
        text, description = shortened(question, MAX_TITLE), shortened(hint, MAX_HINT)
        self.add_item(ui.Label(text=text, description=description, component=text_input))
        return text_input

    def add_link(
        self, question: str, hint: str, default: str | None, custom_id: str = "link"
    ) -> ui.TextInput[Self]:
        """Add an optional question for a mentor's meeting link. `hint` is cut as above."""
        return self.add_line(
            custom_id,
            question,
            hint,
            max_length=MAX_LINK_LENGTH,
            default=default,
            placeholder="https://meet.example.com/your-room",
            required=False,
        )

    async def on_error(  # type: ignore[override]  # discord.py's own signature is wider
        self, interaction: Interaction, error: Exception
    ) -> None:
        await self._answer(interaction, error)
