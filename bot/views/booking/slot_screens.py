"""The screens of booking on which a day and a slot of the selected mentor are chosen."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import discord
from discord import ui

from bot.components.cards import Card
from bot.formatting import plain
from bot.interaction import Interaction
from bot.readers import reader_of
from bot.views.booking.items import ChoiceMenu, DismissBookingButton, StepButton, show_screen
from bot.views.booking.mentor_screens import ask_for_help_button, show_mentors
from bot.views.booking.slot_menus import (
    MAX_OPTIONS,
    day_items,
    group_by_day,
    match_items,
    time_items,
)
from bot.views.booking.steps import (
    STEP_SCREEN,
    BookingStep,
    Selection,
    TypedText,
    selection_actor,
)
from bot.views.search.unmet import count_vain
from bot.views.slot_alerts.items import AskForSlotButton
from mentorship.availability import slot_queries
from mentorship.availability.slot_queries import BookableSlots
from mentorship.guilds import guild_settings
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.points import pricing
from mentorship.time import timezones
from mentorship.time.intervals import Span
from mentorship.time.natural_time.matching import best_matches, matches
from mentorship.time.natural_time.parser import ParsedTime
from wording.booking import zone_hint
from wording.durations import session_length
from wording.errors import reading_label
from wording.names import first_name
from wording.points import points_in_label
from wording.reader import Reader
from wording.times import describe_day, describe_local, describe_time
from wording.translation import _, ngettext, pgettext, sentences

_SHORTEST_DAY = timedelta(hours=23)
"""The length of a day on which the clocks go forward."""

DAYS_WITH_BUTTONS = 3
"""Days whose slots are buttons; the menu has the others."""

BUTTONS_A_DAY = 4


async def show_days(
    interaction: Interaction, selection: Selection, typed: TypedText, note: str
) -> None:
    """Show slots of the next days, all days, and the durations if the mentor offers several."""
    await _show_days(interaction, selection, typed, note)


async def _show_days(
    interaction: Interaction,
    selection: Selection,
    typed: TypedText,
    note: str,
    wanted: Span | None = None,
) -> None:
    """Show the days. If there is no slot at all, count when one was `wanted`."""
    if selection.mentor_id is None:
        await show_mentors(interaction, selection, typed, note)
        return
    times, selection, note = await _load_open_times(interaction, selection, note)
    note = sentences(note, _nothing_that_day(interaction, selection, times))
    guild = await interaction.client.db.read(guild_settings.load, selection.guild_id)
    reader, name = reader_of(interaction), plain(times.mentor_name)
    length = session_length(times.minutes, reader)
    card = Card(title=_("When would you like to meet {name}?", name=name))
    menus: list[ui.Item[Any]] = []
    page_buttons: list[ui.Item[Any]] = []
    if times.starts:
        price = _format_price(times, times.minutes, guild, reader)
        # Translators: "60 minutes, 🪙 60."
        offer = _("{length}, {price}.", length=length, price=price)
        card.text = sentences(offer, zone_hint(times.zone, reader))
        _add_next_slots(card, selection, times, reader)
        menu, *page_buttons = day_items(
            times.starts,
            times.zone,
            reader,
            selection.start,
            menu=lambda number: ChoiceMenu.new(interaction, "day", selection, number),
            page_button=lambda start, label: StepButton(
                BookingStep.DAYS, replace(selection, start=start), label
            ),
        )
        menus.append(menu)
    else:
        card.text = _no_slots(times, length)
    if len(times.durations) > 1:
        menus += _duration_items(interaction, selection, times, guild)
    if not times.starts:
        page_buttons.append(AskForSlotButton(selection.guild_id, times.mentor_id))
        # A request belongs to a server, so it can't be begun in a direct message.
        if interaction.guild_id is not None:
            page_buttons.append(await ask_for_help_button(interaction, selection, card))
    back = StepButton(BookingStep.MENTORS, selection, pgettext("button", "Back"))
    await show_screen(
        interaction, card, typed, note, *menus, back, *page_buttons, DismissBookingButton()
    )
    if not times.starts:
        actor = selection_actor(interaction, selection)
        await count_vain(interaction, actor, times.mentor_id, wanted)


def _no_slots(times: BookableSlots, length: str) -> str:
    """Say that the mentor has no slot as far ahead as they can be booked."""
    mentor = plain(first_name(times.mentor_name))
    if times.horizon_days == 1:
        # Translators: {length} is such as "60 minutes".
        return _(
            "{name} has no open slot for {length} in the next 24 hours.", name=mentor, length=length
        )
    # Translators: {length} is such as "60 minutes". {count} is at least 2.
    return ngettext(
        "{name} has no open slot for {length} in the next {count} day.",
        "{name} has no open slot for {length} in the next {count} days.",
        times.horizon_days,
        name=mentor,
        length=length,
    )


def _nothing_that_day(interaction: Interaction, selection: Selection, times: BookableSlots) -> str:
    """Return a note if no slot is open on the day of `selection.start`, "" otherwise."""
    start, zone = selection.start, times.zone
    if start is None or start < interaction.client.db.now() or not times.starts:
        return ""
    day = timezones.to_local(start, zone).date()
    if day in group_by_day(times.starts, zone):
        return ""
    date = describe_day(start, zone, reader_of(interaction))
    # Translators: {date} is such as "Tue 24 Nov".
    return _("Nothing is open on {date}.", date=date)


def _add_next_slots(card: Card, selection: Selection, times: BookableSlots, reader: Reader) -> None:
    """Add slots of the days from `selection.start` on, each a button to the confirmation card.

    A day with more slots than fit has some of them, spread over the day, and a button to all.
    """
    days = list(group_by_day(times.starts, times.zone).values())
    near = selection.start
    first = 0
    if near is not None:
        first = next((number for number, day in enumerate(days) if day[-1] >= near), len(days) - 1)
    for day in days[first : first + DAYS_WITH_BUTTONS]:
        card.add_text(f"**{describe_day(day[0], times.zone, reader)}**")
        shown = day
        if len(day) > BUTTONS_A_DAY:
            count = BUTTONS_A_DAY - 1
            shown = [day[number * len(day) // count] for number in range(count)]
        buttons = [
            StepButton(
                BookingStep.CARD,
                replace(selection, start=start),
                describe_time(start, times.zone, reader),
            )
            for start in shown
        ]
        if len(day) > len(shown):
            all_slots = replace(selection, start=day[0])
            # Translators: a button to all open slots of a day.
            label = ngettext("{count} slot", "All {count} slots", len(day))
            buttons.append(StepButton(BookingStep.TIMES, all_slots, label))
        card.add_actions(*buttons)


def _duration_items(
    interaction: Interaction, selection: Selection, times: BookableSlots, guild: GuildSettings
) -> list[ui.Item[Any]]:
    """Return a button for each length that the mentor offers, or a menu if they are many."""
    if len(times.durations) > BUTTONS_A_DAY:
        return [_duration_menu(interaction, selection, times, guild)]
    reader, buttons = reader_of(interaction), []
    for minutes in times.durations:
        button = StepButton(
            BookingStep.DAYS,
            replace(selection, minutes=minutes),
            # Translators: "60 minutes, 🪙 60".
            _(
                "{length}, {price}",
                length=session_length(minutes, reader),
                price=_format_price(times, minutes, guild, reader),
            ),
        )
        button.item.disabled = minutes == times.minutes
        buttons.append(button)
    # The other buttons follow in a row of their own.
    for button in buttons:
        button.item.row = 0
    return [*buttons]


def _duration_menu(
    interaction: Interaction, selection: Selection, times: BookableSlots, guild: GuildSettings
) -> ChoiceMenu:
    menu, reader = ChoiceMenu.new(interaction, "length", selection), reader_of(interaction)
    length = session_length(times.minutes, reader)
    # Translators: in a menu of lengths; {length} is such as "60 minutes".
    menu.item.placeholder = _("{length}, or another length", length=length)
    menu.item.options = [
        discord.SelectOption(
            label=session_length(minutes, reader),
            value=str(minutes),
            description=_format_price(times, minutes, guild, reader),
            default=minutes == times.minutes,
        )
        for minutes in times.durations[:MAX_OPTIONS]
    ]
    return menu


def _format_price(times: BookableSlots, minutes: int, guild: GuildSettings, reader: Reader) -> str:
    return points_in_label(pricing.price(times.hourly_rate, minutes), guild, reader)


async def show_times(
    interaction: Interaction, selection: Selection, typed: TypedText, note: str
) -> None:
    """Show the slots on the day of `selection.start`, or on the nearest day that has any."""
    if selection.mentor_id is None or selection.start is None:
        await show_days(interaction, selection, typed, note)
        return
    requested = selection.start
    times, selection, note = await _load_open_times(interaction, selection, note)
    if not times.starts:
        await show_days(interaction, selection, typed, note)
        return
    nearest = min(times.starts, key=lambda start: abs(start - requested))
    slots_by_day = group_by_day(times.starts, times.zone)
    slots = slots_by_day[timezones.to_local(nearest, times.zone).date()]
    reader = reader_of(interaction)
    day = describe_day(nearest, times.zone, reader)
    requested_day = describe_day(requested, times.zone, reader)
    if requested_day != day:
        note = note or (
            sentences(
                _("Nothing is open on {date}.", date=requested_day),
                _("This is the nearest day with open slots."),
            )
        )
    items = time_items(
        slots,
        times.zone,
        reader,
        nearest,
        menu=lambda number: ChoiceMenu.new(interaction, "time", selection, number),
        page_button=lambda start, label: StepButton(
            BookingStep.TIMES, replace(selection, start=start), label
        ),
    )
    menus = [item for item in items if isinstance(item, ChoiceMenu)]
    page_buttons = items[len(menus) :]
    card = Card(
        # Translators: {date} is such as "Tue 24 Nov".
        title=_(
            "What time on {date} would you like to meet {name}?",
            date=day,
            name=plain(times.mentor_name),
        ),
        text=_length_and_zone(times, reader),
    )
    back = StepButton(
        BookingStep.DAYS, replace(selection, start=nearest), pgettext("button", "Back")
    )
    await show_screen(
        interaction, card, typed, note, *menus, back, *page_buttons, DismissBookingButton()
    )


async def show_matches(
    interaction: Interaction, selection: Selection, typed: TypedText, time: ParsedTime, note: str
) -> None:
    """Show the slots within a typed time. Without any, the nearest ones, and the note says so.

    If the text named one time and only one slot can be meant, the confirmation card follows.
    """
    times, selection, note = await _load_open_times(interaction, selection, note)
    if not times.starts:
        await _show_days(interaction, selection, typed, note, time.span)
        return
    zone, reader = times.zone, reader_of(interaction)
    matching = matches(times.starts, time.with_unusual())
    slots_by_day = group_by_day(times.starts, zone)
    (nearest,) = matching[:1] or best_matches(times.starts, time, 1)
    selection = replace(selection, start=nearest)
    if time.instant is not None and len(matching) == 1 and not note:
        await STEP_SCREEN.show(BookingStep.CARD, interaction, selection, typed, note)
        return
    if not matching:
        note = note or sentences(
            _nothing_open(time, zone, reader), _("These are the nearest open slots.")
        )
        await show_times(interaction, selection, typed, note)
        actor = selection_actor(interaction, selection)
        await count_vain(interaction, actor, times.mentor_id, time.span)
        return
    if matching == slots_by_day[timezones.to_local(nearest, zone).date()]:
        await show_times(interaction, selection, typed, note)
        return
    items = match_items(
        matching,
        zone,
        reader,
        day_menu=lambda number: ChoiceMenu.new(interaction, "day", selection, number),
        time_menu=lambda number: ChoiceMenu.new(interaction, "time", selection, number),
        page_button=lambda start, label: StepButton(
            BookingStep.DAYS, replace(selection, start=start), label
        ),
    )
    card = Card(
        title=_("When would you like to meet {name}?", name=plain(times.mentor_name)),
        text=_length_and_zone(times, reader),
    )
    other_times = StepButton(BookingStep.DAYS, selection, _("Other times"))
    await show_screen(interaction, card, typed, note, *items, other_times, DismissBookingButton())


def _length_and_zone(times: BookableSlots, reader: Reader) -> str:
    """Return how long the slots are and whose time they are in."""
    # Translators: a sentence of its own, such as "60 minutes."
    length = _("{length}.", length=session_length(times.minutes, reader))
    return sentences(length, zone_hint(times.zone, reader))


def _nothing_open(time: ParsedTime, zone: str, reader: Reader) -> str:
    if len(time.spans) > 1:
        return _("Nothing is open then.")
    start, end = time.span.start, time.span.end
    if end - start < _SHORTEST_DAY:
        # The card says in which time zone.
        return _("Nothing is open on {date}.", date=describe_local(start, end, zone, reader))
    return _("Nothing is open on {date}.", date=reading_label(start, end, zone, reader))


async def _load_open_times(
    interaction: Interaction, selection: Selection, note: str
) -> tuple[BookableSlots, Selection, str]:
    """Load the mentor's open slots, and select a duration that the mentor offers.

    Returns `note`, or without one a note that the selected duration isn't offered.
    """
    assert selection.mentor_id is not None
    times = await interaction.client.db.read(
        slot_queries.list_bookable_slots,
        selection_actor(interaction, selection),
        selection.mentor_id,
        selection.minutes,
    )
    if selection.minutes not in (None, times.minutes):
        reader, name = reader_of(interaction), plain(first_name(times.mentor_name))
        requested, offered = (
            session_length(each, reader) for each in (selection.minutes, times.minutes)
        )
        # Translators: {requested} and {offered} are lengths such as "60 minutes".
        note = note or _(
            "{name} doesn't offer {requested}. These slots are for {offered}.",
            name=name,
            requested=requested,
            offered=offered,
        )
    return times, replace(selection, minutes=times.minutes), note
