"""The outbox: claiming with a lease, order, retries, outcomes, undelivered notifications."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import insert

from mentorship.actors import Actor
from mentorship.delivery import outbox, outcomes, undelivered
from mentorship.delivery.loading import GIVE_UP_AFTER, DueNotification
from mentorship.delivery.outbox import LEASE
from mentorship.delivery.outcomes import MAX_ATTEMPTS, DeliveryOutcome
from mentorship.notifications import reminders, writing
from mentorship.notifications.catalogue import DeliveryProblem, NotificationKind
from mentorship.notifications.writing import NotificationDraft
from mentorship.operations import health
from mentorship.sessions import transitions
from mentorship.statuses import SessionStatus
from storage import Transaction
from storage.tables import Member, Notification
from tests.mentorship.support.community import TUESDAY_NOON, Community, hours


@pytest.fixture
async def maya(town: Community) -> Actor:
    """A member, with nothing in the outbox."""
    return await town.member("Maya", points=500)


async def put(town: Community, *drafts: NotificationDraft) -> None:
    async def write(tx: Transaction) -> None:
        await writing.write(tx, drafts)

    await town.db.run(write)


async def open_messages(town: Community, people: Iterable[Actor]) -> None:
    """Create members to whom the bot has written before."""

    async def write(tx: Transaction) -> None:
        rows = [
            {
                "guild_id": person.guild_id,
                "user_id": person.user_id,
                "name": person.name,
                "dm_channel_id": person.user_id,
                "created_at": tx.now,
            }
            for person in people
        ]
        await tx.connection.execute(insert(Member), rows)

    await town.db.run(write)


def draft(
    town: Community, who: Actor, subject: str, kind: NotificationKind = NotificationKind.CONFIRMED
) -> NotificationDraft:
    """Return a notification that is due now, about a session that starts soon."""
    now = town.clock.now
    return NotificationDraft(
        kind, town.guild_id, who.user_id, subject=subject, due_at=now, starts_at=now + hours(1)
    )


async def claim_only(town: Community) -> DueNotification:
    (notification,) = await town.db.run(outbox.claim_due)
    return notification


def subjects(claimed: list[DueNotification]) -> list[str]:
    return [notification.key.split(":")[1] for notification in claimed]


async def record(town: Community, outcome: DeliveryOutcome) -> None:
    await town.db.run(outcomes.record, [outcome])


async def fail_attempt(town: Community, wait: timedelta) -> None:
    """Record a failed attempt to send the only due notification."""
    await record(town, outcomes.retry(await claim_only(town), "503", wait, town.clock.now))


# --- leases ---------------------------------------------------------------------------------------


async def test_second_claim_gets_nothing_until_the_lease_ends(town: Community, maya: Actor) -> None:
    await put(town, draft(town, maya, "1"))
    first = await claim_only(town)
    assert (first.user_id, first.kind, first.attempts) == (
        maya.user_id,
        NotificationKind.CONFIRMED,
        1,
    )
    assert first.guild.id == town.guild_id
    assert await town.db.run(outbox.claim_due) == []
    town.clock.now += LEASE - timedelta(seconds=1)
    assert await town.db.run(outbox.claim_due) == []
    town.clock.turn(seconds=1)
    again = await claim_only(town)
    assert (again.id, again.key, again.attempts) == (first.id, first.key, 2)


async def test_concurrent_claims_share_the_due_notifications(town: Community) -> None:
    crowd = [Actor(number, "Somebody", town.guild_id) for number in range(1, 26)]
    await open_messages(town, crowd)
    await put(town, *(draft(town, person, "1") for person in crowd))
    claimed = await asyncio.gather(*(town.db.run(outbox.claim_due, 10) for _ in range(5)))
    assert sorted(len(share) for share in claimed) == [0, 0, 5, 10, 10]
    assert len({notification.id for share in claimed for notification in share}) == 25


async def test_notification_is_not_claimed_before_it_is_due(town: Community, maya: Actor) -> None:
    await put(town, draft(town, maya, "1"))
    town.clock.turn(seconds=-1)
    assert await town.db.run(outbox.claim_due) == []
    assert await town.db.read(outbox.next_due) == town.clock.now + timedelta(seconds=1)
    town.clock.turn(seconds=1)
    await claim_only(town)


# --- outcomes -------------------------------------------------------------------------------------


async def test_sent_notification_is_not_claimed_again(town: Community, maya: Actor) -> None:
    await put(town, draft(town, maya, "1"))
    await record(town, outcomes.sent(await claim_only(town), 7, 8))
    town.clock.turn(days=1)
    assert await town.db.run(outbox.claim_due) == []
    (row,) = await town.notifications()
    assert (row.status, row.channel_id, row.message_id) == ("sent", 7, 8)
    assert await town.db.read(outbox.next_due) is None


async def test_failed_notification_is_kept_with_its_problem(town: Community, maya: Actor) -> None:
    await put(town, draft(town, maya, "1"))
    await record(town, outcomes.failed(await claim_only(town), "the recipient is gone"))
    town.clock.turn(days=1)
    assert await town.db.run(outbox.claim_due) == []
    (row,) = await town.notifications()
    assert (row.status, row.problem) == ("failed", "the recipient is gone")


async def test_dropped_notification_is_not_claimed_again(town: Community, maya: Actor) -> None:
    await put(town, draft(town, maya, "1"))
    await record(town, outcomes.dropped(await claim_only(town)))
    town.clock.turn(days=1)
    assert await town.db.run(outbox.claim_due) == []
    (row,) = await town.notifications()
    assert row.status == "dropped"


async def test_retry_is_claimed_after_its_wait(town: Community, maya: Actor) -> None:
    await put(town, draft(town, maya, "1"))
    await fail_attempt(town, timedelta(minutes=10))
    town.clock.turn(minutes=9, seconds=59)
    assert await town.db.run(outbox.claim_due) == []
    town.clock.turn(seconds=1)
    assert (await claim_only(town)).attempts == 2


async def test_notification_held_for_moderators_is_kept_and_reported_once(town: Community) -> None:
    await town.applicant("Ada")
    wait = timedelta(minutes=5)
    for attempt in range(1, 3 * MAX_ATTEMPTS):
        (card,) = [
            notification
            for notification in await town.db.run(outbox.claim_due)
            if notification.kind is NotificationKind.APPLICATION_RECEIVED
        ]
        assert card.attempts == attempt
        problem = ("Missing Permissions", wait, town.clock.now, DeliveryProblem.REVIEW_CLOSED)
        await record(town, outcomes.hold_for_moderators(card, *problem))
        town.clock.now += wait
    (report,) = await town.notifications(NotificationKind.DELIVERY_PROBLEM)
    assert report.facts["trouble"] == DeliveryProblem.REVIEW_CLOSED
    (held,) = await town.notifications(NotificationKind.APPLICATION_RECEIVED)
    assert (held.status, held.problem) == ("waiting", "Missing Permissions")


async def test_notification_is_given_up_after_three_days_of_attempts(
    town: Community, maya: Actor
) -> None:
    """However many attempts fail before."""
    await put(town, draft(town, maya, "1"))
    written = town.clock.now
    attempts = 0
    while (due := await town.db.run(outbox.claim_due)) and attempts < 500:
        attempts += 1
        outcome = outcomes.retry(due[0], "503", timedelta(minutes=30), town.clock.now)
        await record(town, outcome)
        town.clock.turn(minutes=30)
    (row,) = await town.notifications()
    assert row.status == "failed"
    assert (row.problem, row.attempts) == ("503", attempts)
    assert attempts > MAX_ATTEMPTS
    assert town.clock.now == written + GIVE_UP_AFTER


async def test_notification_is_retried_after_a_long_downtime(town: Community, maya: Actor) -> None:
    await put(town, draft(town, maya, "1"))
    town.clock.now += GIVE_UP_AFTER + hours(24)
    await fail_attempt(town, timedelta(minutes=1))
    town.clock.turn(minutes=1)
    assert (await claim_only(town)).attempts == 2


async def test_notification_is_retried_until_it_is_no_longer_useful(
    town: Community, maya: Actor
) -> None:
    until = town.clock.now + hours(1)
    await put(town, replace(draft(town, maya, "1"), useful_until=until))
    await fail_attempt(town, timedelta(minutes=59))
    town.clock.turn(minutes=59)
    await fail_attempt(town, timedelta(minutes=2))
    (row,) = await town.notifications()
    assert (row.status, row.attempts) == ("failed", 2)


async def test_expired_notification_that_was_tried_counts_as_failed(
    town: Community, maya: Actor
) -> None:
    await town.configure(log_channel_id=12)
    (logged,) = await town.db.run(outbox.claim_due)
    await town.db.run(outcomes.record, [outcomes.sent(logged, 12, 1)])
    until = town.clock.now + hours(1)
    await put(town, replace(draft(town, maya, "1"), useful_until=until))
    await fail_attempt(town, timedelta(minutes=59))
    town.clock.now = until
    assert await town.db.run(outbox.claim_due) == []
    (row,) = await town.notifications(NotificationKind.CONFIRMED)
    assert (row.status, row.problem) == ("failed", "503")
    (undelivered_count,) = await town.db.read(health.list_undelivered)
    assert (undelivered_count.problem, undelivered_count.count) == ("503", 1)
    # The moderators are notified at the end of the hour, once for all that failed in it.
    (report,) = await town.notifications(NotificationKind.UNDELIVERED)
    town.clock.now = report.due_at
    assert (await claim_only(town)).undelivered_by_user == {maya.user_id: 1}


async def test_overdue_notifications_are_counted(town: Community, maya: Actor) -> None:
    await put(town, draft(town, maya, "1"), draft(town, maya, "2", NotificationKind.CANCELLED))
    since = town.clock.now
    town.clock.turn(minutes=5)
    late = await town.db.read(health.load_overdue)
    assert (late.notifications, late.since) == (2, since)
    assert await town.db.read(health.list_undelivered) == []


async def test_location_of_a_posted_review_card_is_recorded(town: Community) -> None:
    _, application = await town.applicant("Ada")
    notification = await claim_only(town)
    assert notification.user_id is None
    assert notification.application == application
    await record(town, outcomes.sent(notification, 7, 8))
    (row,) = await town.notifications(NotificationKind.APPLICATION_RECEIVED)
    assert (row.channel_id, row.message_id) == (7, 8)


# --- order and usefulness -------------------------------------------------------------------------


async def test_urgent_notifications_are_claimed_first_then_longest_due(
    town: Community, maya: Actor
) -> None:
    await put(town, draft(town, maya, "a"), draft(town, maya, "b", NotificationKind.COMPLETED))
    town.clock.turn(minutes=1)
    await put(
        town,
        draft(town, maya, "c"),
        draft(town, maya, "d", NotificationKind.CANCELLED),
        draft(town, maya, "e", NotificationKind.STARTING),
    )
    assert subjects(await town.db.run(outbox.claim_due)) == ["d", "e", "a", "b", "c"]


async def test_notification_waits_for_earlier_ones_to_the_same_person(
    town: Community, maya: Actor
) -> None:
    await put(town, draft(town, maya, "a"))
    await fail_attempt(town, timedelta(seconds=25))
    await put(town, draft(town, maya, "b"), draft(town, town.chief, "c"))
    await put(town, draft(town, maya, "d", NotificationKind.CANCELLED))
    assert subjects(await town.db.run(outbox.claim_due)) == ["d", "c"], "urgent ones don't wait"
    town.clock.turn(seconds=24)
    assert await town.db.run(outbox.claim_due) == []
    town.clock.turn(seconds=10)
    assert subjects(await town.db.run(outbox.claim_due)) == ["a", "b"]


async def test_guilds_take_turns_when_claiming(town: Community, village: Community) -> None:
    """Many notifications of one guild don't delay another's, urgent or not."""
    crowd = [Actor(number, "Somebody", town.guild_id) for number in range(1, 101)]
    await put(town, *(draft(town, person, f"{person.user_id}") for person in crowd))
    await put(village, draft(village, village.chief, "v"), draft(village, crowd[0], "w"))
    order = subjects(await town.db.run(outbox.claim_due, 6))
    assert order == ["1", "v", "2", "w", "3", "4"]


async def test_causes_take_turns_within_a_guild(town: Community, village: Community) -> None:
    """500 gifts of one person delay nobody else's notifications by more than a few messages."""
    giver, other = 1_001, 1_002
    people = [*range(1, 501), 601, 602, 603, giver]
    await open_messages(town, [Actor(number, "Somebody", town.guild_id) for number in people])
    await open_messages(village, [village.chief])
    gifts = [
        replace(
            draft(town, Actor(number, "Stranger", town.guild_id), f"g{number}"), caused_by=giver
        )
        for number in range(1, 501)
    ]
    await put(town, *gifts)
    await put(
        town,
        replace(draft(town, Actor(601, "Ada", town.guild_id), "a"), caused_by=other),
        replace(draft(town, Actor(602, "Bea", town.guild_id), "b"), caused_by=other),
        draft(town, Actor(603, "Cem", town.guild_id), "reminder"),
        draft(town, Actor(giver, "Giver", town.guild_id), "own reminder"),
    )
    await put(village, draft(village, village.chief, "v"))
    order = subjects(await town.db.run(outbox.claim_due))
    assert order[:7] == ["reminder", "v", "g1", "a", "own reminder", "g2", "b"]
    assert order[7:] == [f"g{number}" for number in range(3, 96)]


async def test_a_notification_remembers_whose_act_caused_it(town: Community, maya: Actor) -> None:
    noor = await town.mentor("Noor")
    await town.session(SessionStatus.CONFIRMED, maya, noor)
    (confirmed,) = await town.notifications(NotificationKind.CONFIRMED)
    assert (confirmed.user_id, confirmed.caused_by) == (maya.user_id, noor.user_id)
    starting = await town.notifications(NotificationKind.STARTING)
    assert {row.caused_by for row in starting} == {None}, "it is due by the clock"


async def test_polling_an_idle_outbox_waits_for_no_writer(town: Community, maya: Actor) -> None:
    await put(town, replace(draft(town, maya, "1"), due_at=town.clock.now + hours(1)))

    async def poll_during_a_claim(tx: Transaction) -> bool:
        await outbox.claim_due(tx)
        return await town.db.read(outbox.is_due)

    assert not await town.db.run(poll_during_a_claim)
    town.clock.turn(hours=1)
    assert await town.db.read(outbox.is_due)


async def test_notification_past_its_useful_time_is_dropped(town: Community, maya: Actor) -> None:
    until = town.clock.now + hours(1)
    await put(
        town,
        NotificationDraft(
            NotificationKind.REMINDER,
            town.guild_id,
            maya.user_id,
            subject="1",
            due_at=town.clock.now,
            useful_until=until,
        ),
    )
    town.clock.now = until
    assert await town.db.run(outbox.claim_due) == []
    (row,) = await town.notifications()
    assert (row.status, row.settled_at) == ("dropped", until)


async def test_notification_written_twice_is_stored_once(town: Community, maya: Actor) -> None:
    await put(town, draft(town, maya, "1"), draft(town, maya, "1"))
    await put(town, draft(town, maya, "1"))
    assert await town.count(Notification) == 1
    assert len({draft(town, maya, "1").key, draft(town, town.chief, "1").key}) == 2
    assert draft(town, maya, "1").key != draft(town, maya, "2").key
    assert draft(town, maya, "1").key != draft(town, maya, "1", NotificationKind.STARTING).key


async def test_claimed_notification_has_the_current_session(town: Community, maya: Actor) -> None:
    noor = await town.mentor("Noor")
    while due := await town.db.run(outbox.claim_due):
        for notification in due:
            await record(town, outcomes.sent(notification, 7, 8))
    session = await town.book(maya, noor)
    await fail_attempt(town, timedelta(minutes=1))
    await town.db.run(transitions.confirm, noor, session.id)
    town.clock.turn(minutes=1)
    requested = next(
        notification
        for notification in await town.db.run(outbox.claim_due)
        if notification.kind is NotificationKind.REQUESTED
    )
    assert requested.session is not None
    assert (requested.session.id, requested.session.status) == (session.id, SessionStatus.CONFIRMED)


async def test_writing_no_notifications_does_not_wake_delivery(
    town: Community, maya: Actor
) -> None:
    town.db.outbox_changed.clear()
    await put(town)
    assert not town.db.outbox_changed.is_set()


# --- scheduled notifications ----------------------------------------------------------------------


def reminder_times(
    leads: tuple[int, ...], now: timedelta
) -> list[tuple[int, timedelta, timedelta]]:
    """Return (lead, due, useful until) of a person's reminders, both as times before the start."""
    starting = NotificationDraft(
        NotificationKind.STARTING, 1, 3, subject="2.0", due_at=TUESDAY_NOON
    )
    return [
        (
            draft.facts["minutes"],
            TUESDAY_NOON - draft.due_at,
            TUESDAY_NOON - (draft.useful_until or draft.due_at),
        )
        for draft in reminders.reminder_drafts(starting, leads, TUESDAY_NOON - now)
    ]


def test_reminder_is_useful_until_the_next_one_is_due() -> None:
    assert reminder_times((10, 1_440, 60), hours(48)) == [
        (1_440, hours(24), hours(1)),
        (60, hours(1), timedelta(minutes=10)),
        (10, timedelta(minutes=10), hours(0)),
    ]


@pytest.mark.parametrize("now", [hours(1), timedelta(minutes=59), timedelta(minutes=11)])
def test_reminders_already_due_are_not_written(now: timedelta) -> None:
    assert [lead for lead, _, _ in reminder_times((1_440, 60, 10), now)] == [10]


def test_guild_can_have_no_reminders() -> None:
    assert reminder_times((), hours(48)) == []


# --- undelivered notifications --------------------------------------------------------------------


async def list_undelivered(town: Community, person: Actor) -> list[DueNotification]:
    """List the latest five that were not shown to a person yet."""
    page = await town.db.read(undelivered.list_for_member, town.guild_id, person.user_id, 5)
    assert not page.unreadable_ids
    return list(page.notifications)


async def test_undelivered_notification_is_too_late_once_its_session_has_started(
    town: Community, maya: Actor
) -> None:
    """It is listed without a write, since the list is loaded in a read-only transaction."""
    noor = await town.mentor("Noor")
    session = await town.session(SessionStatus.CONFIRMED, maya, noor)
    for notification in await town.db.run(outbox.claim_due):
        if notification.kind is NotificationKind.CONFIRMED:
            await record(town, outcomes.failed(notification, "direct messages are closed"))
    recipient = (town.guild_id, maya.user_id)
    (confirmed,) = await list_undelivered(town, maya)
    assert (confirmed.kind, confirmed.is_too_late) == (NotificationKind.CONFIRMED, False)
    town.clock.now = session.starts_at
    (confirmed,) = await list_undelivered(town, maya)
    assert confirmed.is_too_late
    await town.db.run(undelivered.mark_shown, *recipient, [confirmed.id])
    assert await list_undelivered(town, maya) == []


async def test_only_what_was_shown_is_marked(town: Community, maya: Actor) -> None:
    await put(town, *(draft(town, maya, str(number)) for number in range(7)))
    for notification in await town.db.run(outbox.claim_due):
        await record(town, outcomes.failed(notification, "direct messages are closed"))
    recipient = (town.guild_id, maya.user_id)
    page = await list_undelivered(town, maya)
    assert subjects(page) == ["6", "5", "4", "3", "2"]
    await town.db.run(undelivered.mark_shown, *recipient, [each.id for each in page])
    rest = await list_undelivered(town, maya)
    assert subjects(rest) == ["1", "0"]
    await town.db.run(undelivered.mark_shown, town.guild_id, maya.user_id + 1, [rest[0].id])
    assert await list_undelivered(town, maya) == rest


async def test_what_is_too_old_to_show_does_not_keep_a_person_from_being_mentioned(
    town: Community, maya: Actor
) -> None:
    await put(town, draft(town, maya, "1"))
    await record(town, outcomes.failed(await claim_only(town), "direct messages are closed"))
    town.clock.now += undelivered.SHOWN_FOR
    await put(town, draft(town, maya, "2"))
    notification = await claim_only(town)
    assert await list_undelivered(town, maya) == []
    assert await town.db.read(undelivered.is_first, notification)
