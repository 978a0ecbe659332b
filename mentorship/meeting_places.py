"""Where sessions take place: at a link, in a room in Discord, or at a meeting provider. Pure."""

from __future__ import annotations

from collections.abc import Collection

LINK = "link"
"""The mentor's own meeting link."""

ROOMS = ("thread", "voice", "stage")
"""Rooms in Discord."""

PROVIDERS = ("jitsi", "zoom", "daily")
"""Meeting providers. The configuration says which of them can be chosen."""


def is_provider(place: str | None) -> bool:
    """Return whether meetings at this place are made by a provider."""
    return place in PROVIDERS


def effective(guild_place: str, mentor_place: str | None, group_place: str | None = None) -> str:
    """Return where a session takes place: as its group session says, the mentor, or the guild."""
    return group_place or mentor_place or guild_place


def offered(places: Collection[str], configured: Collection[str], current: str | None) -> list[str]:
    """Return the places that can be chosen: no provider that isn't configured, unless it is chosen.

    `current` stays in the list, so that a menu can show what is set.
    """
    return [
        place
        for place in places
        if not is_provider(place) or place in configured or place == current
    ]
