"""The greeting of the bot in a new guild, and the notification of a deleted channel or role."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.components.cards import Accent, ActionRows, Card, action_rows
from bot.formatting import plain
from bot.views.setup.pages import OpenSetupButton
from wording import settings as settings_text
from wording.reader import ENGLISH

_EFFECTS = {
    "moderator_role_id": "Only people with Manage Server can decide on applications.",
    "mentor_role_id": "Approved mentors get no role.",
    "review_channel_id": "Nobody can apply to mentor until another is chosen.",
    "notices_channel_id": "People whose direct messages are closed aren't told of news.",
    "log_channel_id": "What moderators do is no longer shown, but still kept: `/moderation audit`.",
    "apply_role_ids": "Nobody with that role alone can apply any more.",
}


def welcome_card(guild_id: int, server: str, back: bool) -> tuple[Card, ActionRows]:
    """Return the greeting for the person who invited the bot, with a button to the setup."""
    name = plain(server)
    if back:
        card = Card(
            title=f"Good to be back in {name}",
            text="Everything is as it was: settings, mentors, points. Have a look whether "
            "the channels and roles still fit; it takes a minute.",
            accent=Accent.AGREED,
        )
    else:
        card = Card(
            title=f"Thank you for inviting me to {name}",
            text=(
                "I let experienced members mentor others: they say when they have time, and people "
                "book them in their own time zone, with the server's points.\n\n"
                "**One click makes it ready.** I need a channel where moderators decide who may "
                "mentor, and can make it myself. All else has a sensible default, and you can "
                "change it whenever you like with `/setup` in the server."
            ),
            accent=Accent.AGREED,
        )
    return card, action_rows(OpenSetupButton(guild_id))


def lost_card(guild_id: int, server: str, settings: Sequence[str]) -> tuple[Card, ActionRows]:
    """Return what the deletion of a channel or role means, with a button to the setup."""
    lines: list[Any] = [
        f"**The {settings_text.label(name, ENGLISH)}** was deleted. {_EFFECTS[name]}"
        for name in settings
    ]
    card = Card(
        title=f"Something is missing in {plain(server)}",
        text="\n".join([*lines, "", "Choose another with `/setup`."]),
        accent=Accent.WAITING,
    )
    return card, action_rows(OpenSetupButton(guild_id))
