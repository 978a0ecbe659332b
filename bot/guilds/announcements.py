"""Posts and edits the announcements of group sessions."""

from __future__ import annotations

import logging
from collections.abc import Callable

from bot.components.cards import build_layout
from bot.guilds.channel_cards import delete, edit, failure_of, post
from bot.interaction import BotClient
from bot.readers import readers_in
from bot.views.groups.cards import announcement_card
from bot.views.groups.items import announcement_actions
from bot.views.groups.joining import join_button
from mentorship.faults import concerns_row
from mentorship.sessions.groups import announcements
from mentorship.sessions.groups.announcements import Announcement
from storage import Database
from wording.translation import speaking

log = logging.getLogger(__name__)


async def update_announcements(
    bot: BotClient, db: Database, *, after_each: Callable[[], None] = lambda: None
) -> int:
    """Post or edit the announcements that are due. Returns how many were.

    Each is sent at most once a call, however often its session has changed: Discord allows 5 edits
    in 5 s in a channel. `after_each` is called after each of them.
    """
    if not await db.read(announcements.has_due):
        return 0
    sent = 0
    for announcement in await db.run(announcements.claim):
        sent += await _send(bot, db, announcement)
        after_each()
    return sent


async def _send(bot: BotClient, db: Database, announcement: Announcement) -> bool:
    """Post or edit an announcement; returns whether it worked.

    What people can solve is told to the mentor, and other failures are tried again later. Raises
    only what isn't about this announcement, such as a database that is away.
    """
    try:
        if announcement.left is not None:
            await delete(bot, *announcement.left)
        message_id = await _post_or_edit(bot, db, announcement) if announcement.is_needed else None
        await db.run(announcements.record_sent, announcement, message_id)
    except Exception as error:
        failure = failure_of(error)
        if failure is None:
            # Only this announcement fails; the others are sent.
            if not concerns_row(error):
                raise
            await db.run(announcements.record_fault, announcement, error)
            return False
    else:
        return True
    log.warning(
        "can't post or edit an announcement",
        extra={
            "guild": announcement.guild.id,
            "group": announcement.group.id,
            "problem": failure.reason,
        },
    )
    await db.run(announcements.record_failure, announcement, failure.problem)
    return False


async def _post_or_edit(bot: BotClient, db: Database, announcement: Announcement) -> int:
    """Send the announcement as its session is now. Returns the id of the message."""
    group = announcement.group
    assert group.channel_id is not None
    reader = readers_in(bot.get_guild(group.guild_id), announcement.guild)
    with speaking(reader.locale):
        layout = build_layout(
            None,
            announcement_card(group, announcement.guild, announcement.attendees, reader, db.now()),
            announcement_actions(group, join_button(group)),
        )
    if group.message_id is not None:
        await edit(bot, group.guild_id, group.channel_id, group.message_id, layout)
        return group.message_id
    return await post(bot, group.guild_id, group.channel_id, layout, announcement.key)
