"""Interactions of many people at the same time.

simcord's people act one after the other. Here the bot receives all interactions before it has
answered one, as from Discord's gateway.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import Any

import simcord
from simcord import interactions
from simcord.backend import serializers
from simcord.enums import AppCommandType, ComponentType, InteractionType, OptionType

from tests.journeys.support.components import iter_components
from tests.journeys.support.simulated_guild import SimulatedGuild


@dataclass(frozen=True)
class Press:
    """A press on a button, or a selection of `values` in a menu of the given kind.

    The person need not be able to see the message.
    """

    person: simcord.MemberActor
    message: Any
    custom_id: str
    kind: ComponentType = ComponentType.BUTTON
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Command:
    """A slash command with text options."""

    person: simcord.MemberActor
    channel: simcord.ChannelHandle
    name: str
    filled: dict[str, str]


def button_press(person: simcord.MemberActor, message: Any, label: str) -> Press:
    """Return a press on the button with a label."""
    (custom_id,) = (
        item["custom_id"] for item in iter_components(message) if item.get("label") == label
    )
    return Press(person, message, custom_id)


async def send_concurrently(
    guild: SimulatedGuild,
    interactions: Sequence[Press | Command],
    meanwhile: Awaitable[object] | None = None,
) -> list[simcord.InteractionResult]:
    """Send all interactions to the bot, and wait until it has answered all of them.

    `meanwhile` is awaited while they are being answered.
    """
    before = asyncio.all_tasks()
    records = [emit(guild.env, guild.id, interaction) for interaction in interactions]
    # The bot has started a task for each. With hundreds of tasks, simcord's own way of waiting,
    # which polls all of them, takes longer than they do.
    started = asyncio.all_tasks() - before
    if meanwhile is not None:
        await meanwhile
    if started:
        await asyncio.wait(started)
    await guild.env.settle()
    return [simcord.InteractionResult(guild.env, record) for record in records]


def emit(env: simcord.Env, guild_id: int, interaction: Press | Command) -> Any:
    """Send an interaction to the bot without waiting. Returns simcord's record of it."""
    record, payload = (
        _component_payload(env, guild_id, interaction)
        if isinstance(interaction, Press)
        else _command_payload(env, guild_id, interaction)
    )
    env.backend.emit("INTERACTION_CREATE", payload)
    return record


def _command_payload(
    env: simcord.Env, guild_id: int, command: Command
) -> tuple[Any, dict[str, Any]]:
    root = env.backend.find_command(command.name, None, type=AppCommandType.CHAT_INPUT)
    assert root is not None
    options = [
        {"name": name, "type": OptionType.STRING, "value": value}
        for name, value in command.filled.items()
    ]
    return interactions.base_payload(
        env.backend,
        type=InteractionType.APPLICATION_COMMAND,
        channel_id=command.channel.id,
        guild_id=guild_id,
        user_id=command.person.id,
        data={
            "id": root["id"],
            "name": command.name,
            "type": AppCommandType.CHAT_INPUT,
            "options": options,
        },
    )


def _component_payload(env: simcord.Env, guild_id: int, press: Press) -> tuple[Any, dict[str, Any]]:
    backend = env.backend
    message = backend.get_message(press.message.channel_id, press.message.id)
    record, payload = interactions.base_payload(
        backend,
        type=InteractionType.MESSAGE_COMPONENT,
        channel_id=message.channel_id,
        guild_id=guild_id,
        user_id=press.person.id,
        data={
            "custom_id": press.custom_id,
            "component_type": press.kind,
            **({"values": list(press.values)} if press.kind != ComponentType.BUTTON else {}),
        },
    )
    message_payload = dict(serializers.message_payload(backend, message))
    if press.custom_id not in str(message_payload["components"]):
        # A modified client can send any custom id, and older messages have other buttons.
        # discord.py ignores components that are not on the message, so the payload says that it
        # is there.
        component: dict[str, Any] = {"type": int(press.kind), "custom_id": press.custom_id}
        if press.kind == ComponentType.BUTTON:
            component |= {"style": 2, "label": "…"}
        elif press.kind == ComponentType.STRING_SELECT:
            component["options"] = [{"label": "…", "value": value} for value in press.values]
        shown = message_payload["components"]
        message_payload["components"] = [*shown, {"type": 1, "components": [component]}]
    payload["message"] = message_payload
    record.source_message_id = message.id
    return record, payload
