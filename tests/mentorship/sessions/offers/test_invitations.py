"""The rules of a mentor's invitation, and what becomes of it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, func, select

from mentorship.actors import Actor
from mentorship.administration import moderation
from mentorship.errors import (
    Busy,
    Field,
    InvalidField,
    InvitationEnded,
    Limit,
    LimitReached,
    MentorshipError,
    NotAvailable,
    NotBookableReason,
    NotEnoughPoints,
    NotFound,
    NotInvitable,
    NotYours,
    PriceChanged,
    ScreeningPending,
    SlotTaken,
    SlotUnavailable,
    TermsChanged,
)
from mentorship.event_types import EventType
from mentorship.mentors import profiles
from mentorship.notifications.catalogue import NotificationKind
from mentorship.operations import erasure
from mentorship.operations.erasure_phases import steps as erasure_steps
from mentorship.sessions import blocking, booking, clock, departures, session_views, transitions
from mentorship.sessions.blocking import BlockTarget
from mentorship.sessions.booking import BookingRequest
from mentorship.sessions.offers import invitation_answers, invitation_views, invitations
from mentorship.sessions.offers.invitation_views import InvitationView
from mentorship.sessions.offers.invitations import InvitationRequest, Invitee
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import InvitationStatus, SessionStatus
from storage import Transaction
from storage.tables import Commitment, Event, Member, Notification
from tests.mentorship.support.community import TUESDAY_NOON, Community

DAY = timedelta(days=1)


@pytest.fixture
async def maya(town: Community) -> Actor:
    return await town.member("Maya", points=100)


@pytest.fixture
async def oliver(town: Community) -> Actor:
    # Booked only on Sundays: what they offer themselves doesn't depend on it.
    return await town.mentor("Oliver", hours="sun 9-10")


async def invite(
    town: Community,
    mentor: Actor,
    member: Actor,
    start: datetime = TUESDAY_NOON,
    minutes: int = 60,
    key: str | None = None,
    **more: Any,
) -> InvitationView:
    request = InvitationRequest(start, minutes, **more)
    invitee = Invitee(member.user_id, member.name)
    return await town.db.run(invitations.send, mentor, invitee, request, key=key)


async def accept(
    town: Community, member: Actor, invitation: InvitationView, **seen: Any
) -> SessionView:
    return await town.db.run(invitation_answers.accept, member, invitation.id, **seen)


async def reload(town: Community, invitation: InvitationView) -> InvitationView:
    return await town.db.read(invitation_views.load, invitation.id)


async def spans_of(town: Community, person: Actor) -> list[datetime]:
    async def load(tx: Transaction) -> list[datetime]:
        query = select(Commitment.starts_at).where(Commitment.user_id == person.user_id)
        return list(await tx.connection.scalars(query.order_by(Commitment.starts_at)))

    return await town.db.read(load)


async def kinds_to(town: Community, person: Actor) -> list[str]:
    async def load(tx: Transaction) -> list[str]:
        query = select(Notification.kind).where(
            Notification.user_id == person.user_id,
            Notification.invitation_id.is_not(None),
            Notification.status != "dropped",
        )
        return list(await tx.connection.scalars(query.order_by(Notification.id)))

    return await town.db.read(load)


async def test_an_invitation_holds_only_the_mentors_time(
    town: Community, maya: Actor, oliver: Actor
) -> None:
    invitation = await invite(town, oliver, maya, topic=" Your talk ", note=" Hello ")
    assert (invitation.status, invitation.price) == (InvitationStatus.OPEN, 60)
    assert (invitation.topic, invitation.note) == ("Your talk", "Hello")
    assert invitation.answer_deadline == TUESDAY_NOON - timedelta(hours=1)
    assert await spans_of(town, oliver) == [TUESDAY_NOON]
    assert await spans_of(town, maya) == []
    assert await town.balance(maya) == 100


async def test_accepting_makes_a_confirmed_session_with_its_own_escrow(
    town: Community, maya: Actor, oliver: Actor
) -> None:
    invitation = await invite(town, oliver, maya, price=35, topic="Your talk")
    session = await accept(town, maya, invitation)
    assert session.status is SessionStatus.CONFIRMED
    assert (session.price, session.topic, session.minutes) == (35, "Your talk", 60)
    assert session == await town.db.read(session_views.load, session.id)
    assert (await town.balance(maya), await town.escrow_balance(session)) == (65, 35)
    assert await spans_of(town, oliver) == await spans_of(town, maya) == [TUESDAY_NOON]
    accepted = await reload(town, invitation)
    assert (accepted.status, accepted.session_id) == (InvitationStatus.ACCEPTED, session.id)
    assert accepted.answer_deadline is None
    await town.wait_until(session.ends_at)
    await town.db.run(transitions.advance_due)


async def test_both_get_their_reminders(town: Community, maya: Actor, oliver: Actor) -> None:
    session = await accept(town, maya, await invite(town, oliver, maya, TUESDAY_NOON + 2 * DAY))

    async def reminded(tx: Transaction) -> set[int]:
        query = select(Notification.user_id).where(
            Notification.session_id == session.id, Notification.kind == NotificationKind.REMINDER
        )
        return {each for each in await tx.connection.scalars(query) if each is not None}

    assert await town.db.read(reminded) == {maya.user_id, oliver.user_id}


async def test_the_main_app_sees_an_accepted_invitation_as_a_booking(
    town: Community, maya: Actor, oliver: Actor
) -> None:
    session = await accept(town, maya, await invite(town, oliver, maya))

    async def types(tx: Transaction) -> list[str]:
        query = select(Event.type).where(Event.session_id == session.id).order_by(Event.id)
        return list(await tx.connection.scalars(query))

    expected = [EventType.SESSION_BOOKED, EventType.INVITATION_ACCEPTED]
    assert await town.db.read(types) == expected
    assert NotificationKind.REQUESTED not in await kinds_to(town, oliver)


async def test_price_and_terms_are_those_that_the_member_saw(
    town: Community, maya: Actor, oliver: Actor
) -> None:
    invitation = await invite(town, oliver, maya)
    with pytest.raises(PriceChanged):
        await accept(town, maya, invitation, price_shown=0)
    with pytest.raises(TermsChanged):
        await accept(town, maya, invitation, terms_shown="00000000")
    assert (await reload(town, invitation)).status is InvitationStatus.OPEN
    assert await spans_of(town, maya) == []


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        (Field.LENGTH, {"minutes": 14}),
        (Field.LENGTH, {"minutes": 241}),
        (Field.PRICE, {"price": -1}),
        (Field.PRICE, {"price": 10_001}),
        (Field.TOPIC, {"topic": "x" * 301}),
        (Field.NOTE, {"note": "x" * 501}),
    ],
)
async def test_what_is_outside_its_limits_is_refused(
    town: Community, maya: Actor, oliver: Actor, field: Field, changes: dict[str, Any]
) -> None:
    with pytest.raises(InvalidField) as error:
        await invite(town, oliver, maya, **changes)
    assert error.value.field is field


async def test_a_time_in_the_past_is_refused(town: Community, maya: Actor, oliver: Actor) -> None:
    with pytest.raises(MentorshipError) as error:
        await invite(town, oliver, maya, town.clock.now - timedelta(minutes=1))
    assert error.value.code == "slot_unavailable"


async def test_who_can_not_be_invited(town: Community, maya: Actor, oliver: Actor) -> None:
    request = InvitationRequest(TUESDAY_NOON, 60)
    for invitee, kind in (
        (Invitee(oliver.user_id), NotInvitable),
        (Invitee(5, "Robot", is_bot=True), NotInvitable),
        (Invitee(5), NotFound),
        (Invitee(maya.user_id, is_member=False), NotFound),
        (Invitee(maya.user_id, screening_pending=True), ScreeningPending),
    ):
        with pytest.raises(kind):
            await town.db.run(invitations.send, oliver, invitee, request)
        with pytest.raises(kind):
            await town.db.read(invitations.preview, oliver, invitee, request)


async def test_somebody_who_has_never_used_the_bot_can_be_invited(
    town: Community, oliver: Actor
) -> None:
    newcomer = Actor(77, "Noor", town.guild_id)
    invitee = Invitee(newcomer.user_id, newcomer.name, is_member=True)
    request = InvitationRequest(TUESDAY_NOON, 60, price=0)
    invitation = await town.db.run(invitations.send, oliver, invitee, request)
    assert invitation.mentee.name == "Noor"
    session = await accept(town, newcomer, invitation)
    assert session.mentee.user_id == newcomer.user_id


async def test_neither_side_reaches_the_other_over_a_block(
    town: Community, maya: Actor, oliver: Actor
) -> None:
    await town.db.run(blocking.block, maya, BlockTarget(oliver.user_id))
    with pytest.raises(NotAvailable):
        await invite(town, oliver, maya)


@pytest.mark.parametrize("blocker", ["mentor", "member"])
async def test_a_block_ends_the_open_invitation(
    town: Community, maya: Actor, oliver: Actor, blocker: str
) -> None:
    invitation = await invite(town, oliver, maya)
    by, other = (oliver, maya) if blocker == "mentor" else (maya, oliver)
    await town.db.run(blocking.block, by, BlockTarget(other.user_id))
    expected = InvitationStatus.WITHDRAWN if blocker == "mentor" else InvitationStatus.DECLINED
    assert (await reload(town, invitation)).status is expected
    assert await spans_of(town, oliver) == []


async def test_open_invitations_are_limited_in_all_and_to_one_member(
    town: Community, maya: Actor, oliver: Actor
) -> None:
    await town.configure(limit_invitations=3)
    first = await invite(town, oliver, maya)
    await invite(town, oliver, maya, TUESDAY_NOON + DAY)
    with pytest.raises(LimitReached) as error:
        await invite(town, oliver, maya, TUESDAY_NOON + 2 * DAY)
    assert error.value.limit is Limit.INVITATIONS_PER_MEMBER
    others = [await town.member(f"Member {number}") for number in range(2)]
    await invite(town, oliver, others[0], TUESDAY_NOON + 2 * DAY)
    with pytest.raises(LimitReached) as error:
        await invite(town, oliver, others[1], TUESDAY_NOON + 3 * DAY)
    assert error.value.limit is Limit.INVITATIONS
    await town.db.run(invitation_answers.withdraw, oliver, first.id)
    await invite(town, oliver, others[1], TUESDAY_NOON + 3 * DAY)


async def test_the_members_own_limits_hold_when_they_accept(
    town: Community, maya: Actor, oliver: Actor
) -> None:
    await town.configure(limit_upcoming=1)
    other = await town.mentor("Ada", rate=0)
    await town.book(maya, other, TUESDAY_NOON + DAY)
    invitation = await invite(town, oliver, maya)
    with pytest.raises(LimitReached) as error:
        await accept(town, maya, invitation)
    assert error.value.limit is Limit.UPCOMING


async def test_a_busy_member_or_mentor_is_refused(
    town: Community, village: Community, maya: Actor, oliver: Actor
) -> None:
    elsewhere = await village.mentor("Eve", rate=0, instant_booking=True)
    await village.book(await village.join(maya), elsewhere)
    with pytest.raises(Busy) as busy:
        await invite(town, oliver, maya)
    assert busy.value.is_reschedule, "not which of the two"
    other = await town.member("Ana")
    await invite(town, oliver, other)
    with pytest.raises(SlotTaken):
        await invite(town, oliver, await town.member("Ben"), TUESDAY_NOON + timedelta(minutes=30))


async def test_a_member_who_is_busy_by_now_can_not_accept(
    town: Community, maya: Actor, oliver: Actor
) -> None:
    invitation = await invite(town, oliver, maya)
    await town.book(maya, await town.mentor("Ada", rate=0), TUESDAY_NOON + timedelta(minutes=30))
    with pytest.raises(Busy) as error:
        await accept(town, maya, invitation)
    assert error.value.is_invitation
    assert (await reload(town, invitation)).status is InvitationStatus.OPEN


async def test_accepting_needs_the_points(town: Community, oliver: Actor) -> None:
    poor = await town.member("Ana", points=59)
    invitation = await invite(town, oliver, poor)
    with pytest.raises(NotEnoughPoints):
        await accept(town, poor, invitation)
    assert (await reload(town, invitation)).status is InvitationStatus.OPEN
    assert await spans_of(town, oliver) == [TUESDAY_NOON]


async def test_only_the_two_see_it_and_each_does_their_own_part(
    town: Community, maya: Actor, oliver: Actor
) -> None:
    invitation = await invite(town, oliver, maya)
    stranger = await town.member("Zoe")
    with pytest.raises(NotFound):
        await town.db.read(invitation_views.load_for_participant, stranger, invitation.id)
    with pytest.raises(NotFound):
        await accept(town, stranger, invitation)
    with pytest.raises(NotYours):
        await accept(town, oliver, invitation)
    with pytest.raises(NotYours):
        await town.db.run(invitation_answers.withdraw, maya, invitation.id)


async def test_it_is_answered_once(town: Community, maya: Actor, oliver: Actor) -> None:
    invitation = await invite(town, oliver, maya)
    await town.db.run(invitation_answers.decline, maya, invitation.id)
    for act in (
        town.db.run(invitation_answers.accept, maya, invitation.id),
        town.db.run(invitation_answers.decline, maya, invitation.id),
        town.db.run(invitation_answers.withdraw, oliver, invitation.id),
    ):
        with pytest.raises(InvitationEnded) as error:
            await act
        assert error.value.status is InvitationStatus.DECLINED


async def test_a_repeated_key_returns_the_first_invitation(
    town: Community, maya: Actor, oliver: Actor
) -> None:
    first = await invite(town, oliver, maya, key="once")
    assert await invite(town, oliver, maya, key="once") == first


async def test_it_expires_at_its_deadline_and_frees_the_time(
    town: Community, maya: Actor, oliver: Actor
) -> None:
    invitation = await invite(town, oliver, maya, TUESDAY_NOON + 5 * DAY)
    deadline = invitation.answer_deadline
    assert deadline == town.clock.now + DAY
    town.clock.now = deadline
    with pytest.raises(InvitationEnded):
        await accept(town, maya, invitation)
    await town.wait_until(deadline)
    assert (await reload(town, invitation)).status is InvitationStatus.EXPIRED
    assert await spans_of(town, oliver) == []
    assert NotificationKind.INVITATION_ENDED in await kinds_to(town, oliver)


async def test_downtime_extends_the_deadline(town: Community, maya: Actor, oliver: Actor) -> None:
    await town.db.run(clock.advance)
    invitation = await invite(town, oliver, maya, TUESDAY_NOON + 5 * DAY)
    soon = await invite(town, oliver, await town.member("Ana"), TUESDAY_NOON + timedelta(hours=2))
    assert invitation.answer_deadline is not None
    town.clock.now += timedelta(hours=30)
    for _ in range(3):
        await town.db.run(clock.advance)
        town.clock.now += timedelta(seconds=30)
    extended = (await reload(town, invitation)).answer_deadline
    assert extended == invitation.answer_deadline + timedelta(hours=30)
    ended = await reload(town, soon)
    assert ended.status is InvitationStatus.EXPIRED, "never later than the start"


@pytest.mark.parametrize("ending", ["stopped", "suspended", "left", "member left"])
async def test_invitations_end_with_those_who_can_not_keep_them(
    town: Community, maya: Actor, oliver: Actor, ending: str
) -> None:
    invitation = await invite(town, oliver, maya, TUESDAY_NOON + 5 * DAY)
    match ending:
        case "stopped":
            await town.db.run(profiles.stop, oliver)
        case "suspended":
            await town.db.run(
                *(moderation.suspend, town.chief, oliver.user_id, "Gone quiet"),
                cancel_sessions=False,
            )
        case "left":
            await town.db.run(departures.record_departure, town.guild_id, oliver.user_id)
        case _:
            await town.db.run(departures.record_departure, town.guild_id, maya.user_id)
    outside = replace(maya, outside_guild=True) if ending == "member left" else maya
    with pytest.raises(MentorshipError):
        await accept(town, outside, invitation)
    await town.db.run(clock.advance_due)
    by_member = ending == "member left"
    expected = InvitationStatus.EXPIRED if by_member else InvitationStatus.WITHDRAWN
    assert (await reload(town, invitation)).status is expected
    assert await spans_of(town, oliver) == []
    told = oliver if by_member else maya
    if not by_member:
        # The invitation itself was never sent, so neither is its end.
        assert await kinds_to(town, told) == []
    else:
        assert await kinds_to(town, told) == [NotificationKind.INVITATION_ENDED]


async def test_one_that_can_not_be_ended_does_not_stop_the_others(
    town: Community, maya: Actor, oliver: Actor
) -> None:
    newcomer = Invitee(77, "Noor", is_member=True)
    request = InvitationRequest(TUESDAY_NOON + 5 * DAY, 60)
    broken = await town.db.run(invitations.send, oliver, newcomer, request)
    whole = await invite(town, oliver, maya, TUESDAY_NOON + 6 * DAY)

    async def lose_member(tx: Transaction) -> None:
        await tx.connection.execute(delete(Member).where(Member.user_id == newcomer.user_id))

    await town.db.run(lose_member)
    town.clock.now += DAY
    assert await town.db.run(clock.advance_due) == 2
    assert (await reload(town, whole)).status is InvitationStatus.EXPIRED
    assert await town.db.run(clock.advance_due) == 0, "it waits for its next try"
    with pytest.raises(NotFound):
        await reload(town, broken)


@pytest.mark.parametrize("erased", ["mentor", "member"])
async def test_erasing_one_of_the_two_ends_the_invitation(
    town: Community, maya: Actor, oliver: Actor, erased: str
) -> None:
    invitation = await invite(town, oliver, maya, topic="Your talk", note="Hello, Maya")
    person, other = (oliver, maya) if erased == "mentor" else (maya, oliver)
    result = await town.db.run(erasure.erase, person)
    while result.unfinished is not None and await town.db.run(
        erasure_steps.step, result.unfinished
    ):
        pass
    ended = await reload(town, invitation)
    by_mentor = erased == "mentor"
    expected = InvitationStatus.WITHDRAWN if by_mentor else InvitationStatus.EXPIRED
    assert (ended.status, ended.topic, ended.note) == (expected, "", "")
    assert await spans_of(town, other) == await spans_of(town, person) == []
    assert {ended.mentor.user_id, ended.mentee.user_id} != {maya.user_id, oliver.user_id}


# --- races ----------------------------------------------------------------------------------------


async def test_of_accept_and_withdraw_one_wins(town: Community, maya: Actor, oliver: Actor) -> None:
    for number in range(6):
        invitation = await invite(town, oliver, maya, TUESDAY_NOON + number * DAY, price=0)
        outcomes = await asyncio.gather(
            town.db.run(invitation_answers.accept, maya, invitation.id),
            town.db.run(invitation_answers.withdraw, oliver, invitation.id),
            return_exceptions=True,
        )
        errors = [each for each in outcomes if isinstance(each, BaseException)]
        assert [type(each) for each in errors] == [InvitationEnded]
        ended = await reload(town, invitation)
        was_accepted = ended.status is InvitationStatus.ACCEPTED
        assert was_accepted == (ended.session_id is not None)
        assert (TUESDAY_NOON + number * DAY in await spans_of(town, maya)) == was_accepted


async def test_of_two_acceptances_one_makes_the_session(
    town: Community, maya: Actor, oliver: Actor
) -> None:
    invitation = await invite(town, oliver, maya)
    outcomes = await asyncio.gather(
        *(accept(town, maya, invitation) for _ in range(3)), return_exceptions=True
    )
    assert sum(isinstance(each, SessionView) for each in outcomes) == 1
    assert await town.balance(maya) == 40


async def test_the_held_time_can_not_be_booked_by_others(town: Community, maya: Actor) -> None:
    ada = await town.mentor("Ada", instant_booking=True, rate=0)
    other = await town.member("Ben")
    outcomes = await asyncio.gather(
        invite(town, ada, maya),
        town.db.run(booking.book, other, BookingRequest(ada.user_id, TUESDAY_NOON, 60)),
        return_exceptions=True,
    )
    assert sum(isinstance(each, BaseException) for each in outcomes) == 1
    assert await spans_of(town, ada) == [TUESDAY_NOON]


async def test_a_member_accepts_one_of_two_at_the_same_time(
    town: Community, maya: Actor, oliver: Actor
) -> None:
    ada = await town.mentor("Ada", rate=0)
    first, second = await invite(town, oliver, maya, price=0), await invite(town, ada, maya)
    outcomes = await asyncio.gather(
        accept(town, maya, first), accept(town, maya, second), return_exceptions=True
    )
    assert sorted(type(each).__name__ for each in outcomes) == ["Busy", "SessionView"]
    assert await spans_of(town, maya) == [TUESDAY_NOON]


async def test_the_list_is_paged_and_filtered(town: Community, maya: Actor) -> None:
    mentors = [await town.mentor(f"Mentor {number}", rate=0) for number in range(3)]
    sent = [await invite(town, each, maya) for each in mentors]
    await town.db.run(invitation_answers.decline, maya, sent[0].id)
    first = await town.db.read(
        invitation_views.list_page, maya, invitation_views.InvitationFilter(), None, 2
    )
    assert [each.id for each in first.items] == [sent[2].id, sent[1].id]
    rest = await town.db.read(
        invitation_views.list_page, maya, invitation_views.InvitationFilter(), first.next, 2
    )
    assert [each.id for each in rest.items] == [sent[0].id]
    still_open = await town.db.read(
        invitation_views.list_page, mentors[1], invitation_views.OPEN_INVITATIONS
    )
    assert [each.id for each in still_open.items] == [sent[1].id]

    async def count(tx: Transaction) -> int:
        query = select(func.count()).select_from(Commitment)
        return (await tx.connection.execute(query)).scalar_one()

    assert await town.db.read(count) == 2


@pytest.mark.parametrize("most", ["most_per_day", "most_per_week"])
async def test_open_invitations_count_towards_the_mentors_limits(
    town: Community, maya: Actor, most: str
) -> None:
    noor = await town.mentor("Noor", **{most: 1})
    invitation = await invite(town, noor, maya)
    sam = await town.member("Sam", points=100)
    later = TUESDAY_NOON + timedelta(hours=3)
    with pytest.raises(SlotUnavailable) as caught:
        await town.book(sam, noor, later)
    assert caught.value.reason in (NotBookableReason.DAY_FULL, NotBookableReason.WEEK_FULL)
    with pytest.raises(SlotUnavailable):
        await invite(town, noor, sam, later)
    await town.db.run(invitation_answers.decline, maya, invitation.id)
    again = await invite(town, noor, maya)
    session = await accept(town, maya, again)
    assert session.status is SessionStatus.CONFIRMED, "its own invitation isn't in its way"
    await town.db.run(transitions.cancel, maya, session.id)
    await town.book(sam, noor, later)
