"""Many who press at once. simcord's people act one after the other; here the bot is handed all that
they press together, as Discord's gateway would, before it has answered any of it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import simcord
from simcord import interactions
from simcord.backend import serializers
from simcord.enums import ComponentType, InteractionType

from tests.journeys.world import World


@dataclass(frozen=True)
class Press:
    """A button pressed by somebody, who may press what is not theirs to see."""

    person: simcord.MemberActor
    message: Any
    custom_id: str


def press(person: simcord.MemberActor, message: Any, label: str) -> Press:
    """A press on the button that is labelled so."""
    (custom_id,) = (
        item["custom_id"]
        for row in message.components
        for item in row["components"]
        if item.get("label") == label
    )
    return Press(person, message, custom_id)


async def at_once(town: World, presses: Sequence[Press]) -> list[simcord.InteractionResult]:
    """Hand the bot all of them as gateway events, and let it come to rest."""
    before = asyncio.all_tasks()
    records = [hand_over(town.env, town.guild.id, each) for each in presses]
    # A task for each has begun. simcord's own waiting looks at all of them again and again: with
    # hundreds, that takes longer than they do.
    await asyncio.wait(asyncio.all_tasks() - before)
    await town.env.settle()
    return [simcord.InteractionResult(town.env, record) for record in records]


def hand_over(env: simcord.Env, guild_id: int, pressed: Press) -> Any:
    """Give the bot one press and don't wait. Returns simcord's record of the interaction."""
    backend = env.backend
    message = backend.get_message(pressed.message.channel_id, pressed.message.id)
    record, payload = interactions.base_payload(
        backend,
        type=InteractionType.MESSAGE_COMPONENT,
        channel_id=message.channel_id,
        guild_id=guild_id,
        user_id=pressed.person.id,
        data={"custom_id": pressed.custom_id, "component_type": ComponentType.BUTTON},
    )
    shown = dict(serializers.message_payload(backend, message))
    if pressed.custom_id not in str(shown["components"]):
        # A client of somebody's own may claim that there is such a button. discord.py ignores what
        # is not on the message, so the claim is made as strong as it could be.
        button = {"type": 2, "style": 2, "label": "…", "custom_id": pressed.custom_id}
        shown["components"] = [{"type": 1, "components": [button]}]
    payload["message"] = shown
    record.source_message_id = message.id
    backend.emit("INTERACTION_CREATE", payload)
    return record
