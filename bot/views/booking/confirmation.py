"""The last screen of booking: the confirmation card and the button that books."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Self

import discord

from bot.components.cards import action_rows
from bot.components.persistent import PersistentButton
from bot.interaction import Interaction
from bot.readers import reader_of
from bot.replies import defer, press_key, respond
from bot.views.booking.booked import booked_actions, booked_card
from bot.views.booking.cards import confirmation_card
from bot.views.booking.items import DismissBookingButton, RepeatButton, StepButton, TopicButton
from bot.views.booking.obstacles import show_obstacle
from bot.views.booking.questions import Answers, KeptAnswers, ask
from bot.views.booking.slot_screens import show_days
from bot.views.booking.steps import (
    SELECTION_PATTERN,
    STEP_SCREEN,
    BookingStep,
    Selection,
    TypedText,
    read_typed_text,
    refresh_calendars,
    require_owner,
    selection_actor,
)
from mentorship.availability import mentor_calendar, slot_queries
from mentorship.errors import MentorshipError, NotFound, Subject
from mentorship.guilds import guild_settings
from mentorship.sessions import booking
from mentorship.sessions.booking import BookingRequest
from wording.translation import _, pgettext


async def show_card(
    interaction: Interaction, selection: Selection, typed: TypedText, note: str
) -> None:
    """Show what confirming would book. Nothing is reserved by it."""
    db, actor = interaction.client.db, selection_actor(interaction, selection)
    if selection.mentor_id is None or selection.start is None:
        await show_days(interaction, selection, typed, note)
        return
    if selection.minutes is None:
        durations = await db.read(slot_queries.load_durations, actor, selection.mentor_id)
        selection = replace(selection, minutes=mentor_calendar.default_duration(durations))
    quote = await db.read(booking.quote, actor, _request(selection, typed))
    guild = await db.read(guild_settings.load, selection.guild_id)
    await respond(
        interaction,
        note,
        card=confirmation_card(quote, guild, reader_of(interaction), typed),
        actions=action_rows(
            ConfirmBookingButton(
                selection, quote.price, quote.terms, has_questions=bool(quote.questions)
            ),
            RepeatButton(selection),
            StepButton(BookingStep.DAYS, selection, pgettext("button", "Back")),
            TopicButton(selection, _("Change topic") if typed.topic else _("Add topic")),
            DismissBookingButton(),
        ),
    )


def _request(selection: Selection, typed: TypedText) -> BookingRequest:
    """Return the booking request of a complete selection.

    Raises `NotFound` for an incomplete one, which only a modified client can send.
    """
    if selection.mentor_id is None or selection.start is None or selection.minutes is None:
        raise NotFound(Subject.SLOT)
    return BookingRequest(selection.mentor_id, selection.start, selection.minutes, typed.topic)


class ConfirmBookingButton(
    PersistentButton,
    template=(
        rf"book:confirm:{SELECTION_PATTERN}:(?P<price>\d{{1,16}})"
        r"(?::(?P<terms>[0-9a-f]{8}))?(?::(?P<questions>q))?"
    ),
):
    """Books what the card shows. Pressing it twice makes one booking.

    `terms` are those of the quote on the card. Cards of older versions don't have them: their
    button shows the card again. With `has_questions`, it opens the mentor's questions first, and
    submitting them books.
    """

    def __init__(
        self,
        selection: Selection,
        price: int,
        terms: str | None,
        *,
        has_questions: bool = False,
    ) -> None:
        self.selection, self.price, self.terms = selection, price, terms
        self.has_questions = has_questions
        parts = [f"book:confirm:{selection.encoded}:{price}", terms, "q" if has_questions else None]
        super().__init__(
            ":".join(part for part in parts if part is not None),
            pgettext("button", "Confirm"),
            discord.ButtonStyle.success,
        )

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(
            Selection.decode(match),
            int(match["price"]),
            match["terms"],
            has_questions=match["questions"] is not None,
        )

    async def on_press(self, interaction: Interaction) -> None:
        require_owner(interaction)
        card, typed = interaction.message, read_typed_text(interaction)
        # A card makes at most one booking, however often its button is pressed.
        request = replace(
            _request(self.selection, typed),
            price_shown=self.price,
            terms_shown=self.terms,
            key=press_key(card, self.item.custom_id),
        )

        async def book(interaction: Interaction, answers: Answers) -> None:
            await self._book(interaction, replace(request, answers=answers), typed)

        if self.terms is not None and self.has_questions:
            await ask(interaction, self.selection, book)
        else:
            await book(interaction, ())

    async def _book(
        self, interaction: Interaction, request: BookingRequest, typed: TypedText
    ) -> None:
        # Bookings may queue for the database, and Discord wants an answer within three seconds.
        await defer(interaction)
        db = interaction.client.db
        if self.terms is None:
            await STEP_SCREEN.show(
                BookingStep.CARD,
                interaction,
                self.selection,
                typed,
                _("This card was out of date. Check the details again. Nothing is booked yet."),
            )
            return
        actor = selection_actor(interaction, self.selection)
        await refresh_calendars(interaction, request.mentor_id)
        try:
            booked = await db.run(booking.book_with_settings, actor, request)
        except MentorshipError as error:
            await show_obstacle(interaction, self.selection, typed, error)
            return
        KeptAnswers.of(interaction, self.selection).forget(interaction)
        await respond(
            interaction,
            card=booked_card(booked.session, booked.guild, reader_of(interaction)),
            actions=booked_actions(booked.session, db.now()),
        )
