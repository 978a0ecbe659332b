"""The card after booking: what was booked, and what the mentee can do with it."""

from __future__ import annotations

from datetime import datetime

from bot.components.cards import Accent, ActionRows, Card, action_rows
from bot.formatting import discord_timestamp, plain
from bot.interaction import Interaction
from bot.views.sessions.calendar import CalendarFileButton
from bot.views.sessions.refund_policy import session_policy
from bot.views.sessions.session_actions import SessionButton, available_buttons, refresh_card
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.sessions.lifecycle import Action
from mentorship.sessions.session_views import SessionView
from wording.booking import unanswered_request
from wording.durations import session_length
from wording.names import first_name
from wording.points import format_points
from wording.reader import Reader
from wording.translation import N_, _, sentences


def booked_card(session: SessionView, guild: GuildSettings, reader: Reader) -> Card:
    """Return the card that the mentee sees after booking."""
    full_name, mentor = plain(session.mentor.name), plain(first_name(session.mentor.name))
    is_pending = session.answer_deadline is not None
    card = Card(
        title=_("Request sent to {name}", name=full_name)
        if is_pending
        else _("Booked with {name}", name=full_name),
        text=f"{discord_timestamp(session.starts_at)} · {session_length(session.minutes, reader)}",
        accent=Accent.WAITING if is_pending else Accent.AGREED,
    )
    if session.answer_deadline is not None:
        outcome = unanswered_request(
            mentor, session.answer_deadline, session.price, reader, discord_timestamp
        )
        card.add_text(sentences(outcome, _("I'll send you a direct message either way.")))
    if session.price:
        price = format_points(session.price, guild, reader)
        policy = session_policy(session, session.mentee.user_id, reader, session.created_at)
        # Translators: {price} is such as "🪙 60".
        on_hold = _("{price} on hold until after the session.", price=price)
        card.add_text(f"{on_hold}\n{policy}")
    return card


def booked_actions(session: SessionView, now: datetime) -> ActionRows:
    """Return the buttons below the card: the calendar file, the session's card, cancelling."""
    return action_rows(
        CalendarFileButton.of(session),
        ViewSessionButton(session.id),
        *available_buttons(session, session.mentee.user_id, now, Action.CANCEL),
    )


class ViewSessionButton(SessionButton):
    """Shows the session as it is now, with all that the person can do."""

    key = "view"
    # Translators: a button that shows a session.
    label = N_("View")

    def __init__(self, session_id: int, label: str | None = None) -> None:
        super().__init__(session_id)
        self.item.label = label or _(self.label)

    async def perform(self, interaction: Interaction) -> None:
        await refresh_card(interaction, self.session_id)
