"""What Discord asks of the bot for each kind of room, against a table of Discord's rules."""

from __future__ import annotations

from itertools import product
from types import SimpleNamespace
from typing import Any

import discord
import pytest

from bot.guilds.room_permissions import (
    ROOM_KINDS,
    full_problem,
    is_gone,
    room_needs,
    room_overwrites,
)

RULES = {
    # kind, of a group session: in the whole server, in the channel or category.
    ("thread", False): (
        "",
        "view_channel create_private_threads send_messages_in_threads manage_threads",
    ),
    ("thread", True): (
        "",
        "view_channel create_private_threads send_messages_in_threads manage_threads",
    ),
    ("voice", False): (
        "view_channel connect speak manage_channels",
        "view_channel manage_channels",
    ),
    ("voice", True): (
        "view_channel connect speak manage_channels manage_roles",
        "view_channel manage_channels",
    ),
    ("stage", True): (
        "view_channel connect request_to_speak manage_channels mute_members move_members "
        "manage_roles",
        "view_channel manage_channels",
    ),
}
"""By Discord's documentation of Create Guild Channel, Modify Channel, Start Thread without Message,
Add Thread Member and Create Stage Instance, and discord-api-docs#2522."""


@pytest.mark.parametrize(("kind", "for_group"), RULES)
def test_needs_are_those_of_discord(kind: str, for_group: bool) -> None:
    server, parent = (set(names.split()) for names in RULES[kind, for_group])
    needs = room_needs(kind, for_group=for_group)
    assert (set(needs.server), set(needs.parent)) == (server, parent)


@pytest.mark.parametrize("kind", ["voice", "stage"])
@pytest.mark.parametrize("host", [None, 7])
def test_overwrites_set_only_what_is_needed_in_the_server(kind: str, host: int | None) -> None:
    everyone, me = discord.Object(1), discord.Object(2)
    guild: Any = SimpleNamespace(default_role=everyone, me=me)
    needed = discord.Permissions(**dict.fromkeys(room_needs(kind).server, True))
    overwrites = room_overwrites(guild, kind, [7, 8], host)
    assert len(overwrites) == 4
    for overwrite in overwrites.values():
        for changed in overwrite.pair():
            assert changed <= needed


def test_all_names_are_permissions_of_discord() -> None:
    for kind, for_group in product(ROOM_KINDS, (False, True)):
        needs = room_needs(kind, for_group=for_group)
        assert {*needs.server, *needs.parent} <= set(discord.Permissions.VALID_FLAGS)


def refusal(status: int, code: int, **errors: Any) -> discord.HTTPException:
    response: Any = SimpleNamespace(status=status, reason="")
    body = {"code": code, "message": "Invalid Form Body", "errors": errors}
    return discord.HTTPException(response, body)


def test_refusals_for_lack_of_space_are_told_apart() -> None:
    category: Any = object.__new__(discord.CategoryChannel)
    category.id = 5
    full = {"code": "CHANNEL_PARENT_MAX_CHANNELS", "message": "Maximum reached (50)"}
    in_category = refusal(400, 50035, parent_id={"_errors": [full]})
    assert "<#5>" in full_problem(in_category, category)
    # Without a category, the form is wrong for another reason.
    assert full_problem(in_category, None) == ""
    assert "500 channels" in full_problem(refusal(400, 30013), None)
    assert "1,000 active threads" in full_problem(refusal(400, 160006), None)
    assert full_problem(refusal(403, 50013), category) == ""
    assert is_gone(refusal(404, 10003))
