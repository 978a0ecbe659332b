"""Changes of a guild's settings, and their entries in the audit log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from mentorship.actors import Actor
from mentorship.administration import audit, setup
from mentorship.errors import InvalidField, NotAManager
from mentorship.guilds import guild_settings
from mentorship.mentors.applications import apply
from mentorship.mentors.profile_rules import ProfileContent
from mentorship.notifications.catalogue import NotificationKind
from storage import Database, Transaction
from storage.tables import Event, Guild, Notification
from tests.errors import raises
from tests.mentorship.support.community import BIO, GUILD, REVIEW_CHANNEL, Community

OWNER = 99


async def list_notifications(
    tx: Transaction, *kinds: NotificationKind
) -> list[tuple[str, int | None, object]]:
    rows = await tx.connection.execute(
        select(Notification.kind, Notification.user_id, Notification.facts)
        .where(Notification.kind.in_(kinds))
        .order_by(Notification.id)
    )
    return [tuple(row) for row in rows]


async def changes(town: Community) -> list[Mapping[str, Any]]:
    """List the facts of the audit log's setting changes, the oldest first."""
    entries = await town.db.read(
        audit.list_entries, town.chief, action=audit.SETTING_CHANGED, limit=100
    )
    return [entry.facts for entry in reversed(entries)]


async def test_settings_need_manage_server(town: Community) -> None:
    moderator = replace(town.chief, manages_guild=False, role_ids=frozenset({5}))
    await town.configure(moderator_role_id=5)
    for use_case in (setup.load_settings, setup.configure, setup.retry_review_cards):
        with pytest.raises(NotAManager):
            await town.db.run(use_case, moderator)


async def test_invalid_setting_changes_no_other_setting(town: Community) -> None:
    before = await town.db.read(guild_settings.load, GUILD)
    with raises(InvalidField, saying="fee"):
        await town.db.run(setup.configure, town.chief, starting_balance=5, fee_percent=500)
    assert await town.db.read(guild_settings.load, GUILD) == before


async def test_unknown_setting_is_a_type_error(town: Community) -> None:
    for name in ("id", "lost", "colour"):
        with pytest.raises(TypeError, match=name):
            await town.db.run(setup.configure, town.chief, **{name: 1})


async def test_audit_log_has_each_changed_setting_once(town: Community) -> None:
    await town.db.run(
        setup.configure, town.chief, fee_percent=5, starting_balance=0, log_channel_id=12
    )
    await town.db.run(setup.configure, town.chief, fee_percent=5, log_channel_id=None)
    assert await changes(town) == [
        {"setting": "review_channel_id", "before": None, "after": REVIEW_CHANNEL},
        {"setting": "fee_percent", "before": 0, "after": 5},
        {"setting": "log_channel_id", "before": None, "after": 12},
        {"setting": "log_channel_id", "before": 12, "after": None},
    ]
    # Only changes made while the log channel was set are shown there.
    assert len(await town.db.read(list_notifications, NotificationKind.LOGGED)) == 2


async def test_who_may_apply_by_role_needs_at_least_one_role(town: Community) -> None:
    with raises(InvalidField, saying="at least one role that may apply"):
        await town.db.run(setup.configure, town.chief, who_may_apply="roles")
    await town.configure(who_may_apply="roles", apply_role_ids=[7, 8])
    with raises(InvalidField, saying="at least one role that may apply"):
        await town.db.run(setup.configure, town.chief, apply_role_ids=[])


async def test_deleted_role_clears_its_settings_and_is_reported_once(town: Community) -> None:
    await town.configure(
        mentor_role_id=5, log_channel_id=12, who_may_apply="roles", apply_role_ids=[5, 6]
    )
    deletion = (GUILD, "Riverside", OWNER, [5, 400])
    assert await town.db.run(setup.clear_deleted_settings, *deletion) == (
        "mentor_role_id",
        "apply_role_ids",
    )
    assert await town.db.run(setup.clear_deleted_settings, *deletion) == ()
    settings = await town.db.read(guild_settings.load, GUILD)
    assert settings.mentor_role_id is None
    assert settings.apply_role_ids == (6,)
    assert settings.lost == ("mentor_role_id", "apply_role_ids")
    names = ["mentor_role_id", "apply_role_ids"]
    facts = {"server": "Riverside", "settings": names}
    assert await town.db.read(list_notifications, NotificationKind.SETTING_LOST) == [
        ("setting_lost", None, facts)
    ]
    assert (await changes(town))[-1] == {"settings": ["mentor_role_id", "apply_role_ids"]}
    (entry, *_) = await town.db.read(audit.list_entries, town.chief, limit=1)
    assert entry.actor_id is None
    # Setting it again, even to None, removes it from the lost settings.
    after = await town.db.run(setup.configure, town.chief, mentor_role_id=None)
    assert after.lost == ("apply_role_ids",)


async def test_deleted_log_channel_is_reported_to_the_owner(town: Community) -> None:
    await town.configure(log_channel_id=12)
    await town.db.run(setup.clear_deleted_settings, GUILD, "Riverside", OWNER, [12])
    ((_, recipient, _),) = await town.db.read(list_notifications, NotificationKind.SETTING_LOST)
    assert recipient == OWNER


async def test_pending_applications_are_posted_to_a_new_review_channel(town: Community) -> None:
    ada = await town.member("Ada")
    await town.db.run(apply, ada, ProfileContent(["python"], 10, BIO))
    before = len(await town.db.read(list_notifications, NotificationKind.APPLICATION_RECEIVED))
    await town.db.run(setup.configure, town.chief, review_channel_id=REVIEW_CHANNEL)
    assert (
        len(await town.db.read(list_notifications, NotificationKind.APPLICATION_RECEIVED)) == before
    )
    await town.db.run(setup.configure, town.chief, review_channel_id=77)
    assert (
        len(await town.db.read(list_notifications, NotificationKind.APPLICATION_RECEIVED))
        == before + 1
    )
    # Cards that are being sent are not retried.
    assert await town.db.run(setup.retry_review_cards, town.chief) == 0


async def test_bot_joins_leaves_and_rejoins_a_guild(db: Database) -> None:
    chief = Actor(1, "Chief", GUILD, manages_guild=True)
    for _ in range(3):
        await db.run(setup.record_guild_joined, GUILD, "Riverside", OWNER)
    assert await db.read(setup.list_present_guilds) == [GUILD]
    facts = {"server": "Riverside", "back": False}
    assert await db.read(list_notifications, NotificationKind.WELCOME) == [
        ("welcome", OWNER, facts)
    ]

    await db.run(setup.configure, chief, starting_balance=5)
    await db.run(setup.record_guild_left, GUILD)
    assert await db.read(setup.load_if_present, GUILD) is None
    await db.run(setup.record_guild_left, GUILD)
    assert await db.read(load_left_at) == datetime(2026, 3, 2, 12, tzinfo=UTC)
    # Two processes may receive the event.
    for _ in range(2):
        await db.run(setup.record_guild_joined, GUILD, "Riverside", 55)
    facts = {"server": "Riverside", "back": True}
    assert (await db.read(list_notifications, NotificationKind.WELCOME))[1:] == [
        ("welcome", 55, facts)
    ]
    settings = await db.read(setup.load_if_present, GUILD)
    assert settings is not None
    assert settings.starting_balance == 5


async def test_joining_and_leaving_is_recorded_once_by_two_processes(db: Database) -> None:
    for _ in range(2):
        for use_case, arguments in (
            (setup.record_guild_joined, ("Riverside", OWNER)),
            (setup.record_guild_left, ()),
        ):
            await db.run(use_case, GUILD, *arguments)
            await db.run(use_case, GUILD, *arguments)

    async def list_events(tx: Transaction) -> list[str]:
        return list(await tx.connection.scalars(select(Event.type).order_by(Event.id)))

    assert await db.read(list_events) == ["guild.joined", "guild.left"] * 2


async def load_left_at(tx: Transaction) -> datetime | None:
    return await tx.connection.scalar(select(Guild.left_at).where(Guild.id == GUILD))
