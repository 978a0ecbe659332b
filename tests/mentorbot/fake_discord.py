"""A Discord small enough to stand in for the real one in front of a whole process.

simcord lives in the bot's own process; what kills processes needs something outside. It lets any
bot in, takes its commands and messages, and can hand it an interaction. It honours nonces as
Discord documents it: the same one from the same bot gives back the message that there is.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum, auto
from typing import Any

from aiohttp import WSMsgType, web

BOT = {"id": "1", "username": "mentorbot", "discriminator": "0", "avatar": None, "bot": True}
DISPATCH, HEARTBEAT, IDENTIFY, HELLO, HEARTBEAT_ACK = 0, 1, 2, 10, 11


class Hold(StrEnum):
    """A point on a message's way."""

    OPENING = auto()
    BEFORE_IT_IS_TAKEN = auto()
    BEFORE_IT_IS_ANSWERED = auto()


@dataclass
class Message:
    """What the bot sent to a channel."""

    channel: int
    content: dict[str, Any]

    @property
    def nonce(self) -> str:
        return str(self.content["nonce"])


@dataclass
class Guild:
    """A server with the bot in it: its roles by id as (name, position, permissions), which of them
    the bot has, and its text channels by id with the permissions that they deny everybody."""

    name: str
    roles: dict[int, tuple[str, int, int]]
    mine: tuple[int, ...]
    channels: dict[int, int]


@dataclass
class DiscordStandin:
    """What the bot did, and what it is to meet."""

    refuses_tokens: bool = False
    holds: Hold | None = None
    """Where a request is held for ever, so that whoever sent it can be killed there."""
    held: asyncio.Event = field(default_factory=asyncio.Event)
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a message was taken and the answer has left."""
    on_message: Callable[[], object] = lambda: None
    """Called when a message was taken, before that is answered."""
    repeated: int = 0
    """How many messages came that were there already."""
    answers_slowly: float = 0
    """Seconds that taking the answer to an interaction takes."""
    commands: list[str] = field(default_factory=list)
    guilds: dict[int, Guild] = field(default_factory=dict)
    starts_left: int = 998
    messages: list[Message] = field(default_factory=list)
    answers: list[dict[str, Any]] = field(default_factory=list)
    connections: int = 0
    identified: asyncio.Event = field(default_factory=asyncio.Event)
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when an answer to an interaction begins to come in."""
    address: str = ""
    _by_nonce: dict[str, int] = field(default_factory=dict)
    _sockets: dict[web.WebSocketResponse, tuple[int, int]] = field(default_factory=dict)
    """Who listens, with the number of their shard and how many there are."""

    async def use_command(self, name: str, guild: int = 10, user: int = 20) -> None:
        """Somebody uses a slash command without options."""
        person = _person(user, "amy")
        await self._dispatch(
            "INTERACTION_CREATE",
            {
                "id": "500",
                "application_id": "1",
                "type": 2,
                "token": "of-the-interaction",
                "version": 1,
                "guild_id": str(guild),
                "guild": {"id": str(guild), "locale": "en-US", "features": []},
                "channel_id": "11",
                "channel": {
                    "id": "11",
                    "type": 0,
                    "name": "general",
                    "position": 0,
                    "permission_overwrites": [],
                    "permissions": "0",
                },
                "data": {"id": "600", "name": name, "type": 1},
                "member": {
                    "user": person,
                    "roles": [],
                    "joined_at": "2026-01-01T00:00:00+00:00",
                    "deaf": False,
                    "mute": False,
                    "permissions": "0",
                    "flags": 0,
                },
                "locale": "en-US",
                "guild_locale": "en-US",
                "app_permissions": "0",
                "entitlements": [],
                "authorizing_integration_owners": {"0": str(guild)},
                "context": 0,
                "attachment_size_limit": 10_000_000,
            },
        )

    async def write_to_bot(self, text: str, guild: int = 10, user: int = 20) -> None:
        """Somebody writes to the bot, by its name, in one of a server's channels."""
        person = _person(user, "amy")
        channel = next(iter(self.guilds[guild].channels))
        await self._dispatch(
            "MESSAGE_CREATE",
            message(7_000, str(channel))
            | {"guild_id": str(guild), "author": person, "content": f"<@1> {text}"},
        )

    async def _dispatch(self, event: str, data: dict[str, Any]) -> None:
        """Everybody on the server's shard hears of it, as with Discord."""
        for socket, shard in list(self._sockets.items()):
            if not socket.closed and _is_of(shard, int(data["guild_id"])):
                await self._tell(socket, event, data)

    async def _tell(self, socket: web.WebSocketResponse, event: str, data: dict[str, Any]) -> None:
        await socket.send_json({"op": DISPATCH, "t": event, "s": 2, "d": data})

    async def _gateway(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.connections += 1
        await socket.send_json({"op": HELLO, "d": {"heartbeat_interval": 30_000}})
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                continue
            said = json.loads(message.data)
            if said["op"] == HEARTBEAT:
                await socket.send_json({"op": HEARTBEAT_ACK})
            elif said["op"] == IDENTIFY:
                shard = tuple(said["d"].get("shard", (0, 1)))
                self._sockets[socket] = shard
                guilds = [each for each in self.guilds if _is_of(shard, each)]
                ready = {
                    "v": 10,
                    "user": BOT,
                    "guilds": [{"id": str(each), "unavailable": True} for each in guilds],
                    "session_id": "one",
                    "resume_gateway_url": self.address.replace("http", "ws") + "/gateway",
                    "application": {"id": "1", "flags": 0},
                    "shard": shard,
                }
                await socket.send_json({"op": DISPATCH, "t": "READY", "s": 1, "d": ready})
                self.identified.set()
                for here in guilds:
                    await self._tell(socket, "GUILD_CREATE", self._whole(here))
        return socket

    async def _me(self, request: web.Request) -> web.Response:
        if self.refuses_tokens:
            return _json({"message": "401: Unauthorized", "code": 0}, status=401)
        return _json(BOT)

    async def _application(self, request: web.Request) -> web.Response:
        application = {
            "id": "1",
            "name": "mentorbot",
            "description": "",
            "icon": None,
            "bot_public": True,
            "bot_require_code_grant": False,
            "verify_key": "0",
            "owner": BOT,
            "flags": 0,
        }
        return _json(application)

    async def _bot_gateway(self, request: web.Request) -> web.Response:
        limit = {
            "total": 1000,
            "remaining": self.starts_left,
            "reset_after": 1,
            "max_concurrency": 1,
        }
        url = self.address.replace("http", "ws") + "/gateway"
        return _json({"url": url, "shards": 1, "session_start_limit": limit})

    async def _commands(self, request: web.Request) -> web.Response:
        return _json(
            [
                {
                    "id": str(number),
                    "name": name,
                    "type": 1,
                    "application_id": "1",
                    "description": "",
                    "version": "1",
                }
                for number, name in enumerate(self.commands, 600)
            ]
        )

    async def _guild(self, request: web.Request) -> web.Response:
        here = int(request.match_info["guild"])
        if here not in self.guilds:
            return _json({"message": "Unknown Guild", "code": 10004}, status=404)
        return _json(self._shown(here))

    def _whole(self, here: int) -> dict[str, Any]:
        """A guild as the gateway brings it: with its channels, and the bot as its only member."""
        return self._shown(here) | {
            "unavailable": False,
            "large": False,
            "member_count": 1_000,
            "joined_at": "2026-01-01T00:00:00+00:00",
            "members": [self._self(here)],
            "channels": self._places(here),
            "threads": [],
            "presences": [],
            "voice_states": [],
            "stage_instances": [],
            "guild_scheduled_events": [],
        }

    def _shown(self, here: int) -> dict[str, Any]:
        guild = self.guilds[here]
        roles = [
            {
                "id": str(role),
                "name": name,
                "position": position,
                "permissions": str(permissions),
                "color": 0,
                "hoist": False,
                "managed": role in guild.mine,
                "mentionable": False,
                "flags": 0,
                "tags": {"bot_id": "1"} if role in guild.mine else {},
            }
            for role, (name, position, permissions) in guild.roles.items()
        ]
        return {
            "id": str(here),
            "name": guild.name,
            "owner_id": "99",
            "roles": roles,
            "emojis": [],
            "features": [],
            "verification_level": 0,
            "premium_tier": 0,
            "preferred_locale": "en-US",
            "nsfw_level": 0,
            "mfa_level": 0,
            "explicit_content_filter": 0,
            "default_message_notifications": 0,
        }

    async def _member(self, request: web.Request) -> web.Response:
        return _json(self._self(int(request.match_info["guild"])))

    def _self(self, here: int) -> dict[str, Any]:
        return {
            "user": BOT,
            "roles": [str(role) for role in self.guilds[here].mine],
            "joined_at": "2026-01-01T00:00:00+00:00",
            "deaf": False,
            "mute": False,
            "flags": 0,
        }

    async def _channels(self, request: web.Request) -> web.Response:
        return _json(self._places(int(request.match_info["guild"])))

    def _places(self, here: int) -> list[dict[str, Any]]:
        return [
            {
                "id": str(channel),
                "guild_id": str(here),
                "type": 0,
                "name": f"channel-{channel}",
                "position": 0,
                "permission_overwrites": [
                    {"id": str(here), "type": 0, "allow": "0", "deny": str(denied)}
                ],
            }
            for channel, denied in self.guilds[here].channels.items()
        ]

    async def _take_commands(self, request: web.Request) -> web.Response:
        given = await request.json()
        self.commands = [command["name"] for command in given]
        known = {"application_id": "1", "version": "1", "description": ""}
        return _json([{**known, **command, "id": str(600 + i)} for i, command in enumerate(given)])

    def forget_nonces(self) -> None:
        """As Discord does after some minutes."""
        self._by_nonce.clear()

    async def _point(self, where: Hold) -> None:
        if self.holds is where:
            self.held.set()
            await asyncio.Event().wait()

    async def _open_dm(self, request: web.Request) -> web.Response:
        user = (await request.json())["recipient_id"]
        await self._point(Hold.OPENING)
        person = _person(user, "somebody")
        return _json({"id": user, "type": 1, "recipients": [person]})

    async def _take_message(self, request: web.Request) -> web.Response:
        channel = request.match_info["channel"]
        content = await request.json()
        await self._point(Hold.BEFORE_IT_IS_TAKEN)
        nonce = str(content["nonce"]) if content.get("enforce_nonce") else None
        number = self._by_nonce.get(nonce) if nonce else None
        if number is None:
            self.messages.append(Message(int(channel), content))
            number = len(self.messages)
            if nonce:
                self._by_nonce[nonce] = number
        else:
            self.repeated += 1
        self.on_message()
        await self._point(Hold.BEFORE_IT_IS_ANSWERED)
        answer = _json(message(9_000 + number, channel))
        await answer.prepare(request)
        await answer.write_eof()
        self.answered.set()
        return answer

    async def _take_answer(self, request: web.Request) -> web.Response:
        answer = await request.json()
        self.asked.set()
        await asyncio.sleep(self.answers_slowly)
        self.answers.append(answer)
        interaction = {"id": request.match_info["interaction"], "type": 2}
        return _json({"interaction": interaction})

    async def _take_more(self, request: web.Request) -> web.Response:
        """What follows upon an answer, or takes the place of one that was put off."""
        self.answers.append(await request.json())
        return _json(message(8_000 + len(self.answers), "11"))

    def _app(self) -> web.Application:
        app = web.Application()
        app.add_routes(
            [
                web.get("/gateway", self._gateway),
                web.get("/api/users/@me", self._me),
                web.get("/api/oauth2/applications/@me", self._application),
                web.get("/api/gateway/bot", self._bot_gateway),
                web.get("/api/applications/1/commands", self._commands),
                web.get("/api/guilds/{guild}", self._guild),
                web.get("/api/guilds/{guild}/members/1", self._member),
                web.get("/api/guilds/{guild}/channels", self._channels),
                web.put("/api/applications/1/commands", self._take_commands),
                web.post("/api/users/@me/channels", self._open_dm),
                web.post("/api/channels/{channel}/messages", self._take_message),
                web.patch("/api/webhooks/1/{token}/messages/@original", self._take_more),
                web.post("/api/webhooks/1/{token}", self._take_more),
                web.post("/api/interactions/{interaction}/{token}/callback", self._take_answer),
            ]
        )
        return app


def _is_of(shard: tuple[int, ...], guild: int) -> bool:
    """https://docs.discord.com/developers/events/gateway#sharding-sharding-formula"""
    number, count = shard
    return (guild >> 22) % count == number


def _person(user: int | str, name: str) -> dict[str, Any]:
    return {"id": str(user), "username": name, "discriminator": "0", "avatar": None}


def message(number: int, channel: str) -> dict[str, Any]:
    """What Discord answers when the bot has sent something; the bot reads no more of it."""
    return {
        "id": str(number),
        "channel_id": channel,
        "author": BOT,
        "content": "",
        "timestamp": "2026-01-01T00:00:00+00:00",
        "edited_timestamp": None,
        "tts": False,
        "mention_everyone": False,
        "mentions": [],
        "mention_roles": [],
        "attachments": [],
        "embeds": [],
        "pinned": False,
        "type": 0,
    }


def _json(data: object, status: int = 200) -> web.Response:
    # Discord names no character set, and discord.py looks for that very type.
    body = json.dumps(data).encode()
    return web.Response(body=body, status=status, headers={"Content-Type": "application/json"})


@asynccontextmanager
async def discord_standin() -> AsyncIterator[DiscordStandin]:
    """A stand-in that listens at its `address`, on this machine alone."""
    standin = DiscordStandin()
    runner = web.AppRunner(standin._app(), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    standin.address = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield standin
    finally:
        await runner.cleanup()
