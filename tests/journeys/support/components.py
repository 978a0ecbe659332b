"""Reading pages that are made of components (Components V2), and pressing what is on them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import simcord


def iter_components(message: Any) -> Iterator[dict[str, Any]]:
    """Everything on a page, in the order in which it is read."""

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


def read_text(message: Any) -> str:
    """All that a person reads on a page, buttons aside."""
    return "\n".join(part["content"] for part in iter_components(message) if "content" in part)


def interactive_labels(message: Any) -> list[str]:
    """What a person can press or choose from."""
    return [
        part.get("label") or part.get("placeholder") or ""
        for part in iter_components(message)
        if part.get("custom_id") or part.get("url")
    ]


class Operator:
    """Somebody who runs a server, with each click counted: a command, a press, a choice, a form
    that is sent."""

    def __init__(self, person: simcord.MemberActor, place: simcord.ChannelHandle) -> None:
        self.person, self.place, self.clicks = person, place, 0
        self.page: Any = None

    @property
    def text(self) -> str:
        return read_text(self.page)

    async def opens(self) -> None:
        """Type `/setup`."""
        self.clicks += 1
        answer = await self.person.slash(self.place, "setup")
        assert answer.ephemeral
        self.page = answer.response

    async def presses(self, label: str) -> simcord.InteractionResult:
        """Press the button that says so, or the one in the line that begins so."""
        self.clicks += 1
        answer = await self.person.click(self.page, custom_id=self._button(label))
        if answer.response is not None:
            self.page = answer.response
        return answer

    async def chooses(self, menu: str, *values: Any) -> None:
        """Choose from the menu with these words on it."""
        self.clicks += 1
        (custom_id,) = (
            part["custom_id"]
            for part in iter_components(self.page)
            if part.get("placeholder") == menu
        )
        answer = await self.person.select(self.page, values, custom_id=custom_id)
        self.page = answer.response

    async def fills_in(self, form: str, **values: Any) -> simcord.InteractionResult:
        """Open a form, change some of its fields and send it."""
        shown = await self.presses(form)
        self.clicks += 1
        answer = await self.person.submit_modal(shown, self._as_shown(shown.modal) | values)
        self.page = answer.response
        return answer

    def _button(self, label: str) -> str:
        found = list(iter_components(self.page))
        for part in found:
            if part.get("label") == label:
                return str(part["custom_id"])
        for part in found:
            if part.get("accessory"):
                text = "\n".join(each["content"] for each in part["components"])
                if text.startswith(f"**{label}**"):
                    return str(part["accessory"]["custom_id"])
        raise AssertionError(f"there is no {label!r} on this page")

    def _as_shown(self, modal: Any) -> dict[str, Any]:
        """The fields of a form as they are when it opens."""
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
                    thing
                    for thing in (
                        *self.place.guild.channels.values(),
                        *self.place.guild.roles.values(),
                    )
                    if thing.id in [int(each["id"]) for each in field.get("default_values", [])]
                ]
        return values
