"""Everything that a person reads: answers, direct messages, forms and suggestions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import simcord

from tests.habits import foreign_habits
from tests.journeys.support.components import iter_components
from tests.journeys.support.simulated_guild import SimulatedGuild
from wording.reader import Reader

_READABLE = ("content", "title", "label", "placeholder", "description", "name")
"""The members of a payload that a person reads. A field's `value` is what they typed before."""


class Observer:
    """Uses the bot as one person, and keeps each text that they read."""

    def __init__(self, guild: SimulatedGuild, person: simcord.MemberActor, language: str) -> None:
        self.guild, self.person, self.reader = guild, person, Reader.of(language)
        self.texts: list[str] = []
        self.message: Any = None
        """What they see: the latest answer, or direct message."""

    async def slash(self, command: str, **options: Any) -> simcord.InteractionResult:
        return self._read(await self.person.slash(self.guild.channel, command, **options))

    async def suggestions(self, command: str, option: str, typed: str, **filled: Any) -> list[Any]:
        """Return the suggestions for an option: name and value."""
        channel = self.guild.channel
        choices = await self.person.autocomplete(channel, command, option, typed, **filled)
        self.texts += [choice["name"] for choice in choices]
        return choices

    async def press(self, label: str) -> simcord.InteractionResult:
        """Press a button of the message that they see."""
        return self._read(await self._user.click(self.message, label=label))

    async def choose(self, placeholder: str, number: int = 0) -> simcord.InteractionResult:
        """Select an option of a menu, by its place."""
        (menu,) = (
            part for part in iter_components(self.message) if part.get("placeholder") == placeholder
        )
        values = [menu["options"][number]["value"]]
        return self._read(
            await self._user.select(self.message, values, custom_id=menu["custom_id"])
        )

    async def submit(
        self, form: simcord.InteractionResult, **values: Any
    ) -> simcord.InteractionResult:
        return self._read(await self._user.submit_modal(form, values))

    def open_dm(self, number: int = -1) -> Any:
        """Look at a direct message, by default the latest."""
        self.message = self.guild.inbox(self.person)[number]
        self.texts.append(_text_of(self.message))
        return self.message

    def foreign_habits(self) -> list[str]:
        """Return the texts that hold times or dates as this person doesn't write them."""
        texts = [*self.texts, *map(_text_of, self.guild.inbox(self.person))]
        return [
            f"{', '.join(foreign)}: {text}"
            for text in dict.fromkeys(texts)
            if (foreign := foreign_habits(text, self.reader))
        ]

    @property
    def _user(self) -> Any:
        message = self.message
        if message is None:
            return self.person
        channel = getattr(message, "channel_id", None) or message.channel.id
        return self.person if channel == self.guild.channel.id else self.person.user

    def _read(self, result: simcord.InteractionResult) -> simcord.InteractionResult:
        messages = [message for message in (result.response, *result.followups) if message]
        self.texts += map(_text_of, messages)
        if result.modal is not None:
            self.texts.append("\n".join(_readable(result.modal)))
        if result.response is not None:
            self.message = result.response
        return result


def _text_of(message: Any) -> str:
    """Return all that a person can read in a message, its buttons and menus included."""
    parts = [part if isinstance(part, dict) else part.to_dict() for part in message.components]
    return "\n".join([message.content or "", *_readable(parts)])


def _readable(payload: Any) -> Iterator[str]:
    if isinstance(payload, dict):
        for key, value in payload.items():
            if key in _READABLE and isinstance(value, str):
                yield value
            else:
                yield from _readable(value)
    elif isinstance(payload, list):
        for each in payload:
            yield from _readable(each)
