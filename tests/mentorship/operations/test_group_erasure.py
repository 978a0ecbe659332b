"""Erasing, exporting and deleting what people have of group sessions and offers."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, insert, update

from mentorbot.jobs.housekeeping import run_housekeeping
from mentorbot.settings import RetentionSettings
from mentorship.actors import Actor
from mentorship.errors import StillToSettle, TermsChanged
from mentorship.operations import erasure, guild_purge, own_data, personal_data
from mentorship.operations.erasure_phases import steps as erasure_steps
from mentorship.sessions.groups import creation, group_views, seats, waitlist
from mentorship.sessions.groups.creation import GroupRequest
from mentorship.sessions.groups.group_views import GroupView
from mentorship.sessions.groups.seats import JoinRequest
from mentorship.statuses import SessionStatus
from storage import Database, Transaction
from storage.batches import run_in_batches
from storage.tables import (
    Commitment,
    GroupSession,
    Guild,
    HelpRequest,
    Invitation,
    Member,
    RequestedMentor,
    Series,
    SlotAlert,
    WaitlistEntry,
)
from tests.conftest import Clock
from tests.mentorship.operations.test_privacy import cells
from tests.mentorship.support import exports
from tests.mentorship.support.community import HIGH_LIMITS, TUESDAY_NOON, Community, hours

REQUEST = GroupRequest("Quuxian office hours", TUESDAY_NOON, 60, capacity=2, price=30)


@pytest.fixture
async def oliver(town: Community) -> Actor:
    return await town.mentor("Oliver Quux")


@pytest.fixture
async def maya(town: Community) -> Actor:
    return await town.member("Maya Zzyx", points=100)


async def create(town: Community, mentor: Actor, **changes: Any) -> GroupView:
    return await town.db.run(creation.create, mentor, replace(REQUEST, **changes))


async def erase(db: Database, person: Actor) -> None:
    """Erase a person, and go on until nothing is left to do."""
    erased = await db.run(erasure.erase, person)
    while erased.unfinished is not None and await db.run(erasure_steps.step, erased.unfinished):
        pass


async def traces(town: Community, *marks: str) -> list[str]:
    lines = await town.db.read(cells)
    return [line for line in lines if any(mark in line.casefold() for mark in marks)]


async def test_an_erased_attendee_leaves_their_seat_to_the_next_in_line(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    group = await create(town, oliver, capacity=2)
    seat = await town.db.run(seats.join, maya, JoinRequest(group.id))
    priya, ken = [await town.member(name, points=100) for name in ("Priya", "Ken")]
    await town.db.run(seats.join, priya, JoinRequest(group.id))
    await town.db.run(waitlist.join, ken, group.id)
    await erase(town.db, maya)
    await town.db.run(waitlist.fill_due)
    view = await town.db.read(group_views.load, group.id)
    assert (view.seats_taken, view.waiting) == (2, 0)
    assert await town.balance(ken) == 70
    assert await traces(town, str(maya.user_id), "zzyx") == []
    # Their seat keeps the title, which the mentor wrote.
    assert (await town.reload(seat)).topic == REQUEST.title


async def test_an_erased_member_no_longer_waits_in_line(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    group = await create(town, oliver, capacity=2)
    for name in ("Priya", "Ken"):
        person = await town.member(name, points=100)
        await town.db.run(seats.join, person, JoinRequest(group.id))
    await town.db.run(waitlist.join, maya, group.id)
    await erase(town.db, maya)
    assert (await town.db.read(group_views.load, group.id)).waiting == 0
    assert await traces(town, str(maya.user_id), "zzyx") == []


async def test_an_erased_mentors_group_sessions_are_cancelled_and_refunded(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    groups = [
        await create(town, oliver, starts_at=TUESDAY_NOON + hours(2 * number))
        for number in range(3)
    ]
    seat = await town.db.run(seats.join, maya, JoinRequest(groups[0].id))
    preview = await town.db.read(erasure.preview, oliver)
    assert (len(preview.groups), preview.terms.sessions) == (3, 3)
    result = await town.db.run(erasure.erase, oliver, preview.terms)
    assert result.cancelled_sessions == 3
    while result.unfinished and await town.db.run(erasure_steps.step, result.unfinished):
        pass
    view = await town.db.read(group_views.load, groups[0].id)
    assert (view.status, view.title) == (SessionStatus.CANCELLED, "")
    assert (await town.reload(seat)).status is SessionStatus.CANCELLED
    assert await town.balance(maya) == 100
    assert await town.count(Commitment) == 0
    assert await traces(town, str(oliver.user_id), "quux") == []
    assert not await town.db.read(personal_data.has_data, town.guild_id, oliver.user_id)


async def test_all_seats_of_a_large_group_are_refunded_when_its_mentor_is_erased(
    town: Community, oliver: Actor
) -> None:
    await town.configure(starting_balance=30, **HIGH_LIMITS)
    group = await create(town, oliver, capacity=0)
    people = [Actor(5_000 + number, f"P{number}", town.guild_id) for number in range(40)]
    for person in people:
        await town.db.run(seats.join, person, JoinRequest(group.id))
    erased = await town.db.run(erasure.erase, oliver)
    await town.wait_until(town.clock.now)
    while erased.unfinished and await town.db.run(erasure_steps.step, erased.unfinished):
        pass
    assert [await town.balance(person) for person in people] == [30] * 40
    assert await traces(town, str(oliver.user_id), "quux") == []


async def test_a_mentor_is_not_erased_while_a_seat_is_unsettled(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    group = await create(town, oliver)
    await town.db.run(seats.join, maya, JoinRequest(group.id))
    await town.wait_until(group.ends_at)
    ended = await town.db.read(group_views.load, group.id)
    assert ended.status is SessionStatus.COMPLETED
    with pytest.raises(StillToSettle):
        await town.db.run(erasure.erase, oliver)
    await town.deliver()
    await town.wait_until(group.ends_at + timedelta(days=2))
    await erase(town.db, oliver)
    assert await traces(town, str(oliver.user_id), "quux") == []


async def test_a_new_group_session_asks_again_before_erasing(
    town: Community, oliver: Actor
) -> None:
    first = await create(town, oliver)
    seen = (await town.db.read(own_data.preview_erasure, oliver)).terms
    await create(town, oliver, starts_at=TUESDAY_NOON + hours(4))
    await town.db.run(_cancel, first.id)
    with pytest.raises(TermsChanged):
        await town.db.run(own_data.erase, oliver, seen)


async def _cancel(tx: Transaction, group_id: int) -> None:
    await tx.connection.execute(delete(Commitment).where(Commitment.group_id == group_id))
    values = {"status": "cancelled", "ended_at": tx.now, "next_at": None}
    await tx.connection.execute(
        update(GroupSession).where(GroupSession.id == group_id).values(**values)
    )


# --- Rows of offers ------------------------------------------------------------------------------


@pytest.fixture
async def offers(town: Community, oliver: Actor, maya: Actor) -> Community:
    """A town in which Oliver and Maya have a row of every kind of offer, all ended."""
    group = await create(town, oliver)

    async def write(tx: Transaction) -> None:
        common = {"guild_id": town.guild_id, "created_at": tx.now}
        of_mentor = common | {"profile_id": group.profile_id}
        times = {"starts_at": TUESDAY_NOON, "ends_at": TUESDAY_NOON + hours(1)}
        await tx.connection.execute(
            insert(HelpRequest).values(
                **common,
                id=1,
                user_id=maya.user_id,
                tag="python",
                text="I, Zzyx, need help",
                status="withdrawn",
                expires_at=tx.now,
                ended_at=tx.now,
            )
        )
        shown = {"request_id": 1, "mentor_id": oliver.user_id, "shown_at": tx.now}
        await tx.connection.execute(insert(RequestedMentor).values(**shown, guild_id=town.guild_id))
        await tx.connection.execute(
            insert(Invitation).values(
                **of_mentor,
                **times,
                mentor_id=oliver.user_id,
                mentee_id=maya.user_id,
                timezone="Europe/London",
                topic="Zzyx and Quux",
                note="Dear Zzyx, yours, Quux",
                price=10,
                status="declined",
                ended_at=tx.now,
                request_id=1,
            )
        )
        await tx.connection.execute(
            insert(Series).values(**of_mentor, mentee_id=maya.user_id, every_weeks=1)
        )
        await tx.connection.execute(insert(SlotAlert).values(**of_mentor, user_id=maya.user_id))
        await tx.connection.execute(
            insert(WaitlistEntry).values(
                **common, group_id=group.id, user_id=maya.user_id, price=30
            )
        )

    await town.db.run(write)
    return town


async def test_no_offer_names_an_erased_member(offers: Community, maya: Actor) -> None:
    await erase(offers.db, maya)
    assert await traces(offers, str(maya.user_id), "zzyx") == []
    assert await offers.count(SlotAlert) == await offers.count(WaitlistEntry) == 0


async def test_no_offer_names_an_erased_mentor(offers: Community, oliver: Actor) -> None:
    await erase(offers.db, oliver)
    assert await traces(offers, str(oliver.user_id), "quux") == []
    assert await offers.count(SlotAlert) == await offers.count(RequestedMentor) == 0


async def test_both_sides_of_offers_can_be_erased(
    offers: Community, oliver: Actor, maya: Actor
) -> None:
    await erase(offers.db, maya)
    await erase(offers.db, oliver)
    assert await traces(offers, "quux", "zzyx") == []
    # Whoever is erased is still somebody in the rows that stay.
    placeholders = [row for row in (await offers.dump())["members"] if row.user_id < 0]
    assert len(placeholders) == 2


async def test_an_export_has_group_sessions_seats_and_offers(
    offers: Community, oliver: Actor, maya: Actor
) -> None:
    group = (await offers.dump())["group_sessions"][0]
    await offers.db.run(seats.join, maya, JoinRequest(group.id))
    mentors, members = [await exports.export(offers.db, each) for each in (oliver, maya)]
    assert [row["title"] for row in mentors["group_sessions"]] == [REQUEST.title]
    assert members["group_sessions"] == []
    assert [row["topic"] for row in members["sessions"]] == [REQUEST.title]
    assert len(mentors["invitations"]) == len(members["invitations"]) == 1
    assert len(mentors["requested_mentors"]) == 1
    for table in ("series", "help_requests", "slot_alerts"):
        assert len(members[table]) == 1, table
        assert mentors[table] == [], table
    assert str(oliver.user_id) not in str(members)
    assert str(maya.user_id) not in str(mentors)


async def test_ended_offers_are_deleted_after_some_months(offers: Community, clock: Clock) -> None:
    clock.turn(days=89)
    await run_housekeeping(offers.db, RetentionSettings())
    assert await offers.count(Invitation) == await offers.count(HelpRequest) == 1
    clock.turn(days=2)
    await run_housekeeping(offers.db, RetentionSettings())
    for table in (Invitation, HelpRequest, RequestedMentor):
        assert await offers.count(table) == 0, table
    assert await offers.count(GroupSession) == 1


async def test_purging_a_guild_deletes_its_group_sessions_and_offers(
    offers: Community, maya: Actor, clock: Clock
) -> None:
    group = (await offers.dump())["group_sessions"][0]
    await offers.db.run(seats.join, maya, JoinRequest(group.id))

    async def leave(tx: Transaction) -> None:
        await tx.connection.execute(update(Guild).values(left_at=tx.now))

    await offers.db.run(leave)
    clock.turn(days=31)
    assert await offers.db.run(guild_purge.begin, offers.guild_id)
    await run_in_batches(offers.db, guild_purge.delete_batch, offers.guild_id, 3)
    assert {name for name, rows in (await offers.dump()).items() if rows} == set()
    assert await offers.count(Member) == 0
