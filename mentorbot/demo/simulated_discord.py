"""The simulated Discord: a server, its people, and the one place that a browser looks at."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

import discord
import simcord
from simcord.actors import MemberActor
from simcord.backend.cdn import CDN_BASE
from simcord.backend.errors import SetupError
from simcord.builders import ChannelHandle, RoleHandle, UserHandle

from mentorbot.demo.avatars import Portrait, clock_face, portrait
from mentorship.actors import Actor
from mentorship.time.timezones import describe_compact, to_local

T = TypeVar("T")

SERVER = "The Workshop"
BOT_NAME = "mentorbot"


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere one can look: a channel of the server, or one person's direct messages."""

    key: str
    label: str


MENTORSHIP = Place("mentorship", "#mentorship")
REVIEW = Place("mentor-review", "#mentor-review")
MESSAGES = Place("dm", "Direct messages")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can be played. `does` completes "Maya Torres, …"."""

    key: str
    name: str
    does: str
    city: str
    zone: str
    colour: str
    places: tuple[Place, ...] = (MENTORSHIP, MESSAGES)

    @property
    def first_name(self) -> str:
        return self.name.partition(" ")[0]


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message that came to a place on the stage; `text` is its gist on the reader's clock."""

    person: str
    place: str
    text: str
    at: datetime


class NoSuchPlace(Exception):
    """Nobody of that name is on the stage, or that person can't see that place."""


@dataclass(slots=True)
class _Member:
    user: UserHandle
    actor: MemberActor
    portrait: Portrait


@dataclass(slots=True)
class _Showing:
    person: Person
    place: Place
    preview: Any
    context: AbstractAsyncContextManager[Any] = field(repr=False)
    ends: asyncio.Event = field(default_factory=asyncio.Event, repr=False)


class Stage:
    """One simulated server with the bot in it, and what a browser sees of it.

    Whatever drives the simulation goes through `alone`, so that no two operations overlap.
    """

    def __init__(self, env: simcord.Env, *, preview_port: int = 0) -> None:
        self.env = env
        self.people: dict[str, Person] = {}
        self._wings: dict[int, Person] = {}
        self._lock = asyncio.Lock()
        self._preview_port = preview_port
        self._members: dict[str, _Member] = {}
        self._names: dict[int, str] = {}
        self._showing: _Showing | None = None
        self._read: dict[tuple[str, str], int] = {}
        self._old_until = 0
        self._bot_portrait = clock_face()
        env.backend.bot_user.avatar = self._bot_portrait.digest
        env.backend.edit_bot_profile(BOT_NAME)
        self.guild = env.create_guild(SERVER, description="Where people help each other grow")
        self.moderator_role = self._role(
            "Moderator", 0xE8A33D, manage_messages=True, manage_guild=True
        )
        self.mentor_role = self._role("Mentor", 0x3BA68C)
        hidden = discord.PermissionOverwrite(view_channel=False)
        shown = discord.PermissionOverwrite(view_channel=True)
        self.general = self.guild.create_text_channel("general", topic="Come in, say hello.")
        self.mentorship = self.guild.create_text_channel(
            "mentorship", topic="Find a mentor and book a session: type /book"
        )
        self.review = self.guild.create_text_channel(
            "mentor-review",
            topic="New mentors wait here for a moderator's word.",
            overwrites={
                self.guild.default_role: hidden,
                self.moderator_role: shown,
                **({self.guild.me: shown} if self.guild.me else {}),
            },
        )

        self._channels = {MENTORSHIP: self.mentorship, REVIEW: self.review}

    def _role(self, name: str, colour: int, **permissions: bool) -> RoleHandle:
        return self.guild.create_role(
            name, permissions=discord.Permissions(**permissions), color=colour, hoist=True
        )

    # ------------------------------------------------------------------ people

    def join(self, key: str, name: str, *, colour: str, roles: tuple[RoleHandle, ...] = ()) -> None:
        """Let somebody join the server."""
        image = portrait(name, colour)
        user = self.env.create_user(key, global_name=name, avatar=image.digest)
        self._members[key] = _Member(user, self.guild.add_member(user, roles=roles), image)
        self._names[user.id] = name

    def cast(self, person: Person) -> None:
        """Let a person of the server be played."""
        self.people[person.key] = person

    def hold_ready(self, person: Person) -> None:
        """Let a person of the server be played later, once `bring_on` asks for them."""
        self._wings[self._members[person.key].user.id] = person

    def bring_on(self, user_id: int) -> Person | None:
        """The person with that Discord id, who can be played from now on; None for a stranger."""
        for person in self.people.values():
            if self._members[person.key].user.id == user_id:
                return person
        found = self._wings.pop(user_id, None)
        if found is not None:
            self.people[found.key] = found
        return found

    def actor(self, key: str) -> Actor:
        """The person as use cases know them."""
        member = self._members[key]
        roles = self.env.backend.get_guild(self.guild.id).members[member.user.id].role_ids
        return Actor(
            user_id=member.user.id,
            name=member.user.global_name or member.user.name,
            guild_id=self.guild.id,
            role_ids=frozenset(roles),
            language="en-US",
        )

    def owner(self) -> Actor:
        """Who set the server up: may manage it, and is not played."""
        owner = self.guild.owner
        return Actor(user_id=owner.id, name=owner.name, guild_id=self.guild.id, manages_guild=True)

    def picture_of(self, key: str) -> bytes | None:
        """The person's portrait as PNG."""
        member = self._members.get(key)
        return member.portrait.png if member else None

    async def say(self, key: str, text: str) -> None:
        """Let somebody write into #mentorship."""
        await self._members[key].actor.send(self.mentorship, text)

    async def press(self, key: str, label: str, place: Place = MESSAGES) -> None:
        """Let somebody press a button of the newest message of a place that has one so labelled."""
        member = self._members[key]
        presser = member.user if place is MESSAGES else member.actor
        channel = member.user.dm_channel if place is MESSAGES else self._channels[place]
        message = next(
            message
            for message in reversed(channel.history())
            for row in message.components
            if isinstance(row, discord.ActionRow)
            and any(getattr(button, "label", None) == label for button in row.children)
        )
        await presser.click(message, label=label)

    # ------------------------------------------------------------------ one at a time

    async def alone(self, act: Callable[[], Awaitable[T]]) -> T:
        """Do something that drives the simulation, after whatever drives it now."""
        async with self._lock:
            return await act()

    def _take_turns(self, showing: _Showing) -> None:
        """Let what is done on the page wait for its turn as well.

        The simulation refuses two operations at once, and its page, thus refused, would not know
        what became of the click. There is no public way to make it wait.
        """
        done_on_page = showing.preview._action

        async def in_turn(*request: Any) -> Any:
            turn = asyncio.ensure_future(self._lock.acquire())
            end = asyncio.ensure_future(showing.ends.wait())
            try:
                await asyncio.wait((turn, end), return_when=asyncio.FIRST_COMPLETED)
                if not turn.done():
                    # Whoever takes the page down waits for this answer, and has the lock.
                    raise SetupError("the page was taken down")
                return await done_on_page(*request)
            finally:
                end.cancel()
                if not turn.cancel():
                    self._lock.release()

        showing.preview._action = in_turn

    async def advance(self, seconds: float) -> None:
        """Move the simulated clock. To be called within `alone`."""
        await self.env.advance_time(seconds)

    async def refresh(self) -> None:
        """Let the open page show what has changed. To be called within `alone`."""
        showing = self._on_show()
        if showing is not None:
            with contextlib.suppress(SetupError):  # its own menu may end it meanwhile
                await showing.preview.refresh()

    # ------------------------------------------------------------------ places

    def _find(self, person: str, place: str) -> tuple[Person, Place]:
        found = self.people.get(person)
        if found is None:
            raise NoSuchPlace("Nobody of that name is in this demo.")
        for candidate in found.places:
            if candidate.key == place:
                return found, candidate
        raise NoSuchPlace(f"{found.first_name} can't see that place.")

    def _channel(self, person: Person, place: Place) -> ChannelHandle:
        if place is MESSAGES:
            return self._members[person.key].user.dm_channel
        return self._channels[place]

    async def show(self, person_key: str, place_key: str) -> str:
        """Show a place as a person sees it, and return the address of its page.

        Only one place is on show; the page of the one before goes dark. Raises `NoSuchPlace`.
        """
        person, place = self._find(person_key, place_key)
        return await self.alone(lambda: self._show(person, place))

    async def _show(self, person: Person, place: Place) -> str:
        showing = self._on_show()
        if showing is None or (showing.person, showing.place) != (person, place):
            await self._hide()
            showing = self._showing = await self._open(person, place)
        self._mark_read(person, place)
        await self.refresh()
        url: str = showing.preview.url
        return url

    async def _open(self, person: Person, place: Place) -> _Showing:
        member = self._members[person.key]
        for port in dict.fromkeys((self._preview_port, 0)):
            context = self.env.preview(
                self._channel(person, place),
                viewers=[member.user if place is MESSAGES else member.actor],
                layout="channel",
                timezone=person.zone,
                assets=self._portraits(),
                port=port,
            )
            try:
                preview = await context.__aenter__()
            except SetupError:
                if port == 0:
                    raise
                continue
            # The same port next time, so that an open tab's address stays alike.
            self._preview_port = int(preview.url.rpartition(":")[2].partition("/")[0])
            showing = _Showing(person, place, preview, context)
            self._take_turns(showing)
            return showing
        raise AssertionError("a free port is always tried last")

    async def _hide(self) -> None:
        showing, self._showing = self._showing, None
        if showing is not None:
            showing.ends.set()
            await showing.context.__aexit__(None, None, None)

    async def close(self) -> None:
        """Take down the page that is on show."""
        await self.alone(self._hide)

    def _on_show(self) -> _Showing | None:
        """What is on show, unless somebody ended it from its own menu."""
        showing = self._showing
        if showing is not None and self.env._preview is not showing.preview:
            showing = self._showing = None
        return showing

    def on_show(self) -> tuple[str, str] | None:
        """The keys of the person and the place on show."""
        showing = self._on_show()
        return (showing.person.key, showing.place.key) if showing else None

    def _portraits(self) -> dict[str, tuple[str, bytes]]:
        """Pictures by the addresses at which the simulated Discord expects them."""
        bot = self.env.backend.bot_user
        owners = [(bot.id, self._bot_portrait)]
        owners += [(member.user.id, member.portrait) for member in self._members.values()]
        return {
            f"{CDN_BASE}/avatars/{user_id}/{image.digest}.png": (f"{user_id}.png", image.png)
            for user_id, image in owners
        }

    # ------------------------------------------------------------------ messages

    def look_up(self) -> int:
        """A mark after the latest message, for `arrivals`."""
        return max((max(kept) for kept in self.env.backend.messages.values() if kept), default=0)

    def seen(self) -> None:
        """Whoever was looking has read the place on show."""
        showing = self._on_show()
        if showing is not None:
            self._mark_read(showing.person, showing.place)

    def read_everything(self) -> None:
        """Nothing so far counts as new, to anybody."""
        self._read.clear()
        self._old_until = self.look_up()

    def _mark_read(self, person: Person, place: Place) -> None:
        self._read[person.key, place.key] = self.look_up()

    def unread(self, person: Person, place: Place) -> int:
        """How many messages of others came to the place since the person last looked."""
        return sum(
            1
            for _ in self._new(
                person, place, self._read.get((person.key, place.key), self._old_until)
            )
        )

    def arrivals(self, mark: int) -> list[Arrival]:
        """What came since the mark to anybody on the stage, the earliest first.

        A channel that several can see counts once, for the first of them.
        """
        found: dict[int, Arrival] = {}
        for person in self.people.values():
            for place in person.places:
                for message in self._new(person, place, mark):
                    if message.id not in found:
                        found[message.id] = Arrival(
                            person.key,
                            place.key,
                            self.gist(message, person.zone),
                            datetime.fromisoformat(message.timestamp),
                        )
        return [found[key] for key in sorted(found)]

    def messages_to_others(self, mark: int) -> int:
        """How many direct messages went to people who can't be played."""
        played = {self._members[key].user.id for key in self.people}
        return sum(
            1
            for user_id, channel_id in self.env.backend.dm_channels.items()
            if user_id not in played
            for message_id in self.env.backend.messages.get(channel_id, {})
            if message_id > mark
        )

    def _new(self, person: Person, place: Place, mark: int) -> Iterator[Any]:
        own = self._members[person.key].user.id
        kept = self.env.backend.messages.get(self._channel(person, place).id, {})
        for message in kept.values():
            if message.id > mark and message.author_id != own and not message.is_ephemeral:
                yield message

    def gist(self, message: Any, zone: str) -> str:
        """One line that says what a message is about, as somebody in `zone` reads it."""
        title = next((embed["title"] for embed in message.embeds if embed.get("title")), "")
        body = next(
            (embed["description"] for embed in message.embeds if embed.get("description")), ""
        )
        text = message.content.strip() or title or body
        return self._plain(text.partition("\n")[0], zone)

    def _plain(self, text: str, zone: str) -> str:
        def when(match: re.Match[str]) -> str:
            instant = datetime.fromtimestamp(int(match[1]), tz=self.env.now().tzinfo)
            if match[2] == "R":
                return _from_now((instant - self.env.now()).total_seconds())
            return describe_compact(instant, zone)

        text = re.sub(r"<t:(-?\d+)(?::(\w))?>", when, text)
        text = re.sub(r"<@!?(\d+)>", lambda m: self._names.get(int(m[1]), "someone"), text)
        text = re.sub(r"<[#@]&?\d+>", "", text)
        text = re.sub(r"(?<!\\)(\*\*|__|~~|`|\|\|)", "", text)
        text = re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", text)
        return text if len(text) <= 140 else text[:139].rstrip() + "…"

    # ------------------------------------------------------------------ clocks

    def clock(self, zone: str) -> dict[str, str]:
        """What the simulated clock shows in a zone."""
        return self.clock_at(self.env.now(), zone)

    def clock_at(self, instant: datetime, zone: str) -> dict[str, str]:
        """What a clock in a zone shows at an instant."""
        local = to_local(instant, zone)
        return {"time": f"{local:%H:%M}", "day": f"{local:%a} {local.day} {local:%b}"}


def _from_now(seconds: float) -> str:
    """A span as people say it: "in 10 minutes", "2 hours ago"."""
    size = abs(seconds)
    for length, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if size >= length:
            count = round(size / length)
            words = f"{count} {unit}{'' if count == 1 else 's'}"
            return f"in {words}" if seconds > 0 else f"{words} ago"
    return "now"
