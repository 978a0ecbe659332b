"""The message that a notification becomes."""

from __future__ import annotations

from dataclasses import dataclass

import discord
from discord import ui

from bot.formatting import plain
from bot.views.sessions.session_card import session_card
from mentorship.delivery.loading import DueNotification
from mentorship.sessions.session_views import SessionView


@dataclass(frozen=True, slots=True)
class Card:
    """A message. `content` is a one-line summary, which phones show without opening the message."""

    content: str
    embed: discord.Embed | None = None
    view: ui.View | None = None


def session_embed(
    notification: DueNotification, session: SessionView, reader_id: int, text: str = ""
) -> discord.Embed:
    """Return the session's card below the text of the notification."""
    title = f"Session with {plain(session.other(reader_id).name)}"
    return session_card(session, reader_id, notification.guild, title=title, text=text)
