"""Booking again: one press on a past session leads to the confirmation card for the next one."""

from __future__ import annotations

from bot.formatting import discord_timestamp, plain
from bot.interaction import Interaction
from bot.views.booking.obstacles import show_obstacle
from bot.views.booking.steps import STEP_SCREEN, BookingStep, Selection, TypedText, selection_actor
from mentorship.errors import MentorshipError
from mentorship.sessions import rebooking, session_views
from mentorship.sessions.rebooking import NextSlot
from wording.names import first_name
from wording.translation import _


async def show_next_slot(interaction: Interaction, guild_id: int, session_id: int) -> None:
    """Show the confirmation card for the session's weekday and time, or the nearest open slot.

    If the mentor can't be booked, show why, and what else they can do.
    """
    db, selection = interaction.client.db, Selection(guild_id)
    actor = selection_actor(interaction, selection)
    session = await db.read(session_views.load_for_participant, actor, session_id)
    try:
        slot = await db.read(rebooking.find_next_slot, actor, session_id)
    except MentorshipError as error:
        selection = Selection(guild_id, mentor_id=session.mentor.user_id, minutes=session.minutes)
        await show_obstacle(interaction, selection, TypedText(), error)
        return
    selection = Selection(
        guild_id, mentor_id=slot.mentor_id, minutes=session.minutes, start=slot.starts_at
    )
    # With another length, another price is due: they choose the length first.
    step = (
        BookingStep.CARD if slot.starts_at is not None and slot.is_same_length else BookingStep.DAYS
    )
    await STEP_SCREEN.show(step, interaction, selection, TypedText(), _note(slot))


def _note(slot: NextSlot) -> str:
    """Return a note if the slot isn't at the same time of the week, "" otherwise."""
    if slot.starts_at in (None, slot.repeated_at) or not slot.is_same_length:
        return ""
    mentor = plain(first_name(slot.mentor_name))
    return (
        # Translators: {mentor} is a first name.
        _(
            "{time} isn't open, so this is {mentor}'s nearest open slot.",
            time=discord_timestamp(slot.repeated_at),
            mentor=mentor,
        )
    )
