"""Booking in Discord: an expertise, a mentor, a day, a slot, the confirmation card.

Custom ids carry what is selected and cards what was typed (`bot.views.booking.steps`). So every
step works after a restart, and Back loses nothing. A step without a choice is skipped. The custom
ids name the guild, so booking works in direct messages too; the use cases check that the person is
a member of that guild.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime

from bot.actors import actor_of
from bot.errors import sentence
from bot.interaction import Interaction
from bot.readers import reader_of
from bot.views.booking.confirmation import show_card
from bot.views.booking.items import NEXT_SLOT, go_to_step
from bot.views.booking.mentor_options import find_mentor
from bot.views.booking.mentor_screens import show_mentors, show_tags
from bot.views.booking.obstacles import show_obstacle
from bot.views.booking.rebooking import show_next_slot
from bot.views.booking.slot_screens import show_days, show_matches, show_times
from bot.views.booking.steps import STEP_SCREEN, BookingStep, Selection, TypedText
from bot.views.members.timezone import with_timezone
from mentorship.errors import Field, InvalidField, MentorshipError, Problem, UnreadableTime
from mentorship.members import members
from mentorship.search import directory
from mentorship.sessions import booking
from mentorship.time.intervals import Span
from mentorship.time.natural_time import parser
from mentorship.time.natural_time.parser import ParsedTime
from wording.reader import Reader


async def start_booking(
    interaction: Interaction,
    *,
    mentor: str | None,
    when: str | None,
    minutes: int | None,
    topic: str,
) -> None:
    """Start at the first step that the options leave open, or at the confirmation card.

    `mentor` is a user id or typed text, `when` a Unix timestamp in seconds or typed text.
    """

    async def start(interaction: Interaction) -> None:
        db = interaction.client.db
        actor = actor_of(interaction)
        zone = (await db.read(members.load, actor)).require_timezone()
        if len(topic) > booking.LONGEST_TOPIC:
            raise InvalidField(Field.TOPIC, Problem.TOO_LONG, most=booking.LONGEST_TOPIC)
        time, refusal = _read_when(
            when, zone=zone, now=db.now(), locale=actor.language, reader=reader_of(interaction)
        )
        typed = TypedText(topic.strip())
        selection = Selection(
            actor.guild,
            mentor_id=await find_mentor(interaction, mentor),
            minutes=minutes,
            start=None if time is None else time.span.start,
        )
        if selection.mentor_id is None and mentor:
            mentors = await db.read(directory.suggest_mentors, actor, mentor)
            if len(mentors) == 1:
                selection = replace(selection, mentor_id=mentors[0].user_id)
            else:
                typed = replace(typed, mentor_query=mentor[:100])
        if selection.mentor_id is None:
            step = BookingStep.MENTORS if typed.mentor_query else BookingStep.TAGS
            await show_step(step, interaction, selection, typed, refusal)
        elif time is None:
            await show_step(BookingStep.DAYS, interaction, selection, typed, refusal)
        elif time.instant is not None and not time.unusual and not refusal:
            await show_step(BookingStep.CARD, interaction, selection, typed, "")
        else:
            await _show_matches(interaction, selection, typed, time, refusal)

    async with interaction.client.admission.admit(interaction):
        await with_timezone(interaction, start)


async def start_booking_near(interaction: Interaction, mentor_id: int, start: datetime) -> None:
    """Start with a mentor's slots on the day of `start`, or on the nearest day that has any."""
    selection = Selection(actor_of(interaction).guild, mentor_id=mentor_id, start=start)
    await go_to_step(BookingStep.TIMES, interaction, selection, TypedText())


def _read_when(
    when: str | None, *, zone: str, now: datetime, locale: str | None, reader: Reader
) -> tuple[ParsedTime | None, str]:
    """Return the chosen or typed time, and why it isn't certain or can't be read.

    An uncertain time is all that it can mean; one that can't be read, or is past, is None.
    """
    if not when:
        return None, ""
    if re.fullmatch(r"\d{9,11}", when):
        instant = datetime.fromtimestamp(int(when), UTC)
        return ParsedTime((Span(instant, instant),), exact=True), ""
    try:
        return parser.parse(when, zone=zone, now=now, locale=locale), ""
    except UnreadableTime as error:
        return parser.possible_times(error), sentence(error, reader)


async def _show_matches(
    interaction: Interaction,
    selection: Selection,
    typed: TypedText,
    time: ParsedTime,
    refusal: str,
) -> None:
    """Show the slots within a typed time, or what stands in the way."""
    try:
        await show_matches(interaction, selection, typed, time, refusal)
    except MentorshipError as error:
        await show_obstacle(interaction, selection, typed, error)


_SCREENS: dict[BookingStep, Callable[[Interaction, Selection, TypedText, str], Awaitable[None]]] = {
    BookingStep.TAGS: show_tags,
    BookingStep.MENTORS: show_mentors,
    BookingStep.DAYS: show_days,
    BookingStep.TIMES: show_times,
    BookingStep.CARD: show_card,
}


async def show_step(
    step: BookingStep, interaction: Interaction, selection: Selection, typed: TypedText, note: str
) -> None:
    """Show the screen of a step, or why it can't be taken. `note` is shown above it."""
    try:
        await _SCREENS[step](interaction, selection, typed, note)
    except MentorshipError as error:
        await show_obstacle(interaction, selection, typed, error)


STEP_SCREEN.register(show_step)
NEXT_SLOT.register(show_next_slot)
