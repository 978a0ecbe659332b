"""Booking in Discord: choose a mentor, choose a time, look at the card, confirm.

Every step carries what was chosen in its custom ids and the topic on its card, so each of them
still works after a restart.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Self

import discord

from bot.buttons import Interaction, LastingButton, LastingSelect, row
from bot.errors import sentence
from bot.people import actor_of
from bot.replies import show
from bot.views.timezone import with_timezone
from bot.wording import clock, moment, plain, rating, shortened, tags, unplain
from mentorship import booking, guilds, members, mentors, phrases, timezones
from mentorship.booking import BookingRequest, Quote
from mentorship.errors import InvalidField, PriceChanged, SlotUnavailable, UnreadableTime
from mentorship.guilds import GuildSettings
from mentorship.mentors import MentorView, OpenSlots
from mentorship.sessions import SessionView

_TOPIC = "Topic"


async def begin(
    interaction: Interaction,
    *,
    mentor: str | None,
    when: str | None,
    minutes: int | None,
    topic: str,
) -> None:
    """Go as far through the flow as the options lead: to the card, or to the first open question.

    `mentor` is a user id from the list or typed words; `when` an epoch second from the list or
    typed words.
    """

    async def step(interaction: Interaction) -> None:
        db = interaction.client.db
        actor = actor_of(interaction)
        member = await db.read(members.look, actor)
        _ = member.zone
        if len(topic) > booking.LONGEST_TOPIC:
            raise InvalidField("the topic", f"has at most {booking.LONGEST_TOPIC} characters.")
        mentor_id = _id(mentor)
        if mentor_id is None:
            found = await db.read(mentors.find, actor, mentor or "")
            if mentor and len(found) == 1:
                mentor_id = found[0].user_id
            else:
                await choose_mentor(interaction, found, mentor or "", minutes, topic)
                return
        start = _start(when, zone=member.zone, now=db.now(), locale=actor.language)
        if start is None:
            slots = await db.read(
                mentors.open_slots, actor, mentor_id, minutes=minutes, text=when or "", limit=25
            )
            await choose_slot(interaction, slots, member.zone, topic)
        else:
            length = minutes or mentors.usual_duration(
                await db.read(mentors.durations, actor, mentor_id)
            )
            await show_card(interaction, BookingRequest(mentor_id, start, length, topic.strip()))

    await with_timezone(interaction, step)


def _id(typed: str | None) -> int | None:
    return int(typed) if typed and re.fullmatch(r"\d{1,20}", typed) else None


def _start(when: str | None, *, zone: str, now: datetime, locale: str | None) -> datetime | None:
    """The one instant that was chosen or typed, None where only a stretch of time was."""
    if not when:
        return None
    if re.fullmatch(r"\d{9,11}", when):
        return datetime.fromtimestamp(int(when), UTC)
    try:
        wish = phrases.understand(when, zone=zone, now=now, locale=locale)
    except UnreadableTime:
        # Discord sends what was typed when nothing was picked; the list says what there is.
        return None
    return wish.span.start if wish.exact else None


async def choose_mentor(
    interaction: Interaction,
    found: list[MentorView],
    text: str,
    minutes: int | None,
    topic: str,
) -> None:
    """Let the person choose a mentor from those that were found, or from all."""
    if not found:
        everyone = await interaction.client.db.read(mentors.find, actor_of(interaction), "")
        if not everyone:
            await show(
                interaction,
                "Nobody mentors in this server yet. If you could, apply with `/mentor apply`.",
            )
            return
        heading = f"No mentor here goes by “{plain(text)}”. These take bookings:"
        found = everyone
    else:
        heading = "Who would you like to meet?"
    guild = await interaction.client.db.read(guilds.settings, interaction.guild_id or 0)
    embed = discord.Embed(title="Book a session", description=heading)
    _keep_topic(embed, topic)
    await show(
        interaction,
        embed=embed,
        view=row(MentorMenu.of(found, guild, minutes or 0), NotNow()),
    )


async def choose_slot(
    interaction: Interaction, slots: OpenSlots, zone: str, topic: str, heading: str | None = None
) -> None:
    """Let the person choose one of a mentor's open times, on their own clock."""
    if not slots.starts:
        await show(
            interaction,
            f"{plain(slots.mentor_name)} has no open time in the next two weeks. "
            "Look for another mentor with `/book`.",
        )
        return
    guild = await interaction.client.db.read(guilds.settings, interaction.guild_id or 0)
    embed = discord.Embed(
        title=f"When would you like to meet {plain(slots.mentor_name)}?",
        description=heading
        or (
            f"{slots.minutes} minutes, {guild.amount(slots.hourly_rate)} an hour. "
            f"Times are yours: {timezones.describe_offset(slots.starts[0], zone)}."
        ),
    )
    _keep_topic(embed, topic)
    menu = SlotMenu.of(slots.mentor_id, slots.minutes, slots.starts, zone)
    await show(interaction, embed=embed, view=row(menu, NotNow()))


async def show_card(interaction: Interaction, request: BookingRequest) -> None:
    """Show what confirming would do; nothing is held by it."""
    db = interaction.client.db
    try:
        quote = await db.read(booking.quote, actor_of(interaction), request)
    except SlotUnavailable as error:
        await _offer_nearest(interaction, request, error)
        return
    guild = await db.read(guilds.settings, interaction.guild_id or 0)
    await show(
        interaction,
        embed=_card(quote, guild),
        view=row(
            Confirm(request.mentor_id, request.starts_at, request.minutes, quote.price), NotNow()
        ),
    )


def _card(quote: Quote, guild: GuildSettings) -> discord.Embed:
    embed = discord.Embed(
        title=f"Book {plain(quote.mentor_name)}?",
        description=f"## {moment(quote.starts_at)}",
        colour=discord.Colour.blurple(),
    )
    embed.add_field(
        name="On your clock", value=clock(quote.starts_at, quote.ends_at, quote.zone), inline=False
    )
    embed.add_field(
        name=f"On {plain(quote.mentor_name)}'s clock",
        value=clock(quote.starts_at, quote.ends_at, quote.mentor_zone),
        inline=False,
    )
    embed.add_field(name="Length", value=f"{quote.minutes} minutes")
    embed.add_field(name="Price", value=guild.amount(quote.price) if quote.price else "free")
    embed.add_field(name="Balance after", value=guild.amount(quote.balance - quote.price))
    _keep_topic(embed, quote.topic)
    if quote.clock_change:
        embed.add_field(
            name="The clocks change that night",
            value=f"The session lasts {quote.minutes} minutes all the same.",
            inline=False,
        )
    promise = (
        "It is yours at once."
        if quote.confirmed_at_once
        else f"{plain(quote.mentor_name)} has until {moment(quote.answer_by)} to confirm; "
        "without an answer you get everything back."
    )
    embed.add_field(
        name="Good to know",
        value=f"{promise}\n{_policy(quote)}",
        inline=False,
    )
    return embed


def _policy(quote: Quote) -> str:
    """What cancelling gives back, and until when, in a sentence or two."""
    if not quote.price:
        return "You can cancel at any time before it starts."
    late = f"{quote.late_refund_percent} %" if quote.late_refund_percent else "nothing"
    if quote.free_cancellation_until is None:
        name = plain(quote.mentor_name)
        settled = "you have booked" if quote.confirmed_at_once else f"{name} has confirmed"
        return f"It starts so soon that, once {settled}, cancelling gives {late} back."
    return (
        f"You can cancel and get everything back until {moment(quote.free_cancellation_until)}; "
        f"after that {late}, once it is confirmed."
    )


async def _offer_nearest(
    interaction: Interaction, request: BookingRequest, error: SlotUnavailable
) -> None:
    """Say why the time can't be had, with the nearest that can as buttons."""
    if not error.nearest:
        await show(interaction, sentence(error), view=row(NotNow()))
        return
    zone = (await interaction.client.db.read(members.look, actor_of(interaction))).zone
    embed = discord.Embed(
        title=error.reason,
        description="These are the nearest open times, on your clock:",
        colour=discord.Colour.orange(),
    )
    _keep_topic(embed, request.topic)
    buttons = [
        PickSlot(request.mentor_id, start, request.minutes, timezones.describe_compact(start, zone))
        for start in error.nearest
    ]
    await show(interaction, embed=embed, view=row(*buttons, NotNow()))


def booked_card(session: SessionView, guild: GuildSettings) -> discord.Embed:
    """What the mentee sees right after booking."""
    name = plain(session.mentor.name)
    embed = discord.Embed(
        title=f"Request sent to {name}" if session.answer_by else f"Booked with {name}",
        description=moment(session.starts_at),
        colour=discord.Colour.green(),
    )
    if session.answer_by is not None:
        embed.add_field(
            name="What happens next",
            value=f"{plain(session.mentor.name)} has until {moment(session.answer_by)} to confirm. "
            "I'll tell you by direct message.",
            inline=False,
        )
    if session.price:
        embed.add_field(
            name="Points",
            value=f"{guild.amount(session.price)} are set aside until you have met.",
            inline=False,
        )
    embed.set_footer(text="All your sessions: /sessions")
    return embed


def _keep_topic(embed: discord.Embed, topic: str) -> None:
    if topic:
        embed.add_field(name=_TOPIC, value=plain(topic), inline=False)


def _topic_of(interaction: Interaction) -> str:
    """The topic that the card under the pressed button carries."""
    embeds = interaction.message.embeds if interaction.message else []
    for field in embeds[0].fields if embeds else []:
        if field.name == _TOPIC:
            return unplain(field.value or "")
    return ""


class MentorMenu(LastingSelect, template=r"book:mentor:(?P<minutes>\d{1,4})"):
    """Mentors to choose from; `minutes` 0 means the mentor's usual length."""

    def __init__(self, minutes: int) -> None:
        self.minutes = minutes
        super().__init__(f"book:mentor:{minutes}", "Choose a mentor")

    @classmethod
    def of(cls, found: list[MentorView], guild: GuildSettings, minutes: int) -> Self:
        menu = cls(minutes)
        menu.item.options = [
            discord.SelectOption(
                label=shortened(mentor.name, 100),
                value=str(mentor.user_id),
                description=shortened(
                    f"{rating(mentor.rating, mentor.rating_count)} · "
                    f"{mentor.hourly_rate:,} {guild.currency_name}/h · {tags(mentor.expertise)}",
                    100,
                ),
            )
            for mentor in found[:25]
        ]
        return menu

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["minutes"]))

    async def chosen(self, interaction: Interaction, *values: str) -> None:
        (value,) = values
        await begin(
            interaction,
            mentor=value,
            when=None,
            minutes=self.minutes or None,
            topic=_topic_of(interaction),
        )


class SlotMenu(LastingSelect, template=r"book:slots:(?P<mentor>\d{1,20}):(?P<minutes>\d{1,4})"):
    """A mentor's open times to choose from."""

    def __init__(self, mentor_id: int, minutes: int) -> None:
        self.mentor_id, self.minutes = mentor_id, minutes
        super().__init__(f"book:slots:{mentor_id}:{minutes}", "Choose a time")

    @classmethod
    def of(cls, mentor_id: int, minutes: int, starts: tuple[datetime, ...], zone: str) -> Self:
        menu = cls(mentor_id, minutes)
        menu.item.options = [
            discord.SelectOption(
                label=timezones.describe_compact(start, zone), value=str(int(start.timestamp()))
            )
            for start in starts[:25]
        ]
        return menu

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["mentor"]), int(match["minutes"]))

    async def chosen(self, interaction: Interaction, *values: str) -> None:
        (value,) = values
        await begin(
            interaction,
            mentor=str(self.mentor_id),
            when=value,
            minutes=self.minutes,
            topic=_topic_of(interaction),
        )


class PickSlot(
    LastingButton,
    template=r"book:slot:(?P<mentor>\d{1,20}):(?P<start>\d{1,11}):(?P<minutes>\d{1,4})",
):
    """One open time; pressing it shows its card."""

    def __init__(self, mentor_id: int, start: datetime, minutes: int, label: str = "…") -> None:
        self.mentor_id, self.start, self.minutes = mentor_id, start, minutes
        super().__init__(f"book:slot:{mentor_id}:{int(start.timestamp())}:{minutes}", label)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        start = datetime.fromtimestamp(int(match["start"]), UTC)
        return cls(int(match["mentor"]), start, int(match["minutes"]))

    async def pressed(self, interaction: Interaction) -> None:
        await show_card(
            interaction,
            BookingRequest(self.mentor_id, self.start, self.minutes, _topic_of(interaction)),
        )


class Confirm(
    LastingButton,
    template=(
        r"book:confirm:(?P<mentor>\d{1,20}):(?P<start>\d{1,11}):"
        r"(?P<minutes>\d{1,4}):(?P<price>\d{1,16})"
    ),
):
    """Books what the card shows. Pressed twice, it is one booking."""

    def __init__(self, mentor_id: int, start: datetime, minutes: int, price: int) -> None:
        self.mentor_id, self.start, self.minutes, self.price = mentor_id, start, minutes, price
        super().__init__(
            f"book:confirm:{mentor_id}:{int(start.timestamp())}:{minutes}:{price}",
            "Confirm",
            discord.ButtonStyle.success,
        )

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        start = datetime.fromtimestamp(int(match["start"]), UTC)
        return cls(int(match["mentor"]), start, int(match["minutes"]), int(match["price"]))

    async def pressed(self, interaction: Interaction) -> None:
        db = interaction.client.db
        card = interaction.message
        request = BookingRequest(
            self.mentor_id,
            self.start,
            self.minutes,
            _topic_of(interaction),
            price_shown=self.price,
            # One card is one booking, however often its button is pressed.
            key=f"card:{card.id}:{self.item.custom_id}" if card else None,
        )
        try:
            session = await db.run(booking.book, actor_of(interaction), request)
        except SlotUnavailable as error:
            await _offer_nearest(interaction, request, error)
            return
        except PriceChanged as error:
            await show_card(interaction, request)
            await interaction.followup.send(sentence(error), ephemeral=True)
            return
        guild = await db.read(guilds.settings, session.guild_id)
        await show(interaction, embed=booked_card(session, guild))


class NotNow(LastingButton, template=r"book:not-now"):
    """Leaves the flow."""

    def __init__(self) -> None:
        super().__init__("book:not-now", "Not now")

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls()

    async def pressed(self, interaction: Interaction) -> None:
        await show(interaction, "Nothing was booked. `/book` starts again whenever you like.")


LASTING = (Confirm, MentorMenu, NotNow, PickSlot, SlotMenu)
