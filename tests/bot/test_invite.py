"""What the bot asks of whoever invites it."""

from __future__ import annotations

from bot.client import intents, permissions


def test_it_asks_for_no_more_than_it_needs() -> None:
    """Seven permissions, none of which lets it read or harm what is not its own; and no intent for
    which Discord wants a reason."""
    asked = {name for name, given in permissions() if given}
    assert asked == {
        "read_messages",  # The library's name of View Channels.
        "send_messages",
        "embed_links",
        "attach_files",
        "read_message_history",
        "manage_roles",
        "manage_channels",
    }
    privileged = {"members", "presences", "message_content"}
    assert not privileged & {name for name, listens in intents() if listens}
