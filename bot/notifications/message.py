"""The message that a notification becomes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import discord
from discord import ui

from bot.components.cards import ActionRows, Card, add_footer, build_layout
from bot.formatting import plain, plain_title
from bot.replies import NO_MENTIONS
from bot.views.sessions.people import other_name
from bot.views.sessions.session_card import session_card
from mentorship.delivery.loading import DueNotification
from mentorship.sessions.session_views import SessionView
from wording.reader import Reader
from wording.translation import current_language, speaking


@dataclass(frozen=True, slots=True)
class Message:
    """A message. `content` is a one-line summary, which phones show without opening the message.

    `server` is the name of the server that a direct message is from: its reader may know the bot
    from several. It is shown in small print below. `language` is that in which it was written.
    """

    content: str
    card: Card | None = None
    actions: ActionRows = ()
    server: str | None = None
    language: str = field(default_factory=current_language)

    def layout(self, greeting: str = "") -> ui.LayoutView:
        """Return it as components, with `greeting` before its summary."""
        with speaking(self.language):
            layout = build_layout(greeting + self.content, self.card, self.actions)
            if self.server is not None:
                add_footer(layout, f"-# {plain(self.server)}")
        return layout

    async def overwrite(self, message: discord.PartialMessage) -> None:
        """Edit a message that was sent before so that it says this, and pings nobody."""
        # An older version may have sent it with text and an embed.
        await message.edit(
            content=None, embeds=[], view=self.layout(), allowed_mentions=NO_MENTIONS
        )

    def in_direct_message(self, guild: discord.Guild | None) -> Message:
        """Return it as a direct message from a server.

        The bot may not know the server any more, or not yet its name.
        """
        return self if guild is None or not guild.name else replace(self, server=guild.name)


def card_of_session(
    notification: DueNotification,
    session: SessionView,
    reader_id: int,
    reader: Reader,
    text: str = "",
) -> Card:
    """Return the session's card below the text of the notification."""
    return session_card(
        session,
        reader_id,
        notification.guild,
        reader,
        notification.now,
        text,
        notification.answers,
    )


def names_in_headline(session: SessionView, reader_id: int) -> dict[str, str]:
    """Return what headlines name: the other participant (`name`), a group session's `title`."""
    return {"name": other_name(session, reader_id), "title": plain_title(session.topic)}
