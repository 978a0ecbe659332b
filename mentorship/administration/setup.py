"""Set up a guild: change its settings, and follow what happens to it in Discord.

The bot is added or removed, and roles and channels that the settings refer to are deleted.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from sqlalchemy import select, update

from mentorship import events
from mentorship.actors import Actor
from mentorship.errors import Field, NotAManager, SettingConflict, SettingsChanged
from mentorship.event_types import EventType
from mentorship.events import Event
from mentorship.guilds import guild_settings, setting_limits
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.guilds.setting_limits import CHANNEL_SETTINGS, ROLE_SETTINGS
from mentorship.mentors import application_review, application_views, mentor_roles
from mentorship.notifications import reminder_changes
from mentorship.notifications.catalogue import NotificationKind
from mentorship.notifications.publishing import publish
from mentorship.notifications.writing import NotificationDraft, unique_subject, write
from storage import Transaction
from storage.tables import Event as EventRow
from storage.tables import Guild, Notification, ProfileRevision


async def load_settings(tx: Transaction, actor: Actor) -> GuildSettings:
    """Load the settings for an actor who can change them. Raises `NotAManager`."""
    if not actor.manages_guild:
        raise NotAManager()
    return await guild_settings.load(tx, actor.guild)


async def configure(
    tx: Transaction, actor: Actor, seen: Mapping[str, Any] | None = None, /, **changes: Any
) -> GuildSettings:
    """Change settings by name, and return all settings.

    `seen` are values that the actor saw before they changed them. Each change is recorded in the
    audit log. If the review channel changes, pending applications are posted there as well. Raises
    `NotAManager` without Manage Server, `InvalidField`, `SettingsChanged` if somebody else changed
    a setting since it was seen, or `TypeError` for an unknown setting.
    """
    if not actor.manages_guild:
        raise NotAManager()
    unknown = changes.keys() - setting_limits.SETTINGS.keys()
    if unknown:
        raise TypeError(f"no such settings: {sorted(unknown)}")
    new_values = setting_limits.validate(changes)
    before = await guild_settings.load_or_create(tx, actor.guild)
    after = _with_values(before, new_values)
    await _require_as_seen(tx, before, after, seen or {})
    setting_limits.validate_together(after.who_may_apply, after.apply_role_ids)
    after = replace(after, lost=tuple(name for name in before.lost if name not in new_values))
    await _save(tx, before, after)
    for name in new_values:
        if getattr(before, name) != getattr(after, name):
            event = Event(
                EventType.SETTING_CHANGED,
                after.id,
                actor.user_id,
                facts={
                    "setting": name,
                    "before": getattr(before, name),
                    "after": getattr(after, name),
                },
            )
            await publish(tx, event)
    if after.reminders != before.reminders:
        await reminder_changes.replace_of_guild(tx, after.id)
    if after.mentor_role_id != before.mentor_role_id:
        await mentor_roles.schedule_updates(tx, after.id, before.mentor_role_id)
    if after.review_channel_id not in (None, before.review_channel_id):
        await application_review.refresh_review_cards(
            tx, after, *await _list_pending_revisions(tx, after.id)
        )
    return after


async def _require_as_seen(
    tx: Transaction, before: GuildSettings, after: GuildSettings, seen: Mapping[str, Any]
) -> None:
    """Raise `SettingsChanged` if a setting has neither the value that was seen nor the new one."""
    changed = [
        name
        for name, value in seen.items()
        if getattr(before, name) not in (value, getattr(after, name))
    ]
    conflicts = [
        SettingConflict(
            Field(name), getattr(before, name), await _find_last_editor(tx, before.id, name)
        )
        for name in changed
    ]
    if conflicts:
        raise SettingsChanged(tuple(conflicts))


async def _find_last_editor(tx: Transaction, guild_id: int, setting: str) -> int | None:
    """Return who changed a setting last, None if no event says so."""
    query = (
        select(EventRow.actor_id)
        .where(
            EventRow.guild_id == guild_id,
            EventRow.type == EventType.SETTING_CHANGED,
            EventRow.facts["setting"].as_string() == setting,
        )
        .order_by(EventRow.id.desc())
        .limit(1)
    )
    return await tx.connection.scalar(query)


async def retry_review_cards(tx: Transaction, actor: Actor) -> int:
    """Retry now the review cards that could not be posted to the review channel.

    Returns how many there are. Raises `NotAManager`.
    """
    guild = await load_settings(tx, actor)
    result = await tx.connection.execute(
        update(Notification)
        .where(
            # By the revisions that wait for a decision: a guild has many more notifications.
            Notification.revision_id.in_(
                select(ProfileRevision.id).where(*application_views.are_pending(guild.id))
            ),
            Notification.kind == NotificationKind.APPLICATION_RECEIVED,
            Notification.status == "waiting",
            Notification.attempts > 0,
        )
        .values(next_at=tx.now)
    )
    tx.wake_delivery = True
    return result.rowcount


async def record_guild_joined(
    tx: Transaction, guild_id: int, guild_name: str, inviter_id: int
) -> None:
    """Record that the bot was added to a guild, and welcome the member who invited it.

    They are welcomed once each time that the bot is added. Two processes may receive the event; the
    second call does nothing. Raises `DataBeingDeleted` while the guild is being purged: finish that
    first.
    """
    row = (
        await tx.connection.execute(select(Guild.left_at).where(Guild.id == guild_id))
    ).one_or_none()
    is_return = row is not None and row.left_at is not None
    if row is not None and not is_return and await _was_welcomed(tx, guild_id, inviter_id):
        return
    await guild_settings.load_or_create(tx, guild_id)
    await tx.connection.execute(update(Guild).where(Guild.id == guild_id).values(left_at=None))
    await events.record(tx, Event(EventType.GUILD_JOINED, guild_id, inviter_id))
    await write(
        tx,
        [
            NotificationDraft(
                NotificationKind.WELCOME,
                guild_id,
                inviter_id,
                subject=f"{guild_id}.{unique_subject()}" if is_return else str(guild_id),
                due_at=tx.now,
                facts={"server": guild_name, "back": is_return},
            )
        ],
    )


async def _was_welcomed(tx: Transaction, guild_id: int, inviter_id: int) -> bool:
    """Return whether somebody was welcomed to a guild, as long as notifications are kept."""
    welcome = select(Notification.id).where(
        Notification.user_id == inviter_id,
        Notification.guild_id == guild_id,
        Notification.kind == NotificationKind.WELCOME,
    )
    return await tx.connection.scalar(welcome.limit(1)) is not None


async def record_guild_left(tx: Transaction, guild_id: int) -> None:
    """Record that the bot was removed from a guild. The guild's data is kept for a while."""
    result = await tx.connection.execute(
        update(Guild).where(Guild.id == guild_id, Guild.left_at.is_(None)).values(left_at=tx.now)
    )
    if result.rowcount:
        await events.record(tx, Event(EventType.GUILD_LEFT, guild_id))


async def load_if_present(tx: Transaction, guild_id: int) -> GuildSettings | None:
    """Load a guild's settings, for any caller; None if the bot isn't known to be in it."""
    is_present = select(Guild.id).where(Guild.id == guild_id, Guild.left_at.is_(None))
    if await tx.connection.scalar(is_present) is None:
        return None
    return await guild_settings.load(tx, guild_id)


async def list_present_guilds(tx: Transaction) -> Sequence[int]:
    """List the guilds that the bot is in, as of its last check."""
    ids = await tx.connection.scalars(select(Guild.id).where(Guild.left_at.is_(None)))
    return ids.all()


def referenced_ids(guild: GuildSettings) -> set[int]:
    """Return the ids of the roles and channels that the settings refer to."""
    ids = {getattr(guild, name) for name in (*ROLE_SETTINGS, *CHANNEL_SETTINGS)} - {None}
    return ids | set(guild.apply_role_ids)


async def clear_deleted_settings(
    tx: Transaction, guild_id: int, guild_name: str, owner_id: int, ids: Collection[int]
) -> tuple[str, ...]:
    """Clear the settings that refer to roles or channels which were deleted in Discord.

    Notifies the log channel, or the owner if there is none. Returns the names of the cleared
    settings. Calling it again for the same ids does nothing.
    """
    before = await guild_settings.load(tx, guild_id)
    cleared: dict[str, Any] = {
        name: None for name in (*ROLE_SETTINGS, *CHANNEL_SETTINGS) if getattr(before, name) in ids
    }
    remaining = [role_id for role_id in before.apply_role_ids if role_id not in ids]
    if len(remaining) < len(before.apply_role_ids):
        cleared["apply_role_ids"] = remaining
    if not cleared:
        return ()
    after = _with_values(before, cleared)
    after = replace(after, lost=tuple(dict.fromkeys((*before.lost, *cleared))))
    await _save(tx, before, after)
    event = Event(EventType.SETTINGS_LOST, guild_id, facts={"settings": list(cleared)})
    await publish(tx, event)
    await write(
        tx,
        [
            NotificationDraft(
                NotificationKind.SETTING_LOST,
                guild_id,
                None if after.log_channel_id is not None else owner_id,
                subject=unique_subject(),
                due_at=tx.now,
                facts={"server": guild_name, "settings": list(cleared)},
            )
        ],
    )
    return tuple(cleared)


def _with_values(before: GuildSettings, values: Mapping[str, Any]) -> GuildSettings:
    stored: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in values.items()
    }
    return replace(before, **stored)


async def _save(tx: Transaction, before: GuildSettings, after: GuildSettings) -> None:
    values = {
        field.name: list(new) if isinstance(new, tuple) else new
        for field in fields(GuildSettings)
        if (new := getattr(after, field.name)) != getattr(before, field.name)
    }
    if values:
        await tx.connection.execute(update(Guild).where(Guild.id == after.id).values(**values))


async def _list_pending_revisions(tx: Transaction, guild_id: int) -> Sequence[int]:
    """List the profile revisions that wait for a decision, the longest waiting first."""
    ids = await tx.connection.scalars(
        select(ProfileRevision.id)
        .where(*application_views.are_pending(guild_id))
        .order_by(ProfileRevision.id)
    )
    return ids.all()
