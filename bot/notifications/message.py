"""The message that a notification becomes."""

from __future__ import annotations

from dataclasses import dataclass

from discord import ui

from bot.components.cards import ActionRows, Card, build_layout
from bot.formatting import plain
from bot.views.sessions.session_card import session_card
from mentorship.delivery.loading import DueNotification
from mentorship.sessions.session_views import SessionView
from wording.reader import Reader


@dataclass(frozen=True, slots=True)
class Message:
    """A message. `content` is a one-line summary, which phones show without opening the message."""

    content: str
    card: Card | None = None
    actions: ActionRows = ()

    def layout(self, greeting: str = "") -> ui.LayoutView:
        """Return it as components, with `greeting` before its summary."""
        return build_layout(greeting + self.content, self.card, self.actions)


def card_of_session(
    notification: DueNotification,
    session: SessionView,
    reader_id: int,
    reader: Reader,
    text: str = "",
) -> Card:
    """Return the session's card below the text of the notification."""
    title = f"Session with {plain(session.other(reader_id).name)}"
    return session_card(
        session, reader_id, notification.guild, reader, notification.now, title=title, text=text
    )
