"""Booking in Discord: an expertise, a mentor, a day, a time, the card, confirm.

Every step carries what was chosen in its custom ids and what was typed on its card
(`booking_steps`, `booking_cards`), so each still works after a restart and Back loses nothing. A
step that offers no choice is left out. The ids name the guild, so the flow works in a direct
message as well, where whether the person is in that guild is the use cases' to say.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Self

import discord
from discord import ui

from bot.actors import actor_of
from bot.autocomplete import parse_id
from bot.components.persistent import PersistentButton, persistent_view
from bot.errors import sentence
from bot.formatting import plain, rating, shortened, tags
from bot.interaction import Interaction
from bot.replies import respond
from bot.views.booking.cards import (
    TypedText,
    add_typed_text,
    booked_card,
    confirmation_card,
    read_typed_text,
)
from bot.views.booking.items import (
    ChoiceMenu,
    DismissBookingButton,
    StepButton,
    TopicButton,
    go_to_step,
)
from bot.views.booking.slot_menus import MAX_MENUS, MAX_OPTIONS, day_items, group_by_day, time_items
from bot.views.booking.steps import SELECTION_PATTERN, BookingStep, Selection, require_owner
from bot.views.members.timezone import with_timezone
from mentorship.actors import Actor
from mentorship.availability import mentor_calendar, slot_queries
from mentorship.availability.slot_queries import OpenTimes
from mentorship.errors import (
    Field,
    InvalidField,
    MentorPaused,
    MentorshipError,
    NotAMentor,
    NotEnoughPoints,
    NotFound,
    OwnProfile,
    PriceChanged,
    Problem,
    SlotUnavailable,
    Subject,
    UnreadableTime,
    WrongDuration,
)
from mentorship.guilds import guild_settings
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.members import members
from mentorship.points import pricing
from mentorship.search import directory
from mentorship.search.directory import MentorView
from mentorship.search.index import EVERY_TAG
from mentorship.sessions import booking
from mentorship.sessions.alternatives import Alternative
from mentorship.sessions.booking import BookingRequest
from mentorship.sessions.session_views import SessionView
from mentorship.time import timezones
from mentorship.time.natural_time import parser
from mentorship.time.natural_time.parser import Moment
from wording.reader import ENGLISH
from wording.times import describe_compact, describe_day, describe_offset


async def start_booking(
    interaction: Interaction,
    *,
    mentor: str | None,
    when: str | None,
    minutes: int | None,
    topic: str,
) -> None:
    """Go as far as the options lead: to the card, or to the first open question.

    `mentor` is a user id from the list or typed words; `when` an epoch second from the list or
    typed words.
    """

    async def step(interaction: Interaction) -> None:
        db = interaction.client.db
        actor = actor_of(interaction)
        zone = (await db.read(members.load, actor)).require_timezone()
        if len(topic) > booking.LONGEST_TOPIC:
            raise InvalidField(Field.TOPIC, Problem.TOO_LONG, most=booking.LONGEST_TOPIC)
        wish = _parse_when(when, zone=zone, now=db.now(), locale=actor.language)
        words = TypedText(topic.strip())
        chosen = Selection(
            actor.guild, None, parse_id(mentor), minutes, None if wish is None else wish.span.start
        )
        if chosen.mentor is None and mentor:
            found = await db.read(directory.find, actor, mentor)
            if len(found) == 1:
                chosen = replace(chosen, mentor=found[0].user_id)
            else:
                words = replace(words, sought=mentor[:100])
        if chosen.mentor is None:
            await show_step(
                BookingStep.MENTORS if words.sought else BookingStep.TAGS,
                interaction,
                chosen,
                words,
            )
        elif wish is None:
            unread = sentence(UnreadableTime(when)) if when else ""
            await show_step(BookingStep.DAYS, interaction, chosen, words, unread)
        elif wish.exact:
            await show_step(BookingStep.CARD, interaction, chosen, words)
        else:
            one_day = wish.span.end - wish.span.start <= timedelta(hours=25)
            await show_step(
                BookingStep.TIMES if one_day else BookingStep.DAYS, interaction, chosen, words
            )

    async with interaction.client.admission.admit(interaction):
        await with_timezone(interaction, step)


async def start_booking_near(interaction: Interaction, mentor_id: int, start: datetime) -> None:
    """Begin with a mentor's times on the day of `start`, or on the nearest that has any."""
    chosen = Selection(actor_of(interaction).guild, mentor=mentor_id, start=start)
    await go_to_step(BookingStep.TIMES, interaction, chosen, TypedText())


def alternative_buttons(session: SessionView, others: Iterable[Alternative]) -> ui.View | None:
    """For the mentee of a session that came to nothing: other mentors near its time, on the
    mentee's clock. Each leads to the card. None where there are no others."""
    zone = session.mentee.timezone or session.timezone
    buttons = [
        StepButton(
            BookingStep.CARD,
            Selection(session.guild_id, None, other.mentor_id, other.minutes, other.starts_at),
            shortened(
                f"{other.mentor_name} · {describe_compact(other.starts_at, zone, ENGLISH)}",
                80,
            ),
        )
        for other in others
    ]
    return persistent_view(*buttons) if buttons else None


def _parse_when(when: str | None, *, zone: str, now: datetime, locale: str | None) -> Moment | None:
    """What was chosen or typed, None where nothing was or it names no time."""
    if not when:
        return None
    if re.fullmatch(r"\d{9,11}", when):
        when = f"<t:{when}>"
    try:
        return parser.understand(when, zone=zone, now=now, locale=locale)
    except UnreadableTime:
        return None


# --- The steps ------------------------------------------------------------------------------------


async def show_step(
    step: BookingStep, interaction: Interaction, chosen: Selection, words: TypedText, note: str = ""
) -> None:
    """Show a step, or the way on where it can't be taken. `note` stands above what is shown."""
    try:
        await _STEPS[step](interaction, chosen, words, note)
    except MentorshipError as error:
        await _show_refusal(interaction, chosen, words, error)


async def _show_tags(
    interaction: Interaction, chosen: Selection, words: TypedText, note: str
) -> None:
    """Let them choose what they would like to learn."""
    known = await interaction.client.db.read(directory.expertise, _actor(interaction, chosen))
    if len(known) < 2:
        await _show_mentors(interaction, chosen, words, note)
        return
    options = [
        discord.SelectOption(label=shortened(name, 100), value=str(tag_id))
        for tag_id, name in known.items()
    ]
    menus = []
    for number in range(min(MAX_MENUS, -(-len(options) // MAX_OPTIONS))):
        menu = _menu(interaction, "tag", chosen, number)
        menu.item.options = options[number * MAX_OPTIONS :][:MAX_OPTIONS]
        first, last = menu.item.options[0].label, menu.item.options[-1].label
        menu.item.placeholder = (
            "Choose an expertise"
            if len(options) <= MAX_OPTIONS
            else f"Expertise: {first} to {last}"
        )
        menus.append(menu)
    text = "What would you like to learn?"
    if len(options) > MAX_OPTIONS * MAX_MENUS:
        text += " There is more than fits here: `/book mentor:` finds any expertise as you type."
    everyone = StepButton(BookingStep.MENTORS, replace(chosen, tag=EVERY_TAG), "Show me everyone")
    embed = discord.Embed(title="Book a session", description=text)
    await _show(interaction, embed, words, note, *menus, everyone, DismissBookingButton())


async def _show_mentors(
    interaction: Interaction, chosen: Selection, words: TypedText, note: str
) -> None:
    """Let them choose among mentors: of an expertise, or those whom their words may mean."""
    db, actor = interaction.client.db, _actor(interaction, chosen)
    known = await db.read(directory.expertise, actor)
    back = [StepButton(BookingStep.TAGS, chosen, "Back")] if len(known) > 1 else []
    text, oneself = "The best rated come first.", False
    if chosen.tag is not None:
        words = replace(words, sought="")
        found = await db.read(directory.with_expertise, actor, chosen.tag, limit=MAX_OPTIONS + 1)
        if chosen.tag in known:
            text = f"They can help you with **{plain(known[chosen.tag])}**, the best rated first."
    else:
        found = await db.read(directory.find, actor, words.sought, limit=MAX_OPTIONS + 1)
        if not found and words.sought:
            if directory.means_oneself(actor, words.sought):
                oneself, note = True, sentence(OwnProfile())
            else:
                text = f"No mentor here goes by “{plain(words.sought)}”. These take bookings:"
            words = replace(words, sought="")
            found = await db.read(directory.find, actor, "", limit=MAX_OPTIONS + 1)
    if not found:
        text = (
            "Nobody else takes bookings at the moment."
            if oneself
            else "Nobody else takes bookings for that at the moment."
            if back
            else "Nobody mentors in this server yet. If you could, apply with `/mentor apply`."
        )
        embed = discord.Embed(title="Nobody to book yet", description=text)
        await _show(interaction, embed, words, note, *back)
        return
    if len(found) > MAX_OPTIONS:
        text += f" These are {MAX_OPTIONS} of them; `/mentor search` finds the others."
    guild = await db.read(guild_settings.load, chosen.guild)
    menu = _menu(interaction, "mentor", chosen)
    menu.item.placeholder = "Choose a mentor"
    menu.item.options = [_mentor_option(mentor, guild) for mentor in found[:MAX_OPTIONS]]
    embed = discord.Embed(title="Who would you like to meet?", description=text)
    await _show(interaction, embed, words, note, menu, *back, DismissBookingButton())


def _mentor_option(mentor: MentorView, guild: GuildSettings) -> discord.SelectOption:
    rate = f"{mentor.hourly_rate:,} {guild.currency_name}/h" if mentor.hourly_rate else "free"
    return discord.SelectOption(
        label=shortened(mentor.name, 100),
        value=str(mentor.user_id),
        description=shortened(
            f"{rating(mentor.rating, mentor.rating_count)} · {rate} · {tags(mentor.expertise)}", 100
        ),
    )


async def _open_times(interaction: Interaction, chosen: Selection) -> tuple[OpenTimes, Selection]:
    """A chosen mentor's open times, and what is chosen with a length that the mentor offers."""
    assert chosen.mentor is not None
    times = await interaction.client.db.read(
        slot_queries.open_times, _actor(interaction, chosen), chosen.mentor, chosen.minutes
    )
    return times, replace(chosen, minutes=times.minutes)


async def _show_days(
    interaction: Interaction, chosen: Selection, words: TypedText, note: str
) -> None:
    """Let them choose a day that has open times, and a length where there are several."""
    if chosen.mentor is None:
        await _show_mentors(interaction, chosen, words, note)
        return
    times, chosen = await _open_times(interaction, chosen)
    guild = await interaction.client.db.read(guild_settings.load, chosen.guild)
    name = plain(times.mentor_name)
    items: list[ui.Item[Any]] = []
    turns: list[ui.Item[Any]] = []
    if times.starts:
        cost = f"{guild.amount(times.hourly_rate)} an hour" if times.hourly_rate else "free"
        text = f"{times.minutes} minutes, {cost}. {_your_clock(times.starts[0], times.zone)}"
        menu, *turns = day_items(
            times.starts,
            times.zone,
            chosen.start,
            menu=lambda number: _menu(interaction, "day", chosen, number),
            turn=lambda start, label: StepButton(
                BookingStep.DAYS, replace(chosen, start=start), label
            ),
        )
        items.append(menu)
    else:
        text = (
            f"{name} has no open time for {times.minutes} minutes in the next "
            f"{times.horizon_days} days. Choose another mentor with Back."
        )
    if len(times.durations) > 1:
        lengths = _menu(interaction, "length", chosen)
        lengths.item.placeholder = f"{times.minutes} minutes, or another length"
        lengths.item.options = [
            discord.SelectOption(
                label=f"{minutes} minutes",
                value=str(minutes),
                description=_price(times, minutes, guild),
                default=minutes == times.minutes,
            )
            for minutes in times.durations[:MAX_OPTIONS]
        ]
        items.append(lengths)
    embed = discord.Embed(title=f"When would you like to meet {name}?", description=text)
    back = StepButton(BookingStep.MENTORS, chosen, "Back")
    await _show(interaction, embed, words, note, *items, back, *turns, DismissBookingButton())


def _price(times: OpenTimes, minutes: int, guild: GuildSettings) -> str:
    points = pricing.price(times.hourly_rate, minutes)
    return f"{points:,} {guild.currency_name}" if points else "free"


async def _show_times(
    interaction: Interaction, chosen: Selection, words: TypedText, note: str
) -> None:
    """Let them choose one of the times of a day: of the day of `chosen.start`, or the nearest."""
    if chosen.mentor is None or chosen.start is None:
        await _show_days(interaction, chosen, words, note)
        return
    wanted = chosen.start
    times, chosen = await _open_times(interaction, chosen)
    if not times.starts:
        await _show_days(interaction, chosen, words, note)
        return
    found = min(times.starts, key=lambda start: abs(start - wanted))
    days = group_by_day(times.starts, times.zone)
    of_day = days[timezones.to_local(found, times.zone).date()]
    day = describe_day(found, times.zone, ENGLISH)
    if describe_day(wanted, times.zone, ENGLISH) != day:
        missed = describe_day(wanted, times.zone, ENGLISH)
        note = note or f"Nothing is open on {missed}. This is the nearest day with open times."
    menus_and_turns = time_items(
        of_day,
        times.zone,
        found,
        menu=lambda number: _menu(interaction, "time", chosen, number),
        turn=lambda start, label: StepButton(
            BookingStep.TIMES, replace(chosen, start=start), label
        ),
    )
    menus = [item for item in menus_and_turns if isinstance(item, ChoiceMenu)]
    turns = menus_and_turns[len(menus) :]
    embed = discord.Embed(
        title=f"{day} with {plain(times.mentor_name)}: at what time?",
        description=f"{times.minutes} minutes. {_your_clock(found, times.zone)}",
    )
    back = StepButton(BookingStep.DAYS, replace(chosen, start=found), "Back")
    await _show(interaction, embed, words, note, *menus, back, *turns, DismissBookingButton())


async def _show_card(
    interaction: Interaction, chosen: Selection, words: TypedText, note: str
) -> None:
    """Show what confirming would do; nothing is held by it."""
    db, actor = interaction.client.db, _actor(interaction, chosen)
    if chosen.mentor is None or chosen.start is None:
        await _show_days(interaction, chosen, words, note)
        return
    if chosen.minutes is None:
        offered = await db.read(slot_queries.durations, actor, chosen.mentor)
        chosen = replace(chosen, minutes=mentor_calendar.usual_duration(offered))
    quote = await db.read(booking.quote, actor, _request(chosen, words))
    guild = await db.read(guild_settings.load, chosen.guild)
    await respond(
        interaction,
        note,
        embed=confirmation_card(quote, guild, words),
        view=persistent_view(
            ConfirmBookingButton(chosen, quote.price),
            StepButton(BookingStep.TIMES, chosen, "Back"),
            TopicButton(chosen, "Change the topic" if words.topic else "Add a topic"),
            DismissBookingButton(),
        ),
    )


_STEPS: dict[BookingStep, Callable[[Interaction, Selection, TypedText, str], Awaitable[None]]] = {
    BookingStep.TAGS: _show_tags,
    BookingStep.MENTORS: _show_mentors,
    BookingStep.DAYS: _show_days,
    BookingStep.TIMES: _show_times,
    BookingStep.CARD: _show_card,
}


async def _show_refusal(
    interaction: Interaction, chosen: Selection, words: TypedText, error: MentorshipError
) -> None:
    """Say why it can't be, with the ways on as buttons and everything that was chosen kept.

    Raises again what has no way on from here.
    """
    embed = discord.Embed(description=sentence(error), colour=discord.Colour.orange())
    others = StepButton(BookingStep.MENTORS, replace(chosen, mentor=None), "Choose another mentor")
    if isinstance(error, SlotUnavailable):
        embed.title = error.reason
        member = await interaction.client.db.read(members.load, _actor(interaction, chosen))
        zone = member.require_timezone()
        picks = [
            StepButton(
                BookingStep.CARD,
                replace(chosen, start=start),
                describe_compact(start, zone, ENGLISH),
            )
            for start in error.nearest
        ]
        embed.description = (
            "These are the nearest open times, on your clock:"
            if picks
            else "No other time is open near it. Look at another day, or for another mentor."
        )
        more = StepButton(BookingStep.DAYS, chosen, "Other days")
        await _show(interaction, embed, words, "", *picks, more, others, DismissBookingButton())
    elif isinstance(error, PriceChanged):
        await show_step(BookingStep.CARD, interaction, chosen, words, sentence(error))
    elif isinstance(error, WrongDuration):
        await show_step(BookingStep.DAYS, interaction, chosen, words, sentence(error))
    elif isinstance(error, NotEnoughPoints):
        embed.title = "Not enough for this one"
        shorter = StepButton(BookingStep.DAYS, chosen, "Back")
        await _show(interaction, embed, words, "", shorter, others, DismissBookingButton())
    elif isinstance(error, MentorPaused | NotAMentor | OwnProfile):
        await _show(interaction, embed, words, "", others, DismissBookingButton())
    else:
        raise error


async def _show(
    interaction: Interaction,
    embed: discord.Embed,
    words: TypedText,
    note: str,
    *items: ui.Item[Any],
) -> None:
    add_typed_text(embed, words)
    embed.colour = embed.colour or discord.Colour.blurple()
    await respond(interaction, note, embed=embed, view=persistent_view(*items))


def _menu(interaction: Interaction, what: str, chosen: Selection, number: int = 0) -> ChoiceMenu:
    """An empty menu with an id that was not on the message before: a client shows an old id with
    what was chosen in it, and that can't be chosen again after Back."""
    fresh = (interaction.id ^ interaction.id >> 22) % 97
    return ChoiceMenu(what, chosen, 10 * fresh + number)


def _your_clock(start: datetime, zone: str) -> str:
    return f"Times are yours: {describe_offset(start, zone, ENGLISH)}."


def _actor(interaction: Interaction, chosen: Selection) -> Actor:
    return actor_of(interaction, chosen.guild)


def _request(chosen: Selection, words: TypedText) -> BookingRequest:
    if chosen.mentor is None or chosen.start is None or chosen.minutes is None:
        raise NotFound(
            Subject.SLOT
        )  # no card of the bot's has such a button; a client can claim it
    return BookingRequest(chosen.mentor, chosen.start, chosen.minutes, words.topic)


class ConfirmBookingButton(
    PersistentButton, template=rf"book:confirm:{SELECTION_PATTERN}:(?P<price>\d{{1,16}})"
):
    """Books what the card shows. Pressed twice, it is one booking."""

    def __init__(self, chosen: Selection, price: int) -> None:
        self.choice, self.price = chosen, price
        super().__init__(
            f"book:confirm:{chosen.text}:{price}", "Confirm", discord.ButtonStyle.success
        )

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(Selection.of(match), int(match["price"]))

    async def on_press(self, interaction: Interaction) -> None:
        require_owner(interaction)
        # Bookings queue for the database; the answer to Discord does not.
        await interaction.response.defer()
        db, card, words = interaction.client.db, interaction.message, read_typed_text(interaction)
        request = replace(
            _request(self.choice, words),
            price_shown=self.price,
            # One card is one booking, however often its button is pressed.
            key=f"card:{card.id}:{self.item.custom_id}" if card else None,
        )
        try:
            session = await db.run(booking.book, _actor(interaction, self.choice), request)
        except MentorshipError as error:
            await _show_refusal(interaction, self.choice, words, error)
            return
        guild = await db.read(guild_settings.load, session.guild_id)
        await respond(interaction, embed=booked_card(session, guild))
