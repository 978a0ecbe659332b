"""The forms of `/setup` for settings other than roles and channels."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any, NamedTuple, Self

import discord
from discord import ChannelType, ui

from bot.components.persistent import Form, PersistentButton
from bot.drafts import FlowKey
from bot.errors import sentence
from bot.formatting import shortened
from bot.interaction import Interaction
from bot.readers import reader_of
from bot.replies import respond_with_layout
from bot.views.setup.overview import (
    UNREADY,
    SetupContext,
    back_button,
    build_page,
    load_setup,
    overview_page,
)
from mentorship import meeting_places
from mentorship.administration import setup
from mentorship.errors import Field, InvalidField, NotFound, Problem, SettingsChanged, Subject
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.guilds.setting_limits import (
    MAX_SERVER_LENGTH,
    SETTINGS,
    Choice,
    Reference,
    References,
    Server,
)
from wording.administration import settings as settings_text
from wording.reader import Reader
from wording.translation import N_, _

_Field = ui.TextInput[Any] | ui.Select[Any] | ui.RoleSelect[Any] | ui.ChannelSelect[Any]


class SettingsGroup(NamedTuple):
    """A form: its title, and the questions of its settings, which are marked with `N_`."""

    title: str
    questions: Mapping[str, str]


GROUPS = {
    "mentors": SettingsGroup(
        N_("Mentors"),
        {
            # Translators: here and below: labels of fields in a form, at most 45 characters.
            "who_may_apply": N_("Who may apply?"),
            "apply_role_ids": N_("Which roles may apply?"),
            "apply_minimum_rank": N_("Lowest rank that may apply"),
            "reapply_after_days": N_("Wait after a rejection, in days"),
            "approve_profile_changes": N_("Profile changes of mentors"),
        },
    ),
    "points": SettingsGroup(
        N_("Points"),
        {
            "currency_name": N_("Name of the points"),
            "currency_emoji": N_("Emoji of the points"),
            "starting_balance": N_("Starting balance"),
            "maximum_hourly_rate": N_("Highest hourly rate"),
            "fee_percent": N_("Server fee, in percent"),
        },
    ),
    "sessions": SettingsGroup(
        N_("Sessions"),
        {
            "confirm_within": N_("Time to confirm a request"),
            "free_cancellation_until": N_("Until when is cancelling free?"),
            # Translators: below “Until when is cancelling free?”; a length of time is typed.
            "cancellation_grace": N_("Also free after confirming for"),
            # Translators: the refund once cancelling isn't free any more.
            "late_refund_percent": N_("Refund after that, in percent"),
            # Translators: a length of time is typed: when a session counts as completed.
            "complete_after": N_("Completed if nobody reports within"),
        },
    ),
    "meeting": SettingsGroup(
        N_("Reminders and meeting"),
        {
            "reminders": N_("Reminders before the start"),
            "meeting_place": N_("Where do people meet?"),
            "meeting_parent_id": N_("Where are rooms created?"),
            "jitsi_server": N_("Which Jitsi server?"),
            # Translators: a number of days is typed.
            "goal_question_days": N_("Ask mentees about goals every"),
        },
    ),
    "groups": SettingsGroup(
        N_("Group sessions and requests"),
        {
            "sessions_channel_id": N_("Where to announce group sessions"),
            "show_attendees": N_("Who sees attendees' names?"),
            "requests_channel_id": N_("Where to post requests for help"),
            "leaderboard": N_("Leaderboard of mentors"),
        },
    ),
    "bookings": SettingsGroup(
        N_("Booking limits"),
        {
            "limit_pending_per_mentor": N_("Pending requests with one mentor"),
            "limit_pending": N_("Pending requests in all"),
            "limit_upcoming": N_("Upcoming sessions of one member"),
            # Translators: how many each of a session's two people can make.
            "limit_proposals": N_("Reschedule requests by each side"),
            # Translators: requests that a mentee withdraws before the mentor answers.
            "limit_early_cancellations": N_("Withdrawn requests per day"),
        },
    ),
    "offers": SettingsGroup(
        N_("Group sessions and requests"),
        {
            "limit_group_sessions": N_("Upcoming group sessions, by mentor"),
            "limit_invitations": N_("Open invitations by one mentor"),
            "limit_invitations_per_member": N_("Open invitations to one member"),
            "limit_help_requests": N_("Open requests for help"),
            "limit_slot_alerts": N_("Slot alerts of one member"),
        },
    ),
    "others": SettingsGroup(
        N_("Other limits"),
        {
            "limit_gifts_to_strangers": N_("Gifts to newcomers, per day"),
            "limit_data_requests": N_("Data exports or erasures, per hour"),
            "grant_ceiling": N_("Largest grant by one moderator"),
            # Translators: a number of days is typed; then the points are split.
            "dispute_days": N_("An open dispute is split after"),
        },
    ),
}
_MORE_CHANNEL_TYPES = {"meeting_parent_id": (ChannelType.category,)}
"""The types of channels that a setting takes besides text channels."""

LIMIT_GROUPS = ("bookings", "offers", "others")
"""The groups on the page of limits (`bot.views.setup.limits`)."""


async def open_settings_form(interaction: Interaction, group: str) -> None:
    """Open the form of a group, filled in with the current settings."""
    context = await load_setup(interaction)
    await interaction.response.send_modal(
        SettingsForm(
            group,
            context.settings,
            {},
            reader_of(interaction),
            interaction.client.meeting_providers,
        )
    )


class SettingsForm(Form):
    """The form of a group of settings. Saves those that its reader changes.

    `settings` are those that the reader sees, and `draft` what they changed before by field.
    `providers` are the meeting providers that are configured.
    """

    def __init__(
        self,
        group: str,
        settings: GuildSettings,
        draft: Mapping[str, Any],
        reader: Reader,
        providers: Collection[str] = (),
    ) -> None:
        super().__init__(title=_(GROUPS[group].title))
        self.group, self.settings = group, settings
        self.fields: dict[str, _Field] = {}
        for name, question in GROUPS[group].questions.items():
            if name == "jitsi_server" and "jitsi" not in (*providers, settings.meeting_place):
                continue
            field = _field(name, getattr(settings, name), draft.get(name), reader, providers)
            self.fields[name] = field
            hint = shortened(settings_text.hint(name, reader), 100)
            description = hint if isinstance(field, (ui.TextInput, ui.ChannelSelect)) else None
            self.add_item(
                ui.Label(text=shortened(_(question), 45), description=description, component=field)
            )

    async def on_submit(  # type: ignore[override]  # the client's type is known
        self, interaction: Interaction
    ) -> None:
        drafts, now = interaction.client.drafts.settings, interaction.client.db.now()
        key, seen_key = _draft_keys(interaction, self.group)
        reader = reader_of(interaction)
        draft: dict[str, Any] = {}
        seen_values: dict[str, Any] = {}
        changes: dict[str, Any] = {}
        mistakes = []
        for name, field in self.fields.items():
            value, setting = _value_of(field), SETTINGS[name]
            seen = getattr(self.settings, name)
            # Leaving empty what was deleted in Discord is a decision, too.
            is_decision = name in self.settings.lost
            if value == _initial(name, seen, reader) and not is_decision:
                continue
            try:
                parsed = setting.parse(value, reader.locale) if isinstance(value, str) else value
                new = setting.validate(parsed)
            except InvalidField as error:
                mistakes.append(sentence(error, reader))
            else:
                stored = tuple(new) if isinstance(new, list) else new
                if stored == seen and not is_decision:
                    continue
                changes[name] = new
            draft[name], seen_values[name] = value, seen
        try:
            self._check_kind(changes)
            if not mistakes:
                await self._store(interaction, changes)
        except InvalidField as error:
            mistakes.append(sentence(error, reader))
        except SettingsChanged as error:
            mistakes.append(sentence(error, reader))
            # From now on they know what the others have changed.
            seen_values = {}
        if mistakes:
            # Kept, so that a mistake in one field does not cost the others.
            drafts.put(key, draft, now)
            drafts.put(seen_key, seen_values, now)
            title = _("Not saved yet")
            lines = [f"## {title}", *(f"- {mistake}" for mistake in mistakes)]
            buttons: ui.ActionRow[Any] = ui.ActionRow(
                CorrectSettingsButton(self.group), back_button()
            )
            text: ui.TextDisplay[Any] = ui.TextDisplay("\n".join(lines))
            await respond_with_layout(interaction, build_page(text, buttons, colour=UNREADY))
        else:
            drafts.pop(key, now)
            drafts.pop(seen_key, now)

    async def _store(self, interaction: Interaction, changes: Mapping[str, Any]) -> None:
        """Save the settings and show the overview.

        Raises `SettingsChanged` if somebody else changed one of them while the form was open.
        """
        context: SetupContext = await load_setup(interaction)
        seen = {name: getattr(self.settings, name) for name in changes}
        settings = await interaction.client.db.run(setup.configure, context.actor, seen, **changes)
        # Translators: {title} is the title of a form, "Reminders and meeting".
        saved = _("{title}: saved.", title=_(GROUPS[self.group].title))
        note = saved if changes else _("Nothing was changed.")
        await respond_with_layout(
            interaction,
            overview_page(
                context._replace(settings=settings), reader_of(interaction), f"✅ {note}"
            ),
        )

    def _check_kind(self, changes: Mapping[str, Any]) -> None:
        """Raise `InvalidField` if meeting rooms can't be created in the chosen channel."""
        field = self.fields.get("meeting_parent_id")
        if not isinstance(field, ui.ChannelSelect) or not field.values:
            return
        if not {"meeting_place", "meeting_parent_id"} & changes.keys():
            return
        kind = changes.get("meeting_place", self.settings.meeting_place)
        channel_type = field.values[0].type
        if kind == "thread" and channel_type is not ChannelType.text:
            raise InvalidField(Field.MEETING_PARENT_ID, Problem.NOT_A_TEXT_CHANNEL)
        if kind == "voice" and channel_type is not ChannelType.category:
            raise InvalidField(Field.MEETING_PARENT_ID, Problem.NOT_A_CATEGORY)


class CorrectSettingsButton(PersistentButton, template=r"setup:correct:(?P<group>[a-z]{1,20})"):
    """Opens a form that was rejected again, filled in with what was sent."""

    def __init__(self, group: str) -> None:
        self.group = group
        super().__init__(f"setup:correct:{group}", _("Correct it"), discord.ButtonStyle.primary)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(match["group"])

    async def on_press(self, interaction: Interaction) -> None:
        context = await load_setup(interaction)
        if self.group not in GROUPS:
            raise NotFound(Subject.FORM)
        # Drafts are lost at a restart; then the form shows the current settings.
        drafts, now = interaction.client.drafts.settings, interaction.client.db.now()
        draft, seen = (drafts.get(key, now) for key in _draft_keys(interaction, self.group))
        settings = replace(context.settings, **(seen or {}))
        form = SettingsForm(
            self.group,
            settings,
            draft or {},
            reader_of(interaction),
            interaction.client.meeting_providers,
        )
        await interaction.response.send_modal(form)


def _draft_keys(interaction: Interaction, group: str) -> tuple[FlowKey, FlowKey]:
    """Return the keys of a form's draft, and of the settings that its reader saw before."""
    return FlowKey.of(interaction, group), FlowKey.of(interaction, f"{group}:seen")


def _field(name: str, value: Any, draft: Any, reader: Reader, providers: Collection[str]) -> _Field:
    """Return the field of a setting, filled in with a draft or the current value."""
    setting = SETTINGS[name]
    initial = value if draft is None else draft
    if isinstance(setting, Reference):
        return ui.ChannelSelect(
            custom_id=name,
            required=False,
            min_values=0,
            channel_types=[ChannelType.text, *_MORE_CHANNEL_TYPES.get(name, ())],
            default_values=[discord.Object(initial)] if initial else [],
        )
    if isinstance(setting, References):
        return ui.RoleSelect(
            custom_id=name,
            required=False,
            min_values=0,
            max_values=setting.most,
            default_values=[discord.Object(role_id) for role_id in initial],
        )
    if isinstance(setting, Choice):
        choices = settings_text.option_labels(name, reader)
        if name == "meeting_place":
            offered = meeting_places.offered([*choices], providers, initial)
            choices = {place: choices[place] for place in offered}
        return ui.Select(
            custom_id=name,
            options=[
                discord.SelectOption(
                    label=option_label,
                    value=str(option),
                    default=option == initial,
                )
                for option, option_label in choices.items()
            ],
        )
    text = draft if draft is not None else _initial(name, value, reader)
    return ui.TextInput(
        custom_id=name,
        max_length=MAX_SERVER_LENGTH if isinstance(setting, Server) else 100,
        required=name not in ("reminders", "jitsi_server"),
        default=text or None,
    )


def _initial(name: str, value: Any, reader: Reader) -> Any:
    """Return what `_value_of` returns for the field of a setting that nobody touches."""
    setting = SETTINGS[name]
    if isinstance(setting, Reference):
        return value if value is not None else ""
    if isinstance(setting, References):
        return list(value)
    if isinstance(setting, Server):
        return value or ""
    return value if isinstance(setting, Choice) else settings_text.value(name, value, reader)


def _value_of(field: _Field) -> Any:
    """Return the value of a field: the text, or what was selected."""
    if isinstance(field, ui.TextInput):
        return field.value
    if isinstance(field, ui.RoleSelect):
        return [role.id for role in field.values]
    if isinstance(field, ui.ChannelSelect):
        return field.values[0].id if field.values else ""
    (chosen,) = field.values
    return {"True": True, "False": False}.get(chosen, chosen)
