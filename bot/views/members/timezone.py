"""Choosing a time zone, continuing with what needed it, and converting times."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Self

import discord
from discord import ui

from bot.actors import actor_of
from bot.components.cards import Accent, Card, action_rows
from bot.components.persistent import Form, PersistentButton, PersistentSelect
from bot.drafts import FlowKey
from bot.errors import sentence
from bot.formatting import discord_timestamp, plain
from bot.interaction import Continuation, Interaction
from bot.readers import reader_of
from bot.replies import respond
from bot.views.availability.cards import add_preview
from mentorship.availability import editor, timezone_change
from mentorship.availability.timezone_change import HoursClock, MentorHours
from mentorship.errors import (
    NotAMentor,
    StillAnApplicant,
    StoppedMentoring,
    Suspended,
    TimeProblem,
    TimezoneNeeded,
    UnknownTimezone,
    UnreadableTime,
)
from mentorship.members import members
from mentorship.members.members import MemberView
from mentorship.time import timezones, zone_search
from mentorship.time.natural_time import parser
from mentorship.time.timezones import ZoneName
from wording import examples, times
from wording.lists import typed
from wording.reader import Reader
from wording.translation import N_, _, sentences

ZONE_QUESTION = N_(
    "**Which time zone do you live in?**\nI'll show you every time in your own time "
    "zone. Choose it here, or type it."
)


_KEEP_CLOCK_TIMES, _KEEP_MOMENTS = N_("Keep clock times"), N_("Keep same moments")


async def with_timezone(interaction: Interaction, step: Continuation) -> None:
    """Run a step; somebody without a time zone chooses one first, and the step follows.

    The question and what follows from it carry the id of the interaction that asked, so that no
    other question resumes this step. After a restart, or `drafts.WAITING_LIFETIME`, the step is
    forgotten, and the person has to use the command again.
    """
    try:
        await step(interaction)
    except TimezoneNeeded:
        flow, client = interaction.id, interaction.client
        client.waiting_for_timezone.put(FlowKey.of(interaction, flow), step, client.db.now())
        await show_zone_menu(interaction, flow=flow)


async def show_zone_menu(
    interaction: Interaction,
    text: str | None = None,
    zones: Sequence[ZoneName] | None = None,
    *,
    flow: int | None = None,
) -> None:
    """Show a menu of likely zones, and the button to type another.

    `flow` identifies the step that waits for the zone, None if none does.
    """
    now = interaction.client.db.now()
    if zones is None:
        zones = zone_search.suggest("", now=now, locale=reader_of(interaction).locale, limit=25)
    await respond(
        interaction,
        _(ZONE_QUESTION) if text is None else text,
        actions=action_rows(
            ZoneMenu.of(zones, now, reader_of(interaction), flow), TypeZoneButton(flow)
        ),
    )


async def set_zone(interaction: Interaction, zone: str, flow: int | None = None) -> None:
    """Store the zone; a mentor with hours chooses what to do with them first."""
    old = await interaction.client.db.read(
        timezone_change.find_hours_clock_other_than, actor_of(interaction), zone
    )
    if old is not None:
        await _ask_about_hours(interaction, old, zone, flow)
    else:
        await store_zone(interaction, zone, MentorHours.ON_THE_CLOCK, flow)


async def _ask_about_hours(
    interaction: Interaction, old: HoursClock, zone: str, flow: int | None
) -> None:
    now, reader = interaction.client.db.now(), reader_of(interaction)
    evening = times.time_of_day(18 * 60, reader)
    # Translators: {choice} is the name of a button, {time} a time of day
    clock_times = _(
        "**{choice}**: {time} stays {time}, in the new zone. Days off and special hours stay on "
        "their dates.",
        choice=_(_KEEP_CLOCK_TIMES),
        time=evening,
    )
    moments = sentences(
        _(
            "**{choice}**: members can book you at the same moments as now, so your clock shows "
            "different hours.",
            choice=_(_KEEP_MOMENTS),
        ),
        _("Days off and special hours shift with them, so one may span two dates."),
        _("On your trips, these different hours apply, too.") if old.has_trips else "",
    )
    await respond(
        interaction,
        card=Card(
            title=_("What about your mentor hours?"),
            text="\n\n".join(
                (
                    # Translators: a time zone and its offset: "London (GMT, UTC+0)"
                    _(
                        "They're set for {old_zone}, and you're moving to {new_zone}.",
                        old_zone=_zone_now(old.zone, now, reader),
                        new_zone=_zone_now(zone, now, reader),
                    ),
                    f"{clock_times}\n{moments}",
                    _("Booked sessions don't move either way."),
                )
            ),
            accent=Accent.NEUTRAL,
        ),
        actions=action_rows(
            MentorHoursButton(zone, MentorHours.ON_THE_CLOCK, flow),
            MentorHoursButton(zone, MentorHours.AT_THE_SAME_INSTANTS, flow),
        ),
    )


async def store_zone(
    interaction: Interaction, zone: str, hours: MentorHours, flow: int | None = None
) -> None:
    """Store the zone, and continue with the step that was waiting for it."""
    db = interaction.client.db
    change = await db.run(timezone_change.set_timezone, actor_of(interaction), zone, hours)
    now = db.now()
    step = interaction.client.waiting_for_timezone.pop(FlowKey.of(interaction, flow), now)
    if step is not None:
        await step(interaction)
        return
    lines = [_own_zone(change.zone, now, reader_of(interaction))]
    card = None
    if change.hours_moved:
        lines.append(_("Your mentor hours were updated too. Check them with `/mentor hours`."))
        card = await _preview_of_hours(interaction)
    else:
        lines.append(
            _(
                "Your device shows {time}. If that's different, use `/timezone set` again.",
                time=discord_timestamp(now, "t"),
            )
        )
    await respond(interaction, "\n".join(lines), card=card)


async def _preview_of_hours(interaction: Interaction) -> Card | None:
    """Return the next open slots, and the sessions that are outside the hours now.

    None for somebody who doesn't mentor at the moment.
    """
    try:
        availability = await interaction.client.db.read(editor.load, actor_of(interaction))
    except (Suspended, StoppedMentoring, StillAnApplicant, NotAMentor):
        return None
    card = Card(accent=Accent.NEUTRAL)
    add_preview(card, availability)
    return card


async def set_typed_zone(interaction: Interaction, text: str, flow: int | None = None) -> None:
    """Store the zone that the text names, or show a menu if it may mean several."""
    now = interaction.client.db.now()
    try:
        match = zone_search.resolve(text, now=now, locale=reader_of(interaction).locale)
    except UnknownTimezone as error:
        nearest = zone_search.suggest(" ".join(error.nearest[:1]) or "", now=now)
        await show_zone_menu(
            interaction, sentence(error, reader_of(interaction)), nearest[:25] or None, flow=flow
        )
        return
    if match.zone is not None:
        await set_zone(interaction, match.zone, flow)
    else:
        name = typed(text, reader_of(interaction))
        question = (
            _("**Which of these is yours?**\nSeveral match {name}.", name=name)
            if match.is_exact
            else _("I don't know a time zone called {name}. Is yours one of these?", name=name)
        )
        await show_zone_menu(interaction, question, match.choices[:25], flow=flow)


def own_zone(member: MemberView, now: datetime, reader: Reader) -> str:
    """Return a sentence about the member's own time zone."""
    if member.timezone is None:
        return _("You haven't set your time zone yet. Set it with `/timezone set`.")
    return sentences(_own_zone(member.timezone, now, reader), _("Change it with `/timezone set`."))


def _own_zone(zone: ZoneName, now: datetime, reader: Reader) -> str:
    place, local_time = times.zone_name(zone, reader), times.describe(now, zone, reader)
    return _(
        "Your time zone is **{place}**. It's {time} there.",
        place=place,
        time=local_time,
    )


def _zone_now(zone: ZoneName, now: datetime, reader: Reader) -> str:
    """Return a zone with its offset now: `**London** (GMT, UTC+0)`."""
    offset = times.describe_offset(now, zone, reader).replace(" (", ", ").removesuffix(")")
    return f"**{times.zone_name(zone, reader)}** ({offset})"


def zone_of_other(member: MemberView, now: datetime, reader: Reader) -> str:
    """Return a sentence about another member's time zone."""
    name = plain(member.name)
    if member.timezone is None:
        return _("{name} hasn't set their time zone yet.", name=name)
    local_time = times.describe(now, member.timezone, reader)
    place = times.zone_name(member.timezone, reader)
    return _(
        "{name}'s time zone is **{place}**. It's {time} there.",
        name=name,
        place=place,
        time=local_time,
    )


async def convert(
    text: str, from_zone: str | None, to_zone: str | None, interaction: Interaction
) -> None:
    """Show a time in two zones.

    Says so if the clocks show that time twice, or skip it. Raises `UnreadableTime`,
    `UnknownTimezone`.
    """
    db, reader = interaction.client.db, reader_of(interaction)
    now = db.now()
    member = await db.read(members.load, actor_of(interaction))
    source = (
        _likeliest_zone(from_zone, now, interaction) if from_zone else member.require_timezone()
    )
    target = _likeliest_zone(to_zone, now, interaction) if to_zone else member.require_timezone()
    start, problem = _instant_to_convert(text, source, now, reader_of(interaction).locale)
    here = times.zone_name(source, reader)
    lines = [
        # Translators: a time in two cities
        _(
            "**{time}** in {city} is\n**{other_time}** in {other_city}.",
            time=times.describe(start, source, reader),
            city=here,
            other_time=times.describe(start, target, reader),
            other_city=times.zone_name(target, reader),
        ),
        _("On your device: {time}", time=discord_timestamp(start)),
    ]
    if problem is TimeProblem.REPEATED:
        local = timezones.to_local(start, source).replace(tzinfo=None)
        last = timezones.from_wall_clock(local, source).last
        lines.append(
            _(
                "Clocks in {city} go back that day, so that time occurs twice. This is "
                "the first; the second is {time}.",
                city=here,
                time=times.describe(last, target, reader),
            )
        )
    elif problem is TimeProblem.DOES_NOT_EXIST:
        lines.append(
            _(
                "Clocks in {city} go forward that day and skip the time you entered. "
                "This is the time they show instead.",
                city=here,
            )
        )
    await respond(interaction, "\n".join(lines))


def _instant_to_convert(
    text: str, zone: str, now: datetime, locale: str
) -> tuple[datetime, TimeProblem | None]:
    """Return the instant that a text names, and whether the clocks repeat or skip it."""
    try:
        time = parser.parse_past_or_ahead(text, zone=zone, now=now, locale=locale)
    except UnreadableTime as error:
        if error.problem in (TimeProblem.REPEATED, TimeProblem.DOES_NOT_EXIST):
            return error.readings[0][0], error.problem
        raise
    if not time.exact:
        raise UnreadableTime(text, TimeProblem.NOT_EXACT)
    if len(time.spans) > 1:
        raise UnreadableTime(text, TimeProblem.SEVERAL)
    return time.span.start, None


def _likeliest_zone(text: str, now: datetime, interaction: Interaction) -> str:
    """Return the zone that the text names, or the likeliest one. Raises `UnknownTimezone`.

    The beginning of several names is none.
    """
    match = zone_search.resolve(text, now=now, locale=reader_of(interaction).locale)
    if match.zone is None and not match.is_exact:
        raise UnknownTimezone(text, match.choices[:5])
    return match.zone or match.choices[0]


def _with_flow(custom_id: str, flow: int | None) -> str:
    """Return a custom id that carries the flow, if there is one."""
    return custom_id if flow is None else f"{custom_id}:{flow}"


def _flow_of(match: re.Match[str]) -> int | None:
    """Return the flow that a custom id carries; those of older versions carry none."""
    return int(match["flow"]) if match["flow"] else None


_FLOW = r"(:(?P<flow>\d{1,20}))?"


class ZoneMenu(PersistentSelect, template=rf"timezone:pick{_FLOW}"):
    """Time zones to choose from."""

    def __init__(self, flow: int | None = None) -> None:
        self.flow = flow
        super().__init__(_with_flow("timezone:pick", flow), _("Choose your time zone"))

    @classmethod
    def of(cls, zones: Sequence[ZoneName], now: datetime, reader: Reader, flow: int | None) -> Self:
        menu = cls(flow)
        menu.item.options = [
            discord.SelectOption(label=times.zone_label(zone, now, reader), value=zone)
            for zone in zones
        ]
        return menu

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(_flow_of(match))

    async def on_select(self, interaction: Interaction, *values: str) -> None:
        (value,) = values
        await set_zone(interaction, value, self.flow)


class MentorHoursButton(
    PersistentButton,
    template=rf"timezone:move:(?P<how>{'|'.join(MentorHours)}):(?P<zone>[\w/+-]+){_FLOW}",
):
    """Stores the zone and either keeps the mentor's hours on the clock or at the same instants."""

    def __init__(self, zone: str, hours: MentorHours, flow: int | None = None) -> None:
        self.zone, self.hours, self.flow = zone, hours, flow
        label = _(_KEEP_CLOCK_TIMES if hours is MentorHours.ON_THE_CLOCK else _KEEP_MOMENTS)
        custom_id = _with_flow(f"timezone:move:{hours}:{zone}", flow)
        super().__init__(custom_id, label, discord.ButtonStyle.primary)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(match["zone"], MentorHours(match["how"]), _flow_of(match))

    async def on_press(self, interaction: Interaction) -> None:
        await store_zone(interaction, self.zone, self.hours, self.flow)


class TypeZoneButton(PersistentButton, template=rf"timezone:type{_FLOW}"):
    """Opens the form for the time zone."""

    def __init__(self, flow: int | None = None) -> None:
        self.flow = flow
        super().__init__(_with_flow("timezone:type", flow), _("Type it"))

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(_flow_of(match))

    async def on_press(self, interaction: Interaction) -> None:
        await interaction.response.send_modal(ZoneForm(self.flow, reader_of(interaction)))


class ZoneForm(Form):
    """A time zone as a city, a country, an abbreviation, an offset or the time it is there."""

    def __init__(self, flow: int | None, reader: Reader) -> None:
        super().__init__(title=_("Your time zone"))
        self.flow = flow
        self.zone = ui.TextInput["ZoneForm"](custom_id="zone", max_length=100)
        self.add_item(
            ui.Label(
                # Translators: what can be typed to name a time zone; at most 45 characters
                text=_("A place, offset or current time"),
                description=f"Kolkata · India · IST · +5:30 · {examples.clock_reading(reader)}",
                component=self.zone,
            )
        )

    async def on_submit(  # type: ignore[override]  # the client's type is known
        self, interaction: Interaction
    ) -> None:
        await set_typed_zone(interaction, self.zone.value, self.flow)
