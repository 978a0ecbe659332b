"""Blocks: whom they keep apart, what they end, and who learns of them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from mentorship.actors import Actor
from mentorship.availability import slot_queries
from mentorship.errors import (
    BlockedByYou,
    MentorshipError,
    NotAMentor,
    NotAModerator,
    NotAvailable,
    NotBlockable,
    NotFound,
    OwnCase,
    TermsChanged,
)
from mentorship.members import blocks
from mentorship.notifications.catalogue import NotificationKind
from mentorship.operations import erasure
from mentorship.points import adjustments, transfers
from mentorship.points.transfers import Recipient
from mentorship.search import directory, profile_views, search
from mentorship.search.query import SearchQuery
from mentorship.sessions import alternatives, blocking, booking, rescheduling, transitions
from mentorship.sessions.blocking import BlockTarget
from mentorship.sessions.booking import BookingRequest
from mentorship.sessions.follow_up import reviews
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import SessionStatus
from tests.mentorship.support import exports
from tests.mentorship.support.community import TUESDAY_NOON, Community

DAY = timedelta(days=1)


@pytest.fixture
async def oliver(town: Community) -> Actor:
    return await town.mentor("Oliver")


@pytest.fixture
async def maya(town: Community) -> Actor:
    return await town.member("Maya", points=500)


async def block(town: Community, blocker: Actor, blocked: Actor, **more: Any) -> Any:
    target = BlockTarget(blocked.user_id, blocked.name)
    return await town.db.run(blocking.block, blocker, target, **more)


def ways_to_reach(town: Community, actor: Actor, mentor: Actor) -> list[Awaitable[object]]:
    """Return every way in which a member reaches a mentor with whom they have no session."""
    db = town.db
    request = BookingRequest(mentor.user_id, TUESDAY_NOON, 60)
    gift = Recipient(mentor.user_id, mentor.name)
    return [
        db.read(booking.quote, actor, request),
        db.run(booking.book, actor, request),
        db.read(slot_queries.list_slots_in_window, actor, mentor.user_id),
        db.read(slot_queries.suggest_slots, actor, mentor.user_id),
        db.read(slot_queries.list_bookable_slots, actor, mentor.user_id),
        db.read(transfers.before_give, actor, gift, 5),
        db.run(transfers.give, actor, gift, 5),
    ]


async def assert_all_refused(ways: list[Awaitable[object]], error: type[MentorshipError]) -> None:
    for way in ways:
        with pytest.raises(error):
            await way


async def test_the_blocked_member_is_refused_everywhere_without_a_reason(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    await block(town, oliver, maya)
    before = await town.dump()
    await assert_all_refused(ways_to_reach(town, maya, oliver), NotAvailable)
    assert await town.dump() == before


async def test_the_blocker_has_to_unblock_first(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    await block(town, maya, oliver)
    await assert_all_refused(ways_to_reach(town, maya, oliver), BlockedByYou)
    assert await town.db.run(blocks.unblock, maya, oliver.user_id) == "Oliver"
    await town.book(maya, oliver)
    with pytest.raises(NotFound):
        await town.db.run(blocks.unblock, maya, oliver.user_id)


async def test_a_block_by_a_non_mentor_does_not_change_the_answer(
    town: Community, maya: Actor
) -> None:
    sam = await town.member("Sam")
    request = BookingRequest(sam.user_id, TUESDAY_NOON, 60)
    with pytest.raises(NotAMentor):
        await town.db.read(booking.quote, maya, request)
    await block(town, sam, maya)
    with pytest.raises(NotAMentor):
        await town.db.read(booking.quote, maya, request)


@pytest.mark.parametrize("who", ["mentor", "mentee"])
async def test_search_and_suggestions_leave_out_a_blocked_pair(
    town: Community, oliver: Actor, maya: Actor, who: str
) -> None:
    noor = await town.mentor("Noor")
    session = await town.book(maya, noor)
    pair = (oliver, maya) if who == "mentor" else (maya, oliver)
    await block(town, *pair)

    async def found(person: Actor) -> list[set[str]]:
        page = await town.db.read(search.search, person, SearchQuery())
        suggested = await town.db.read(directory.suggest_mentors, person, "oliver")
        return [
            {result.mentor.name for result in page.results},
            {mentor.name for mentor in suggested},
        ]

    assert await found(maya) == [{"Noor"}, set()]
    sam = await town.member("Sam")
    assert await found(sam) == [{"Noor", "Oliver"}, {"Oliver"}]
    offers = await town.db.read(alternatives.find_alternatives, session)
    assert offers == ()
    profile = await town.db.read(profile_views.load, maya, oliver.user_id)
    assert (profile.takes_bookings, profile.next_slots) == (False, ())
    assert (await town.db.read(profile_views.load, sam, oliver.user_id)).takes_bookings


async def test_a_block_ends_requests_between_the_two_and_keeps_confirmed_sessions(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    confirmed = await town.book(maya, oliver, TUESDAY_NOON)
    await town.db.run(transitions.confirm, oliver, confirmed.id)
    await town.db.run(rescheduling.propose, maya, confirmed.id, TUESDAY_NOON + 4 * DAY)
    pending = await town.book(maya, oliver, TUESDAY_NOON + DAY)
    with pytest.raises(TermsChanged):
        await block(town, oliver, maya, requests_shown=0)
    effects = await block(town, oliver, maya, requests_shown=1)
    assert [each.id for each in effects.requests] == [pending.id]
    assert [each.id for each in effects.confirmed] == [confirmed.id]
    pending, confirmed = await town.reload(pending), await town.reload(confirmed)
    assert (pending.status, pending.ended_reason) == (SessionStatus.DECLINED, None)
    assert await town.balance(maya) == 440, "only the confirmed session is still paid for"
    assert (confirmed.status, confirmed.proposal) == (SessionStatus.CONFIRMED, None)


async def test_a_mentee_who_blocks_takes_back_their_requests(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    pending = await town.book(maya, oliver)
    await block(town, maya, oliver)
    assert (await town.reload(pending)).status is SessionStatus.CANCELLED
    assert await town.balance(maya) == 500


async def test_a_kept_session_can_be_cancelled_but_not_moved(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    session = await town.book(maya, oliver)
    await town.db.run(transitions.confirm, oliver, session.id)
    await block(town, oliver, maya)
    for person, error in ((maya, NotAvailable), (oliver, BlockedByYou)):
        with pytest.raises(error):
            await town.db.run(rescheduling.propose, person, session.id, TUESDAY_NOON + DAY)
        with pytest.raises(error):
            await town.db.read(rescheduling.list_options, person, session.id)
    await town.db.run(transitions.cancel, maya, session.id, "I know where you live")
    assert (await town.reload(session)).ended_reason is None, "no message reaches the blocker"


async def test_a_block_applies_in_its_own_guild_only(
    town: Community, village: Community, oliver: Actor, maya: Actor
) -> None:
    vera = await village.mentor("Vera", rate=0)
    vera_here, maya_there = await town.join(vera), await village.join(maya)
    await block(town, vera_here, maya)
    await village.book(maya_there, vera)


async def test_nobody_blocks_themselves_or_a_bot(town: Community, maya: Actor) -> None:
    for target in (BlockTarget(maya.user_id, "Maya"), BlockTarget(77, "Robot", is_bot=True)):
        with pytest.raises(NotBlockable):
            await town.db.run(blocking.block, maya, target)


async def test_somebody_unknown_to_the_bot_can_be_blocked(town: Community, maya: Actor) -> None:
    await town.db.run(blocking.block, maya, BlockTarget(4_711, "Stranger"))
    await town.db.run(blocking.block, maya, BlockTarget(4_711, "Stranger"))
    await town.db.run(blocking.block, maya, BlockTarget(4_712))
    own = await town.db.read(blocks.list_own, maya)
    assert {(each.user_id, each.name) for each in own} == {
        (4_711, "Stranger"),
        (4_712, "A member"),
    }


async def test_moderators_learn_only_how_many_block_somebody(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    sam = await town.member("Sam")
    await block(town, oliver, maya)
    await block(town, sam, maya)
    assert await town.db.read(blocks.count_blockers, town.chief, maya.user_id) == 2
    assert await town.db.read(blocks.count_blockers, town.chief, oliver.user_id) == 0
    with pytest.raises(NotAModerator):
        await town.db.read(blocks.count_blockers, maya, maya.user_id)


async def test_a_moderator_learns_of_no_block_from_their_own_number(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    await block(town, oliver, maya)
    for moderator in (replace(maya, moderates=True), replace(maya, manages_guild=True)):
        with pytest.raises(OwnCase):
            await town.db.read(blocks.count_blockers, moderator, maya.user_id)


async def test_a_blocked_moderator_still_moderates(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    moderator = replace(town.chief, user_id=maya.user_id, name="Maya")
    await block(town, oliver, maya)
    await town.db.run(
        adjustments.grant, moderator, Recipient(oliver.user_id, "Oliver"), 5, "Thanks"
    )


async def test_exports_name_own_blocks_only_and_erasure_removes_both_directions(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    sam = await town.member("Sam")
    await block(town, oliver, maya)
    await block(town, maya, sam)
    exported = await exports.export(town.db, maya)
    assert [row["blocker_id"] for row in exported["blocks"]] == [str(maya.user_id)]
    assert str(oliver.user_id) not in str(exported)
    await town.db.run(erasure.erase, maya)
    assert await town.db.read(blocks.list_own, oliver) == []
    assert await town.db.read(blocks.list_own, maya) == []


async def test_racing_a_block_and_a_booking_leaves_no_pending_request(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    def attempts() -> list[Callable[[], Awaitable[object]]]:
        starts = [TUESDAY_NOON + n * DAY for n in range(2)]
        booked = [lambda start=start: town.book(maya, oliver, start) for start in starts]
        return [booked[0], lambda: block(town, oliver, maya), booked[1]]

    results = await asyncio.gather(*(attempt() for attempt in attempts()), return_exceptions=True)
    for result in results:
        if isinstance(result, SessionView):
            assert (await town.reload(result)).status is SessionStatus.DECLINED
        elif isinstance(result, Exception):
            assert isinstance(result, NotAvailable)


async def test_a_review_by_a_blocked_mentee_counts_and_sends_no_message(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    session = await town.session(SessionStatus.COMPLETED, maya, oliver)
    await block(town, oliver, maya)
    await town.db.run(reviews.rate, maya, session.id, 1, "I know where you live")
    assert (await town.reload(session)).stars == 1
    assert await town.notified_kinds(oliver, NotificationKind.RATED) == []
