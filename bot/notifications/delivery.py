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
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

import aiohttp
import discord

from bot.guilds import mentor_role, review_channel
from bot.guilds.greeting import greet_in_guild
from bot.guilds.membership import detect_departure, is_gone
from bot.guilds.review_channel import NoDestination, send_card
from bot.interaction import BotClient
from bot.notifications.message import Message
from bot.notifications.message_updates import update_messages
from bot.notifications.outcome_recorder import OutcomeRecorder
from bot.notifications.rendering import recipient, render
from bot.readers import readers_in
from bot.replies import nonce
from mentorship.delivery import dm_budget, outbox, outcomes, undelivered
from mentorship.delivery.loading import DueNotification
from mentorship.delivery.outcomes import DeliveryOutcome
from mentorship.faults import concerns_row
from mentorship.mentors import application_views
from mentorship.notifications.catalogue import (
    CATALOGUE,
    DeliveryProblem,
    Destination,
    DropReason,
    NotificationKind,
)
from mentorship.sessions.departures import ExpectedMember
from storage import Database
from wording.translation import _, speaking

log = logging.getLogger(__name__)

MAX_RETRY_DELAY = timedelta(minutes=30)
"""The longest delay before a notification is tried again."""

MAX_CONCURRENT = 16
"""People to whom the bot sends at the same time. Each person's messages are sent in order."""

SEND_TIMEOUT = timedelta(seconds=20)
"""How long sending a notification may take: a third of the lease, so that it can't expire."""

HOLD_DURATION = timedelta(minutes=5)
"""How long a notification waits for a review channel that the bot can't write to."""

MAX_CONSECUTIVE_FAILURES = 5
"""Failures in a row after which the rest of a batch is postponed: Discord has an outage."""

MAX_EMPTY_CLAIMS = 20
"""Claims in a row that find nothing to send before delivery rests: what is due may all be held, or
locked by another process."""

LEFT = "the person has left the server"

# https://discord.com/developers/docs/topics/opcodes-and-status-codes#json
OPENING_DMS_TOO_FAST, BOT_QUARANTINED = 40003, 20026


async def deliver_due(
    bot: BotClient, db: Database, *, after_batch: Callable[[], None] = lambda: None
) -> int:
    """Deliver all notifications that are due and record the outcomes. Returns how many arrived.

    Then earlier messages that are out of date are edited, a few at a time: what has become due
    meanwhile comes first. Several processes may deliver at once. Nothing is locked if nothing is
    due. `after_batch` is called after each batch that was claimed, whether its notifications
    arrived or not.
    """
    delivered = await _deliver_new(bot, db, after_batch)
    while await update_messages(bot, db):
        after_batch()
        delivered += await _deliver_new(bot, db, after_batch)
    return delivered


async def _deliver_new(bot: BotClient, db: Database, after_batch: Callable[[], None]) -> int:
    delivered = empty_claims = 0
    while empty_claims < MAX_EMPTY_CLAIMS and await db.read(outbox.is_due):
        batch = await db.run(outbox.claim_due, turns=bot.delivery_turns)
        empty_claims = 0 if batch else empty_claims + 1
        delivered += await _Batch(bot, db).deliver(batch) if batch else 0
        after_batch()
    return delivered


def retry_delay(attempts: int, at_least: float = 0) -> timedelta:
    """Return how long to wait before the next attempt.

    The delay doubles from 5 seconds up to `MAX_RETRY_DELAY`, with jitter, and is no shorter than
    `at_least`, the seconds that Discord asks for.
    """
    seconds = 5 * 2 ** (min(attempts, 20) - 1) * random.uniform(0.75, 1.25)
    return max(min(timedelta(seconds=seconds), MAX_RETRY_DELAY), timedelta(seconds=at_least))


class _Batch:
    """Notifications that were claimed together."""

    def __init__(self, bot: BotClient, db: Database) -> None:
        self.bot = bot
        self.db = db
        self.arrived = 0
        self.failures = 0
        self.is_opening_paused = False
        self._record = OutcomeRecorder(db).record
        self._slots = asyncio.Semaphore(MAX_CONCURRENT)

    async def deliver(self, notifications: Sequence[DueNotification]) -> int:
        """Deliver the notifications. Returns how many arrived."""
        self.deadline = notifications[0].now + outbox.LEASE - SEND_TIMEOUT
        queues: dict[int, list[DueNotification]] = {}
        for notification in notifications:
            queues.setdefault(notification.user_id or -notification.guild.id, []).append(
                notification
            )
        results = await asyncio.gather(
            *(self._deliver_in_order(queue) for queue in queues.values()), return_exceptions=True
        )
        for error in results:
            if error is not None:
                raise error
        return self.arrived

    async def _deliver_in_order(self, queue: Iterable[DueNotification]) -> None:
        """Deliver one person's notifications; those after one that has to wait, wait too."""
        async with self._slots:
            postponed_to = channel_id = None
            for notification in queue:
                if channel_id is not None:
                    notification = replace(notification, dm_channel_id=channel_id)
                outcome = (
                    outcomes.postpone(notification, postponed_to)
                    if postponed_to
                    else await self._deliver_one(notification)
                )
                if notification.user_id is not None:
                    postponed_to = outcome.values.get("next_at")
                    channel_id = outcome.values.get("channel_id", channel_id)
                await self._record(outcome)

    async def _deliver_one(self, notification: DueNotification) -> DeliveryOutcome:
        """Deliver a notification and return the outcome."""
        now = self.db.now()
        if now >= self.deadline:
            return outcomes.postpone(notification, now)
        if self.failures >= MAX_CONSECUTIVE_FAILURES:
            return outcomes.postpone(notification, now + retry_delay(3))
        if self.is_opening_paused and notification.opening is not None:
            return outcomes.postpone(notification, now)
        try:
            async with asyncio.timeout(SEND_TIMEOUT.total_seconds()):
                outcome = await self._attempt(notification)
        except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
            # `OSError` includes `TimeoutError`.
            self.failures += 1
            return self._retry_later(notification, error)
        except Exception as error:
            if concerns_row(error):
                return outcomes.unreadable(notification, error)
            log.exception("can't send a notification", extra=_log_fields(notification))
            return self._retry_later(notification, error)
        self.failures = 0
        self.arrived += outcome.values.get("status") == "sent"
        if outcome.values.get("status") == "sent":
            log.info("notification sent", extra=_log_fields(notification))
        if outcome.values.get("status") == "failed":
            extra = _log_fields(notification) | {"problem": outcome.values["problem"]}
            log.warning("notification not delivered", extra=extra)
        return outcome

    def _retry_later(self, notification: DueNotification, error: Exception) -> DeliveryOutcome:
        """Return the outcome of a failed attempt that is worth another one."""
        problem = f"{type(error).__name__}: {error}"
        log.info("notification postponed", extra=_log_fields(notification) | {"problem": problem})
        pause = retry_delay(notification.attempts, _retry_after(error))
        return outcomes.retry(notification, problem, pause, self.db.now())

    async def _attempt(self, notification: DueNotification) -> DeliveryOutcome:
        """Send a notification if it is still relevant, and return the outcome.

        Raises errors that may be temporary.
        """
        if notification.kind is NotificationKind.MENTOR_ROLE:
            await mentor_role.update_role_and_report(self.bot, self.db, notification)
            return outcomes.dropped(notification, DropReason.ROLE_ONLY)
        card = None
        if notification.quiet_until is None:
            server = self.bot.get_guild(notification.guild.id)
            card = render(notification, recipient(notification, server))
            if card is not None and notification.user_id is not None:
                card = card.in_direct_message(server)
        if notification.kind in mentor_role.NEEDS_PRESENCE:
            delivery_problem = await mentor_role.update_role(self.bot, self.db, notification)
            if delivery_problem is not None:
                await self.db.run(outcomes.report_to_moderators, notification, delivery_problem)
            if delivery_problem is DeliveryProblem.LEFT:
                return outcomes.dropped(notification, LEFT)
        if notification.quiet_until is not None:
            return outcomes.postpone(notification, notification.quiet_until)
        if card is None:
            return outcomes.dropped(notification)
        try:
            return outcomes.sent(notification, *await _send(self.bot, self.db, notification, card))
        except review_channel.ReviewChannelUnavailable as error:
            return outcomes.hold_for_moderators(
                notification, str(error), HOLD_DURATION, self.db.now(), error.delivery_problem
            )
        except discord.Forbidden as error:
            if error.code in (OPENING_DMS_TOO_FAST, BOT_QUARANTINED):
                self.is_opening_paused = True
                await self.db.run(dm_budget.pause)
                raise
            problem = f"Discord refused it: {error.text} ({error.code})"
            if notification.kind is NotificationKind.WELCOME:
                await greet_in_guild(self.bot, notification)
                return outcomes.failed(notification, problem)
            if await self._has_left(notification):
                return outcomes.dropped(notification, LEFT)
            return outcomes.failed(
                notification, problem + await self._mention_in_guild(notification)
            )
        except discord.NotFound as error:
            problem = f"the recipient is gone: {error.text} ({error.code})"
            if notification.user_id is None:
                # Moderators have to choose another channel.
                return outcomes.failed(notification, problem)
            if await self._has_left(notification) or is_gone(error):
                # Discord knows no such person any more.
                return outcomes.dropped(notification, problem)
            raise
        except NoDestination as error:
            return outcomes.failed(notification, str(error))
        except discord.HTTPException as error:
            if error.status != 400 or error.code == OPENING_DMS_TOO_FAST:
                raise
            # A malformed message would fail at each attempt.
            log.exception("notification rejected as malformed", extra=_log_fields(notification))
            return outcomes.failed(
                notification, f"Discord can't read it: {error.text} ({error.code})"
            )

    async def _has_left(self, notification: DueNotification) -> bool:
        """Return whether the recipient has left the guild, and end their sessions if so."""
        if notification.user_id is None:
            return False
        return await detect_departure(
            self.bot, self.db, ExpectedMember(notification.guild.id, notification.user_id)
        )

    def _hint(self, notification: DueNotification) -> str:
        """Return what the notices channel says, in the language of the server."""
        with speaking(
            readers_in(self.bot.get_guild(notification.guild.id), notification.guild).locale
        ):
            return _(
                "{person}, I have a message for you but can't send it to you directly. Use any of "
                "my commands here, such as `/sessions`, to read it. Only you will see it.",
                person=f"<@{notification.user_id}>",
            )

    async def _mention_in_guild(self, notification: DueNotification) -> str:
        """Mention somebody with closed direct messages in the notices channel, without any content.

        They are mentioned once until they use a command. Returns what prevents it, for the record.
        """
        notices_channel_id = notification.guild.notices_channel_id
        if notices_channel_id is None or notification.user_id is None:
            return ""
        if not notification.is_urgent and not await self.db.read(
            undelivered.is_first, notification
        ):
            return ""
        try:
            await self.bot.get_partial_messageable(
                notices_channel_id, guild_id=notification.guild.id
            ).send(
                self._hint(notification),
                nonce=nonce(f"instead:{notification.key}"),
                allowed_mentions=discord.AllowedMentions(
                    users=[discord.Object(notification.user_id)]
                ),
            )
        except (discord.Forbidden, discord.NotFound) as error:
            return f"; and the notices channel can't be written to: {error.text} ({error.code})"
        return ""


def _log_fields(notification: DueNotification) -> dict[str, object]:
    """Return what a log line says about a notification."""
    return {
        "notification": notification.key,
        "id": notification.id,
        "kind": str(notification.kind),
        "guild": notification.guild.id,
    }


def _retry_after(error: Exception) -> float:
    """Return the seconds that Discord asks to wait, 0 if it does not say."""
    if isinstance(error, discord.RateLimited):
        return error.retry_after
    if isinstance(error, discord.HTTPException):
        if error.code in (OPENING_DMS_TOO_FAST, BOT_QUARANTINED):
            return dm_budget.COOLDOWN.total_seconds()
        try:
            return float(error.response.headers.get("Retry-After", 0))
        except ValueError:
            return 0
    return 0


async def _send(
    bot: BotClient, db: Database, notification: DueNotification, card: Message
) -> tuple[int, int]:
    """Send the card to its destination. Returns the ids of the channel and the message."""
    if (
        notification.kind is NotificationKind.APPLICATION_RECEIVED
        and notification.application is not None
    ):
        # Another notification of this application may have posted its card a moment ago.
        application, _ = await db.read(
            application_views.load_with_settings, notification.application.id
        )
        return await review_channel.post_or_update_card(bot, notification, application, card)
    if CATALOGUE[notification.kind].destination is Destination.MODERATORS:
        return await review_channel.post_to_moderators(bot, notification, card)
    if notification.dm_channel_id is not None:
        channel = bot.get_partial_messageable(notification.dm_channel_id)
        try:
            return await send_card(channel, notification, card)
        except discord.NotFound:
            pass  # The channel is opened again below.
    return await send_card(await _destination(bot, notification), notification, card)


async def _destination(bot: BotClient, notification: DueNotification) -> discord.abc.Messageable:
    """Return the channel that a notification goes to. Raises `NoDestination`."""
    if notification.user_id is not None:
        return await bot.create_dm(discord.Object(notification.user_id))
    name, channel_id = {
        Destination.LOG_CHANNEL: ("log", notification.guild.log_channel_id),
        Destination.REVIEW_CHANNEL: ("review", notification.guild.review_channel_id),
    }[CATALOGUE[notification.kind].destination]
    if channel_id is None:
        raise NoDestination(f"the guild has no {name} channel")
    return bot.get_partial_messageable(channel_id, guild_id=notification.guild.id)
