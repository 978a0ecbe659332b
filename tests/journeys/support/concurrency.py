"""Many who act at once. simcord's people act one after the other; here the bot is handed all that
they press or send together, as Discord's gateway would, before it has answered any of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import Any

import simcord
from simcord import interactions
from simcord.backend import serializers
from simcord.enums import AppCommandType, ComponentType, InteractionType, OptionType

from tests.journeys.support.simulated_guild import SimulatedGuild


@dataclass(frozen=True)
class Press:
    """A button pressed by somebody, who may press what is not theirs to see; or, with what is
    chosen, a menu of that kind."""

    person: simcord.MemberActor
    message: Any
    custom_id: str
    kind: ComponentType = ComponentType.BUTTON
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Command:
    """A slash command that somebody sends, with texts filled in."""

    person: simcord.MemberActor
    channel: simcord.ChannelHandle
    name: str
    filled: dict[str, str]


def button_press(person: simcord.MemberActor, message: Any, label: str) -> Press:
    """A press on the button that is labelled so."""
    (custom_id,) = (
        item["custom_id"]
        for row in message.components
        for item in row["components"]
        if item.get("label") == label
    )
    return Press(person, message, custom_id)


async def send_concurrently(
    guild: SimulatedGuild,
    acts: Sequence[Press | Command],
    meanwhile: Awaitable[object] | None = None,
) -> list[simcord.InteractionResult]:
    """Hand the bot all of them as gateway events, and let it come to rest, after what others do
    `meanwhile`."""
    before = asyncio.all_tasks()
    records = [emit(guild.env, guild.id, each) for each in acts]
    # A task for each has begun. simcord's own waiting looks at all of them again and again: with
    # hundreds, that takes longer than they do.
    begun = asyncio.all_tasks() - before
    if meanwhile is not None:
        await meanwhile
    if begun:
        await asyncio.wait(begun)
    await guild.env.settle()
    return [simcord.InteractionResult(guild.env, record) for record in records]


def emit(env: simcord.Env, guild_id: int, act: Press | Command) -> Any:
    """Give the bot one of them and don't wait. Returns simcord's record of the interaction."""
    record, payload = (
        _component_payload(env, guild_id, act)
        if isinstance(act, Press)
        else _command_payload(env, guild_id, act)
    )
    env.backend.emit("INTERACTION_CREATE", payload)
    return record


def _command_payload(env: simcord.Env, guild_id: int, act: Command) -> tuple[Any, dict[str, Any]]:
    root = env.backend.find_command(act.name, None, type=AppCommandType.CHAT_INPUT)
    assert root is not None
    options = [
        {"name": name, "type": OptionType.STRING, "value": value}
        for name, value in act.filled.items()
    ]
    return interactions.base_payload(
        env.backend,
        type=InteractionType.APPLICATION_COMMAND,
        channel_id=act.channel.id,
        guild_id=guild_id,
        user_id=act.person.id,
        data={
            "id": root["id"],
            "name": act.name,
            "type": AppCommandType.CHAT_INPUT,
            "options": options,
        },
    )


def _component_payload(
    env: simcord.Env, guild_id: int, pressed: Press
) -> tuple[Any, dict[str, Any]]:
    backend = env.backend
    message = backend.get_message(pressed.message.channel_id, pressed.message.id)
    record, payload = interactions.base_payload(
        backend,
        type=InteractionType.MESSAGE_COMPONENT,
        channel_id=message.channel_id,
        guild_id=guild_id,
        user_id=pressed.person.id,
        data={
            "custom_id": pressed.custom_id,
            "component_type": pressed.kind,
            **({"values": list(pressed.values)} if pressed.kind != ComponentType.BUTTON else {}),
        },
    )
    shown = dict(serializers.message_payload(backend, message))
    if pressed.custom_id not in str(shown["components"]):
        # A client of somebody's own may claim that there is such a button. discord.py ignores what
        # is not on the message, so the claim is made as strong as it could be.
        thing: dict[str, Any] = {"type": int(pressed.kind), "custom_id": pressed.custom_id}
        if pressed.kind == ComponentType.BUTTON:
            thing |= {"style": 2, "label": "…"}
        elif pressed.kind == ComponentType.STRING_SELECT:
            thing["options"] = [{"label": "…", "value": value} for value in pressed.values]
        shown["components"] = [{"type": 1, "components": [thing]}]
    payload["message"] = shown
    record.source_message_id = message.id
    return record, payload
