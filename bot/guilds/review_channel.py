"""Review cards in their channel, and what moderators must be told when that can't be."""

from __future__ import annotations

import discord

from bot.interaction import BotClient
from bot.notifications.message import Card
from bot.replies import NO_MENTIONS, nonce
from mentorship.delivery.outbox import DueNotice
from mentorship.mentors.application_views import ApplicationView
from mentorship.notifications.catalogue import Trouble


class NoDestination(Exception):
    """There is no place to send a notice to."""


class ReviewChannelUnavailable(Exception):
    """The review channel can't be written to until moderators mend it."""

    def __init__(self, problem: str, trouble: Trouble) -> None:
        super().__init__(problem)
        self.trouble = trouble


async def post_or_update_card(
    bot: BotClient, notice: DueNotice, application: ApplicationView, card: Card
) -> tuple[int, int]:
    """Post the review card, or bring the one that stands already up to date. Returns where it is.

    Raises `ReviewChannelUnavailable` while there is no channel for it that the bot can write to.
    """
    try:
        if application.channel_id is not None and application.message_id is not None:
            place = bot.get_partial_messageable(application.channel_id, guild_id=notice.guild.id)
            posted = place.get_partial_message(application.message_id)
            try:
                await posted.edit(
                    content=card.content,
                    embed=card.embed,
                    view=card.view,
                    allowed_mentions=NO_MENTIONS,
                )
            except discord.NotFound:
                # Somebody deleted it. While it waits it is posted anew below.
                if not application.is_pending:
                    raise NoDestination("its card was deleted") from None
            else:
                return application.channel_id, application.message_id
        if notice.guild.review_channel_id is None:
            raise ReviewChannelUnavailable("the guild has no review channel", Trouble.REVIEW_GONE)
        place = bot.get_partial_messageable(
            notice.guild.review_channel_id, guild_id=notice.guild.id
        )
        return await send_card(place, notice, card)
    except discord.Forbidden as error:
        raise ReviewChannelUnavailable(error.text, Trouble.REVIEW_CLOSED) from error
    except discord.NotFound as error:
        raise ReviewChannelUnavailable(error.text, Trouble.REVIEW_GONE) from error


async def post_to_moderators(bot: BotClient, notice: DueNotice, card: Card) -> tuple[int, int]:
    """Say something where moderators read: in the review channel, or the log channel, or to the
    server's owner; the first that can be written to. Returns where it is.

    Raises `NoDestination` when none can.
    """
    for channel_id in (notice.guild.review_channel_id, notice.guild.log_channel_id):
        if channel_id is None:
            continue
        channel = bot.get_partial_messageable(channel_id, guild_id=notice.guild.id)
        try:
            return await send_card(channel, notice, card)
        except (discord.Forbidden, discord.NotFound):
            continue
    guild = bot.get_guild(notice.guild.id)
    if guild is None or guild.owner_id is None:
        raise NoDestination("no channel of the moderators can be written to")
    return await send_card(await bot.create_dm(discord.Object(guild.owner_id)), notice, card)


async def send_card(
    channel: discord.abc.Messageable, notice: DueNotice, card: Card
) -> tuple[int, int]:
    """Send a notice's card. Returns where it is."""
    message = await channel.send(
        card.content,
        embed=card.embed or discord.utils.MISSING,
        view=card.view or discord.utils.MISSING,
        nonce=nonce(notice.key),
        allowed_mentions=NO_MENTIONS,
    )
    return message.channel.id, message.id
