"""A mentor's week at a glance."""

from __future__ import annotations

import discord

from bot.wording import moment
from mentorship.hours import format_hours
from mentorship.mentors import HoursView

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def hours_card(view: HoursView, *, changed: bool) -> discord.Embed:
    """The week, day by day, on the mentor's clock, and what can be booked next."""
    embed = discord.Embed(
        title="Your hours are set" if changed else "Your hours",
        description=f"On the clock of **{view.zone}**",
        colour=discord.Colour.green() if changed else discord.Colour.blurple(),
    )
    if not view.weekly:
        embed.description = (
            f"You have no hours yet, so nobody can book you. Set some, on the clock of "
            f"**{view.zone}**, like this: `/mentor hours mon-fri 18:00-21:30; sat 10-14`"
        )
        return embed
    embed.add_field(name="Your week", value="\n".join(_week(view)), inline=False)
    if view.next_slots:
        embed.add_field(
            name="Next open times",
            value="\n".join(f"• {moment(start)}" for start in view.next_slots),
            inline=False,
        )
    else:
        embed.add_field(
            name="Next open times",
            value="None in the next two weeks: everything is booked or too soon.",
            inline=False,
        )
    if view.outside:
        embed.add_field(
            name="Booked outside these hours",
            value="These sessions stand as they are:\n"
            + "\n".join(f"• {moment(start)}" for start in view.outside[:10]),
            inline=False,
        )
    embed.set_footer(text=f"To change them, type: /mentor hours {format_hours(view.weekly)}"[:2048])
    return embed


def _week(view: HoursView) -> list[str]:
    lines = []
    for weekday, name in enumerate(_DAYS):
        spans = [
            f"{_time(hours.start)}–{_time(hours.end)}"
            + (" (next day)" if hours.end <= hours.start else "")
            for hours in view.weekly
            if hours.weekday == weekday
        ]
        if spans:
            lines.append(f"**{name}** {', '.join(spans)}")
    return lines


def _time(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
