"""Domain events: which use case records which, in one transaction with its notifications."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Row, select

from mentorship import events
from mentorship.administration import audit, moderation, moderation_lists, setup
from mentorship.availability import editor, timezone_change
from mentorship.errors import NotAllowedNow
from mentorship.event_types import EventType
from mentorship.events import Event
from mentorship.main_app import identity
from mentorship.mentors import application_review, applications, profiles
from mentorship.mentors.application_review import Decision
from mentorship.mentors.profile_rules import ProfileContent
from mentorship.notifications import policy, preferences, publishing
from mentorship.operations import erasure
from mentorship.operations.event_retention import delete_old_events
from mentorship.points import adjustments, transfers
from mentorship.points.transfers import Recipient
from mentorship.sessions import departures, rescheduling, transitions
from mentorship.sessions.follow_up import attendance, disputes, reviews
from mentorship.sessions.lifecycle import TRANSITIONS, Action, Attendance, Unit
from mentorship.statuses import SessionStatus
from storage import Transaction
from storage.tables import Event as EventRow
from storage.tables import Notification
from tests.mentorship.support.community import BIO, TUESDAY_NOON, Community, hours


async def load_events(town: Community, since: int = 0) -> Sequence[Row[*tuple[Any, ...]]]:
    """Load the guild's events in order."""

    async def load(tx: Transaction) -> Sequence[Row[*tuple[Any, ...]]]:
        query = select(*EventRow.__table__.c).where(EventRow.id > since)
        return (await tx.connection.execute(query.order_by(EventRow.id))).all()

    return await town.db.read(load)


async def load_types(town: Community, since: int) -> list[str]:
    return [row.type for row in await load_events(town, since)]


async def last_id(town: Community) -> int:
    rows = await load_events(town)
    return rows[-1].id if rows else 0


async def test_each_use_case_of_a_member_records_its_event(town: Community) -> None:
    oliver = await town.mentor("Oliver")
    maya = await town.member("Maya", points=1_000)
    run, chief = town.db.run, town.chief

    async def recorded_by(*calls: Any) -> list[str]:
        since = await last_id(town)
        for use_case, *arguments in calls:
            await run(use_case, *arguments)
        return await load_types(town, since)

    ada = await town.member("Ada")
    content = ProfileContent(["python"], 10, BIO)
    assert await recorded_by((applications.apply, ada, content)) == ["application.submitted"]
    assert await recorded_by((applications.revise, ada, content)) == ["application.revised"]
    assert await recorded_by((applications.withdraw, ada)) == ["application.withdrawn"]
    application = await run(applications.apply, ada, content)
    decide = application_review.decide
    assert await recorded_by((decide, chief, application.id, Decision.APPROVED)) == [
        "application.approved"
    ]
    assert await recorded_by((editor.set_weekly, ada, "mon 10-12")) == [
        "mentor.availability_updated"
    ]
    assert await recorded_by((profiles.pause, ada), (profiles.resume, ada)) == [
        "mentor.paused",
        "mentor.resumed",
    ]
    assert await recorded_by((profiles.stop, ada)) == ["mentor.stopped"]
    faster = ProfileContent(["python"], 20, BIO)
    await run(profiles.resume, ada)
    assert await recorded_by((profiles.edit, ada, faster)) == ["mentor.profile_updated"]
    assert await recorded_by((timezone_change.set_timezone, maya, "Asia/Tokyo")) == [
        "member.timezone_changed"
    ]
    assert await recorded_by((identity.set_rank, maya, 7)) == ["member.rank_changed"]
    give = (transfers.give, maya, Recipient(oliver.user_id, "Oliver"), 5)
    grant = (adjustments.grant, chief, Recipient(maya.user_id, "Maya"), 5, "Thanks.")
    deduct = (adjustments.deduct, chief, Recipient(maya.user_id, "Maya"), 5, "A slip.")
    assert await recorded_by(give, grant, deduct) == [
        "points.given",
        "points.granted",
        "points.deducted",
    ]
    assert await recorded_by((departures.record_departure, town.guild_id, ada.user_id)) == [
        "member.left"
    ]
    # Recording the departure again changes nothing.
    assert await recorded_by((departures.record_departure, town.guild_id, ada.user_id)) == []


async def test_each_action_on_a_session_records_its_event(town: Community) -> None:
    oliver = await town.mentor("Oliver")
    maya = await town.member("Maya", points=1_000)
    run, chief = town.db.run, town.chief
    since = await last_id(town)
    start = TUESDAY_NOON
    session = await town.book(maya, oliver, start)
    later = start + hours(2)
    for answer in (rescheduling.withdraw, rescheduling.decline, rescheduling.accept):
        await run(rescheduling.propose, maya, session.id, later)
        actor = maya if answer is rescheduling.withdraw else oliver
        await run(answer, actor, session.id)
    assert await load_types(town, since) == [
        "session.booked",
        "session.reschedule_proposed",
        "session.reschedule_withdrawn",
        "session.reschedule_proposed",
        "session.reschedule_declined",
        "session.reschedule_proposed",
        "session.rescheduled",
    ]
    since = await last_id(town)
    await town.wait_until(later + timedelta(minutes=30))
    await run(attendance.report, oliver, session.id, Attendance.NO_SHOW)
    await run(attendance.report, maya, session.id, Attendance.MET)
    await run(disputes.resolve, chief, session.id, Action.PAY)
    await run(reviews.rate, maya, session.id, 4)
    await run(reviews.rate, maya, session.id, 5, "Very clear.")
    await run(reviews.rate, maya, session.id, 5, "Very clear!")
    await run(reviews.reply, oliver, session.id, "Thank you!")
    review = (await town.db.read(moderation_lists.list_reviews, chief))[0]
    await run(moderation.hide_review, chief, review.id, "Rude.")
    await run(moderation.suspend, chief, oliver.user_id, "Rude, too.", cancel_sessions=False)
    await run(moderation.reinstate, chief, oliver.user_id)
    assert await load_types(town, since) == [
        "session.started",
        "session.no_show_reported",
        "session.dispute_opened",
        "session.dispute_resolved",
        "review.written",
        "review.written",
        "review.edited",
        "review.replied",
        "review.hidden",
        "mentor.suspended",
        "mentor.reinstated",
    ]
    started, reported, *_ = await load_events(town, since)
    assert (started.actor_id, started.session_id) == (None, session.id)
    assert (reported.actor_id, reported.subject_id) == (oliver.user_id, maya.user_id)
    assert reported.facts["from"] == reported.facts["to"] == "in_progress"


async def test_a_refused_action_records_no_event(town: Community) -> None:
    oliver = await town.mentor("Oliver")
    maya = await town.member("Maya", points=100)
    session = await town.session(SessionStatus.CONFIRMED, maya, oliver)
    since = await last_id(town)
    with pytest.raises(NotAllowedNow):
        await town.db.run(transitions.confirm, oliver, session.id)
    assert await load_events(town, since) == []


def test_every_transition_has_an_event_of_what_it_works_on() -> None:
    prefixes: dict[Unit, set[str]] = {}
    for row in TRANSITIONS:
        prefixes.setdefault(row.unit, set()).add(row.event.partition(".")[0])
    # What either side of a seat reports and disputes is about their session.
    assert prefixes == {
        Unit.SESSION: {"session"},
        Unit.SEAT: {"seat", "session"},
        Unit.GROUP: {"group"},
    }
    # An action has one event for all parties, with two exceptions. The mentee's "we met" completes
    # the session, and a split by the clock is no moderator's decision.
    by_action: dict[Action, set[EventType]] = {}
    for row in TRANSITIONS:
        if row.unit is not Unit.SESSION:
            continue
        by_action.setdefault(row.action, set()).add(row.event)
    assert {action for action, types in by_action.items() if len(types) > 1} == {
        Action.REPORT_MET,
        Action.SPLIT,
    }


def test_every_policy_rule_causes_its_notification() -> None:
    for event_type, rules in policy.RULES.items():
        for rule in rules:
            facts = {} if rule.only_if is None else {rule.only_if: True}
            event = Event(event_type, 10, 1, subject_id=2, facts=facts, note="why")
            drafts = list(policy.notifications(event, 7, TUESDAY_NOON, participants=[3, 4]))
            assert rule.kind in {draft.kind for draft in drafts}


async def test_an_event_and_its_notifications_are_one_transaction(town: Community) -> None:
    maya = await town.member("Maya")
    before = await last_id(town)

    async def publish_and_fail(tx: Transaction) -> None:
        event = Event(
            EventType.MENTOR_REINSTATED, town.guild_id, town.chief.user_id, subject_id=maya.user_id
        )
        await publishing.publish(tx, event)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await town.db.run(publish_and_fail)
    assert await last_id(town) == before
    assert await town.notified_kinds(maya) == []


async def test_the_log_channel_gets_audited_events_only(town: Community) -> None:
    await town.configure(log_channel_id=12)
    maya = await town.member("Maya")

    async def logged() -> int:
        async def count(tx: Transaction) -> int:
            query = select(Notification.id).where(Notification.kind == "logged")
            return len((await tx.connection.execute(query)).all())

        return await town.db.read(count)

    before = await logged()
    await town.db.run(preferences.set_reminders, maya, [60])
    assert await logged() == before
    await town.db.run(setup.configure, town.chief, fee_percent=5)
    assert await logged() == before + 1


async def test_erasing_a_person_anonymises_their_events(town: Community) -> None:
    oliver = await town.mentor("Oliver")
    maya = await town.member("Maya", points=1_000)
    await town.session(SessionStatus.COMPLETED, maya, oliver)
    receiver = Recipient(maya.user_id, "Maya")
    await town.db.run(adjustments.grant, town.chief, receiver, 5, "Maya helped me.")
    about_maya = [
        row.id for row in await load_events(town) if maya.user_id in (row.actor_id, row.subject_id)
    ]
    await town.db.run(erasure.erase, maya)
    rows = {row.id: row for row in await load_events(town)}
    assert set(about_maya) <= rows.keys(), "the events are kept"
    for row in rows.values():
        assert maya.user_id not in (row.actor_id, row.subject_id)
        assert str(maya.user_id) not in str(row.facts)
        if row.id in about_maya:
            assert row.note is None


async def test_old_events_are_deleted_and_the_audit_log_is_kept(town: Community) -> None:
    maya = await town.member("Maya")
    await town.db.run(timezone_change.set_timezone, maya, "Asia/Tokyo")
    await town.db.run(setup.configure, town.chief, fee_percent=5)
    town.clock.now += timedelta(days=90)
    await town.db.run(timezone_change.set_timezone, maya, "Asia/Seoul")
    days = timedelta(days=1)
    deleted = await town.db.run(delete_old_events, 91 * days, None)
    assert deleted == 0
    town.clock.now += timedelta(days=2)
    assert await town.db.run(delete_old_events, 91 * days, None) > 0
    remaining = await load_events(town)
    assert [row.facts["timezone"] for row in remaining if not row.audited] == ["Asia/Seoul"]
    assert await town.db.read(audit.list_entries, town.chief) != []
    await town.db.run(delete_old_events, 91 * days, 91 * days)
    assert await town.db.read(audit.list_entries, town.chief) == []


async def test_deleted_ids_are_never_used_again(town: Community) -> None:
    maya = await town.member("Maya")
    await town.db.run(timezone_change.set_timezone, maya, "Asia/Tokyo")
    newest = await last_id(town)
    town.clock.now += timedelta(days=100)
    await town.db.run(delete_old_events, timedelta(days=90), timedelta(days=90))
    assert await load_events(town) == []

    async def record_one(tx: Transaction) -> int:
        event = Event(EventType.TIMEZONE_CHANGED, town.guild_id, maya.user_id)
        return await events.record(tx, event)

    assert await town.db.run(record_one) > newest
