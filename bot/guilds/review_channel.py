"""Review cards in the review channel, and messages to moderators when that channel is not
usable."""

from __future__ import annotations

import discord

from bot.interaction import BotClient
from bot.notifications.message import Message
from bot.replies import NO_MENTIONS, nonce
from mentorship.delivery.loading import DueNotification
from mentorship.mentors.application_views import ApplicationView
from mentorship.notifications.catalogue import DeliveryProblem


class NoDestination(Exception):
    """There is no channel or person to send a notification to."""


class ReviewChannelUnavailable(Exception):
    """The bot can't write to the review channel until moderators change something."""

    def __init__(self, problem: str, delivery_problem: DeliveryProblem) -> None:
        super().__init__(problem)
        self.delivery_problem = delivery_problem


async def post_or_update_card(
    bot: BotClient, notification: DueNotification, application: ApplicationView, card: Message
) -> tuple[int, int]:
    """Post the review card of an application, or update the existing one.

    Returns the ids of its channel and message. Raises `ReviewChannelUnavailable` if there is no
    channel that the bot can write to, and `NoDestination` if a decided application's card was
    deleted.
    """
    try:
        if application.channel_id is not None and application.message_id is not None:
            channel = bot.get_partial_messageable(
                application.channel_id, guild_id=notification.guild.id
            )
            message = channel.get_partial_message(application.message_id)
            try:
                await card.overwrite(message)
            except discord.NotFound:
                # Somebody deleted the card. A pending application gets a new one below.
                if not application.is_pending:
                    raise NoDestination("its card was deleted") from None
            else:
                return application.channel_id, application.message_id
        if notification.guild.review_channel_id is None:
            raise ReviewChannelUnavailable(
                "the guild has no review channel", DeliveryProblem.REVIEW_GONE
            )
        channel = bot.get_partial_messageable(
            notification.guild.review_channel_id, guild_id=notification.guild.id
        )
        return await send_card(channel, notification, card)
    except discord.Forbidden as error:
        raise ReviewChannelUnavailable(error.text, DeliveryProblem.REVIEW_CLOSED) from error
    except discord.NotFound as error:
        raise ReviewChannelUnavailable(error.text, DeliveryProblem.REVIEW_GONE) from error


async def post_to_moderators(
    bot: BotClient, notification: DueNotification, card: Message
) -> tuple[int, int]:
    """Send a message to the review channel, the log channel or the guild's owner.

    The first that can be written to gets it. Returns the ids of the channel and the message. Raises
    `NoDestination` if none can.
    """
    for channel_id in (notification.guild.review_channel_id, notification.guild.log_channel_id):
        if channel_id is None:
            continue
        channel = bot.get_partial_messageable(channel_id, guild_id=notification.guild.id)
        try:
            return await send_card(channel, notification, card)
        except (discord.Forbidden, discord.NotFound):
            continue
    guild = bot.get_guild(notification.guild.id)
    if guild is None or guild.owner_id is None:
        raise NoDestination("no channel of the moderators can be written to")
    owner = await bot.create_dm(discord.Object(guild.owner_id))
    return await send_card(owner, notification, card.in_direct_message(guild))


async def send_card(
    channel: discord.abc.Messageable, notification: DueNotification, card: Message
) -> tuple[int, int]:
    """Send the card of a notification. Returns the ids of the channel and the message."""
    message = await channel.send(
        view=card.layout(),
        nonce=nonce(notification.key),
        allowed_mentions=NO_MENTIONS,
    )
    return message.channel.id, message.id
