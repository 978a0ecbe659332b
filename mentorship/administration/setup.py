"""Setting a guild up: its settings, its coming and going, and what of it disappears in Discord."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from sqlalchemy import select, update

from mentorship import events
from mentorship.actors import Actor
from mentorship.errors import NotAManager
from mentorship.event_types import EventType
from mentorship.events import Event
from mentorship.guilds import guild_settings, setting_limits
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.guilds.setting_limits import PLACES, ROLES
from mentorship.mentors import application_review
from mentorship.notifications import reminders
from mentorship.notifications.catalogue import NotificationKind
from mentorship.notifications.publishing import publish
from mentorship.notifications.writing import NotificationDraft, unique_subject, write
from mentorship.statuses import RevisionStatus
from storage import Transaction
from storage.tables import Guild, MentorProfile, Notification, ProfileRevision


async def load_settings(tx: Transaction, actor: Actor) -> GuildSettings:
    """What the guild has set, for those who can change it. Raises `NotAManager`."""
    if not actor.manages_guild:
        raise NotAManager()
    return await guild_settings.load(tx, actor.guild)


async def configure(tx: Transaction, actor: Actor, /, **changes: Any) -> GuildSettings:
    """Change settings by name, for those with Manage Server. Returns them all as they are now.

    Each change stands in the audit log. Applications that wait are shown in a new review channel
    as well. Raises `NotAManager`, `InvalidField`, and `TypeError` for a setting that does not
    exist.
    """
    if not actor.manages_guild:
        raise NotAManager()
    unknown = changes.keys() - setting_limits.SETTINGS.keys()
    if unknown:
        raise TypeError(f"no such settings: {sorted(unknown)}")
    wanted = setting_limits.check(changes)
    before = await guild_settings.load_or_create(tx, actor.guild)
    after = _changed(before, wanted)
    setting_limits.check_together(after.who_may_apply, after.apply_role_ids)
    after = replace(after, lost=tuple(name for name in before.lost if name not in wanted))
    await _store(tx, before, after)
    for name in wanted:
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
        await reminders.replace_reminders_of_guild(tx, after.id, after.reminders)
    if after.review_channel_id not in (None, before.review_channel_id):
        await application_review.refresh_review_cards(tx, after, *await _waiting(tx, after.id))
    return after


async def retry_review_cards(tx: Transaction, actor: Actor) -> int:
    """Try again now to post the cards that are kept, since the review channel could not be written
    to when they came. Returns how many. Raises `NotAManager`."""
    guild = await load_settings(tx, actor)
    kept = await tx.connection.execute(
        update(Notification)
        .where(
            Notification.guild_id == guild.id,
            Notification.kind == NotificationKind.APPLICATION_RECEIVED,
            Notification.status == "waiting",
            Notification.attempts > 0,
        )
        .values(next_at=tx.now)
    )
    tx.wake_delivery = True
    return kept.rowcount


async def record_guild_joined(tx: Transaction, guild_id: int, server: str, host_id: int) -> None:
    """The bot is in a guild: whoever invited it is welcomed, each time that it comes. `server` is
    the guild's name."""
    row = (
        await tx.connection.execute(select(Guild.left_at).where(Guild.id == guild_id))
    ).one_or_none()
    back = row is not None and row.left_at is not None
    await guild_settings.load_or_create(tx, guild_id)
    await tx.connection.execute(update(Guild).where(Guild.id == guild_id).values(left_at=None))
    await events.record(tx, Event(EventType.GUILD_JOINED, guild_id, host_id))
    await write(
        tx,
        [
            NotificationDraft(
                NotificationKind.WELCOME,
                guild_id,
                host_id,
                subject=f"{guild_id}.{unique_subject()}" if back else str(guild_id),
                due_at=tx.now,
                facts={"server": server, "back": back},
            )
        ],
    )


async def record_guild_left(tx: Transaction, guild_id: int) -> None:
    """The bot is no longer in a guild. What the guild has stays, in case it comes back."""
    result = await tx.connection.execute(
        update(Guild).where(Guild.id == guild_id, Guild.left_at.is_(None)).values(left_at=tx.now)
    )
    if result.rowcount:
        await events.record(tx, Event(EventType.GUILD_LEFT, guild_id))


async def load_if_present(tx: Transaction, guild_id: int) -> GuildSettings | None:
    """What a guild has set, whoever asks; None if the bot was not there when it last looked."""
    here = select(Guild.id).where(Guild.id == guild_id, Guild.left_at.is_(None))
    if await tx.connection.scalar(here) is None:
        return None
    return await guild_settings.load(tx, guild_id)


async def list_present_guilds(tx: Transaction) -> Sequence[int]:
    """The guilds in which the bot was when it last looked."""
    ids = await tx.connection.scalars(select(Guild.id).where(Guild.left_at.is_(None)))
    return ids.all()


def referenced_ids(guild: GuildSettings) -> set[int]:
    """The roles and channels that the settings name."""
    ones = {getattr(guild, name) for name in (*ROLES, *PLACES)} - {None}
    return ones | set(guild.apply_role_ids)


async def clear_deleted_settings(
    tx: Transaction, guild_id: int, server: str, owner_id: int, ids: Collection[int]
) -> tuple[str, ...]:
    """Roles or channels were deleted in Discord: the settings that named them are emptied.

    The log channel is told, or the owner where there is none. Returns the settings by name; whoever
    reports the same again changes nothing and tells nobody.
    """
    before = await guild_settings.load(tx, guild_id)
    emptied: dict[str, Any] = {
        name: None for name in (*ROLES, *PLACES) if getattr(before, name) in ids
    }
    remaining = [each for each in before.apply_role_ids if each not in ids]
    if len(remaining) < len(before.apply_role_ids):
        emptied["apply_role_ids"] = remaining
    if not emptied:
        return ()
    after = _changed(before, emptied)
    after = replace(after, lost=tuple(dict.fromkeys((*before.lost, *emptied))))
    await _store(tx, before, after)
    event = Event(EventType.SETTINGS_LOST, guild_id, facts={"settings": list(emptied)})
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
                facts={"server": server, "settings": list(emptied)},
            )
        ],
    )
    return tuple(emptied)


def _changed(before: GuildSettings, values: Mapping[str, Any]) -> GuildSettings:
    stored: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in values.items()
    }
    return replace(before, **stored)


async def _store(tx: Transaction, before: GuildSettings, after: GuildSettings) -> None:
    values = {
        field.name: list(new) if isinstance(new, tuple) else new
        for field in fields(GuildSettings)
        if (new := getattr(after, field.name)) != getattr(before, field.name)
    }
    if values:
        await tx.connection.execute(update(Guild).where(Guild.id == after.id).values(**values))


async def _waiting(tx: Transaction, guild_id: int) -> Sequence[int]:
    """The texts that wait for the moderators, the longest waiting first."""
    ids = await tx.connection.scalars(
        select(ProfileRevision.id)
        .join(MentorProfile, MentorProfile.id == ProfileRevision.profile_id)
        .where(MentorProfile.guild_id == guild_id, ProfileRevision.status == RevisionStatus.PENDING)
        .order_by(ProfileRevision.id)
    )
    return ids.all()
