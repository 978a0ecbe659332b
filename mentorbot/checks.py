"""`mentorbot check`: what is wrong and what to do about it, in plain words, first things first.

Each thing looked at is one finding; what can't be looked at because of an earlier one is left out.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import IntEnum

from sqlalchemy import make_url

from bot.guilds import connection_check
from bot.guilds.permissions import Finding as Permission
from mentorbot.errors import CannotStart, ConnectionFailed, discords_errors
from mentorbot.maintenance import existing
from mentorbot.settings import Settings
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.operations import health, reconciliation
from storage import Database, StorageError, backups
from storage.migrations import head


class Verdict(IntEnum):
    """How it stands with something; also the exit code that it calls for."""

    OK = 0
    TRY_AGAIN = 1
    PUT_RIGHT = 2


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: what was found, and what to do where it isn't well."""

    verdict: Verdict
    about: str
    found: str
    remedy: str = ""


async def findings(settings: Settings) -> AsyncIterator[Finding]:
    """Look at everything; each finding comes as soon as it is made."""
    yield Finding(Verdict.OK, "configuration", "every setting is known and within its limits")
    known: list[GuildSettings] | None = None
    try:
        async with existing(settings) as database:
            async for finding in _of_data(settings, database):
                yield finding
            known = await database.read(health.settings_of_all)
    except (CannotStart, StorageError) as error:
        yield Finding(Verdict.PUT_RIGHT, "database", str(error))
    async for finding in _of_discord(settings, known):
        yield finding


async def _of_data(settings: Settings, database: Database) -> AsyncIterator[Finding]:
    url = make_url(settings.database.url.get_secret_value())
    shown = url.render_as_string(hide_password=True)
    file = backups.sqlite_path(settings.database.url.get_secret_value())
    if file is not None:
        try:
            await asyncio.to_thread(backups.check_integrity, file)
        except StorageError as error:
            yield Finding(
                Verdict.PUT_RIGHT,
                "database",
                str(error),
                "Stop the bot, and put the latest copy back with `mentorbot restore`.",
            )
            return
    yield Finding(Verdict.OK, "database", f"{shown} is sound, at version {head()}")

    kept = await database.read(reconciliation.check)
    for wrong in kept.faults:
        yield Finding(
            Verdict.PUT_RIGHT,
            "books",
            wrong,
            "Somebody or something wrote past the program. Compare with your latest copy.",
        )
    if not kept.faults:
        yield Finding(
            Verdict.OK,
            "books",
            f"{kept.accounts:,} accounts are what their {kept.transfers:,} transfers come to; all "
            "sums are zero",
        )

    late = await database.read(health.overdue)
    if late.since is not None:
        yield Finding(
            Verdict.PUT_RIGHT,
            "jobs",
            f"{late.notices} notices and {late.sessions} sessions are overdue, the first since "
            f"{late.since:%Y-%m-%d %H:%M} UTC",
            "Is `mentorbot run` running? Its log says what keeps it.",
        )
    else:
        yield Finding(Verdict.OK, "jobs", "no notice or session is overdue")

    lost = await database.read(health.given_up)
    for given_up in lost:
        yield Finding(
            Verdict.PUT_RIGHT,
            "notices",
            f"{given_up.count} of kind {given_up.kind} in server {given_up.guild_id} were given up "
            f"in the last {health.LATELY.days} days: {given_up.problem or 'no reason is known'}",
            "Closed direct messages: have the server choose a notices channel with /setup. "
            "Anything else: see the permissions below.",
        )
    if not lost:
        yield Finding(
            Verdict.OK, "notices", f"none was given up in the last {health.LATELY.days} days"
        )


async def _of_discord(
    settings: Settings, known: list[GuildSettings] | None
) -> AsyncIterator[Finding]:
    token = settings.discord.token.get_secret_value()
    if not token:
        yield Finding(
            Verdict.PUT_RIGHT,
            "token",
            "there is no Discord token",
            "Set MENTORBOT_DISCORD__TOKEN, or token in [discord] of config.toml.",
        )
        return
    try:
        with discords_errors():
            async with connection_check.asking(token) as client:
                application = await connection_check.application(client)
                yield Finding(Verdict.OK, "token", f"Discord knows the bot as {application.name}")
                for finding in _of_application(application):
                    yield finding
                for settings_of_one in known or ():
                    place = await connection_check.place(client, settings_of_one)
                    for finding in _of_place(place, settings_of_one):
                        yield finding
    except CannotStart as error:
        yield Finding(
            Verdict.PUT_RIGHT,
            "token",
            str(error),
            "Copy it anew: Discord's developer portal, your application, Bot, Reset Token.",
        )
    except ConnectionFailed as error:
        yield Finding(
            Verdict.TRY_AGAIN,
            "token",
            str(error),
            "Is this machine online? https://discordstatus.com tells of outages.",
        )


def _of_application(application: connection_check.Application) -> list[Finding]:
    left = f"{application.starts_left} of {application.starts} starts are left today"
    found = [
        Finding(
            Verdict.OK,
            "gateway",
            f"it lets the bot in; {left}; no privileged intent is asked for, so none need be on",
        )
        if application.starts_left
        else Finding(
            Verdict.TRY_AGAIN, "gateway", left, "Something restarts the bot again and again."
        )
    ]
    if application.missing:
        found.append(
            Finding(
                Verdict.PUT_RIGHT,
                "commands",
                f"Discord doesn't have {', '.join(application.missing)}",
                "Run `mentorbot sync`, or start the bot, which does the same.",
            )
        )
    else:
        found.append(Finding(Verdict.OK, "commands", "Discord has all of them"))
    return found


def _of_place(place: connection_check.Place, settings: GuildSettings) -> list[Finding]:
    if place.name is None:
        return [
            Finding(
                Verdict.PUT_RIGHT,
                f"server {place.guild_id}",
                "the bot is in the data of this server, but not in it",
                "Invite it again, or start the bot once: it notes that it was removed, and the "
                "data go 30 days later.",
            )
        ]
    about = f"server {place.name}"
    found = [
        Finding(
            Verdict.PUT_RIGHT,
            about,
            f"{_in_words(each)} lacks {', '.join(each.lacks)}",
            _without_markup(each.remedy),
        )
        for each in place.findings
        if each.lacks
    ]
    if settings.review_channel_id is None:
        found.append(
            Finding(
                Verdict.PUT_RIGHT,
                about,
                "has no review channel, so nobody can apply to be a mentor",
                "Someone with Manage Server chooses one with /setup.",
            )
        )
    return found or [Finding(Verdict.OK, about, "the bot may do all that it has to")]


def _in_words(permission: Permission) -> str:
    return f"“{permission.need.feature}” ({_without_markup(permission.place)})"


def _without_markup(text: str) -> str:
    """Discord's markup as a terminal can show it: `<#7>` is channel 7, `<@&7>` role 7."""
    text = re.sub(r"<#(\d+)>", r"channel \1", text)
    return re.sub(r"<@&(\d+)>", r"role \1", text).replace("**", "")
