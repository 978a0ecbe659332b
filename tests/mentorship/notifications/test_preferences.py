"""Notification preferences, and their effect on notifications in the outbox."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from mentorship.actors import Actor
from mentorship.administration import setup
from mentorship.delivery import outbox, outcomes
from mentorship.delivery.loading import DueNotification
from mentorship.errors import InvalidField, TimezoneNeeded
from mentorship.notifications import preferences, writing
from mentorship.notifications.catalogue import (
    MUTABLE_KINDS,
    RETIRED_KINDS,
    DropReason,
    NotificationKind,
)
from mentorship.notifications.writing import NotificationDraft
from mentorship.statuses import SessionStatus
from mentorship.time.quiet_hours import QuietHours
from storage import Transaction
from tests.mentorship.support.community import TUESDAY_NOON, Community, hours

NIGHT = QuietHours(22 * 60, 7 * 60)
"""The tests start at 12:00 UTC, which is 7:00 in New York, where Maya lives."""


async def put(town: Community, who: Actor, *kinds: NotificationKind, **more: object) -> None:
    drafts = [
        NotificationDraft(
            kind, town.guild_id, who.user_id, subject=f"{town.clock.now}", due_at=town.clock.now
        )
        for kind in kinds
    ]

    async def write(tx: Transaction) -> None:
        await writing.write(tx, [replace(draft, **more) for draft in drafts])

    await town.db.run(write)


async def send_due(town: Community) -> list[NotificationKind]:
    """Send what is due, and return the kinds."""
    claimed: list[DueNotification] = await town.db.run(outbox.claim_due)
    await town.db.run(
        outcomes.record, [outcomes.sent(notification, 7, 8) for notification in claimed]
    )
    return [notification.kind for notification in claimed]


async def waiting_leads(town: Community, who: Actor) -> list[int]:
    """List a person's waiting reminders, in minutes before the start."""
    rows = await town.notifications(NotificationKind.REMINDER)
    return [
        row.facts["minutes"]
        for row in rows
        if row.user_id == who.user_id and row.status == "waiting"
    ]


@pytest.fixture
async def maya(town: Community) -> Actor:
    return await town.member("Maya", points=500)


# --- muted kinds ----------------------------------------------------------------------------------


async def test_muted_kinds_are_dropped_and_others_sent(town: Community, maya: Actor) -> None:
    await put(town, maya, NotificationKind.RATED, NotificationKind.DECLINED)
    await town.db.run(preferences.set_muted_kinds, maya, [NotificationKind.RATED])
    assert await send_due(town) == [NotificationKind.DECLINED]
    (row,) = await town.notifications(NotificationKind.RATED)
    assert (row.status, row.problem) == ("dropped", DropReason.MUTED)
    await town.db.run(preferences.set_muted_kinds, maya, [])
    town.clock.turn(minutes=1)
    await put(town, maya, NotificationKind.RATED)
    assert await send_due(town) == [NotificationKind.RATED]


@pytest.mark.parametrize(
    "kind", [kind for kind in NotificationKind if kind not in (*MUTABLE_KINDS, *RETIRED_KINDS)]
)
async def test_mandatory_kinds_cannot_be_muted(
    town: Community, maya: Actor, kind: NotificationKind
) -> None:
    with pytest.raises(InvalidField):
        await town.db.run(preferences.set_muted_kinds, maya, [kind])


async def test_questions_with_a_deadline_stay_on_when_switched_off(
    town: Community, maya: Actor
) -> None:
    """Settings of an older version name them, and clients send them back."""
    muted = [NotificationKind.RATED, NotificationKind.SESSION_ENDED]
    current = await town.db.run(preferences.set_muted_kinds, maya, muted)
    assert current.muted == {NotificationKind.RATED}


async def test_preferences_apply_to_one_guild(
    town: Community, village: Community, maya: Actor
) -> None:
    await town.db.run(preferences.set_muted_kinds, maya, [NotificationKind.RATED])
    member = await village.join(maya)
    assert (await village.db.read(preferences.load, member)).muted == frozenset()
    await put(village, member, NotificationKind.RATED)
    assert await send_due(village) == [NotificationKind.RATED]


async def test_default_preferences_mute_nothing(town: Community) -> None:
    defaults = await town.db.read(preferences.load, Actor(424242, "Stranger", town.guild_id))
    assert (defaults.muted, defaults.leads, defaults.quiet) == (frozenset(), (1_440, 60, 10), None)


# --- reminders ------------------------------------------------------------------------------------


async def test_members_get_their_own_reminders(town: Community, maya: Actor) -> None:
    noor = await town.mentor("Noor")
    await town.db.run(preferences.set_reminders, maya, [30, 120])
    await town.session(SessionStatus.CONFIRMED, maya, noor, start=TUESDAY_NOON + hours(24))
    assert await waiting_leads(town, maya) == [120, 30]
    assert await waiting_leads(town, noor) == [1_440, 60, 10]
    first = (await town.notifications(NotificationKind.REMINDER))[1]
    assert first.user_id == maya.user_id
    assert first.useful_until == first.due_at + timedelta(minutes=90)


async def test_changed_reminders_apply_to_booked_sessions(town: Community, maya: Actor) -> None:
    noor = await town.mentor("Noor")
    await town.session(SessionStatus.CONFIRMED, maya, noor, start=TUESDAY_NOON + hours(24))
    await town.db.run(preferences.set_reminders, maya, [2_880, 15])
    assert await waiting_leads(town, maya) == [15], "two days before the start have passed"
    await town.db.run(preferences.set_reminders, maya, [])
    assert await waiting_leads(town, maya) == []
    await town.db.run(preferences.set_reminders, maya, None)
    assert await waiting_leads(town, maya) == [1_440, 60, 10]
    assert await waiting_leads(town, noor) == [1_440, 60, 10]
    assert len(await town.notifications(NotificationKind.STARTING)) == 2


async def test_changed_guild_reminders_apply_to_members_without_their_own(
    town: Community, maya: Actor
) -> None:
    noor = await town.mentor("Noor")
    await town.db.run(preferences.set_reminders, maya, [30])
    await town.session(SessionStatus.CONFIRMED, maya, noor, start=TUESDAY_NOON + hours(24))
    await town.db.run(setup.configure, town.chief, reminders=[180, 5])
    assert await waiting_leads(town, noor) == [180, 5]
    assert await waiting_leads(town, maya) == [30]


async def test_changed_reminders_do_not_repeat_a_sent_one(town: Community, maya: Actor) -> None:
    noor = await town.mentor("Noor")
    start = TUESDAY_NOON + hours(24)
    await town.session(SessionStatus.CONFIRMED, maya, noor, start=start)
    town.clock.now = start - hours(24)
    assert NotificationKind.REMINDER in await send_due(town)
    await town.db.run(preferences.set_reminders, maya, [])
    await town.db.run(preferences.set_reminders, maya, [1_440, 10])
    assert await waiting_leads(town, maya) == [10]


@pytest.mark.parametrize("leads", [[0], [20_161], [1, 2, 3, 4, 5, 6]])
async def test_reminders_have_limits(town: Community, maya: Actor, leads: list[int]) -> None:
    with pytest.raises(InvalidField):
        await town.db.run(preferences.set_reminders, maya, leads)


# --- quiet hours ----------------------------------------------------------------------------------


async def test_quiet_hours_hold_notifications_that_can_wait(town: Community, maya: Actor) -> None:
    await town.db.run(preferences.set_quiet_hours, maya, NIGHT)
    town.clock.turn(hours=18)
    await put(town, maya, NotificationKind.DECLINED)
    town.clock.turn(minutes=1)
    await put(town, maya, NotificationKind.STARTING, NotificationKind.RATED)
    assert await send_due(town) == [NotificationKind.STARTING]
    assert await town.db.read(outbox.next_due) == TUESDAY_NOON
    town.clock.now = TUESDAY_NOON - timedelta(seconds=1)
    assert not await town.db.read(outbox.is_due)
    town.clock.turn(seconds=1)
    assert await send_due(town) == [NotificationKind.DECLINED, NotificationKind.RATED]


async def test_notification_useless_after_quiet_hours_is_dropped(
    town: Community, maya: Actor
) -> None:
    await town.db.run(preferences.set_quiet_hours, maya, NIGHT)
    town.clock.turn(hours=18)
    await put(town, maya, NotificationKind.REMINDER, useful_until=town.clock.now + hours(1))
    assert await send_due(town) == []
    town.clock.now = TUESDAY_NOON
    assert await send_due(town) == []
    (row,) = await town.notifications(NotificationKind.REMINDER)
    assert (row.status, row.problem) == ("dropped", DropReason.EXPIRED)


async def test_changed_quiet_hours_apply_to_held_notifications(
    town: Community, maya: Actor
) -> None:
    await town.db.run(preferences.set_quiet_hours, maya, NIGHT)
    town.clock.turn(hours=18)
    await put(town, maya, NotificationKind.DECLINED)
    assert await send_due(town) == []
    await town.db.run(preferences.set_quiet_hours, maya, None)
    assert await send_due(town) == [NotificationKind.DECLINED]


async def test_quiet_hours_need_a_time_zone(town: Community) -> None:
    sam = await town.member("Sam", zone=None)
    with pytest.raises(TimezoneNeeded):
        await town.db.run(preferences.set_quiet_hours, sam, NIGHT)


@pytest.mark.parametrize("hours", [QuietHours(60, 60), QuietHours(-1, 60), QuietHours(0, 1_440)])
async def test_quiet_hours_must_be_two_times_of_the_day(
    town: Community, maya: Actor, hours: QuietHours
) -> None:
    with pytest.raises(InvalidField):
        await town.db.run(preferences.set_quiet_hours, maya, hours)


async def test_preferences_show_guild_reminders_by_default(town: Community, maya: Actor) -> None:
    await town.db.run(setup.configure, town.chief, reminders=[30])
    assert (await town.db.read(preferences.load, maya)).leads == (30,)
