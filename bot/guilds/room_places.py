"""Where a meeting room is opened: in the first of several places that takes it.

A server chooses one place: a text channel for threads, a category for voice channels. If that one
is full, hidden from somebody who meets, closed to the bot or gone, the next one is tried:

- for a thread, below the channel for notices, and that for group sessions;
- for a voice or stage channel, outside of the category;
- if Discord's limits leave no space at all, a voice channel instead of a thread, or a thread
  instead of a voice or stage channel.

If there is none, people meet at the meeting link.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import discord

from bot.guilds.permissions import missing_permissions, permission_label
from bot.guilds.room_permissions import (
    can_meet_in,
    full_problem,
    is_gone,
    is_open_to_all,
    room_needs,
    space_left,
)
from mentorship.guilds.guild_settings import GuildSettings
from wording.lists import enumerated
from wording.reader import Reader
from wording.translation import _, current_language, sentences

_QUERY_SIZE = 100
"""Members that Discord answers for in one request to the gateway."""


class RoomUnavailable(Exception):
    """Settings, permissions or limits prevent the room; the text is for the moderators."""


class NoSpace(RoomUnavailable):
    """One of Discord's limits prevents the room."""


@dataclass(frozen=True, slots=True)
class RoomPlace:
    """A place for a room of a kind, below a text channel or in a category. None: in neither."""

    kind: str
    parent: discord.TextChannel | discord.CategoryChannel | None = None


@dataclass(frozen=True, slots=True)
class OpenedRoom:
    """A room that was opened. `problem` says why not in the place that the server has chosen."""

    kind: str
    channel_id: int
    problem: str = ""


@dataclass(frozen=True, slots=True)
class RoomRequest:
    """A room to open for `people` (user ids).

    `announced_in` is the channel in which a group session is announced, whose members see it.
    """

    guild: discord.Guild
    settings: GuildSettings
    kind: str
    people: Sequence[int]
    for_group: bool = False
    announced_in: int | None = None


Create = Callable[[RoomPlace], Awaitable[int]]
"""Creates the channel in a place and returns its id. Raises discord.py's errors."""


async def open_room(request: RoomRequest, create: Create) -> OpenedRoom:
    """Open a room in the first place that takes it.

    Raises `RoomUnavailable` if none does, and discord.py's errors if Discord fails.
    """
    problems: list[str] = []
    is_full = False
    for place in list_places(request, request.kind):
        try:
            return await _open_in(place, request, create, problems)
        except RoomUnavailable as error:
            problems.append(str(error))
            is_full = is_full or isinstance(error, NoSpace)
    if is_full:
        # Threads and channels have limits of their own.
        for place in list_places(request, "voice" if request.kind == "thread" else "thread"):
            try:
                return await _open_in(place, request, create, problems)
            except RoomUnavailable as error:
                problems.append(str(error))
    raise RoomUnavailable(_in_one(problems) or _("No text channel is chosen for the threads."))


def list_places(request: RoomRequest, kind: str) -> Iterator[RoomPlace]:
    """Yield the places for a room of a kind, the one that the server has chosen first."""
    guild, settings = request.guild, request.settings
    chosen = guild.get_channel(settings.meeting_parent_id or 0)
    if kind != "thread":
        if isinstance(chosen, discord.CategoryChannel):
            yield RoomPlace(kind, chosen)
        yield RoomPlace(kind)
        return
    parents = dict.fromkeys(
        (
            settings.meeting_parent_id,
            request.announced_in,
            settings.notices_channel_id,
            settings.sessions_channel_id,
        )
    )
    for channel_id in parents:
        channel = guild.get_channel(channel_id or 0)
        if isinstance(channel, discord.TextChannel):
            yield RoomPlace(kind, channel)


async def _open_in(
    place: RoomPlace, request: RoomRequest, create: Create, problems: Sequence[str]
) -> OpenedRoom:
    """Open a room in one place. `problems` are those of the places before it.

    Raises `RoomUnavailable` if this place can't take it.
    """
    _require_permissions(place, request)
    await _require_access(place, request)
    try:
        channel_id = await create(place)
    except discord.Forbidden as error:
        raise RoomUnavailable(
            refusal(error, place.kind, for_group=request.for_group, channel=_mention(place))
        ) from error
    except discord.HTTPException as error:
        if is_gone(error):
            raise RoomUnavailable(_("The channel for meeting rooms was deleted.")) from error
        full = full_problem(error, place.parent)
        if full:
            raise NoSpace(full) from error
        raise
    return OpenedRoom(place.kind, channel_id, _in_one(problems))


def refusal(error: discord.Forbidden, kind: str, *, for_group: bool, channel: str = "") -> str:
    """Return what Discord refuses, and the permissions that a room of the kind takes.

    `channel` mentions the channel or category where it does.
    """
    needs = room_needs(kind, for_group=for_group)
    needed = _labels(dict.fromkeys((*needs.server, *needs.parent)))
    said = (
        _("Discord says “{problem}” in {channel}.", problem=error.text, channel=channel)
        if channel
        else _("Discord says “{problem}”.", problem=error.text)
    )
    return sentences(said, _("My role needs {permissions}.", permissions=needed))


def _require_permissions(place: RoomPlace, request: RoomRequest) -> None:
    """Raise `RoomUnavailable` for the permissions that the bot lacks, or for a lack of space."""
    guild, parent = request.guild, place.parent
    needs = room_needs(place.kind, for_group=request.for_group)
    lacking = missing_permissions(guild.me.guild_permissions, needs.server)
    if lacking:
        raise RoomUnavailable(
            _(
                "I need {permissions} in the whole server, since Discord lets me allow in a new "
                "channel only what my role is allowed there. Allow it for my role in Server "
                "Settings → Roles.",
                permissions=_in_one_list(lacking),
            )
        )
    if parent is not None:
        lacking = missing_permissions(parent.permissions_for(guild.me), needs.parent)
        if lacking:
            raise RoomUnavailable(
                _(
                    "I need {permissions} in {channel}. Allow it for my role in Edit Channel → "
                    "Permissions.",
                    permissions=_in_one_list(lacking),
                    channel=parent.mention,
                )
            )
    if place.kind == "stage" and "COMMUNITY" not in guild.features:
        raise RoomUnavailable(
            _("Stage channels need a Community server: Server Settings → Enable Community.")
        )
    if not isinstance(parent, discord.TextChannel):
        full = space_left(parent, guild)
        if full:
            raise NoSpace(full)


async def _require_access(place: RoomPlace, request: RoomRequest) -> None:
    """Raise `RoomUnavailable` if somebody who meets couldn't see a thread in this place.

    Voice and stage channels are opened to those who meet, and to nobody else.
    """
    parent = place.parent
    if not isinstance(parent, discord.TextChannel) or is_open_to_all(parent):
        return
    for start in range(0, len(request.people), _QUERY_SIZE):
        people = list(request.people[start : start + _QUERY_SIZE])
        # Those who have left the server are missing in the answer.
        members = await request.guild.query_members(user_ids=people, limit=_QUERY_SIZE, cache=False)
        if not all(can_meet_in(parent, member) for member in members):
            raise RoomUnavailable(
                _(
                    "Not everyone who meets can see {channel} and write in its threads. In Edit "
                    "Channel → Permissions, allow View Channel and Send Messages in Threads.",
                    channel=parent.mention,
                )
            )


def _labels(permissions: Iterable[str]) -> str:
    return _in_one_list(map(permission_label, permissions))


def _in_one_list(names: Iterable[str]) -> str:
    return enumerated(names, Reader.of(current_language()))


def _mention(place: RoomPlace) -> str:
    return "" if place.parent is None else place.parent.mention


def _in_one(problems: Iterable[str]) -> str:
    return sentences(*dict.fromkeys(problems))
