"""`Check permissions` says what would keep a meeting room from being opened."""

from __future__ import annotations

from collections.abc import AsyncIterator

import discord
import pytest
import simcord
from simcord.backend.models import Overwrite
from simcord.enums import OverwriteType

from bot.client import permissions
from bot.guilds.room_permissions import MAX_CHANNELS_IN_CATEGORY, room_needs
from mentorship.administration import setup
from tests.journeys.moderation.test_setup import Bare, invited, manager
from tests.journeys.support.components import Operator

FINE = "Everything works."


@pytest.fixture
async def bare(database_url: str) -> AsyncIterator[Bare]:
    async with invited(database_url) as guild:
        yield guild


async def checked(bare: Bare, **settings: object) -> Operator:
    """Set a server up with these settings, and return its manager, who has checked them."""
    operator = bare.operator
    await operator.open_setup()
    await operator.press("Set it up for me")
    await bare.db.run(setup.configure, manager(bare), **settings)  # type: ignore[arg-type]
    await operator.press("Check permissions")
    return operator


def grant(bare: Bare, kind: str) -> None:
    needs = room_needs(kind)
    names = {*needs.server, *needs.parent}
    bare.grant(permissions() | discord.Permissions(**dict.fromkeys(names, True)))


def deny_everyone(bare: Bare, *names: str) -> None:
    everyone = bare.env.backend.get_guild(bare.id).everyone_role
    denied = discord.Permissions(**dict.fromkeys(names, True)).value
    changed = {"permissions": everyone.permissions & ~denied}
    bare.env.backend.edit_role(bare.id, everyone.id, changed)


def overwrite(
    bare: Bare, channel: simcord.ChannelHandle, target: int, *, allow: str = "", deny: str = ""
) -> None:
    kind = OverwriteType.MEMBER if target == bare.bot_id else OverwriteType.ROLE
    allowed, denied = (
        discord.Permissions(**dict.fromkeys(names.split(), True)).value for names in (allow, deny)
    )
    bare.env.backend.set_overwrite(channel.id, Overwrite(target, kind, allowed, denied))


async def test_permissions_in_the_category_alone_are_not_enough(bare: Bare) -> None:
    category = bare.handle.create_category("Sessions")
    deny_everyone(bare, "connect", "speak")
    overwrite(bare, category, bare.bot_id, allow=" ".join(room_needs("voice").server))
    operator = await checked(bare, meeting_place="voice", meeting_parent_id=category.id)
    assert "❌ Creating voice channels for sessions in the whole server" in operator.text
    assert "I need Connect, Speak" in operator.text
    assert f"✅ Creating voice channels for sessions in <#{category.id}>" in operator.text
    grant(bare, "voice")
    await bare.env.settle()
    await operator.press("Check again")
    assert operator.text.endswith(FINE)


async def test_a_full_category_is_named(bare: Bare) -> None:
    grant(bare, "voice")
    category = bare.handle.create_category("Sessions")
    channels = [
        bare.handle.create_text_channel(f"busy-{number}", category=category)
        for number in range(MAX_CHANNELS_IN_CATEGORY)
    ]
    operator = await checked(bare, meeting_place="voice", meeting_parent_id=category.id)
    assert f"in <#{category.id}>: I need space for another channel." in operator.text
    assert "50 channels" in operator.text
    bare.env.backend.delete_channel(channels[0].id)
    await bare.env.settle()
    await operator.press("Check again")
    assert operator.text.endswith(FINE)


@pytest.mark.parametrize("role", ["nobody", "mentors", "members"])
async def test_a_channel_that_members_cannot_see_is_named(bare: Bare, role: str) -> None:
    grant(bare, "thread")
    parent = bare.handle.create_text_channel("threads")
    overwrite(bare, parent, bare.id, deny="view_channel")
    overwrite(bare, parent, bare.bot_id, allow="view_channel")
    members = bare.handle.create_role("Members")
    settings: dict[str, object] = {"meeting_place": "thread", "meeting_parent_id": parent.id}
    if role == "mentors":
        settings["mentor_role_id"] = members.id
    if role != "nobody":
        overwrite(bare, parent, members.id, allow="view_channel")
    operator = await checked(bare, **settings)
    is_hidden = f"in <#{parent.id}>: I need members who can see it." in operator.text
    # A role of mentors doesn't help their mentees.
    assert is_hidden == (role != "members")
