"""Thanks for a session: words, a tip from the mentee to the mentor, and who can send them."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from mentorship.actors import Actor
from mentorship.errors import (
    BalanceTooLow,
    BlockedByYou,
    InvalidField,
    KeyReused,
    NotAllowedNow,
    NotAMember,
    NotAvailable,
    NotFound,
    NotYours,
    Obstacle,
    Term,
    TermsChanged,
)
from mentorship.notifications.catalogue import NotificationKind
from mentorship.operations import erasure
from mentorship.points.ledger import MAX_POINTS, Cause
from mentorship.sessions import blocking, departures, points_history, session_details
from mentorship.sessions.blocking import BlockTarget
from mentorship.sessions.follow_up import thanks
from mentorship.sessions.follow_up.thanks import SessionThanks
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import SessionStatus
from storage.tables import Thanks, Transfer
from tests.errors import raises
from tests.mentorship.support.community import Community


@pytest.fixture
async def oliver(town: Community) -> Actor:
    return await town.mentor("Oliver", rate=0, minimum_notice=0)


@pytest.fixture
async def maya(town: Community) -> Actor:
    return await town.member("Maya", points=100)


@pytest.fixture
async def completed(town: Community, oliver: Actor, maya: Actor) -> SessionView:
    """A completed session."""
    return await town.session(SessionStatus.COMPLETED, maya, oliver)


async def test_thanks_with_a_tip_pay_and_notify_the_mentor(
    town: Community, oliver: Actor, maya: Actor, completed: SessionView
) -> None:
    quote = await town.db.read(thanks.quote, maya, completed.id, " You unblocked me! ", 30)
    assert (quote.text, quote.balance, quote.balance_after) == ("You unblocked me!", 100, 70)
    assert await town.count(Thanks) == 0
    receipt = await town.db.run(thanks.send, maya, completed.id, " You unblocked me! ", 30, 100)
    sent = SessionThanks("You unblocked me!", 30, town.clock.now)
    assert (receipt.thanks, receipt.balance) == (sent, 70)
    assert (await town.balance(maya), await town.balance(oliver)) == (70, 30)
    assert await town.notified_kinds(oliver, NotificationKind.THANKED) == ["thanked"]
    for person in (maya, oliver):
        assert (await town.db.read(session_details.load, person, completed.id)).thanks == sent
        assert await town.db.read(thanks.load, person, completed.id) == sent


async def test_thanks_need_neither_words_nor_a_tip(
    town: Community, oliver: Actor, maya: Actor, completed: SessionView
) -> None:
    receipt = await town.db.run(thanks.send, maya, completed.id)
    assert receipt.thanks == SessionThanks("", 0, town.clock.now)
    assert (await town.balance(maya), await town.balance(oliver)) == (100, 0)
    assert await town.notified_kinds(oliver, NotificationKind.THANKED) == ["thanked"]


async def test_both_see_the_tip_in_their_history(
    town: Community, oliver: Actor, maya: Actor, completed: SessionView
) -> None:
    await town.db.run(thanks.send, maya, completed.id, "", 30)
    for person, amount, other in ((maya, -30, "Oliver"), (oliver, 30, "Maya")):
        entry = (await town.db.read(points_history.list_page, person)).entries[0]
        assert entry.partner is not None
        assert (entry.cause, entry.amount, entry.partner.name) == (Cause.TIP, amount, other)
        assert entry.session_id == completed.id


async def test_a_session_is_thanked_for_once(
    town: Community, oliver: Actor, maya: Actor, completed: SessionView
) -> None:
    await town.db.run(thanks.send, maya, completed.id, "Thank you!", 10)
    with raises(NotAllowedNow, saying="already said thanks") as caught:
        await town.db.run(thanks.send, maya, completed.id, "And again!", 10)
    assert caught.value.obstacle is Obstacle.ALREADY_THANKED
    assert await town.balance(oliver) == 10


async def test_only_one_of_racing_thanks_is_sent(
    town: Community, oliver: Actor, maya: Actor, completed: SessionView
) -> None:
    results = await asyncio.gather(
        *(town.db.run(thanks.send, maya, completed.id, f"Take {n}", 60) for n in range(5)),
        return_exceptions=True,
    )
    refused = [result for result in results if isinstance(result, NotAllowedNow)]
    assert len(refused) == 4, results
    assert (await town.balance(maya), await town.balance(oliver)) == (40, 60)
    assert await town.count(Thanks) == 1


async def test_racing_tips_never_exceed_the_balance(
    town: Community, oliver: Actor, maya: Actor, completed: SessionView
) -> None:
    later = await town.session(
        SessionStatus.COMPLETED, maya, oliver, completed.ends_at.replace(hour=18)
    )
    results = await asyncio.gather(
        *(town.db.run(thanks.send, maya, each.id, "", 60) for each in (completed, later)),
        return_exceptions=True,
    )
    assert [type(result) for result in results].count(BalanceTooLow) == 1, results
    assert (await town.balance(maya), await town.balance(oliver)) == (40, 60)
    assert await town.count(Thanks) == 1


async def test_a_repeated_key_pays_one_tip(
    town: Community, oliver: Actor, maya: Actor, completed: SessionView
) -> None:
    first = await town.db.run(thanks.send, maya, completed.id, "Thanks", 30, 100, "key")
    second = await town.db.run(thanks.send, maya, completed.id, "Thanks", 30, 100, "key")
    assert second == first
    assert await town.balance(oliver) == 30
    with pytest.raises(KeyReused):
        await town.db.run(thanks.send, maya, completed.id, "Thanks", 31, 100, "key")


async def test_a_balance_that_changed_is_shown_again(
    town: Community, oliver: Actor, maya: Actor, completed: SessionView
) -> None:
    with pytest.raises(TermsChanged) as caught:
        await town.db.run(thanks.send, maya, completed.id, "Thanks", 30, 250)
    assert (caught.value.term, caught.value.current) == (Term.BALANCE, 100)
    assert (await town.balance(oliver), await town.count(Thanks)) == (0, 0)


async def test_a_tip_is_at_most_the_balance(
    town: Community, oliver: Actor, maya: Actor, completed: SessionView
) -> None:
    for use_case in (thanks.quote, thanks.send):
        with raises(BalanceTooLow, saying="You have 100 points"):
            await town.db.run(use_case, maya, completed.id, "Thanks", 101)
    assert await town.count(Thanks) == 0
    assert (await town.db.run(thanks.send, maya, completed.id, "Thanks", 100)).balance == 0


@pytest.mark.parametrize(
    ("text", "tip", "saying"),
    [
        ("x" * 301, 0, "300 characters"),
        ("", -1, "below zero"),
        ("", MAX_POINTS + 1, "up to 9,007,199,254,740,992"),
    ],
)
async def test_invalid_thanks_are_refused(
    town: Community, maya: Actor, completed: SessionView, text: str, tip: int, saying: str
) -> None:
    with raises(InvalidField, saying=saying):
        await town.db.run(thanks.send, maya, completed.id, text, tip)
    assert await town.count(Thanks) == 0


async def test_only_the_mentee_says_thanks(
    town: Community, oliver: Actor, completed: SessionView
) -> None:
    with pytest.raises(NotYours):
        await town.db.run(thanks.send, oliver, completed.id)
    stranger = await town.member("Zoe", points=50)
    for use_case, person in (
        (thanks.send, stranger),
        (thanks.load, stranger),
        (thanks.load, oliver),
    ):
        with pytest.raises(NotFound):
            await town.db.run(use_case, person, completed.id)


@pytest.mark.parametrize(
    "status", [status for status in SessionStatus if status is not SessionStatus.COMPLETED]
)
async def test_only_completed_sessions_are_thanked_for(
    town: Community, oliver: Actor, maya: Actor, status: SessionStatus
) -> None:
    session = await town.session(status, maya, oliver)
    with pytest.raises(NotAllowedNow) as caught:
        await town.db.run(thanks.send, maya, session.id, "Thanks", 5)
    assert (caught.value.obstacle, caught.value.status) == (None, status)
    assert not thanks.can_be_thanked(session, None)


async def test_blocked_people_exchange_no_thanks(
    town: Community, oliver: Actor, maya: Actor, completed: SessionView
) -> None:
    await town.db.run(blocking.block, oliver, BlockTarget(maya.user_id, "Maya"))
    with raises(NotAvailable, saying="isn't available"):
        await town.db.run(thanks.send, maya, completed.id, "Thanks", 5)
    await town.db.run(blocking.block, maya, BlockTarget(oliver.user_id, "Oliver"))
    with pytest.raises(BlockedByYou):
        await town.db.run(thanks.send, maya, completed.id, "Thanks", 5)
    assert (await town.balance(oliver), await town.count(Thanks)) == (0, 0)


async def test_a_mentor_who_left_is_not_thanked(
    town: Community, oliver: Actor, maya: Actor, completed: SessionView
) -> None:
    await town.db.run(departures.record_departure, town.guild_id, oliver.user_id)
    with raises(NotAllowedNow, saying="left the server") as caught:
        await town.db.run(thanks.send, maya, completed.id, "Thanks", 5)
    assert caught.value.obstacle is Obstacle.MENTOR_LEFT
    assert not thanks.can_be_thanked(await town.reload(completed), None)


async def test_a_mentee_who_left_says_no_thanks(
    town: Community, maya: Actor, completed: SessionView
) -> None:
    await town.db.run(departures.record_departure, town.guild_id, maya.user_id)
    outside = replace(maya, outside_guild=True)
    with pytest.raises(NotAMember):
        await town.db.run(thanks.send, outside, completed.id, "Thanks", 5)


async def test_an_erased_mentor_is_not_thanked(
    town: Community, oliver: Actor, maya: Actor, completed: SessionView
) -> None:
    await town.db.run(erasure.erase, oliver)
    with pytest.raises(NotAllowedNow) as caught:
        await town.db.run(thanks.send, maya, completed.id, "Thanks", 5)
    assert caught.value.obstacle is Obstacle.MENTOR_LEFT
    assert await town.balance(maya) == 100


@pytest.mark.parametrize("erased", ["oliver", "maya"])
async def test_an_erasure_empties_the_words_and_keeps_the_tip(
    town: Community, oliver: Actor, maya: Actor, completed: SessionView, erased: str
) -> None:
    await town.db.run(thanks.send, maya, completed.id, "Thank you, Oliver.", 30)
    people = {"oliver": oliver, "maya": maya}
    other = maya if erased == "oliver" else oliver
    await town.db.run(erasure.erase, people[erased])
    kept = await town.db.read(thanks.load, other, completed.id)
    assert (kept.text, kept.tip) == ("", 30)
    assert await town.balance(other) == (70 if other is maya else 30)
    assert await town.count(Transfer) == 3, "the grant, the tip, and what the erasure took back"


async def test_the_event_says_the_tip_and_no_words(
    town: Community, oliver: Actor, maya: Actor, completed: SessionView
) -> None:
    await town.db.run(thanks.send, maya, completed.id, "Secret words", 30)
    events = [event for event in (await town.dump())["events"] if "thanked" in str(event)]
    assert len(events) == 1, events
    assert "Secret" not in str(events)
