"""`mentorbot check`: verifies the configuration, the database and the bot's access to Discord.

Each check yields one finding. Checks that depend on one that failed are skipped.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import IntEnum

from sqlalchemy import make_url

from bot.guilds import connection_check
from bot.guilds.permissions import RequirementCheck as Permission
from integrations.egress import Egress
from integrations.meetings import requests
from integrations.meetings.provider import MeetingFailed
from mentorbot import meeting_providers
from mentorbot.commands.common import may_end_by_itself
from mentorbot.database import open_existing
from mentorbot.errors import CannotStart, ConnectionFailed, translate_discord_errors
from mentorbot.settings import Settings
from mentorship import faults
from mentorship.calendars import calendar_health
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.meetings import meeting_health
from mentorship.meetings.problems import MeetingProblem
from mentorship.operations import backup_log, health, reconciliation
from mentorship.webhooks import webhook_health
from storage import Database, StorageError, engines
from storage.migrations import head
from storage.operations import backups
from wording.administration import ledger_faults
from wording.integrations import meetings
from wording.reader import ENGLISH


class CheckStatus(IntEnum):
    """The result of a check; the value is the exit code that it calls for."""

    OK = 0
    RETRY = 1
    ACTION_NEEDED = 2


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check: what was checked, what was found, and how to fix it."""

    status: CheckStatus
    subject: str
    message: str
    remedy: str = ""


async def run_checks(settings: Settings) -> AsyncIterator[Finding]:
    """Run all checks, and yield each finding as soon as it is known."""
    yield Finding(CheckStatus.OK, "configuration", "all settings are valid")
    if settings.calendars.public_url:
        yield _check_calendar_feeds(settings)
    guilds: list[GuildSettings] | None = None
    try:
        async with open_existing(settings) as database:
            async for finding in _check_data(settings, database):
                yield finding
            guilds = await database.read(health.list_guild_settings)
    except (CannotStart, StorageError) as error:
        status = CheckStatus.RETRY if may_end_by_itself(error) else CheckStatus.ACTION_NEEDED
        yield Finding(status, "database", str(error))
    async for finding in _check_meeting_providers(settings):
        yield finding
    async for finding in _check_discord(settings, guilds):
        yield finding


def _check_calendar_feeds(settings: Settings) -> Finding:
    """Check what feeds need besides their public address."""
    subject, address = "calendar feeds", settings.calendars.public_url
    problem = None
    if not settings.api.enabled:
        problem = (
            "public_url in [calendars] is set, but the API that serves feeds isn't enabled",
            "Set enabled = true in [api].",
        )
    elif not settings.encryption.cipher.is_available:
        problem = (
            "there is no encryption key for the addresses of feeds",
            "Set MENTORBOT_ENCRYPTION__KEYS to what `mentorbot encryption-key` prints.",
        )
    elif not address.startswith("https://"):
        problem = (
            f"{address} isn't encrypted, so others on the network can read people's feeds",
            "Put a web server with TLS in front of the API, and set public_url to its address.",
        )
    if problem is not None:
        return Finding(CheckStatus.ACTION_NEEDED, subject, *problem)
    return Finding(CheckStatus.OK, subject, f"their addresses begin with {address}/calendar/")


async def _check_meeting_providers(settings: Settings) -> AsyncIterator[Finding]:
    """Try the credentials of the configured meeting providers."""
    async with Egress(timeout_s=requests.TIMEOUT_S) as egress:
        for name, provider in meeting_providers.create(settings, egress).items():
            try:
                await provider.check()
            except MeetingFailed as error:
                is_temporary = error.problem in (
                    MeetingProblem.UNAVAILABLE,
                    MeetingProblem.RATE_LIMITED,
                )
                yield Finding(
                    CheckStatus.RETRY if is_temporary else CheckStatus.ACTION_NEEDED,
                    "meetings",
                    meetings.problem(name, error.problem),
                    f"Compare [{name}] of the configuration with your account. docs/running.md "
                    "says what the bot needs there.",
                )
            else:
                yield Finding(
                    CheckStatus.OK, "meetings", f"{meetings.provider_name(name)} can be used"
                )


async def _check_meetings(database: Database) -> AsyncIterator[Finding]:
    """Check that meeting providers create, change and remove meetings."""
    for failing in await database.read(meeting_health.list_failing):
        yield Finding(
            CheckStatus.ACTION_NEEDED,
            "meetings",
            f"{meetings.problem(failing.provider, failing.problem)}, since "
            f"{failing.since:%Y-%m-%d %H:%M} UTC; {failing.meetings:,} meetings wait",
            "People meet elsewhere if it still fails 15 minutes before the start.",
        )


async def _check_data(settings: Settings, database: Database) -> AsyncIterator[Finding]:
    url = make_url(settings.database.url.get_secret_value())
    shown = url.render_as_string(hide_password=True)
    file = engines.sqlite_path(settings.database.url.get_secret_value())
    if file is not None:
        try:
            await asyncio.to_thread(backups.check_integrity, file)
        except StorageError as error:
            yield Finding(
                CheckStatus.ACTION_NEEDED,
                "database",
                str(error),
                "Stop the bot and restore the latest backup with `mentorbot restore`.",
            )
            return
    yield Finding(CheckStatus.OK, "database", f"{shown} is intact, at version {head()}")

    ledger = await database.read(reconciliation.check)
    for fault in ledger.faults:
        yield Finding(
            CheckStatus.ACTION_NEEDED,
            "points ledger",
            ledger_faults.sentence(fault, ENGLISH),
            "Something other than mentorbot has written to the database. Compare it with your "
            "latest backup.",
        )
    if not ledger.faults:
        yield Finding(
            CheckStatus.OK,
            "points ledger",
            f"the balances of {ledger.accounts:,} accounts match their {ledger.transfers:,} "
            "transfers, and all sums are zero",
        )

    for fault in await database.read(reconciliation.check_ratings):
        yield Finding(
            CheckStatus.ACTION_NEEDED,
            "ratings",
            ledger_faults.sentence(fault, ENGLISH),
            "Something other than mentorbot has written to the database. Compare it with your "
            "latest backup.",
        )

    for fault in await database.read(reconciliation.check_seats):
        yield Finding(
            CheckStatus.ACTION_NEEDED,
            "group sessions",
            ledger_faults.sentence(fault, ENGLISH),
            "Something other than mentorbot has written to the database. Compare it with your "
            "latest backup.",
        )

    for fault in await database.read(reconciliation.check_tips):
        yield Finding(
            CheckStatus.ACTION_NEEDED,
            "tips",
            ledger_faults.sentence(fault, ENGLISH),
            "Something other than mentorbot has written to the database. Compare it with your "
            "latest backup.",
        )

    overdue = await database.read(health.load_overdue)
    if overdue.since is not None:
        yield Finding(
            CheckStatus.ACTION_NEEDED,
            "jobs",
            f"overdue since {overdue.since:%Y-%m-%d %H:%M} UTC: "
            f"notifications {overdue.notifications:,}, sessions {overdue.sessions:,}",
            "Is `mentorbot run` running? If so, its log says what is wrong.",
        )
    else:
        yield Finding(CheckStatus.OK, "jobs", "no notification or session is overdue")

    recent = await database.read(faults.list_recent)
    for row in recent:
        yield Finding(
            CheckStatus.ACTION_NEEDED,
            "faults",
            f"row {row.row_id} of {row.table} can't be processed: {row.error}, "
            f"{row.count:,} times since {row.first_at:%Y-%m-%d %H:%M} UTC",
            f"Search the log for {row.reference}. If a newer version of mentorbot has written "
            "the row, run that version.",
        )
    if not recent:
        yield Finding(
            CheckStatus.OK, "faults", f"no row has failed in the last {faults.RECENT.days} days"
        )
    by_kind = await database.read(faults.count_recent)
    if sum(by_kind.values()) > len(recent):
        counts = ", ".join(f"{kind} {count:,}" for kind, count in sorted(by_kind.items()))
        yield Finding(
            CheckStatus.ACTION_NEEDED, "faults", f"not all are listed; in total: {counts}"
        )

    failures = await database.read(health.list_undelivered)
    for failure in failures:
        yield Finding(
            CheckStatus.ACTION_NEEDED,
            "notifications",
            f"{failure.count:,} of kind {failure.kind} in server {failure.guild_id} couldn't be "
            f"delivered in the last {health.UNDELIVERED_WINDOW.days} days: "
            f"{failure.problem or 'reason unknown'}",
            "If direct messages are closed, have the server choose a notices channel with /setup. "
            "Otherwise, check the permissions below.",
        )
    if not failures:
        yield Finding(
            CheckStatus.OK,
            "notifications",
            f"all were delivered in the last {health.UNDELIVERED_WINDOW.days} days",
        )

    async for finding in _check_webhooks(database):
        yield finding
    yield await _check_calendars(database)
    async for finding in _check_meetings(database):
        yield finding

    backed_up_at = await database.read(backup_log.last_completed)
    if backed_up_at is None:
        yield Finding(
            CheckStatus.OK,
            "backups",
            "`mentorbot backup` has made none of this database",
            "Unless you back it up in another way, run it every night. docs/running.md says how.",
        )
    else:
        yield Finding(
            CheckStatus.OK,
            "backups",
            f"the newest is of {backed_up_at:%Y-%m-%d %H:%M} UTC, and was verified",
        )


async def _check_calendars(database: Database) -> Finding:
    """Check that members' own calendars can be read, and are."""
    health = await database.read(calendar_health.load)
    if health.has_calendars and not database.cipher.is_available:
        return Finding(
            CheckStatus.ACTION_NEEDED,
            "calendars",
            "members have added calendars, but there is no encryption key to read their addresses",
            "Set MENTORBOT_ENCRYPTION__KEYS to the key that was there when they were added.",
        )
    if health.overdue_since is not None:
        return Finding(
            CheckStatus.ACTION_NEEDED,
            "calendars",
            f"one should have been read at {health.overdue_since:%Y-%m-%d %H:%M} UTC",
            "Is the bot, or a worker, running? If so, its log says what is wrong.",
        )
    state = "all are read in time" if health.has_calendars else "nobody has added one"
    return Finding(CheckStatus.OK, "calendars", state)


async def _check_webhooks(database: Database) -> AsyncIterator[Finding]:
    """Check that webhooks are sent, and that their receivers take them."""
    troubled = await database.read(webhook_health.list_troubled)
    for endpoint in troubled:
        where = "all servers" if endpoint.guild_id is None else f"server {endpoint.guild_id}"
        state = (
            f"disabled since {endpoint.disabled_at:%Y-%m-%d %H:%M} UTC: {endpoint.disabled_reason}"
            if endpoint.disabled_at is not None
            else f"failing since {endpoint.failing_since:%Y-%m-%d %H:%M} UTC"
        )
        yield Finding(
            CheckStatus.ACTION_NEEDED,
            "webhooks",
            f"endpoint {endpoint.id} of {where} ({endpoint.host}) is {state}",
            "Its deliveries in the REST API say why. Once the receiver works, enable the endpoint "
            "and replay what it missed.",
        )
    overdue_since = await database.read(webhook_health.overdue_since)
    if overdue_since is not None:
        yield Finding(
            CheckStatus.ACTION_NEEDED,
            "webhooks",
            f"deliveries have been overdue since {overdue_since:%Y-%m-%d %H:%M} UTC",
            "Is a process that serves the API running? If so, its log says what is wrong.",
        )
    if not troubled and overdue_since is None:
        yield Finding(CheckStatus.OK, "webhooks", "no endpoint fails, and nothing is overdue")


async def _check_discord(
    settings: Settings, guilds: list[GuildSettings] | None
) -> AsyncIterator[Finding]:
    token = settings.discord.token.get_secret_value()
    if not token:
        yield Finding(
            CheckStatus.ACTION_NEEDED,
            "token",
            "there is no Discord token",
            "Set MENTORBOT_DISCORD__TOKEN, or token in [discord] of config.toml.",
        )
        return
    try:
        with translate_discord_errors():
            async with connection_check.logged_in_client(token) as client:
                application = await connection_check.load_application(client)
                yield Finding(
                    CheckStatus.OK, "token", f"valid; the bot's name is {application.name}"
                )
                for finding in _check_application(application):
                    yield finding
                for guild_settings in guilds or ():
                    place = await connection_check.check_guild(client, guild_settings)
                    for finding in _check_guild(place, guild_settings):
                        yield finding
    except CannotStart as error:
        yield Finding(
            CheckStatus.ACTION_NEEDED,
            "token",
            str(error),
            "Get a new token in Discord's developer portal: your application, Bot, Reset Token.",
        )
    except ConnectionFailed as error:
        yield Finding(
            CheckStatus.RETRY,
            "token",
            str(error),
            "Is this machine online? https://discordstatus.com lists outages.",
        )


def _check_application(application: connection_check.ApplicationInfo) -> list[Finding]:
    quota = f"{application.starts_left} of {application.starts} starts are left today"
    findings = [
        Finding(
            CheckStatus.OK,
            "gateway",
            f"the bot can connect; {quota}; no privileged intents are needed",
        )
        if application.starts_left
        else Finding(
            CheckStatus.RETRY, "gateway", quota, "Something keeps restarting the bot. See its log."
        )
    ]
    if application.missing:
        findings.append(
            Finding(
                CheckStatus.ACTION_NEEDED,
                "commands",
                f"not registered with Discord: {', '.join(application.missing)}",
                "Run `mentorbot sync`, or start the bot, which does the same.",
            )
        )
    else:
        findings.append(Finding(CheckStatus.OK, "commands", "all are registered with Discord"))
    return findings


def _check_guild(place: connection_check.GuildConnection, settings: GuildSettings) -> list[Finding]:
    if place.name is None:
        return [
            Finding(
                CheckStatus.ACTION_NEEDED,
                f"server {place.guild_id}",
                "the database has data of this server, but the bot isn't in it any more",
                "Invite the bot again, or start it once: it then notes the removal, and deletes "
                "the data 30 days later.",
            )
        ]
    subject = f"server {place.name}"
    findings = [
        Finding(
            CheckStatus.ACTION_NEEDED,
            subject,
            f"{_describe_permission(permission)} needs {', '.join(permission.lacks)}",
            _strip_markup(permission.remedy),
        )
        for permission in place.checks
        if permission.lacks
    ]
    if settings.review_channel_id is None:
        findings.append(
            Finding(
                CheckStatus.ACTION_NEEDED,
                subject,
                "there is no review channel, so nobody can apply to become a mentor",
                "Someone with Manage Server can choose one with /setup.",
            )
        )
    findings = findings or [
        Finding(CheckStatus.OK, subject, "the bot has all permissions it needs")
    ]
    return findings + [
        Finding(
            CheckStatus.OK,
            subject,
            f"optional for group sessions: {_describe_permission(room)} needs "
            f"{', '.join(room.lacks)}",
            _strip_markup(room.remedy),
        )
        for room in place.rooms
        if room.lacks
    ]


def _describe_permission(permission: Permission) -> str:
    return f"“{permission.requirement.feature}” ({_strip_markup(permission.location)})"


def _strip_markup(text: str) -> str:
    """Replace Discord's markup with plain text: `<#7>` is channel 7, `<@&7>` role 7."""
    text = re.sub(r"<#(\d+)>", r"channel \1", text)
    return re.sub(r"<@&(\d+)>", r"role \1", text).replace("**", "")
