"""The greeting of the bot in a new guild, and the notification of a deleted channel or role."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.components.cards import Accent, ActionRows, Card, action_rows
from bot.formatting import plain
from bot.views.setup.pages import OpenSetupButton
from wording.administration import settings as settings_text
from wording.reader import Reader

_EFFECTS = {
    "moderator_role_id": "Only people with Manage Server can decide on applications.",
    "mentor_role_id": "Approved mentors get no role.",
    "review_channel_id": "Nobody can apply to mentor until another is chosen.",
    "notices_channel_id": "People whose direct messages are closed aren't notified.",
    "log_channel_id": "I no longer post what moderators do. It's still in `/moderation audit`.",
    "sessions_channel_id": "Mentors choose where each of their group sessions is announced.",
    "requests_channel_id": "Mentors get requests for help in direct messages only.",
    "apply_role_ids": "Members with only that role can no longer apply.",
}


def welcome_card(guild_id: int, server: str, back: bool) -> tuple[Card, ActionRows]:
    """Return the greeting for the person who invited the bot, with a button to the setup."""
    name = plain(server)
    if back:
        card = Card(
            title=f"Good to be back in {name}",
            text="Your settings, mentors and points are unchanged. Check that the channels and "
            "roles are still right. It takes a minute.",
            accent=Accent.AGREED,
        )
    else:
        card = Card(
            title=f"Thank you for inviting me to {name}",
            text=(
                "With me, experienced members offer their time, and others book them in their own "
                "time zone and pay with the server's points.\n\n"
                "**One click sets me up.** I need a channel where moderators decide who may "
                "mentor, and I can create it. Everything else has a sensible default that you can "
                "change any time with `/setup` in the server."
            ),
            accent=Accent.AGREED,
        )
    return card, action_rows(OpenSetupButton(guild_id))


def lost_card(
    guild_id: int, server: str, settings: Sequence[str], reader: Reader
) -> tuple[Card, ActionRows]:
    """Return what the deletion of a channel or role means, with a button to the setup."""
    lines: list[Any] = [
        f"**The {settings_text.label(name, reader)}** was deleted. {_EFFECTS[name]}"
        for name in settings
    ]
    card = Card(
        title=f"Something is missing in {plain(server)}",
        text="\n".join([*lines, "", "Choose another with `/setup`."]),
        accent=Accent.WAITING,
    )
    return card, action_rows(OpenSetupButton(guild_id))
