"""A mentor's timetable in words: the cards of the availability panel."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import discord
from discord import ui

from bot.formatting import moment
from mentorship.availability.editor import Timetable
from mentorship.availability.opening_hours import DateOverride
from mentorship.availability.weekly_hours import format_hours
from wording.durations import duration
from wording.reader import ENGLISH
from wording.times import date_range, time_of_day

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

DateRange = tuple[date, date, tuple[tuple[int, int], ...]]
"""First and last of some dates in a row, and the hours that they have in common."""


def back_button() -> ui.Button[Any]:
    """The way to the whole timetable. Its custom id is answered by
    `bot.views.availability.panel.Back`, which knows this module, so the button stands here without
    it."""
    return ui.Button(label="Back to the week", custom_id="hours:back")


def panel_card(table: Timetable) -> discord.Embed:
    """The week, the dates that differ, the rules, and what can be booked next."""
    embed = discord.Embed(title="When you can be booked", colour=discord.Colour.blurple())
    if table.weekly:
        embed.description = f"On the clock of **{table.zone}**\n\n{format_week(table)}"
    else:
        embed.description = (
            f"You have no hours yet, so nobody can book you. Choose a day below, or type your "
            f"week on the clock of **{table.zone}**, such as `mon-fri 18:00-21:30; sat 10-14`."
        )
    if table.overrides:
        embed.add_field(name="Other dates", value=format_overrides(table.overrides), inline=False)
    embed.add_field(name="Sessions", value=format_rules(table), inline=False)
    add_preview(embed, table)
    if table.weekly:
        embed.set_footer(text=f"As text: {format_hours(table.weekly)}"[:2_048])
    return embed


def add_preview(embed: discord.Embed, table: Timetable) -> None:
    """What members can book next, and which booked sessions lie outside the hours now."""
    slots = "\n".join(f"• {moment(start)}" for start in table.next_slots)
    embed.add_field(
        name="Next open times",
        value=slots or "None in the next two weeks.",
        inline=False,
    )
    if table.outside:
        listed = "\n".join(f"• {moment(start)}" for start in table.outside[:8])
        embed.add_field(
            name="Booked outside these hours",
            value=f"{listed}\nThey stand as they are; `/cancel` if you can't come.",
            inline=False,
        )


def format_week(table: Timetable, marked: int | None = None) -> str:
    """The seven days, one a line, with a mark at the one that is being changed."""
    lines = []
    for weekday, name in enumerate(DAYS):
        hours = [
            format_interval(each.start, each.end)
            for each in table.weekly
            if each.weekday == weekday
        ]
        mark = "▸ " if weekday == marked else ""
        lines.append(f"{mark}**{name}** {', '.join(hours) or '—'}")
    return "\n".join(lines)


def format_interval(start: int, end: int) -> str:
    after = " (next day)" if end <= start else ""
    return f"{time_of_day(start, ENGLISH)}–{time_of_day(end, ENGLISH)}{after}"


def format_overrides(overrides: Sequence[DateOverride]) -> str:
    """Dates that differ, runs of equal ones in one line."""
    lines = []
    for first, last, hours in date_ranges(overrides):
        days = date_range(first, last, ENGLISH)
        spans = ", ".join(format_interval(start, end) for start, end in hours)
        lines.append(f"**{days}** {spans or 'off'}")
    if len(lines) > 12:
        lines[12:] = [f"… and {len(lines) - 12} more"]
    return "\n".join(lines)


def date_ranges(
    overrides: Sequence[DateOverride],
) -> list[DateRange]:
    runs: list[DateRange] = []
    for override in overrides:
        if runs:
            first, last, hours = runs[-1]
            if hours == override.hours and override.date == last + timedelta(days=1):
                runs[-1] = (first, override.date, hours)
                continue
        runs.append((override.date, override.date, override.hours))
    return runs


def format_rules(table: Timetable) -> str:
    limits = table.limits
    lengths = ", ".join(str(minutes) for minutes in table.durations)
    lines = [
        f"{lengths} minutes, starting every {limits.step}",
        f"booked at least {duration(limits.minimum_notice, ENGLISH)} and at most "
        f"{limits.horizon_days} days ahead",
        "booked at once" if table.instant_booking else "you confirm each one",
    ]
    if limits.buffer_before or limits.buffer_after:
        lines.append(
            f"{limits.buffer_before} minutes free before, {limits.buffer_after} after each"
        )
    caps = [
        f"{most} a {unit}"
        for most, unit in ((limits.most_per_day, "day"), (limits.most_per_week, "week"))
        if most is not None
    ]
    if caps:
        lines.append(f"at most {' and '.join(caps)}")
    return "\n".join(f"• {line}" for line in lines)
