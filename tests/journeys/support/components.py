"""Reading messages made of components (Components V2), and using the components."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import simcord
from discord import ui


def iter_components(message: Any) -> Iterator[dict[str, Any]]:
    """Yield the components of a message in reading order."""

    def walk(components: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        for component in components:
            yield component
            yield from walk(component.get("components") or [])
            if component.get("accessory"):
                yield component["accessory"]

    components = message.components
    if components and not isinstance(components[0], dict):
        components = [component.to_dict() for component in components]
    return walk(components)


def old_view(*items: ui.Item[Any]) -> ui.View:
    """Return components for a message that older versions sent, with text and embeds."""
    view = ui.View(timeout=None)
    for item in items:
        view.add_item(item)
    return view


def read_text(message: Any) -> str:
    """Return the text that a person reads in a message, without buttons."""
    return "\n".join(part["content"] for part in iter_components(message) if "content" in part)


def action_rows_of(message: Any) -> list[list[dict[str, Any]]]:
    """Return the buttons and menus of a message, row by row."""
    return [part["components"] for part in iter_components(message) if part["type"] == 1]


def interactive_labels(message: Any) -> list[str]:
    """Return the labels of what a person can press or select."""
    return [
        part.get("label") or part.get("placeholder") or ""
        for part in iter_components(message)
        if part.get("custom_id") or part.get("url")
    ]


class Operator:
    """A person who sets up a guild, with each click counted.

    A command, a press, a selection and a submitted form count as one click each.
    """

    def __init__(self, person: simcord.MemberActor, channel: simcord.ChannelHandle) -> None:
        self.person, self.channel, self.clicks = person, channel, 0
        self.page: Any = None

    @property
    def text(self) -> str:
        return read_text(self.page)

    async def open_setup(self) -> None:
        """Type `/setup`."""
        self.clicks += 1
        answer = await self.person.slash(self.channel, "setup")
        assert answer.ephemeral
        self.page = answer.response

    async def press(self, label: str) -> simcord.InteractionResult:
        """Press the button with a label, or the one next to the text that starts with it."""
        self.clicks += 1
        answer = await self.person.click(self.page, custom_id=self._button(label))
        if answer.response is not None:
            self.page = answer.response
        return answer

    async def select(self, menu: str, *values: Any) -> None:
        """Select values in the menu with a placeholder."""
        self.clicks += 1
        (custom_id,) = (
            part["custom_id"]
            for part in iter_components(self.page)
            if part.get("placeholder") == menu
        )
        answer = await self.person.select(self.page, values, custom_id=custom_id)
        self.page = answer.response

    async def submit_form(self, form: str, **values: Any) -> simcord.InteractionResult:
        """Open a form, change some of its fields and submit it."""
        result = await self.press(form)
        self.clicks += 1
        answer = await self.person.submit_modal(result, self._as_shown(result.modal) | values)
        self.page = answer.response
        return answer

    def _button(self, label: str) -> str:
        components = list(iter_components(self.page))
        for part in components:
            if part.get("label") == label:
                return str(part["custom_id"])
        for part in components:
            if part.get("accessory"):
                text = "\n".join(component["content"] for component in part["components"])
                if text.startswith(f"**{label}**"):
                    return str(part["accessory"]["custom_id"])
        raise AssertionError(f"there is no {label!r} on this page")

    def _as_shown(self, modal: Any) -> dict[str, Any]:
        """Return the values of a form's fields as they are when it opens."""
        values: dict[str, Any] = {}
        for labelled in modal["components"]:
            field = labelled["component"]
            if field["type"] == 4:
                values[field["custom_id"]] = field.get("value") or ""
            elif field["type"] == 3:
                values[field["custom_id"]] = [
                    option["value"] for option in field["options"] if option.get("default")
                ]
            else:
                values[field["custom_id"]] = [
                    default
                    for default in (
                        *self.channel.guild.channels.values(),
                        *self.channel.guild.roles.values(),
                    )
                    if default.id in [int(value["id"]) for value in field.get("default_values", [])]
                ]
        return values
