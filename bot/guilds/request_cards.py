"""Posts and edits the cards of requests for help in the guilds' channels for them."""

from __future__ import annotations

import logging
from collections.abc import Callable

from bot.components.cards import build_layout
from bot.guilds.channel_cards import edit, failure_of, post
from bot.interaction import BotClient
from bot.readers import readers_in
from bot.views.offers.channel_card import channel_card
from mentorship.administration import setup
from mentorship.faults import concerns_row
from mentorship.notifications.channel_cards import ChannelProblem
from mentorship.sessions.offers import request_cards
from mentorship.sessions.offers.request_cards import RequestCard
from storage import Database
from wording.translation import speaking

log = logging.getLogger(__name__)


async def update_request_cards(
    bot: BotClient, db: Database, *, after_each: Callable[[], None] = lambda: None
) -> int:
    """Post or edit the cards that are due. Returns how many were.

    `after_each` is called after each of them.
    """
    if not await db.read(request_cards.has_due):
        return 0
    sent = 0
    for card in await db.run(request_cards.claim):
        sent += await _send(bot, db, card)
        after_each()
    return sent


async def _send(bot: BotClient, db: Database, card: RequestCard) -> bool:
    """Post or edit a card; returns whether it worked.

    Raises only what isn't about this card, such as a database that is away.
    """
    try:
        message_id = await _post_or_edit(bot, card) if card.is_needed else None
        await db.run(request_cards.record_sent, card, message_id)
    except Exception as error:
        failure = failure_of(error)
        if failure is None:
            # Only this card fails; the others are sent.
            if not concerns_row(error):
                raise
            await db.run(request_cards.record_fault, card, error)
            return False
    else:
        return True
    log.warning(
        "can't post or edit the card of a request",
        extra={
            "guild": card.guild.id,
            "request": card.request.id,
            "problem": failure.reason,
        },
    )
    await db.run(request_cards.record_failure, card, failure.problem)
    if failure.problem is ChannelProblem.CHANNEL_GONE:
        await _report_deleted_channel(bot, db, card)
    return False


async def _report_deleted_channel(bot: BotClient, db: Database, card: RequestCard) -> None:
    """Tell the moderators that the channel is gone, unless Discord's event has done so."""
    guild = bot.get_guild(card.guild.id)
    if guild is not None:
        await db.run(
            setup.clear_deleted_settings,
            guild.id,
            guild.name,
            guild.owner_id or 0,
            [card.channel_id],
        )


async def _post_or_edit(bot: BotClient, card: RequestCard) -> int:
    """Send the card as its request is now. Returns the id of the message."""
    guild_id, message_id = card.guild.id, card.message_id
    reader = readers_in(bot.get_guild(guild_id), card.guild)
    with speaking(reader.locale):
        layout = build_layout(None, *channel_card(card.request, card.guild, reader))
    if message_id is None:
        message_id = await post(bot, guild_id, card.channel_id, layout, card.key)
        if not card.may_be_posted:
            return message_id
        # Discord returns what the earlier attempt has posted, which may be out of date.
    await edit(bot, guild_id, card.channel_id, message_id, layout)
    return message_id
