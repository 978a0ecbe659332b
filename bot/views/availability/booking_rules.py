"""The rules for bookings: durations, slot interval, minimum notice, buffers and limits."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Self

import discord
from discord import ui

from bot.actors import actor_of
from bot.components.cards import Accent, Card, action_rows
from bot.components.persistent import Form, PersistentButton, PersistentSelect
from bot.drafts import FlowKey
from bot.errors import sentence
from bot.interaction import Interaction
from bot.readers import reader_of
from bot.replies import respond, send_ephemeral
from bot.views.availability.cards import add_preview, format_rules
from bot.views.availability.navigation import BackToWeekButton
from mentorship import meeting_places
from mentorship.availability import editor
from mentorship.availability.editor import AvailabilityView
from mentorship.errors import ChangedMeanwhile, Field, InvalidField, Problem
from mentorship.mentors import meeting_link
from mentorship.mentors.meeting_link import OwnPlace
from mentorship.typed_numbers import parse_whole_number
from wording import groups
from wording.durations import duration, session_length
from wording.reader import Reader
from wording.translation import _, current_language, pgettext

_MORE_RULES = "rules"
"""The flow of the form for buffers and limits."""

_DURATIONS = (15, 20, 30, 45, 60, 75, 90, 120, 150, 180, 240)
_MINIMUM_NOTICES = (0, 30, 60, 120, 240, 480, 720, 1_440, 2_880, 4_320, 10_080)
_SLOT_INTERVALS = (15, 20, 30, 45, 60, 90, 120)


async def show_rules(
    interaction: Interaction, availability: AvailabilityView | None = None
) -> None:
    """Show the rules for bookings, with the menus that change them."""
    if availability is None:
        availability = await interaction.client.db.read(editor.load, actor_of(interaction))
    own_place = await interaction.client.db.read(meeting_link.load_place, actor_of(interaction))
    reader = reader_of(interaction)
    text = format_rules(availability, reader)
    card = Card(title=_("Session rules"), text=text, accent=Accent.NEUTRAL)
    if not availability.limits.fill_gaps:
        card.add_text(
            # Translators: "Fill gaps" is a button. Keep the "-# " at the start.
            _(
                "-# Fill gaps: after a booking, also offer a start on the next quarter "
                "hour if more sessions fit in that way."
            )
        )
    add_preview(card, availability)
    await respond(
        interaction,
        card=card,
        actions=action_rows(
            DurationsMenu.new(availability, reader),
            SlotIntervalMenu.new(availability, reader),
            MinimumNoticeMenu.new(availability, reader),
            *_place_menu(interaction, own_place),
            InstantBookingButton(not availability.instant_booking),
            FillGapsButton(not availability.limits.fill_gaps),
            OwnLinkButton(),
            MoreRulesButton(),
            BackToWeekButton(),
        ),
    )


def _place_menu(interaction: Interaction, own: OwnPlace) -> list[MeetingPlaceMenu]:
    """Return the menu of places, if there is more than one to choose from."""
    places = meeting_places.offered(
        meeting_link.OWN_PLACES, interaction.client.meeting_providers, own.place
    )
    return [MeetingPlaceMenu.new(own, places)] if len(places) > 1 else []


class OpenRulesButton(PersistentButton, template=r"hours:rules"):
    """Shows the rules for bookings."""

    def __init__(self, label: str | None = None) -> None:
        super().__init__("hours:rules", label or _("Session rules"))

    async def on_press(self, interaction: Interaction) -> None:
        await show_rules(interaction)


class DurationsMenu(PersistentSelect, template=r"hours:lengths"):
    """The durations that the mentor offers, several at once."""

    def __init__(self) -> None:
        super().__init__("hours:lengths", _("Session lengths"), max_values=len(_DURATIONS))

    @classmethod
    def new(cls, availability: AvailabilityView, reader: Reader) -> Self:
        menu = cls()
        menu.item.options = [
            discord.SelectOption(
                label=session_length(minutes, reader),
                value=str(minutes),
                default=minutes in availability.durations,
            )
            for minutes in _DURATIONS
        ]
        return menu

    async def on_select(self, interaction: Interaction, *values: str) -> None:
        availability = await interaction.client.db.run(
            editor.change_durations,
            actor_of(interaction),
            add=[int(value) for value in self.added(values)],
            remove=[int(value) for value in self.removed(values)],
        )
        await show_rules(interaction, availability)


class SlotIntervalMenu(PersistentSelect, template=r"hours:step"):
    """The time between the starts of two slots."""

    def __init__(self) -> None:
        # Translators: in a menu of lengths of time, such as "Starting every 30 minutes".
        super().__init__("hours:step", _("Sessions start every…"))

    @classmethod
    def new(cls, availability: AvailabilityView, reader: Reader) -> Self:
        menu = cls()
        menu.item.options = [
            discord.SelectOption(
                # Translators: {duration} is such as "30 minutes" or "1 hour 30 minutes".
                label=_("Starting every {duration}", duration=duration(minutes, reader)),
                value=str(minutes),
                default=minutes == availability.limits.step,
            )
            for minutes in _SLOT_INTERVALS
        ]
        return menu

    async def on_select(self, interaction: Interaction, *values: str) -> None:
        await _save(interaction, slot_step=int(values[0]))


class MinimumNoticeMenu(PersistentSelect, template=r"hours:notice"):
    """How long before its start a session must be booked."""

    def __init__(self) -> None:
        super().__init__("hours:notice", _("Minimum notice"))

    @classmethod
    def new(cls, availability: AvailabilityView, reader: Reader) -> Self:
        menu = cls()
        menu.item.options = [
            discord.SelectOption(
                # Translators: {duration} is such as "30 minutes" or "2 days".
                label=_("Booked at least {duration} ahead", duration=duration(minutes, reader))
                if minutes
                else _("No minimum notice"),
                value=str(minutes),
                default=minutes == availability.limits.minimum_notice,
            )
            for minutes in _MINIMUM_NOTICES
        ]
        return menu

    async def on_select(self, interaction: Interaction, *values: str) -> None:
        await _save(interaction, minimum_notice=int(values[0]))


class MeetingPlaceMenu(PersistentSelect, template=r"hours:place"):
    """Where the mentor meets: as the server does, at their own link, or at a meeting provider."""

    _SERVER = "server"

    def __init__(self) -> None:
        super().__init__("hours:place", _("Where you meet"))

    @classmethod
    def new(cls, own: OwnPlace, places: Sequence[str]) -> Self:
        menu = cls()
        usual = _(groups.PLACES.get(own.guild_place, own.guild_place))
        labels = {
            meeting_places.LINK: _("Meet at your own link"),
            # Translators: Jitsi, Zoom and Daily are services for video calls.
            "jitsi": _("Meet in a Jitsi room"),
            "zoom": _("Meet in a Zoom meeting"),
            "daily": _("Meet in a Daily room"),
        }
        # Translators: {place} is where this server meets by default, such as "voice channel".
        as_usual = _("Meet as usual in this server: {place}", place=usual)
        options = {cls._SERVER: as_usual} | {place: labels[place] for place in places}
        current = own.place or cls._SERVER
        menu.item.options = [
            discord.SelectOption(label=label, value=value, default=value == current)
            for value, label in options.items()
        ]
        return menu

    async def on_select(self, interaction: Interaction, *values: str) -> None:
        place = None if values[0] == self._SERVER else values[0]
        await interaction.client.db.run(meeting_link.change_place, actor_of(interaction), place)
        await show_rules(interaction)


class InstantBookingButton(PersistentButton, template=r"hours:instant:(?P<on>[01])"):
    """Switches between instant booking and confirmation by the mentor."""

    def __init__(self, on: bool) -> None:
        self.on = on
        label = _("Allow instant booking") if on else _("Confirm each booking myself")
        super().__init__(f"hours:instant:{int(on)}", label)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(match["on"] == "1")

    async def on_press(self, interaction: Interaction) -> None:
        await _save(interaction, instant_booking=self.on)


class FillGapsButton(PersistentButton, template=r"hours:gaps:(?P<on>[01])"):
    """Switches slots on and off that start at the next quarter hour after a booking."""

    def __init__(self, on: bool) -> None:
        self.on = on
        super().__init__(f"hours:gaps:{int(on)}", _("Fill gaps") if on else _("Stop filling gaps"))

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(match["on"] == "1")

    async def on_press(self, interaction: Interaction) -> None:
        await _save(interaction, fill_gaps=self.on)


class OwnLinkButton(PersistentButton, template=r"hours:link"):
    """Opens the form with the mentor's own meeting link."""

    def __init__(self) -> None:
        super().__init__("hours:link", _("Meeting link"))

    async def on_press(self, interaction: Interaction) -> None:
        link = await interaction.client.db.read(meeting_link.load_own, actor_of(interaction))
        await interaction.response.send_modal(OwnLinkForm(link))


class OwnLinkForm(Form):
    """Sets the link that new sessions get; an empty one removes it."""

    draft_flow = "link"

    def __init__(self, link: str | None) -> None:
        super().__init__(title=_("Your meeting link"))
        self.link = self.add_link(
            _("Meeting link"),
            _("An https:// link, shown only to the two of you, for confirmed sessions"),
            link,
        )

    def reopened(self) -> OwnLinkForm:
        return OwnLinkForm(self.link.value)

    def way_out(self) -> ui.Item[Any]:
        return OpenRulesButton(pgettext("button", "Cancel"))

    async def on_submit(  # type: ignore[override]  # the client's type is known
        self, interaction: Interaction
    ) -> None:
        await interaction.client.db.run(meeting_link.change, actor_of(interaction), self.link.value)
        await show_rules(interaction)


class MoreRulesButton(PersistentButton, template=r"hours:more"):
    """Opens the form for buffers, limits and the booking window."""

    def __init__(self) -> None:
        super().__init__("hours:more", _("Buffers and limits"))

    async def on_press(self, interaction: Interaction) -> None:
        availability = await interaction.client.db.read(editor.load, actor_of(interaction))
        await interaction.response.send_modal(BookingRulesForm(availability, {}))


class BookingRulesForm(Form):
    """Buffers, limits and the booking window, which have no menus. Saves what its reader changes.

    `draft` is what they changed before, by field.
    """

    def __init__(self, availability: AvailabilityView, draft: Mapping[str, Any]) -> None:
        super().__init__(title=_("Buffers and limits"))
        self.fields: dict[str, ui.TextInput[BookingRulesForm]] = {}
        self.seen: dict[str, int | None] = {}
        for name, label, hint in (
            # Translators: a buffer is time without bookings next to a session.
            ("buffer_before", _("Buffer before a session"), _("In minutes, 0 to 240")),
            ("buffer_after", _("Buffer after a session"), _("In minutes, 0 to 240")),
            ("most_per_day", _("Most sessions a day"), _("Leave empty for no limit")),
            ("most_per_week", _("Most sessions a week"), _("Leave empty for no limit")),
            (
                "horizon_days",
                _("Booking window"),
                _("How many days ahead you can be booked, 1 to 365"),
            ),
        ):
            self.seen[name] = value = getattr(availability.limits, name)
            field = ui.TextInput["BookingRulesForm"](
                custom_id=name,
                max_length=5,
                required=not name.startswith("most_"),
                default=draft.get(name, "" if value is None else str(value)) or None,
            )
            self.fields[name] = field
            self.add_item(ui.Label(text=label, description=hint, component=field))

    async def on_submit(  # type: ignore[override]  # the client's type is known
        self, interaction: Interaction
    ) -> None:
        drafts, now = interaction.client.drafts.settings, interaction.client.db.now()
        draft = {
            name: field.value
            for name, field in self.fields.items()
            if field.value.strip() != ("" if self.seen[name] is None else str(self.seen[name]))
        }
        try:
            changes = {name: _number(typed) for name, typed in draft.items()}
            if changes:
                await _save(interaction, self.seen, **changes)
            else:
                await show_rules(interaction)
        except (InvalidField, ChangedMeanwhile) as error:
            drafts.put(FlowKey.of(interaction, _MORE_RULES), draft, now)
            # Beside the rules, which stay as they are.
            actions = action_rows(CorrectRulesButton())
            await send_ephemeral(
                interaction, sentence(error, reader_of(interaction)), actions=actions
            )


class CorrectRulesButton(PersistentButton, template=r"hours:correct"):
    """Opens the form again, filled in with what could not be saved and what is stored."""

    def __init__(self) -> None:
        super().__init__("hours:correct", _("Correct it"), discord.ButtonStyle.primary)

    async def on_press(self, interaction: Interaction) -> None:
        availability = await interaction.client.db.read(editor.load, actor_of(interaction))
        draft = interaction.client.drafts.settings.get(
            FlowKey.of(interaction, _MORE_RULES), interaction.client.db.now()
        )
        await interaction.response.send_modal(BookingRulesForm(availability, draft or {}))


def _number(text: str) -> int | None:
    """Read a whole number, None for an empty field. Raises `InvalidField`."""
    number = parse_whole_number(text, current_language())
    if number is None and text.strip():
        raise InvalidField(Field.BOOKING_LIMIT, Problem.NOT_A_WHOLE_NUMBER)
    return number


async def _save(
    interaction: Interaction, seen: Mapping[str, object] | None = None, /, **changes: object
) -> None:
    """Save changed rules and show them. Raises what `editor.set_limits` does."""
    availability = await interaction.client.db.run(
        editor.set_limits, actor_of(interaction), seen, **changes
    )
    await show_rules(interaction, availability)
