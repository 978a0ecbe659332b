"""A minimal fake Discord server, for tests that run the bot as a separate process.

simcord runs in the bot's own process, so it can't be used by tests that kill the process. This
server accepts any bot, its commands and its messages, and can send it interactions. It handles
nonces as Discord documents them: a repeated nonce returns the existing message.
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
DISPATCH, HEARTBEAT, IDENTIFY, RESUME, INVALID_SESSION, HELLO, HEARTBEAT_ACK = 0, 1, 2, 6, 9, 10, 11


class Hold(StrEnum):
    """A point in handling a message at which a request can be held."""

    OPENING_DM = auto()
    BEFORE_ACCEPTING = auto()
    BEFORE_RESPONDING = auto()


class EditHold(StrEnum):
    """A point in handling the edit of a message at which a request can be held."""

    BEFORE_EDITING = auto()
    BEFORE_RESPONDING_TO_EDIT = auto()


@dataclass
class Message:
    """A message that the bot sent to a channel."""

    channel: int
    content: dict[str, Any]

    @property
    def nonce(self) -> str:
        return str(self.content["nonce"])


@dataclass
class Guild:
    """A server that the bot is in.

    `roles` are (name, position, permissions) by id, `bot_roles` the ids of those that the bot has.
    `channels` are the permissions that a text channel denies everybody, by id.
    """

    name: str
    roles: dict[int, tuple[str, int, int]]
    bot_roles: tuple[int, ...]
    channels: dict[int, int]


@dataclass
class FakeDiscord:
    """The server: how it should behave, and what the bot has done."""

    refuses_tokens: bool = False
    refuses_connections: bool = False
    """Whether the gateway is down."""
    hold: Hold | EditHold | None = None
    """Where a request is held for ever, so that its sender can be killed there."""
    held: asyncio.Event = field(default_factory=asyncio.Event)
    responded: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a message was accepted and the response has been sent."""
    on_message: Callable[[], object] = lambda: None
    """Called when a message was accepted, before the response."""
    repeated: int = 0
    """How many messages were sent with a nonce that was used before."""
    interaction_delay: float = 0
    """Seconds before the response to an interaction is accepted."""
    commands: list[str] = field(default_factory=list)
    guilds: dict[int, Guild] = field(default_factory=dict)
    starts_left: int = 998
    refuses_messages: bool = False
    """Whether an outage keeps all messages from being sent."""
    closes_dms: bool = False
    """Whether all people have closed their direct messages."""
    messages: list[Message] = field(default_factory=list)
    edits: list[Message] = field(default_factory=list)
    """The edits of messages, in order."""
    answers: list[dict[str, Any]] = field(default_factory=list)
    connections: int = 0
    identified: asyncio.Event = field(default_factory=asyncio.Event)
    answering: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the bot starts to answer an interaction."""
    address: str = ""
    _by_nonce: dict[str, int] = field(default_factory=dict)
    _interactions: int = 0
    _acknowledged: set[str] = field(default_factory=set)
    """The ids of interactions that have a response."""
    _sockets: dict[web.WebSocketResponse, tuple[int, int]] = field(default_factory=dict)
    """Connected clients, with the number of their shard and the total."""

    async def use_command(self, name: str, guild: int = 10, user: int = 20) -> None:
        """Send the bot a slash command without options, such as `help` or `mentor pause`."""
        person = _user_json(user, "amy")
        self._interactions += 1
        name, *subcommands = name.split()
        options = [{"name": subcommand, "type": 1} for subcommand in subcommands]
        await self._dispatch(
            "INTERACTION_CREATE",
            {
                "id": str(500 + self._interactions),
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
                "data": {"id": "600", "name": name, "type": 1, "options": options},
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
        """Send a message that mentions the bot to a channel of a server."""
        person = _user_json(user, "amy")
        channel = next(iter(self.guilds[guild].channels))
        await self._dispatch(
            "MESSAGE_CREATE",
            message_json(7_000, str(channel))
            | {"guild_id": str(guild), "author": person, "content": f"<@1> {text}"},
        )

    async def _dispatch(self, event: str, data: dict[str, Any]) -> None:
        """Send an event to all clients on the server's shard, like Discord."""
        for socket, shard in list(self._sockets.items()):
            if not socket.closed and _is_on_shard(shard, int(data["guild_id"])):
                await self._send(socket, event, data)

    async def _send(self, socket: web.WebSocketResponse, event: str, data: dict[str, Any]) -> None:
        await socket.send_json({"op": DISPATCH, "t": event, "s": 2, "d": data})

    async def disconnect(self) -> None:
        """End all connections to the gateway, and refuse new ones."""
        self.refuses_connections = True
        for socket in self._sockets:
            await socket.close()

    async def _gateway(self, request: web.Request) -> web.WebSocketResponse:
        if self.refuses_connections:
            raise web.HTTPServiceUnavailable
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.connections += 1
        await socket.send_json({"op": HELLO, "d": {"heartbeat_interval": 30_000}})
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                continue
            payload = json.loads(message.data)
            if payload["op"] == HEARTBEAT:
                await socket.send_json({"op": HEARTBEAT_ACK})
            elif payload["op"] == RESUME:
                # It has kept no events, so the client has to identify again.
                await socket.send_json({"op": INVALID_SESSION, "d": False})
            elif payload["op"] == IDENTIFY:
                shard = tuple(payload["d"].get("shard", (0, 1)))
                self._sockets[socket] = shard
                guilds = [guild for guild in self.guilds if _is_on_shard(shard, guild)]
                ready = {
                    "v": 10,
                    "user": BOT,
                    "guilds": [{"id": str(guild), "unavailable": True} for guild in guilds],
                    "session_id": "one",
                    "resume_gateway_url": self.address.replace("http", "ws") + "/gateway",
                    "application": {"id": "1", "flags": 0},
                    "shard": shard,
                }
                await socket.send_json({"op": DISPATCH, "t": "READY", "s": 1, "d": ready})
                self.identified.set()
                for guild_id in guilds:
                    await self._send(socket, "GUILD_CREATE", self._guild_create_json(guild_id))
        return socket

    async def _me(self, request: web.Request) -> web.Response:
        if self.refuses_tokens:
            return _json_response({"message": "401: Unauthorized", "code": 0}, status=401)
        return _json_response(BOT)

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
        return _json_response(application)

    async def _bot_gateway(self, request: web.Request) -> web.Response:
        limit = {
            "total": 1000,
            "remaining": self.starts_left,
            "reset_after": 1,
            "max_concurrency": 1,
        }
        url = self.address.replace("http", "ws") + "/gateway"
        return _json_response({"url": url, "shards": 1, "session_start_limit": limit})

    async def _commands(self, request: web.Request) -> web.Response:
        return _json_response(
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

    async def _get_guild(self, request: web.Request) -> web.Response:
        guild_id = int(request.match_info["guild"])
        if guild_id not in self.guilds:
            return _json_response({"message": "Unknown Guild", "code": 10004}, status=404)
        return _json_response(self._guild_json(guild_id))

    def _guild_create_json(self, guild_id: int) -> dict[str, Any]:
        """Return a guild as the gateway sends it, with its channels and the bot as only member."""
        return self._guild_json(guild_id) | {
            "unavailable": False,
            "large": False,
            "member_count": 1_000,
            "joined_at": "2026-01-01T00:00:00+00:00",
            "members": [self._bot_member_json(guild_id)],
            "channels": self._channels_json(guild_id),
            "threads": [],
            "presences": [],
            "voice_states": [],
            "stage_instances": [],
            "guild_scheduled_events": [],
        }

    def _guild_json(self, guild_id: int) -> dict[str, Any]:
        guild = self.guilds[guild_id]
        roles = [
            {
                "id": str(role),
                "name": name,
                "position": position,
                "permissions": str(permissions),
                "color": 0,
                "hoist": False,
                "managed": role in guild.bot_roles,
                "mentionable": False,
                "flags": 0,
                "tags": {"bot_id": "1"} if role in guild.bot_roles else {},
            }
            for role, (name, position, permissions) in guild.roles.items()
        ]
        return {
            "id": str(guild_id),
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
        """Return the bot or anybody else as a member: nobody has left."""
        member = self._bot_member_json(int(request.match_info["guild"]))
        user = request.match_info["user"]
        if user != BOT["id"]:
            member |= {"user": _user_json(user, "somebody"), "roles": []}
        return _json_response(member)

    def _bot_member_json(self, guild_id: int) -> dict[str, Any]:
        return {
            "user": BOT,
            "roles": [str(role) for role in self.guilds[guild_id].bot_roles],
            "joined_at": "2026-01-01T00:00:00+00:00",
            "deaf": False,
            "mute": False,
            "flags": 0,
        }

    async def _channels(self, request: web.Request) -> web.Response:
        return _json_response(self._channels_json(int(request.match_info["guild"])))

    def _channels_json(self, guild_id: int) -> list[dict[str, Any]]:
        return [
            {
                "id": str(channel),
                "guild_id": str(guild_id),
                "type": 0,
                "name": f"channel-{channel}",
                "position": 0,
                "permission_overwrites": [
                    {"id": str(guild_id), "type": 0, "allow": "0", "deny": str(denied)}
                ],
            }
            for channel, denied in self.guilds[guild_id].channels.items()
        ]

    async def _register_commands(self, request: web.Request) -> web.Response:
        commands = await request.json()
        self.commands = [command["name"] for command in commands]
        defaults = {"application_id": "1", "version": "1", "description": ""}
        return _json_response(
            [{**defaults, **command, "id": str(600 + i)} for i, command in enumerate(commands)]
        )

    def forget_nonces(self) -> None:
        """Forget all nonces, as Discord does after some minutes."""
        self._by_nonce.clear()

    async def _hold_at(self, point: Hold | EditHold) -> None:
        if self.hold is point:
            self.held.set()
            await asyncio.Event().wait()

    async def _open_dm(self, request: web.Request) -> web.Response:
        user = (await request.json())["recipient_id"]
        await self._hold_at(Hold.OPENING_DM)
        person = _user_json(user, "somebody")
        return _json_response({"id": user, "type": 1, "recipients": [person]})

    async def _create_message(self, request: web.Request) -> web.Response:
        channel = request.match_info["channel"]
        content = await request.json()
        await self._hold_at(Hold.BEFORE_ACCEPTING)
        if self.refuses_messages:
            return _json_response({"code": 0, "message": "503: Service Unavailable"}, status=503)
        if self.closes_dms and not self._is_in_guild(int(channel)):
            refusal = {"code": 50007, "message": "Cannot send messages to this user"}
            return _json_response(refusal, status=403)
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
        await self._hold_at(Hold.BEFORE_RESPONDING)
        answer = _json_response(message_json(9_000 + number, channel))
        await answer.prepare(request)
        await answer.write_eof()
        self.responded.set()
        return answer

    async def _edit_message(self, request: web.Request) -> web.Response:
        channel, message = (request.match_info[name] for name in ("channel", "message"))
        await self._hold_at(EditHold.BEFORE_EDITING)
        self.edits.append(Message(int(channel), await request.json()))
        await self._hold_at(EditHold.BEFORE_RESPONDING_TO_EDIT)
        return _json_response(message_json(int(message), channel))

    def _is_in_guild(self, channel: int) -> bool:
        return any(channel in guild.channels for guild in self.guilds.values())

    async def _interaction_callback(self, request: web.Request) -> web.Response:
        answer = await request.json()
        self.answering.set()
        await asyncio.sleep(self.interaction_delay)
        interaction = {"id": request.match_info["interaction"], "type": 2}
        if interaction["id"] in self._acknowledged:
            refusal = {"code": 40060, "message": "Interaction has already been acknowledged."}
            return _json_response(refusal, status=400)
        self._acknowledged.add(str(interaction["id"]))
        self.answers.append(answer)
        return _json_response({"interaction": interaction})

    async def _interaction_webhook(self, request: web.Request) -> web.Response:
        """Accept a follow-up, or the answer to a deferred interaction."""
        self.answers.append(await request.json())
        return _json_response(message_json(8_000 + len(self.answers), "11"))

    def _app(self) -> web.Application:
        app = web.Application()
        app.add_routes(
            [
                web.get("/gateway", self._gateway),
                web.get("/api/users/@me", self._me),
                web.get("/api/oauth2/applications/@me", self._application),
                web.get("/api/gateway/bot", self._bot_gateway),
                web.get("/api/applications/1/commands", self._commands),
                web.get("/api/guilds/{guild}", self._get_guild),
                web.get("/api/guilds/{guild}/members/{user}", self._member),
                web.get("/api/guilds/{guild}/channels", self._channels),
                web.put("/api/applications/1/commands", self._register_commands),
                web.post("/api/users/@me/channels", self._open_dm),
                web.post("/api/channels/{channel}/messages", self._create_message),
                web.patch("/api/channels/{channel}/messages/{message}", self._edit_message),
                web.patch("/api/webhooks/1/{token}/messages/@original", self._interaction_webhook),
                web.post("/api/webhooks/1/{token}", self._interaction_webhook),
                web.post(
                    "/api/interactions/{interaction}/{token}/callback", self._interaction_callback
                ),
            ]
        )
        return app


def _is_on_shard(shard: tuple[int, ...], guild: int) -> bool:
    """https://docs.discord.com/developers/events/gateway#sharding-sharding-formula"""
    number, count = shard
    return (guild >> 22) % count == number


def _user_json(user: int | str, name: str) -> dict[str, Any]:
    return {"id": str(user), "username": name, "discriminator": "0", "avatar": None}


def message_json(number: int, channel: str) -> dict[str, Any]:
    """Return Discord's response to a message that the bot sent."""
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


def _json_response(data: object, status: int = 200) -> web.Response:
    # Without a charset, like Discord: discord.py compares the whole content type.
    body = json.dumps(data).encode()
    return web.Response(body=body, status=status, headers={"Content-Type": "application/json"})


@asynccontextmanager
async def fake_discord() -> AsyncIterator[FakeDiscord]:
    """Run a fake Discord on localhost; its URL is `address`."""
    discord = FakeDiscord()
    runner = web.AppRunner(discord._app(), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    discord.address = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield discord
    finally:
        await runner.cleanup()
