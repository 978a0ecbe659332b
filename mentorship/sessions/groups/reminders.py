"""What a mentor is told about their group session ahead of time: reminders and "starting now".

Attendees have those of their seats (`mentorship.sessions.transitions.scheduled_notifications`).
"""

from __future__ import annotations

from mentorship.guilds.guild_settings import GuildSettings
from mentorship.notifications import reminders, writing
from mentorship.sessions.groups.group_views import GroupView
from storage import Transaction


async def schedule(tx: Transaction, group: GroupView, guild: GuildSettings) -> None:
    """Write the mentor's reminders and "starting now" of a group session to the outbox."""
    drafts = await reminders.scheduled_drafts(
        tx,
        guild_id=group.guild_id,
        group_id=group.id,
        sequence=group.sequence,
        people=(group.mentor.user_id,),
        starts_at=group.starts_at,
        ends_at=group.ends_at,
        leads=guild.reminders,
    )
    await writing.write(tx, drafts)


async def drop(tx: Transaction, group_id: int) -> None:
    """Drop what is scheduled for a group session that won't take place."""
    await reminders.drop_scheduled_of_group(tx, group_id)


async def replace(tx: Transaction, group: GroupView, guild: GuildSettings) -> None:
    """Schedule the notifications of a group session that was moved anew, at its new time."""
    await drop(tx, group.id)
    await schedule(tx, group, guild)
