"""Delivery of due notifications from the outbox to Discord, once each.

A notification is leased before it is sent and recorded afterwards. If the program dies in between,
it is sent again with the same nonce, and Discord returns the message that exists already. Discord
remembers a nonce for "a few minutes". A person sees a message twice only if it was sent but not
recorded and the program stays down for longer than that. At most `MAX_CONCURRENT` messages are in
that state.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

import aiohttp
import discord

from bot.guilds import mentor_role, review_channel
from bot.guilds.greeting import greet_in_guild
from bot.guilds.membership import detect_departure, is_gone
from bot.guilds.review_channel import NoDestination, send_card
from bot.interaction import BotClient
from bot.notifications.dm_rate_limit import COOLDOWN
from bot.notifications.message import Card
from bot.notifications.rendering import render
from bot.replies import nonce
from mentorship.delivery import outbox
from mentorship.delivery.outbox import DueNotice, Outcome
from mentorship.mentors import application_views
from mentorship.notifications.catalogue import CATALOGUE, Kind, To, Trouble
from mentorship.sessions.departures import Expected
from storage import Database

log = logging.getLogger(__name__)

MAX_RETRY_DELAY = timedelta(minutes=30)

MAX_CONCURRENT = 16
"""People who are written to at the same time; one person's messages go one after the other."""

SEND_TIMEOUT = timedelta(seconds=20)
"""How long a notice may take. A third of the lease, so that nobody takes what is being sent."""

HOLD_DURATION = timedelta(minutes=5)
"""After how long it is tried again to write to a review channel that was closed to the bot."""

MAX_CONSECUTIVE_FAILURES = 5
"""After so many failures in a row a batch is left for later: Discord is out of order."""

LEFT = "the person has left the server"

# https://discord.com/developers/docs/topics/opcodes-and-status-codes#json
OPENING_TOO_FAST, FLAGGED = 40003, 20026


async def deliver_due(bot: BotClient, db: Database) -> int:
    """Send every notice that is due now, and record what became of each. Returns how many arrived.

    Several may deliver at once. A look that finds nothing takes no write lock.
    """
    arrived = 0
    while await db.read(outbox.is_due):
        due = await db.run(outbox.claim)
        if not due:
            break
        arrived += await _Batch(bot, db).deliver(due)
    return arrived


def retry_delay(attempts: int, at_least: float = 0) -> timedelta:
    """How long to leave a notice that failed: doubling from 5 seconds, with jitter; no less than
    the seconds that Discord asks for."""
    seconds = 5 * 2 ** (min(attempts, 20) - 1) * random.uniform(0.75, 1.25)
    return max(min(timedelta(seconds=seconds), MAX_RETRY_DELAY), timedelta(seconds=at_least))


class _Batch:
    """Notices that were claimed together, on their way."""

    def __init__(self, bot: BotClient, db: Database) -> None:
        self.bot = bot
        self.db = db
        self.arrived = 0
        self.troubles = 0
        self._record = _Recorder(db).record
        self._turns = asyncio.Semaphore(MAX_CONCURRENT)

    async def deliver(self, due: Sequence[DueNotice]) -> int:
        """Send them, and return how many arrived."""
        self.late = due[0].now + outbox.LEASE - SEND_TIMEOUT
        lanes: dict[int, list[DueNotice]] = {}
        for notice in due:
            lanes.setdefault(notice.user_id or -notice.guild.id, []).append(notice)
        ended = await asyncio.gather(
            *(self._one_by_one(lane) for lane in lanes.values()), return_exceptions=True
        )
        for error in ended:
            if error is not None:
                raise error
        return self.arrived

    async def _one_by_one(self, lane: Iterable[DueNotice]) -> None:
        """One person's notices in their order: what follows one that has to wait, waits too."""
        async with self._turns:
            waits = opened = None
            for notice in lane:
                if opened is not None:
                    notice = replace(notice, dm_channel_id=opened)
                outcome = outbox.put_back(notice, waits) if waits else await self._outcome(notice)
                if notice.user_id is not None:
                    waits = outcome.values.get("next_at")
                    opened = outcome.values.get("channel_id", opened)
                await self._record(outcome)

    async def _outcome(self, notice: DueNotice) -> Outcome:
        now = self.db.now()
        if now >= self.late:
            return outbox.put_back(notice, now)
        if self.troubles >= MAX_CONSECUTIVE_FAILURES:
            return outbox.put_back(notice, now + retry_delay(3))
        try:
            async with asyncio.timeout(SEND_TIMEOUT.total_seconds()):
                outcome = await self._tried(notice)
        except (discord.RateLimited, discord.HTTPException, aiohttp.ClientError, OSError) as error:
            # Also a time-out, which is an OSError.
            self.troubles += 1
            return self._again(notice, error)
        except Exception as error:
            log.exception("a notice can't be sent", extra=_log_fields(notice))
            return self._again(notice, error)
        self.troubles = 0
        self.arrived += outcome.values.get("status") == "sent"
        if outcome.values.get("status") == "sent":
            log.info("a notice was sent", extra=_log_fields(notice))
        if outcome.values.get("status") == "failed":
            extra = _log_fields(notice) | {"problem": outcome.values["problem"]}
            log.warning("a notice was not delivered", extra=extra)
        return outcome

    def _again(self, notice: DueNotice, error: Exception) -> Outcome:
        problem = f"{type(error).__name__}: {error}"
        log.info("a notice has to wait", extra=_log_fields(notice) | {"problem": problem})
        pause = retry_delay(notice.attempts, _retry_after(error))
        return outbox.try_again(notice, problem, pause, self.db.now())

    async def _tried(self, notice: DueNotice) -> Outcome:
        """Send a notice if it makes sense. Raises what may be better another time."""
        if notice.kind in mentor_role.ROLE_CHANGES:
            trouble = await mentor_role.update_role(self.bot, notice)
            if trouble is not None:
                await self.db.run(outbox.report, notice, trouble)
            if trouble is Trouble.LEFT:
                return outbox.dropped(notice, LEFT)
        if notice.quiet_until is not None:
            return outbox.put_back(notice, notice.quiet_until)
        card = render(notice)
        if card is None:
            return outbox.dropped(notice)
        now = self.db.now()
        if notice.user_id is not None and notice.dm_channel_id is None:
            moment = self.bot.dm_rate_limit.reserve(notice.id, urgent=notice.is_urgent, now=now)
            if moment > now:
                return outbox.put_back(notice, moment)
        try:
            return outbox.sent(notice, *await _send(self.bot, self.db, notice, card))
        except review_channel.ReviewChannelUnavailable as error:
            return outbox.hold(notice, str(error), HOLD_DURATION, self.db.now(), error.trouble)
        except discord.Forbidden as error:
            if error.code in (OPENING_TOO_FAST, FLAGGED):
                self.bot.dm_rate_limit.pause(now)
                raise
            problem = f"Discord refused it: {error.text} ({error.code})"
            if notice.kind is Kind.WELCOME:
                await greet_in_guild(self.bot, notice, card)
                return outbox.failed(notice, problem)
            if await self._has_left(notice):
                return outbox.dropped(notice, LEFT)
            return outbox.failed(notice, problem + await self._instead(notice))
        except discord.NotFound as error:
            problem = f"the recipient is gone: {error.text} ({error.code})"
            if notice.user_id is None:
                # A channel is to be chosen anew by moderators.
                return outbox.failed(notice, problem)
            if await self._has_left(notice) or is_gone(error):
                # A person who is gone needs nothing.
                return outbox.dropped(notice, problem)
            raise
        except NoDestination as error:
            return outbox.failed(notice, str(error))
        except discord.HTTPException as error:
            if error.status != 400 or error.code == OPENING_TOO_FAST:
                raise
            # What Discord finds malformed stays so.
            log.exception("Discord finds a notice malformed", extra=_log_fields(notice))
            return outbox.failed(notice, f"Discord can't read it: {error.text} ({error.code})")

    async def _has_left(self, notice: DueNotice) -> bool:
        """Whether somebody who can't be written to has left; then others stop counting on them."""
        if notice.user_id is None:
            return False
        return await detect_departure(self.bot, self.db, Expected(notice.guild.id, notice.user_id))

    async def _instead(self, notice: DueNotice) -> str:
        """Mention somebody with closed direct messages in the guild's notices channel, once until
        they come by, without saying what it is. Returns what is wrong with that channel."""
        place = notice.guild.notices_channel_id
        if place is None or notice.user_id is None:
            return ""
        if not notice.is_urgent and not await self.db.read(outbox.is_first_in_vain, notice):
            return ""
        try:
            await self.bot.get_partial_messageable(place, guild_id=notice.guild.id).send(
                f"<@{notice.user_id}>, there is news about your mentorship, but your direct "
                "messages are closed to me. Use any command of mine here, `/sessions` for one, and "
                "I show it to you alone.",
                nonce=nonce(f"instead:{notice.key}"),
                allowed_mentions=discord.AllowedMentions(users=[discord.Object(notice.user_id)]),
            )
        except (discord.Forbidden, discord.NotFound) as error:
            return f"; and the notices channel can't be written to: {error.text} ({error.code})"
        return ""


class _Recorder:
    """Records outcomes: those that come while a transaction is under way share the next one."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._pending: list[Outcome] = []
        self._turn = asyncio.Lock()

    async def record(self, outcome: Outcome) -> None:
        """Return once it is recorded."""
        self._pending.append(outcome)
        async with self._turn:
            if outcome in self._pending:
                batch, self._pending = self._pending, []
                await self._db.run(outbox.record, batch)


def _log_fields(notice: DueNotice) -> dict[str, object]:
    return {
        "notice": notice.key,
        "id": notice.id,
        "kind": str(notice.kind),
        "guild": notice.guild.id,
    }


def _retry_after(error: Exception) -> float:
    """The seconds that Discord asks to wait, 0 if it does not say."""
    if isinstance(error, discord.RateLimited):
        return error.retry_after
    if isinstance(error, discord.HTTPException):
        if error.code in (OPENING_TOO_FAST, FLAGGED):
            return COOLDOWN.total_seconds()
        try:
            return float(error.response.headers.get("Retry-After", 0))
        except ValueError:
            return 0
    return 0


async def _send(bot: BotClient, db: Database, notice: DueNotice, card: Card) -> tuple[int, int]:
    """Send the card to where it belongs. Returns where it is."""
    if notice.kind is Kind.APPLICATION_RECEIVED and notice.application is not None:
        # An earlier notice of the same application may have posted its card a moment ago.
        application, _ = await db.read(application_views.load_with_settings, notice.application.id)
        return await review_channel.post_or_update_card(bot, notice, application, card)
    if CATALOGUE[notice.kind].to is To.MODERATORS:
        return await review_channel.post_to_moderators(bot, notice, card)
    if notice.dm_channel_id is not None:
        known = bot.get_partial_messageable(notice.dm_channel_id)
        try:
            return await send_card(known, notice, card)
        except discord.NotFound:
            pass  # It is opened anew below.
    return await send_card(await _channel(bot, notice), notice, card)


async def _channel(bot: BotClient, notice: DueNotice) -> discord.abc.Messageable:
    if notice.user_id is not None:
        return await bot.create_dm(discord.Object(notice.user_id))
    name, place = {
        To.LOG_CHANNEL: ("log", notice.guild.log_channel_id),
        To.REVIEW_CHANNEL: ("review", notice.guild.review_channel_id),
    }[CATALOGUE[notice.kind].to]
    if place is None:
        raise NoDestination(f"the guild has no {name} channel")
    return bot.get_partial_messageable(place, guild_id=notice.guild.id)
