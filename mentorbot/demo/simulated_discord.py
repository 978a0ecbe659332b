"""The simulated Discord: a server with its members, and the one channel open in a browser."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Awaitable, Callable, Iterator, Sequence
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

from bot.components.message_reader import walk_components
from mentorbot.demo.avatars import Avatar, bot_avatar, initials_avatar
from mentorbot.demo.channel_page import ChannelPageServer
from mentorship.actors import Actor
from mentorship.time.timezones import to_local
from wording.reader import Reader
from wording.times import describe_compact, describe_day, time_of_day
from wording.translation import _, pgettext, speaking

T = TypeVar("T")

READER = Reader.of("en-US")
"""The Discord language of the simulated people, and so of the control room."""

SERVER_NAME = "The Workshop"
BOT_NAME = "mentorbot"


@dataclass(frozen=True, slots=True)
class DemoChannel:
    """A channel that the visitor can open: one of the server, or a persona's direct messages."""

    key: str
    label: str


MENTORSHIP = DemoChannel("mentorship", "#mentorship")
GROUP_SESSIONS = DemoChannel("group-sessions", "#group-sessions")
REVIEW = DemoChannel("mentor-review", "#mentor-review")
DIRECT_MESSAGES = DemoChannel("dm", "Direct messages")


@dataclass(frozen=True, slots=True)
class Persona:
    """A member whom the visitor can play. `role` completes "Maya Torres, …"."""

    key: str
    name: str
    role: str
    city: str
    zone: str
    colour: str
    channels: tuple[DemoChannel, ...] = (MENTORSHIP, GROUP_SESSIONS, DIRECT_MESSAGES)

    @property
    def first_name(self) -> str:
        return self.name.partition(" ")[0]


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message that a persona received.

    `persona` and `channel` are keys; `text` is a summary in the persona's time zone.
    """

    persona: str
    channel: str
    text: str
    at: datetime


class ChannelNotFound(Exception):
    """There is no such persona, or the persona can't see that channel."""


@dataclass(slots=True)
class _Account:
    user: UserHandle
    actor: MemberActor
    avatar: Avatar


@dataclass(slots=True)
class _OpenChannel:
    persona: Persona
    channel: DemoChannel
    preview: Any
    context: AbstractAsyncContextManager[Any] = field(repr=False)
    closing: asyncio.Event = field(default_factory=asyncio.Event, repr=False)


class SimulatedServer:
    """A simulated Discord server with the bot in it, and the channel open in the browser.

    Everything that drives the simulation goes through `exclusively`, so that no two operations
    overlap.
    """

    def __init__(
        self,
        env: simcord.Env,
        *,
        room_url: str = "/",
        preview_port: int = 0,
        language: str | None = None,
    ) -> None:
        self.env = env
        self.language = language
        self._room_url = room_url
        self.personas: dict[str, Persona] = {}
        self._inactive_personas: dict[int, Persona] = {}
        self._lock = asyncio.Lock()
        self._preview_port = preview_port
        self._accounts: dict[str, _Account] = {}
        self._names: dict[int, str] = {}
        self._open: _OpenChannel | None = None
        self._last_read: dict[tuple[str, str], int] = {}
        self._last_history_message = 0
        self._bot_avatar = bot_avatar()
        env.backend.bot_user.avatar = self._bot_avatar.digest
        env.backend.edit_bot_profile(BOT_NAME)
        self.guild = env.create_guild(SERVER_NAME, description="Where people help each other grow")
        self.admin_role = self._create_role("Admin", 0xEF7A6D, manage_guild=True)
        self.moderator_role = self._create_role("Moderator", 0xE8A33D, manage_messages=True)
        self.mentor_role = self._create_role("Mentor", 0x3BA68C)
        self.seasoned_role = self._create_role("Seasoned mentor", 0xC9A227)
        hidden = discord.PermissionOverwrite(view_channel=False)
        shown = discord.PermissionOverwrite(view_channel=True)
        self.general = self.guild.create_text_channel("general", topic="Come in, say hello.")
        self.mentorship = self.guild.create_text_channel(
            "mentorship", topic="Find a mentor and book a session: type /book"
        )
        self.group_sessions = self.guild.create_text_channel(
            "group-sessions", topic="Join a session with others, or wait for a seat."
        )
        self.review = self.guild.create_text_channel(
            "mentor-review",
            topic="Applications of new mentors, for moderators to decide.",
            overwrites={
                self.guild.default_role: hidden,
                self.moderator_role: shown,
                **({self.guild.me: shown} if self.guild.me else {}),
            },
        )

        self._channels = {
            MENTORSHIP: self.mentorship,
            GROUP_SESSIONS: self.group_sessions,
            REVIEW: self.review,
        }

    def _create_role(self, name: str, colour: int, **permissions: bool) -> RoleHandle:
        return self.guild.create_role(
            name, permissions=discord.Permissions(**permissions), color=colour, hoist=True
        )

    # ------------------------------------------------------------------ members

    def add_member(
        self, key: str, name: str, *, colour: str, roles: tuple[RoleHandle, ...] = ()
    ) -> None:
        """Add a member to the server."""
        avatar = initials_avatar(name, colour)
        user = self.env.create_user(key, global_name=name, avatar=avatar.digest)
        self._accounts[key] = _Account(user, self.guild.add_member(user, roles=roles), avatar)
        self._names[user.id] = name

    def add_persona(self, persona: Persona) -> None:
        """Let the visitor play a member of the server."""
        self.personas[persona.key] = persona

    def add_inactive_persona(self, persona: Persona) -> None:
        """Let the visitor play a member of the server once `activate` is called for them."""
        self._inactive_personas[self._accounts[persona.key].user.id] = persona

    def activate(self, user_id: int) -> Persona | None:
        """Return the persona with a Discord id, who can be played from now on; None if unknown."""
        for persona in self.personas.values():
            if self._accounts[persona.key].user.id == user_id:
                return persona
        activated = self._inactive_personas.pop(user_id, None)
        if activated is not None:
            self.personas[activated.key] = activated
        return activated

    def actor(self, key: str) -> Actor:
        """Return the actor of a member, for use cases."""
        account = self._accounts[key]
        roles = self.env.backend.get_guild(self.guild.id).members[account.user.id].role_ids
        return Actor(
            user_id=account.user.id,
            name=account.user.global_name or account.user.name,
            guild_id=self.guild.id,
            role_ids=frozenset(roles),
            language=self.language or READER.locale,
            avatar=account.avatar.digest,
        )

    def owner(self) -> Actor:
        """Return the actor of the server's owner, who set it up and isn't a persona."""
        owner = self.guild.owner
        return Actor(user_id=owner.id, name=owner.name, guild_id=self.guild.id, manages_guild=True)

    def avatar_png(self, key: str) -> bytes | None:
        """Return the avatar of a member as PNG; None if there is no such member."""
        account = self._accounts.get(key)
        return account.avatar.png if account else None

    async def send_message(self, key: str, text: str) -> None:
        """Send a message of a member to #mentorship."""
        await self._accounts[key].actor.send(self.mentorship, text)

    async def press_button(
        self, key: str, label: str, channel: DemoChannel = DIRECT_MESSAGES
    ) -> None:
        """Press a button as a member, on the newest message that has one with this label.

        `label` is in English, whatever the language of the demo.
        """
        with speaking(self.language):
            labels = {_(label), pgettext("button", label)}
        account = self._accounts[key]
        presser = account.user if channel is DIRECT_MESSAGES else account.actor
        handle = account.user.dm_channel if channel is DIRECT_MESSAGES else self._channels[channel]
        message, shown = next(
            (message, component.label)
            for message in reversed(handle.history())
            for component in walk_components(message.components)
            if isinstance(component, discord.Button) and component.label in labels
        )
        await presser.click(message, label=shown)

    # ------------------------------------------------------------------ one operation at a time

    async def exclusively(self, operation: Callable[[], Awaitable[T]]) -> T:
        """Run an operation that drives the simulation, after those that are running now."""
        async with self._lock:
            return await operation()

    def _serialize_page_actions(self, opened: _OpenChannel) -> None:
        """Make actions on the simulated Discord's page wait for their turn as well.

        The simulation refuses two operations at once, and its page can't recover from a refusal.
        Whatever happened during the wait doesn't make an action stale: as in Discord, the bot
        decides what is possible now. simcord has no public way for either, so this wraps
        `Preview._action`.
        """
        run_action = opened.preview._action

        async def run_in_turn(context_id: str | None, body: Any) -> Any:
            turn = asyncio.ensure_future(self._lock.acquire())
            closing = asyncio.ensure_future(opened.closing.wait())
            try:
                await asyncio.wait((turn, closing), return_when=asyncio.FIRST_COMPLETED)
                if not turn.done():
                    # The page is being closed by an operation that holds the lock and waits for
                    # this action to end.
                    raise SetupError("the page was closed")
                if isinstance(body, dict) and "published_revision" in body:
                    page = opened.preview._get_page(context_id)
                    body = body | {"published_revision": page.revision}
                return await run_action(context_id, body)
            finally:
                closing.cancel()
                if not turn.cancel():
                    self._lock.release()

        opened.preview._action = run_in_turn

    async def advance(self, seconds: float) -> None:
        """Move the simulated clock. Must be called within `exclusively`."""
        await self.env.advance_time(seconds)

    async def refresh(self) -> None:
        """Update the open page. Must be called within `exclusively`."""
        opened = self._current_open()
        if opened is not None:
            with contextlib.suppress(SetupError):  # its own menu may close it meanwhile
                await opened.preview.refresh()

    # ------------------------------------------------------------------ channels

    def _find(self, persona_key: str, channel_key: str) -> tuple[Persona, DemoChannel]:
        persona = self.personas.get(persona_key)
        if persona is None:
            raise ChannelNotFound("There is nobody of that name in this demo.")
        for channel in persona.channels:
            if channel.key == channel_key:
                return persona, channel
        raise ChannelNotFound(f"{persona.first_name} can't see that channel.")

    def _handle(self, persona: Persona, channel: DemoChannel) -> ChannelHandle:
        if channel is DIRECT_MESSAGES:
            return self._accounts[persona.key].user.dm_channel
        return self._channels[channel]

    async def open_channel(self, persona_key: str, channel_key: str) -> str:
        """Open a channel as a persona and return the address of its page.

        Only one channel is open at a time; the page of the previous one stops working. Raises
        `ChannelNotFound`.
        """
        persona, channel = self._find(persona_key, channel_key)
        return await self.exclusively(lambda: self._open_channel(persona, channel))

    async def _open_channel(self, persona: Persona, channel: DemoChannel) -> str:
        opened = self._current_open()
        if opened is None or (opened.persona, opened.channel) != (persona, channel):
            await self._close_channel()
            opened = self._open = await self._start_preview(persona, channel)
        self._mark_channel_read(persona, channel)
        await self.refresh()
        url: str = opened.preview.url
        return url

    async def _start_preview(self, persona: Persona, channel: DemoChannel) -> _OpenChannel:
        account = self._accounts[persona.key]
        for port in dict.fromkeys((self._preview_port, 0)):
            context = self.env.preview(
                self._handle(persona, channel),
                viewers=[account.user if channel is DIRECT_MESSAGES else account.actor],
                layout="channel",
                timezone=persona.zone,
                assets=self._avatar_assets(),
                port=port,
            )
            context._server = ChannelPageServer(
                context,
                port,
                room_url=self._room_url,
                person=persona.name,
                channel=channel.label,
                has_commands=channel is not DIRECT_MESSAGES,
            )
            try:
                preview = await context.__aenter__()
            except SetupError:
                if port == 0:
                    raise
                continue
            # Keep the port, so that the address of an open tab stays the same.
            self._preview_port = int(preview.url.rpartition(":")[2].partition("/")[0])
            opened = _OpenChannel(persona, channel, preview, context)
            self._serialize_page_actions(opened)
            return opened
        raise AssertionError("port 0, any free port, is always tried last")

    async def _close_channel(self) -> None:
        opened, self._open = self._open, None
        if opened is not None:
            opened.closing.set()
            await opened.context.__aexit__(None, None, None)

    async def close(self) -> None:
        """Close the page of the open channel."""
        await self.exclusively(self._close_channel)

    def _current_open(self) -> _OpenChannel | None:
        """Return the open channel, unless the visitor closed it from the page's own menu."""
        opened = self._open
        if opened is not None and self.env._preview is not opened.preview:
            opened = self._open = None
        return opened

    def open_channel_keys(self) -> tuple[str, str] | None:
        """Return the keys of the persona and the channel that are open."""
        opened = self._current_open()
        return (opened.persona.key, opened.channel.key) if opened else None

    def _avatar_assets(self) -> dict[str, tuple[str, bytes]]:
        """Return all avatars by the addresses at which the simulated Discord loads them.

        Next to messages it loads them from its own address, on cards from the real one.
        """
        bot = self.env.backend.bot_user
        owners = [(bot.id, self._bot_avatar)]
        owners += [(account.user.id, account.avatar) for account in self._accounts.values()]
        return {
            f"{base}/avatars/{user_id}/{avatar.digest}.png": (f"{user_id}.png", avatar.png)
            for user_id, avatar in owners
            for base in (CDN_BASE, discord.Asset.BASE)
        }

    # ------------------------------------------------------------------ messages

    def latest_message_id(self) -> int:
        """Return the id of the latest message, 0 if there is none."""
        return max(
            (max(messages) for messages in self.env.backend.messages.values() if messages),
            default=0,
        )

    def mark_read(self) -> None:
        """Mark the messages of the open channel as read."""
        opened = self._current_open()
        if opened is not None:
            self._mark_channel_read(opened.persona, opened.channel)

    def mark_everything_read(self) -> None:
        """Mark all messages so far as read by everybody."""
        self._last_read.clear()
        self._last_history_message = self.latest_message_id()

    def _mark_channel_read(self, persona: Persona, channel: DemoChannel) -> None:
        self._last_read[persona.key, channel.key] = self.latest_message_id()

    def count_unread(self, persona: Persona, channel: DemoChannel) -> int:
        """Count the messages of others in a channel since the persona last opened it."""
        last_read = self._last_read.get((persona.key, channel.key), self._last_history_message)
        return sum(1 for _ in self._messages_after(persona, channel, last_read))

    def messages_since(self, message_id: int) -> list[NewMessage]:
        """Return what personas received after a message, in order.

        A message that several personas can see is listed for the first of them only.
        """
        messages: dict[int, NewMessage] = {}
        for persona in self.personas.values():
            for channel in persona.channels:
                for message in self._messages_after(persona, channel, message_id):
                    if message.id not in messages:
                        messages[message.id] = NewMessage(
                            persona.key,
                            channel.key,
                            self.summarize(message, persona.zone),
                            datetime.fromisoformat(message.timestamp),
                        )
        return [messages[key] for key in sorted(messages)]

    def count_messages_to_others(self, since_id: int) -> int:
        """Count the direct messages to people who aren't personas after a message."""
        personas = {self._accounts[key].user.id for key in self.personas}
        return sum(
            1
            for user_id, channel_id in self.env.backend.dm_channels.items()
            if user_id not in personas
            for message_id in self.env.backend.messages.get(channel_id, {})
            if message_id > since_id
        )

    def _messages_after(
        self, persona: Persona, channel: DemoChannel, message_id: int
    ) -> Iterator[Any]:
        own_id = self._accounts[persona.key].user.id
        messages = self.env.backend.messages.get(self._handle(persona, channel).id, {})
        for message in messages.values():
            if message.id > message_id and message.author_id != own_id and not message.is_ephemeral:
                yield message

    def summarize(self, message: Any, zone: str) -> str:
        """Return the first line of a message as plain text, with times in `zone`."""
        texts = (message.content.strip(), *_iter_texts(message.components))
        text = next((text for text in texts if text), "")
        return self._strip_markup(text.partition("\n")[0].removeprefix("### "), zone)

    def _strip_markup(self, text: str, zone: str) -> str:
        def format_timestamp(match: re.Match[str]) -> str:
            instant = datetime.fromtimestamp(int(match[1]), tz=self.env.now().tzinfo)
            if match[2] == "R":
                return _relative_time((instant - self.env.now()).total_seconds())
            return describe_compact(instant, zone, READER)

        text = re.sub(r"<t:(-?\d+)(?::(\w))?>", format_timestamp, text)
        text = re.sub(r"<@!?(\d+)>", lambda m: self._names.get(int(m[1]), "someone"), text)
        text = re.sub(r"<[#@]&?\d+>", "", text)
        text = re.sub(r"(?<!\\)(\*\*|__|~~|`|\|\|)", "", text)
        text = re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", text)
        return text if len(text) <= 140 else text[:139].rstrip() + "…"

    # ------------------------------------------------------------------ clocks

    def clock_in(self, zone: str) -> dict[str, str]:
        """Return the simulated time and day in a time zone."""
        return self.format_clock(self.env.now(), zone)

    def format_clock(self, instant: datetime, zone: str) -> dict[str, str]:
        """Return the time and day of an instant in a time zone."""
        local = to_local(instant, zone)
        time = time_of_day(local.hour * 60 + local.minute, READER)
        return {
            # A line may not break before "PM".
            "time": time.replace(" ", "\N{NO-BREAK SPACE}"),
            "day": describe_day(instant, zone, READER),
        }


def _iter_texts(components: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Yield the texts of a message's components in reading order."""
    for component in components:
        if "content" in component:
            yield component["content"]
        yield from _iter_texts(component.get("components", ()))


def _relative_time(seconds: float) -> str:
    """Return a time span in words: "in 10 minutes", "2 hours ago"."""
    size = abs(seconds)
    for length, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if size >= length:
            count = round(size / length)
            words = f"{count} {unit}{'' if count == 1 else 's'}"
            return f"in {words}" if seconds > 0 else f"{words} ago"
    return "now"
