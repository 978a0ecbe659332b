"""Edits messages that were sent earlier and whose state has changed since.

What is out of date is marked in the database (`mentorship.notifications.sent_messages`), so nothing
is lost by a crash, and an edit that is made twice does no harm. New messages have precedence: the
caller delivers what is due between two rounds.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from datetime import timedelta

import aiohttp
import discord

from bot.interaction import BotClient
from bot.notifications.messages.current_messages import current_message
from bot.notifications.rendering import recipient
from mentorship.delivery import message_updates
from mentorship.delivery.message_updates import Edit, EditOutcome, OutdatedMessage
from storage import Database

log = logging.getLogger(__name__)

MAX_CONCURRENT = 8
"""Channels in which messages are edited at the same time; in each, one after the other."""

EDIT_TIMEOUT_S = 10.0
"""Seconds that one edit may take."""

ROUND_S = 10.0
"""Seconds after which a round begins no more edits: new messages wait until it has ended."""

MAX_CONSECUTIVE_FAILURES = 5
"""Failures in a row after which the rest of a round waits: Discord has an outage."""

RETRY_DELAY = timedelta(minutes=1)
"""How long a message waits after its first failed edit; twice as long after each other one."""

MAX_RETRY_DELAY = timedelta(minutes=30)


async def update_messages(bot: BotClient, db: Database) -> bool:
    """Edit one round of messages that are out of date. Returns whether there may be more to do.

    Several processes may do so at once.
    """
    if not await db.read(message_updates.has_outdated):
        return False
    claim = await db.run(message_updates.claim_outdated, bot.last_updated_guild)
    bot.last_updated_guild = claim.last_guild
    round_ = _Round(bot, db)
    await round_.edit(claim.messages)
    return not round_.is_outage and (bool(claim.messages) or not claim.is_complete)


class _Round:
    """Messages that were claimed together."""

    def __init__(self, bot: BotClient, db: Database) -> None:
        self.bot = bot
        self.db = db
        self.failures = 0
        self._ends_at = asyncio.get_running_loop().time() + ROUND_S
        self._slots = asyncio.Semaphore(MAX_CONCURRENT)

    @property
    def is_outage(self) -> bool:
        return self.failures >= MAX_CONSECUTIVE_FAILURES

    async def edit(self, messages: Iterable[OutdatedMessage]) -> None:
        """Edit the messages and record the outcomes."""
        by_channel: dict[int, list[OutdatedMessage]] = {}
        for message in messages:
            by_channel.setdefault(message.channel_id, []).append(message)
        async with asyncio.TaskGroup() as tasks:
            for queue in by_channel.values():
                tasks.create_task(self._edit_in_order(queue))

    async def _edit_in_order(self, queue: Iterable[OutdatedMessage]) -> None:
        """Edit the messages of one channel. Those after a failed edit wait like that one."""
        async with self._slots:
            edits = list[Edit]()
            retry_at = None
            for message in queue:
                if retry_at is None and self._is_over():
                    retry_at = self.db.now() + (RETRY_DELAY if self.is_outage else timedelta())
                if retry_at is None:
                    edits.append(await self._edit_one(message))
                    retry_at = edits[-1].retry_at
                else:
                    edits.append(Edit(message, EditOutcome.POSTPONED, retry_at))
            await self.db.run(message_updates.record, edits)

    def _is_over(self) -> bool:
        return self.is_outage or asyncio.get_running_loop().time() >= self._ends_at

    async def _edit_one(self, message: OutdatedMessage) -> Edit:
        """Edit a message and return the outcome."""
        fields = {"id": message.notification.id, "kind": str(message.notification.kind)}
        try:
            async with asyncio.timeout(EDIT_TIMEOUT_S):
                await self._send_edit(message)
        except discord.NotFound:
            return Edit(message, EditOutcome.GONE)
        except discord.Forbidden as error:
            log.info("a message may not be edited", extra=fields | {"problem": error.text})
            return Edit(message, EditOutcome.REFUSED)
        except discord.HTTPException as error:
            if error.status == 400:
                log.exception("an edit is rejected as malformed", extra=fields)
                return Edit(message, EditOutcome.REFUSED)
            self.failures += 1
            return self._failed(message)
        except (discord.DiscordException, aiohttp.ClientError, OSError):
            # `OSError` includes `TimeoutError`.
            self.failures += 1
            return self._failed(message)
        except Exception:
            log.exception("can't edit a message", extra=fields)
            return self._failed(message)
        self.failures = 0
        is_history = message.superseded_by is not None
        return Edit(message, EditOutcome.CLOSED if is_history else EditOutcome.EDITED)

    async def _send_edit(self, message: OutdatedMessage) -> None:
        notification = message.notification
        guild = self.bot.get_guild(notification.guild.id)
        card = current_message(message, recipient(notification, guild))
        # Moderators' messages are in a channel, or with the owner if no channel could be reached.
        if guild is not None and guild.get_channel_or_thread(message.channel_id) is None:
            card = card.in_direct_message(guild)
        channel = self.bot.get_partial_messageable(message.channel_id)
        await card.overwrite(channel.get_partial_message(message.message_id))

    def _failed(self, message: OutdatedMessage) -> Edit:
        pause = min(RETRY_DELAY * 2 ** min(message.attempts, 10), MAX_RETRY_DELAY)
        return Edit(message, EditOutcome.FAILED, self.db.now() + pause)
