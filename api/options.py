"""Options of the API. `mentorbot.api_server` creates them from the settings."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Literal

from mentorship.calendars.options import CalendarOptions

Algorithm = Literal["HS256", "RS256", "ES256", "EdDSA"]

ALGORITHMS: tuple[Algorithm, ...] = ("HS256", "RS256", "ES256", "EdDSA")
"""The supported signature algorithms (RFC 7518, section 3.1; RFC 8037)."""


class ModeratorSource(StrEnum):
    """What makes a caller a moderator, besides the scope `moderator` in the token."""

    DISCORD = "discord"
    """The moderator role or the permission Manage Server in the Discord server."""

    TOKEN = "token"
    """Nothing else: the scope is enough."""


@dataclass(frozen=True, slots=True)
class TokenRules:
    """Which tokens are accepted. Keys that no allowed algorithm needs are ignored.

    `subject_claim` is the name of the claim with the Discord user id. `default_guild` is the guild
    of tokens without the claim `guild_id`; if it is None, such tokens are refused.
    """

    algorithms: tuple[Algorithm, ...] = ("HS256",)
    secret: str = field(default="", repr=False)
    public_key: Path | None = None
    jwks: Path | None = None
    issuer: str = "main-app"
    audience: str = "mentorbot"
    subject_claim: str = "sub"
    default_guild: int | None = None


@dataclass(frozen=True, slots=True)
class Options:
    """Options of `create_app`. Web pages of `origins` may call the API from a browser (CORS).

    Webhooks may be sent to private addresses and by `http` if `allow_private_addresses`.
    `meeting_providers` are those that can be chosen as a place to meet.
    `calendars` says which calendars people can use.
    `requests_per_minute` is for each member, `service_requests_per_minute` for each service with
    all of its members.
    """

    tokens: TokenRules
    moderators: ModeratorSource = ModeratorSource.DISCORD
    requests_per_minute: int = 300
    service_requests_per_minute: int = 6_000
    origins: tuple[str, ...] = ()
    allow_private_addresses: bool = False
    meeting_providers: tuple[str, ...] = ()
    calendars: CalendarOptions = field(default_factory=CalendarOptions)
