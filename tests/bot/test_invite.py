"""The permissions and intents that the invite link and the gateway request."""

from __future__ import annotations

from bot.client import intents, permissions


def test_no_unneeded_permission_or_privileged_intent_is_requested() -> None:
    """Eight permissions that let the bot read or change nothing of others, and no privileged
    intent."""
    requested = {name for name, is_requested in permissions() if is_requested}
    assert requested == {
        "read_messages",  # discord.py's name for View Channels.
        "send_messages",
        "embed_links",
        "attach_files",
        "read_message_history",
        "manage_roles",
        "manage_channels",
        "create_events",
    }
    privileged = {"members", "presences", "message_content"}
    assert not privileged & {name for name, listens in intents() if listens}
