"""What a person can do when something stands in the way of a booking step."""

from __future__ import annotations

from dataclasses import replace

from bot.components.cards import Accent, Card
from bot.errors import sentence
from bot.interaction import Interaction
from bot.views.booking.items import DismissBookingButton, StepButton, show_screen
from bot.views.booking.steps import (
    STEP_SCREEN,
    BookingStep,
    Selection,
    TypedText,
    selection_actor,
)
from bot.views.sessions.list_navigation import ListPageButton, ListPosition
from mentorship.errors import (
    BlockedByYou,
    LimitReached,
    MentorPaused,
    MentorshipError,
    NotAMentor,
    NotAvailable,
    NotEnoughPoints,
    OwnProfile,
    PriceChanged,
    SlotUnavailable,
    TermsChanged,
    WrongDuration,
)
from mentorship.members import members
from wording.errors import not_bookable
from wording.reader import ENGLISH
from wording.times import describe_compact

OWN_BOOKINGS = ListPosition(role="e")
"""The upcoming sessions that the person has booked."""


async def show_obstacle(
    interaction: Interaction, selection: Selection, typed: TypedText, error: MentorshipError
) -> None:
    """Show why a step can't be taken, with buttons to other slots, days or mentors.

    The rest of the selection is kept. Raises the error again if no other step can help.
    """
    card = Card(text=sentence(error), accent=Accent.WAITING)
    other_mentors = StepButton(
        BookingStep.MENTORS, replace(selection, mentor_id=None), "Choose another mentor"
    )
    if isinstance(error, SlotUnavailable):
        card.title = not_bookable(error, ENGLISH)
        actor = selection_actor(interaction, selection)
        member = await interaction.client.db.read(members.load, actor)
        zone = member.require_timezone()
        nearest = [
            StepButton(
                BookingStep.CARD,
                replace(selection, start=start),
                describe_compact(start, zone, ENGLISH),
            )
            for start in error.nearest
        ]
        card.text = (
            "These are the nearest open times, on your clock:"
            if nearest
            else "No other time is open near it. Look at another day, or for another mentor."
        )
        other_days = StepButton(BookingStep.DAYS, selection, "Other days")
        buttons = (*nearest, other_days, other_mentors, DismissBookingButton())
        await show_screen(interaction, card, typed, "", *buttons)
    elif isinstance(error, PriceChanged | TermsChanged):
        await STEP_SCREEN.show(BookingStep.CARD, interaction, selection, typed, sentence(error))
    elif isinstance(error, WrongDuration):
        await STEP_SCREEN.show(BookingStep.DAYS, interaction, selection, typed, sentence(error))
    elif isinstance(error, NotEnoughPoints):
        card.title = "Not enough for this one"
        back = StepButton(BookingStep.DAYS, selection, "Back")
        await show_screen(interaction, card, typed, "", back, other_mentors, DismissBookingButton())
    elif isinstance(error, LimitReached):
        card.title = "You've reached a limit"
        # The list belongs to a server, so it can't be shown in a direct message.
        sessions = (
            [] if interaction.guild_id is None else [ListPageButton(OWN_BOOKINGS, "My sessions")]
        )
        await show_screen(interaction, card, typed, "", *sessions, DismissBookingButton())
    elif isinstance(error, BlockedByYou | MentorPaused | NotAMentor | NotAvailable | OwnProfile):
        await show_screen(interaction, card, typed, "", other_mentors, DismissBookingButton())
    else:
        raise error
