"""Use cases on PostgreSQL: complete ones, and many at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from mentorship.actors import Actor
from mentorship.administration import moderation, moderation_lists
from mentorship.availability import editor
from mentorship.delivery import outbox
from mentorship.errors import AlreadyDecided, Busy, NotAllowedNow, NotEnoughPoints, SlotTaken
from mentorship.mentors import application_review
from mentorship.mentors.application_review import Decision
from mentorship.mentors.application_views import ApplicationView
from mentorship.notifications.catalogue import NotificationKind
from mentorship.points import adjustments, transfers
from mentorship.points.transfers import Recipient
from mentorship.search import directory
from mentorship.sessions import points_history, transitions
from mentorship.sessions.follow_up import reviews
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import SessionStatus
from mentorship.time.intervals import Span
from storage import Database, Transaction
from storage.tables import Commitment, Session
from tests.api.server import serve_api
from tests.conftest import Clock
from tests.mentorship.support.community import (
    TUESDAY_NOON,
    Community,
    assert_ledger_consistent,
    hours,
)
from tests.mentorship.support.own_calendars import add_calendar
from tests.storage import rows


@pytest.fixture
async def town(postgresql_db: Database, clock: Clock) -> AsyncIterator[Community]:
    town = Community(postgresql_db, clock)
    await town.configure()
    yield town
    await town.db.read(assert_ledger_consistent)


async def test_a_session_from_booking_to_review(town: Community) -> None:
    oliver = await town.mentor("Oliver", rate=45)
    maya = await town.member("Maya", points=100)
    session = await town.session(SessionStatus.COMPLETED, maya, oliver, minutes=30)
    assert (await town.balance(maya), await town.balance(oliver)) == (77, 23)
    rated = await town.db.run(reviews.rate, maya, session.id, 5, "Clear.")
    assert rated.session.stars == 5
    kinds = set()
    while due := await town.db.run(outbox.claim_due):
        kinds |= {notice.kind for notice in due}
    assert kinds >= {NotificationKind.APPROVED, NotificationKind.COMPLETED, NotificationKind.RATED}
    later = await town.session(SessionStatus.CONFIRMED, maya, oliver, TUESDAY_NOON + hours(48))
    assert (await town.db.run(transitions.cancel, oliver, later.id)).refund == 45


async def test_instants_are_read_whatever_the_date_style_of_the_server(
    town: Community, clock: Clock
) -> None:
    oliver = await town.mentor("Oliver")
    await town.db.run(add_calendar, oliver, (TUESDAY_NOON, hours(1)))
    await town.db.run(_write_instants_as, "German")
    db = Database(town.db.url, clock=clock)
    view = await db.read(editor.load, oliver)
    await db.close()
    assert view.external_busy == (Span(TUESDAY_NOON, TUESDAY_NOON + hours(1)),)


async def _write_instants_as(tx: Transaction, style: str) -> None:
    """Set how the server writes instants in sessions that begin from now on."""
    name = await tx.connection.scalar(text("SELECT current_database()"))
    await tx.connection.exec_driver_sql(f'ALTER DATABASE "{name}" SET datestyle = {style}')


@pytest.mark.parametrize("crowd", [12, pytest.param(60, marks=pytest.mark.long)])
async def test_of_concurrent_bookings_of_a_slot_one_wins(town: Community, crowd: int) -> None:
    oliver = await town.mentor("Oliver")
    members = [await town.member(f"Member {number}", points=60) for number in range(crowd)]
    attempts = [town.book(member, oliver) for member in members]
    results = await asyncio.gather(*attempts, return_exceptions=True)
    lost = [result for result in results if isinstance(result, BaseException)]
    assert len(lost) == crowd - 1
    assert {type(error) for error in lost} == {SlotTaken}, lost
    assert await town.count(Session) == 1
    assert await town.count(Commitment) == 2


async def test_commitments_of_one_person_wait_for_each_other(postgresql_db: Database) -> None:
    """Otherwise concurrent bookings of a slot deadlock, which the server resolves once a second."""
    first, second = (
        await postgresql_db.run(rows.add_session),
        await postgresql_db.run(rows.add_session),
    )
    engine = create_async_engine(postgresql_db.url)
    async with engine.connect() as one, engine.connect() as another:
        await rows.add_commitment(Transaction(one, postgresql_db.now()), first, 10, 11, rows.MENTEE)
        await another.exec_driver_sql("SET lock_timeout = '50ms'")
        waiting = Transaction(another, postgresql_db.now())
        await rows.add_commitment(waiting, second, 10, 11, rows.MENTOR)
        with pytest.raises(DBAPIError, match="lock timeout"):
            await rows.add_commitment(waiting, second, 14, 15, rows.MENTEE)
    await engine.dispose()


async def test_commitments_are_written_in_order_of_user_ids(town: Community) -> None:
    """Otherwise two people who book each other could deadlock."""
    maya, oliver = await town.member("Maya", points=100), await town.mentor("Oliver")
    await town.book(maya, oliver)

    async def committed_people(tx: Transaction) -> list[int]:
        return [*await tx.connection.scalars(select(Commitment.user_id).order_by(Commitment.id))]

    assert await town.db.read(committed_people) == [maya.user_id, oliver.user_id]


async def test_many_commitments_in_a_transaction_take_few_locks(postgresql_db: Database) -> None:
    """The server's lock table holds some thousands; moving data here is one transaction."""
    meeting = await postgresql_db.run(rows.add_session)
    statement = """
        INSERT INTO commitments (session_id, user_id, starts_at, ends_at)
        SELECT $1, person, '2026-03-03 10:00Z', '2026-03-03 11:00Z'
          FROM generate_series(1, 5000) AS person
    """
    engine = create_async_engine(postgresql_db.url)
    async with engine.connect() as connection:
        await connection.exec_driver_sql(statement, (meeting,))
        count_locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
        assert await connection.scalar(text(count_locks)) <= 1024
    await engine.dispose()


async def test_a_transfer_does_not_wait_for_a_foreign_key_lock(postgresql_db: Database) -> None:
    """The foreign keys of another transfer lock the account; otherwise the two could deadlock."""
    issuance, member = await postgresql_db.run(rows.add_accounts)
    engine = create_async_engine(postgresql_db.url)
    async with engine.connect() as one, engine.connect() as another:
        await one.exec_driver_sql("SELECT id FROM accounts FOR KEY SHARE")
        await another.exec_driver_sql("SET lock_timeout = '50ms'")
        await rows.add_transfer(Transaction(another, postgresql_db.now()), issuance, member, 70)
        await another.commit()
    await engine.dispose()
    assert await rows.load_balances(postgresql_db) == {issuance: -70, member: 70}


async def test_concurrent_bookings_never_overlap_for_a_person(town: Community) -> None:
    ann, ben = await town.mentor("Ann"), await town.mentor("Ben")
    maya = await town.member("Maya", points=100)
    for person in (ann, ben):
        await town.grant(person, 100)
    attempts = [
        town.book(ann, ben),
        town.book(ben, ann),
        town.book(maya, ann),
        town.book(maya, ben),
    ]
    results = await asyncio.gather(*attempts, return_exceptions=True)
    lost = [result for result in results if isinstance(result, BaseException)]
    assert {type(error) for error in lost} <= {SlotTaken, Busy}, lost
    assert await town.count(Commitment) == 2 * (4 - len(lost))
    assert len(lost) == 3, "each of the other three shares a person with the first"


async def test_concurrent_bookings_cannot_overspend(town: Community) -> None:
    sam = await town.member("Sam", points=60)
    mentors = [await town.mentor(f"Mentor {number}") for number in range(4)]
    attempts = [
        town.book(sam, mentor, TUESDAY_NOON + hours(2 * number))
        for number, mentor in enumerate(mentors)
    ]
    results = await asyncio.gather(*attempts, return_exceptions=True)
    lost = [result for result in results if isinstance(result, BaseException)]
    assert [type(error) for error in lost] == [NotEnoughPoints] * 3, lost
    assert await town.balance(sam) == 0


async def test_concurrent_bookings_with_one_key_are_one_booking(town: Community) -> None:
    oliver = await town.mentor("Oliver")
    maya = await town.member("Maya", points=100)
    booked = await asyncio.gather(*(town.book(maya, oliver, key="k1") for _ in range(6)))
    assert len({session.id for session in booked}) == 1
    assert await town.balance(maya) == 40


async def test_of_concurrent_decisions_the_first_wins(town: Community) -> None:
    _, application = await town.applicant("Ada")
    moderators = [Actor(number, "M", town.guild_id, manages_guild=True) for number in range(50, 58)]
    results = await asyncio.gather(
        *(
            town.db.run(application_review.decide, moderator, application.id, Decision.APPROVED)
            for moderator in moderators
        ),
        return_exceptions=True,
    )
    (won,) = [result for result in results if isinstance(result, ApplicationView)]
    lost = [result for result in results if isinstance(result, AlreadyDecided)]
    assert len(lost) == 7, results
    assert {error.decided_by for error in lost} == {won.decided_by}


async def test_concurrent_reviews_and_hiding_keep_the_mean_right(town: Community) -> None:
    oliver = await town.mentor("Oliver", rate=0)
    members = [await town.member(f"Member {number}") for number in range(6)]
    met = [
        await town.session(SessionStatus.COMPLETED, member, oliver, TUESDAY_NOON + hours(number))
        for number, member in enumerate(members)
    ]
    for member, session in zip(members[:3], met[:3], strict=True):
        await town.db.run(reviews.rate, member, session.id, 1, "Before.")
    hidden = await town.db.read(moderation_lists.list_reviews, town.chief)

    async def rate(member: Actor, session: SessionView, stars: int) -> None:
        # Whoever is slower than a moderator can't change a hidden review any more.
        with suppress(NotAllowedNow):
            await town.db.run(reviews.rate, member, session.id, stars)

    await asyncio.gather(
        *(
            rate(member, session, 1 + (number + turn) % 5)
            for turn in range(2)
            for number, (member, session) in enumerate(zip(members, met, strict=True))
        ),
        *(town.db.run(moderation.hide_review, town.chief, each.id, "-") for each in hidden[:2]),
    )
    seen = [row.stars for row in await town.db.read(moderation_lists.list_reviews, town.chief)]
    (shown,) = await town.db.read(directory.suggest_mentors, town.chief, "oliver")
    assert (shown.rating, shown.rating_count) == (sum(seen) / 4, 4)


async def test_concurrent_transfers_and_keyed_grants_are_exact(town: Community) -> None:
    maya, sam = await town.member("Maya", points=50), await town.member("Sam", points=50)
    to = {one.user_id: Recipient(one.user_id, one.name) for one in (maya, sam)}
    await asyncio.gather(
        *(town.db.run(transfers.give, maya, to[sam.user_id], 2) for _ in range(3)),
        *(town.db.run(transfers.give, sam, to[maya.user_id], 3) for _ in range(3)),
        *(
            town.db.run(adjustments.grant, town.chief, to[sam.user_id], 7, "help", key="k1")
            for _ in range(3)
        ),
    )
    assert (await town.balance(maya), await town.balance(sam)) == (53, 54)
    page = await town.db.read(points_history.list_page, maya)
    assert page.entries[0].balance == 53


async def test_concurrent_claims_share_the_due_notifications(town: Community) -> None:
    for number in range(12):
        await town.applicant(f"Applicant {number}")
    claimed = await asyncio.gather(*(town.db.run(outbox.claim_due, 5) for _ in range(4)))
    ids = [notice.id for share in claimed for notice in share]
    assert len(ids) == len(set(ids)) == 12


async def test_the_api_works_on_postgresql(town: Community) -> None:
    oliver = await town.mentor("Oliver", hours="mon 18-21; tue 9-10")
    members = [await town.member(f"Member {number}", points=100) for number in range(6)]
    body = {
        "mentorId": str(oliver.user_id),
        "duration": 60,
        "scheduledAt": "2026-03-03T09:00:00Z",
    }
    async with serve_api(town.db) as api:
        profile = (await api.client_of(members[0]).get(f"/profile/{oliver.user_id}")).json()
        assert profile["expertise"] == ["python"]
        assert [day["dayOfWeek"] for day in profile["availability"]] == ["Monday", "Tuesday"]
        # Everybody sends the request twice. One member gets the slot, and the same response twice.
        calls = [
            api.client_of(member, **{"Idempotency-Key": "a-key"}).post("/book", json=body)
            for member in members
            for _ in range(2)
        ]
        answers = await asyncio.gather(*calls)
        assert sorted({answer.status_code for answer in answers}) == [201, 409]
        won = [answer.text for answer in answers if answer.status_code == 201]
        assert len(won) == 2
        assert len(set(won)) == 1
        mentor = api.client_of(oliver)
        tag = (await mentor.get("/availability")).headers["etag"]
        for expected in (200, 412):
            answer = await mentor.put("/availability", json=[], headers={"If-Match": tag})
            assert answer.status_code == expected
        assert (await api.client_of(members[0]).get(f"/profile/{oliver.user_id}")).json()[
            "availability"
        ] == []
