"""What a mentor has chosen for a group session that isn't created yet.

The preview keeps all of it: typed texts stand on the card, the roles and the channel are selected
in its menus, and the rest is in the custom ids of its buttons. So nothing is lost by a restart.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Self

import discord

from bot.components.message_reader import Kept, kept_text, title_of, walk_components
from mentorship.sessions.groups.creation import GroupRequest

_PLACES = {"l": "link", "t": "thread", "v": "voice", "s": "stage"}
_PLACES |= {"j": "jitsi", "z": "zoom", "d": "daily"}
_PLACE_KEYS = {place: key for key, place in _PLACES.items()}

CODE = (
    r"(?P<start>\d{1,11})\.(?P<minutes>\d{1,4})\.(?P<capacity>\d{1,9})\.(?P<price>\d{1,12})"
    r"\.(?P<minimum>\d{1,9})\.(?P<deadline>\d{1,11})\.(?P<place>[ltvsjzd])(?P<weeks>\d)"
    r"\.(?P<left>\d{0,5})\.(?P<event>[01])"
)
"""The choices in a custom id, of at most 70 characters."""

ROLES_ID, CHANNEL_ID = "group:new:roles", "group:new:channel"
"""The beginnings of the custom ids of the menus whose selection is read from the card."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A group session to be, with the title as typed, and what is chosen.

    `starts_at` and `deadline` are UTC. `repeat_left` is None for as many as come.
    """

    title: str
    starts_at: datetime
    minutes: int
    capacity: int
    price: int
    description: str = ""
    minimum_seats: int = 0
    deadline: datetime | None = None
    place: str = "link"
    link: str = ""
    repeat_weeks: int = 0
    repeat_left: int | None = None
    wants_event: bool = False
    role_ids: tuple[int, ...] = ()
    channel_id: int | None = None

    @property
    def code(self) -> str:
        """The choices for a custom id."""
        left = "" if self.repeat_left is None else str(self.repeat_left)
        deadline = 0 if self.deadline is None else int(self.deadline.timestamp())
        return (
            f"{int(self.starts_at.timestamp())}.{self.minutes}.{self.capacity}.{self.price}"
            f".{self.minimum_seats}.{deadline}.{_PLACE_KEYS[self.place]}{self.repeat_weeks}"
            f".{left}.{int(self.wants_event)}"
        )

    @property
    def request(self) -> GroupRequest:
        """The request to check or create it."""
        return GroupRequest(
            title=self.title,
            starts_at=self.starts_at,
            minutes=self.minutes,
            capacity=self.capacity,
            price=self.price,
            description=self.description,
            minimum_seats=self.minimum_seats,
            minimum_deadline=self.deadline,
            join_role_ids=self.role_ids,
            place=self.place,
            meeting_link=self.link or None,
            repeat_weeks=self.repeat_weeks,
            repeat_left=self.repeat_left,
            channel_id=self.channel_id,
            wants_event=self.wants_event,
        )

    @classmethod
    def decode(cls, match: re.Match[str]) -> Self:
        """Return the choices in a custom id; the rest is on its card (`with_texts`)."""
        deadline = int(match["deadline"])
        return cls(
            title="",
            starts_at=_instant(match["start"]),
            minutes=int(match["minutes"]),
            capacity=int(match["capacity"]),
            price=int(match["price"]),
            minimum_seats=int(match["minimum"]),
            deadline=_instant(match["deadline"]) if deadline else None,
            place=_PLACES[match["place"]],
            repeat_weeks=int(match["weeks"]),
            repeat_left=int(match["left"]) if match["left"] else None,
            wants_event=match["event"] == "1",
        )

    def with_texts(self, card: discord.Message | None) -> Draft:
        """Return it with the texts on the pressed card and the selection of its menus."""
        kept = kept_text(card)
        channels = _selected(card, CHANNEL_ID)
        return replace(
            self,
            title=title_of(card),
            description=kept.get(Kept.DESCRIPTION, ""),
            link=kept.get(Kept.LINK, ""),
            role_ids=tuple(_selected(card, ROLES_ID)),
            channel_id=next(iter(channels), None),
        )


def _instant(seconds: str) -> datetime:
    return datetime.fromtimestamp(int(seconds), UTC)


def _selected(card: discord.Message | None, custom_id: str) -> list[int]:
    """Return the ids that a menu of roles or channels on a card had selected when it was sent."""
    if card is None:
        return []
    menus: Iterable[discord.Component] = walk_components(card.components)
    return [
        value.id
        for menu in menus
        if isinstance(menu, discord.SelectMenu) and (menu.custom_id or "").startswith(custom_id)
        for value in menu.default_values
    ]
