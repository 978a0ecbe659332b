"""What a person can do when something stands in the way of a booking step."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.components.cards import Accent, Card
from bot.components.persistent import PersistentButton
from bot.errors import not_bookable, sentence
from bot.formatting import discord_timestamp, plain
from bot.interaction import Interaction
from bot.readers import reader_of
from bot.views.booking.booked import ViewSessionButton
from bot.views.booking.items import DismissBookingButton, StepButton, show_screen
from bot.views.booking.mentor_screens import ask_for_help_button
from bot.views.booking.steps import (
    STEP_SCREEN,
    BookingStep,
    Selection,
    TypedText,
    selection_actor,
)
from bot.views.search.unmet import count_vain
from bot.views.sessions.list_navigation import ListPageButton, ListPosition
from bot.views.slot_alerts.items import AskForSlotButton
from mentorship.errors import (
    AnswersNeeded,
    BlockedByYou,
    LimitReached,
    MentorPaused,
    MentorshipError,
    NotAMentor,
    NotAvailable,
    NotBookableReason,
    NotEnoughPoints,
    OwnProfile,
    PriceChanged,
    QuestionsChanged,
    SlotUnavailable,
    TermsChanged,
    WrongDuration,
)
from mentorship.members import members
from mentorship.sessions import session_views
from mentorship.sessions.lifecycle import Party
from mentorship.sessions.session_views import UPCOMING_SESSIONS, SessionView
from mentorship.time.intervals import Span
from wording.times import describe_compact
from wording.translation import _, pgettext

_OCCUPIED = (NotBookableReason.BUSY, NotBookableReason.MENTEE_BUSY)

OWN_BOOKINGS = ListPosition(role="e")
"""The upcoming sessions that the person has booked."""


async def show_obstacle(
    interaction: Interaction, selection: Selection, typed: TypedText, error: MentorshipError
) -> None:
    """Show why a step can't be taken, with buttons to other slots, days or mentors.

    The rest of the selection is kept. Raises the error again if no other step can help.
    """
    reader = reader_of(interaction)
    card = Card(text=sentence(error, reader), accent=Accent.WAITING)
    other_mentors = StepButton(
        BookingStep.MENTORS, replace(selection, mentor_id=None), _("Choose another mentor")
    )
    if isinstance(error, SlotUnavailable):
        own = await _find_own_session(interaction, selection, error)
        if own is not None:
            card.title = _(
                "You've already booked this session with {name}", name=plain(own.mentor.name)
            )
            card.text = discord_timestamp(own.starts_at)
            buttons = (
                ViewSessionButton(own.id),
                StepButton(BookingStep.DAYS, selection, _("Other days")),
                # Beside a session, Cancel would seem to cancel that.
                DismissBookingButton(pgettext("button", "Dismiss")),
            )
            await show_screen(interaction, card, typed, "", *buttons)
            return
        card.title = not_bookable(error, reader)
        actor = selection_actor(interaction, selection)
        member = await interaction.client.db.read(members.load, actor)
        zone = member.require_timezone()
        nearest = [
            StepButton(
                BookingStep.CARD,
                replace(selection, start=start),
                describe_compact(start, zone, reader),
            )
            for start in sorted(error.nearest)
        ]
        card.text = (
            _("These are the nearest open slots, in your time:")
            if nearest
            else _("No other slot is open around then. Try another day or another mentor.")
        )
        other_days = StepButton(BookingStep.DAYS, selection, _("Other days"))
        waits = () if nearest else await _ways_to_wait(interaction, selection, card)
        ways_on = (*nearest, other_days, other_mentors, *waits, DismissBookingButton())
        await show_screen(interaction, card, typed, "", *ways_on)
        is_free = error.reason is not NotBookableReason.MENTEE_BUSY
        if is_free and selection.mentor_id is not None and selection.start is not None:
            wanted = Span(selection.start, selection.start)
            await count_vain(interaction, actor, selection.mentor_id, wanted)
    elif isinstance(error, PriceChanged | TermsChanged | AnswersNeeded | QuestionsChanged):
        await STEP_SCREEN.show(
            BookingStep.CARD, interaction, selection, typed, sentence(error, reader)
        )
    elif isinstance(error, WrongDuration):
        # The screen itself says so, with the lengths as buttons.
        await STEP_SCREEN.show(BookingStep.DAYS, interaction, selection, typed, "")
    elif isinstance(error, NotEnoughPoints):
        card.title = _("You need more points for this session")
        back = StepButton(BookingStep.DAYS, selection, pgettext("button", "Back"))
        await show_screen(interaction, card, typed, "", back, other_mentors, DismissBookingButton())
    elif isinstance(error, LimitReached):
        card.title = _("You've reached a limit")
        # The list belongs to a server, so it can't be shown in a direct message.
        sessions = (
            [] if interaction.guild_id is None else [ListPageButton(OWN_BOOKINGS, _("My sessions"))]
        )
        await show_screen(interaction, card, typed, "", *sessions, DismissBookingButton())
    elif isinstance(error, MentorPaused):
        waits = await _ways_to_wait(interaction, selection, card)
        await show_screen(
            interaction, card, typed, "", other_mentors, *waits, DismissBookingButton()
        )
    elif isinstance(error, BlockedByYou | NotAMentor | NotAvailable | OwnProfile):
        await show_screen(interaction, card, typed, "", other_mentors, DismissBookingButton())
    else:
        raise error


async def _ways_to_wait(
    interaction: Interaction, selection: Selection, card: Card
) -> tuple[PersistentButton, ...]:
    """Return buttons to be told of the mentor's next slot, and to ask all mentors for help.

    The selected expertise is noted on the card, so that asking begins with it.
    """
    if selection.mentor_id is None:
        return ()
    buttons: list[PersistentButton] = [AskForSlotButton(selection.guild_id, selection.mentor_id)]
    # A request belongs to a server, so it can't be begun in a direct message.
    if interaction.guild_id is not None:
        buttons.append(await ask_for_help_button(interaction, selection, card))
    return tuple(buttons)


async def _find_own_session(
    interaction: Interaction, selection: Selection, error: SlotUnavailable
) -> SessionView | None:
    """Return the session in the slot if the person has booked it themselves."""
    start = selection.start
    if start is None or error.reason not in _OCCUPIED:
        return None
    page = await interaction.client.db.read(
        session_views.list_page,
        selection_actor(interaction, selection),
        replace(
            UPCOMING_SESSIONS, party=Party.MENTEE, since=start, until=start + timedelta(minutes=1)
        ),
    )
    return next(
        (
            session
            for session in page.items
            if session.starts_at == start and session.mentor.user_id == selection.mentor_id
        ),
        None,
    )
