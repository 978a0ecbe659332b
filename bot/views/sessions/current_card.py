"""A session's message as it is now: headline, card and every button that the reader can press."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from discord import ui

from bot.actors import actor_of
from bot.components.cards import ActionRows, Card
from bot.interaction import Interaction
from bot.readers import reader_of
from bot.replies import edit_card, respond
from bot.views.lateness.buttons import late_buttons
from bot.views.lateness.texts import delays
from bot.views.members.blocks import BlockRequesterButton
from bot.views.notes.card import NotesButton
from bot.views.recognition.thanks import SayThanksButton, add_thanks
from bot.views.sessions.list_navigation import ListPosition, back_button, back_to_list
from bot.views.sessions.people import other_name
from bot.views.sessions.rating import RateButton, ReplyButton, add_hidden_review, add_review
from bot.views.sessions.session_actions import SESSION_CARD, session_view
from bot.views.sessions.session_card import session_card
from bot.views.sessions.status_texts import headline, status_text
from mentorship.relationships import access
from mentorship.sessions import session_details
from mentorship.sessions.follow_up import reviews, thanks
from mentorship.sessions.lifecycle import Party
from mentorship.sessions.session_details import SessionDetails
from mentorship.statuses import SessionStatus
from wording import refunds
from wording.reader import Reader
from wording.translation import _


def current_card(
    details: SessionDetails,
    reader_id: int,
    reader: Reader,
    now: datetime,
    *extra: ui.Item[Any],
) -> tuple[str, Card, ActionRows]:
    """Return a session's message for one participant: headline, card and buttons.

    `extra` follows the buttons of the session.
    """
    session, guild, review = details.session, details.guild, details.review
    text = status_text(session, reader_id, guild, reader, now)
    if who_is_late := delays(session, reader_id, reader, now):
        text = f"{who_is_late}\n{text}".rstrip()
    card = session_card(session, reader_id, guild, reader, now, text, details.answers)
    if details.breakdown is not None:
        is_mentor = session.party(reader_id) is Party.MENTOR
        name = other_name(session, reader_id)
        points = refunds.breakdown(details.breakdown, name, guild, reader, is_mentor=is_mentor)
        card.add_fact(_("Points"), points)
    is_mentee = session.party(reader_id) is Party.MENTEE
    if review is not None and not review.hidden:
        add_review(card, review)
    elif review is not None and is_mentee:
        add_hidden_review(card, review)
    if details.thanks is not None:
        add_thanks(card, details.thanks, guild, reader, is_mentor=not is_mentee)
    buttons = [*_buttons(details, reader_id, now), *extra]
    late = late_buttons(session, reader_id, now)
    actions = session_view(session, reader_id, now, *buttons, beside_join=late)
    return headline(session, reader_id, now), card, actions


def _buttons(details: SessionDetails, reader_id: int, now: datetime) -> list[ui.Item[Any]]:
    """Return the buttons beside those of the life cycle."""
    session, review = details.session, details.review
    is_agreed = session.status is not SessionStatus.SCHEDULED and access.can_add(session)
    notes = [NotesButton(session.id)] if is_agreed else []
    if session.party(reader_id) is Party.MENTEE:
        buttons: list[ui.Item[Any]] = []
        if reviews.can_be_rated(session, review, now):
            buttons.append(RateButton(session.id))
        if thanks.can_be_thanked(session, details.thanks):
            buttons.append(SayThanksButton(session.id))
        return [*buttons, *notes]
    if session.status is SessionStatus.SCHEDULED:
        return [BlockRequesterButton(session.id)]
    if review is not None and not review.hidden and review.can_be_replied_to:
        return [ReplyButton(session.id), *notes]
    return [*notes]


async def show_session(
    interaction: Interaction,
    session_id: int,
    back: ListPosition | None = None,
    extra: Sequence[ui.Item[Any]] = (),
) -> None:
    """Show a session to a participant. With `back` a button leads back to that page of the list.

    `extra` are more buttons at the end.
    """
    extra = [*extra] if back is None else [*extra, back_button(back)]
    content, card, actions = await _load(interaction, session_id, *extra)
    await respond(interaction, content, card=card, actions=actions)


async def _refresh(interaction: Interaction, session_id: int) -> None:
    """Replace the pressed card by the session as it is now, with its way back to the list."""
    content, card, actions = await _load(interaction, session_id, *back_to_list(interaction))
    await edit_card(interaction, content, card=card, actions=actions)


async def _load(
    interaction: Interaction, session_id: int, *extra: ui.Item[Any]
) -> tuple[str, Card, ActionRows]:
    db, actor = interaction.client.db, actor_of(interaction)
    details = await db.read(session_details.load, actor, session_id)
    return current_card(details, actor.user_id, reader_of(interaction), db.now(), *extra)


SESSION_CARD.register(_refresh)
