"""Moderators' decisions: about others only, and with what they cancel agreed to first."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from mentorship.actors import Actor
from mentorship.administration import audit, moderation, moderation_lists
from mentorship.errors import (
    MentorPaused,
    NotAllowedNow,
    NotAMentor,
    NotAModerator,
    OwnCase,
    Term,
    TermsChanged,
)
from mentorship.mentors import application_review, profiles
from mentorship.mentors.application_review import Decision
from mentorship.mentors.profile_rules import ProfileContent
from mentorship.sessions.follow_up import disputes, reviews
from mentorship.sessions.lifecycle import Action
from mentorship.statuses import SessionStatus
from tests.mentorship.support.community import BIO, TUESDAY_NOON, Community


def as_moderator(person: Actor) -> Actor:
    """Return the person with the moderator role, but without Manage Server."""
    return replace(person, moderates=True)


def as_manager(person: Actor) -> Actor:
    return replace(person, manages_guild=True)


async def own_application(town: Community) -> tuple[Actor, tuple[Any, ...]]:
    person, application = await town.applicant("Ada")
    return person, (application_review.decide, application.id, Decision.APPROVED)


async def own_rejection(town: Community) -> tuple[Actor, tuple[Any, ...]]:
    person, application = await town.applicant("Ada")
    return person, (application_review.decide, application.id, Decision.REJECTED, "No.")


async def own_profile_change(town: Community) -> tuple[Actor, tuple[Any, ...]]:
    person = await town.mentor("Ada")
    edited = await town.db.run(profiles.edit, person, ProfileContent(["go"], 60, BIO))
    assert edited.pending is not None
    return person, (application_review.decide, edited.pending.id, Decision.APPROVED)


async def own_reinstatement(town: Community) -> tuple[Actor, tuple[Any, ...]]:
    person = await town.mentor("Ada")
    await town.db.run(moderation.suspend, town.chief, person.user_id, "-", cancel_sessions=False)
    return person, (moderation.reinstate, person.user_id)


async def _dispute(town: Community) -> tuple[Actor, Actor, tuple[Any, ...]]:
    mentor, mentee = await town.mentor("Ada"), await town.member("Ben", points=100)
    session = await town.session(SessionStatus.DISPUTED, mentee, mentor)
    return mentor, mentee, (disputes.resolve, session.id, Action.PAY)


async def dispute_as_mentor(town: Community) -> tuple[Actor, tuple[Any, ...]]:
    mentor, _, decision = await _dispute(town)
    return mentor, decision


async def dispute_as_mentee(town: Community) -> tuple[Actor, tuple[Any, ...]]:
    _, mentee, decision = await _dispute(town)
    return mentee, decision


async def _review(town: Community) -> tuple[Actor, Actor, int]:
    mentor, mentee = await town.mentor("Ada"), await town.member("Ben", points=100)
    session = await town.session(SessionStatus.COMPLETED, mentee, mentor)
    await town.db.run(reviews.rate, mentee, session.id, 1, "Late again.")
    (review,) = await town.db.read(moderation_lists.list_reviews, town.chief)
    return mentor, mentee, review.id


async def review_of_oneself(town: Community) -> tuple[Actor, tuple[Any, ...]]:
    mentor, _, review_id = await _review(town)
    return mentor, (moderation.hide_review, review_id, "Unfair.")


async def own_hidden_review(town: Community) -> tuple[Actor, tuple[Any, ...]]:
    _, mentee, review_id = await _review(town)
    await town.db.run(moderation.hide_review, town.chief, review_id, "Rude.")
    return mentee, (moderation.show_review, review_id)


OWN_CASES = [
    own_application,
    own_rejection,
    own_profile_change,
    own_reinstatement,
    dispute_as_mentor,
    dispute_as_mentee,
    review_of_oneself,
    own_hidden_review,
]


@pytest.mark.parametrize("prepare", OWN_CASES, ids=lambda prepare: prepare.__name__)
async def test_a_moderator_does_not_decide_about_themselves(
    town: Community, prepare: Callable[[Community], Awaitable[tuple[Actor, tuple[Any, ...]]]]
) -> None:
    person, (use_case, *arguments) = await prepare(town)
    before = await town.dump()
    with pytest.raises(OwnCase):
        await town.db.run(use_case, as_moderator(person), *arguments)
    assert await town.dump() == before
    # Another moderator may, and the audit log says nothing special.
    await town.db.run(use_case, as_moderator(await town.member("Priya")), *arguments)
    (entry, *_) = await town.db.read(audit.list_entries, town.chief)
    assert "own_case" not in entry.facts


@pytest.mark.parametrize("prepare", OWN_CASES, ids=lambda prepare: prepare.__name__)
async def test_who_manages_the_server_decides_and_the_audit_log_says_own_case(
    town: Community, prepare: Callable[[Community], Awaitable[tuple[Actor, tuple[Any, ...]]]]
) -> None:
    person, (use_case, *arguments) = await prepare(town)
    await town.db.run(use_case, as_manager(person), *arguments)
    (entry, *_) = await town.db.read(audit.list_entries, town.chief)
    assert (entry.actor_id, entry.facts.get("own_case")) == (person.user_id, True)


async def test_a_moderator_does_not_suspend_themselves(town: Community) -> None:
    ada = await town.mentor("Ada")
    for use_case, arguments in (
        (moderation.preview_suspension, {}),
        (moderation.suspend, {"reason": "A break.", "cancel_sessions": False}),
    ):
        with pytest.raises(OwnCase):
            await town.db.run(use_case, as_moderator(ada), ada.user_id, **arguments)
    arguments = {"reason": "A break.", "cancel_sessions": False}
    await town.db.run(moderation.suspend, as_manager(ada), ada.user_id, **arguments)
    (entry, *_) = await town.db.read(audit.list_entries, town.chief)
    assert entry.facts["own_case"] is True


async def test_a_moderator_does_not_refund_themselves_by_a_suspension(town: Community) -> None:
    oliver, maya = await town.mentor("Oliver"), await town.member("Maya", points=100)
    await town.book(maya, oliver)
    before = await town.dump()
    for use_case, arguments in (
        (moderation.preview_suspension, {}),
        (moderation.suspend, {"reason": "No-shows.", "cancel_sessions": True}),
    ):
        with pytest.raises(OwnCase):
            await town.db.run(use_case, as_moderator(maya), oliver.user_id, **arguments)
    assert await town.dump() == before
    arguments = {"reason": "No-shows.", "cancel_sessions": True}
    await town.db.run(moderation.suspend, as_manager(maya), oliver.user_id, **arguments)
    assert await town.balance(maya) == 100
    entries = await town.db.read(audit.list_entries, town.chief)
    (own,) = [entry for entry in entries if "own_case" in entry.facts]
    assert (own.user_id, own.facts["cancelled"]) == (oliver.user_id, 1)


async def test_a_moderator_suspends_their_own_mentor_if_the_sessions_stay(town: Community) -> None:
    oliver, maya = await town.mentor("Oliver"), await town.member("Maya", points=100)
    await town.book(maya, oliver)
    arguments = {"reason": "No-shows.", "cancel_sessions": False}
    await town.db.run(moderation.suspend, as_moderator(maya), oliver.user_id, **arguments)
    assert await town.balance(maya) == 40


async def test_a_mentor_who_had_stopped_is_not_bookable_by_being_reinstated(
    town: Community,
) -> None:
    oliver, maya = await town.mentor("Oliver"), await town.member("Maya", points=100)
    await town.db.run(profiles.stop, oliver)
    await town.db.run(moderation.suspend, town.chief, oliver.user_id, "-", cancel_sessions=False)
    await town.db.run(moderation.reinstate, town.chief, oliver.user_id)
    with pytest.raises(MentorPaused):
        await town.book(maya, oliver)
    await town.db.run(profiles.resume, oliver)
    await town.book(maya, oliver)


async def test_a_suspension_is_previewed(town: Community) -> None:
    oliver = await town.mentor("Oliver", rate=60)
    maya, noor = await town.member("Maya", points=500), await town.member("Noor", points=500)
    await town.configure(limit_pending_per_mentor=5)
    for day in range(3):
        await town.book(maya if day else noor, oliver, TUESDAY_NOON + timedelta(days=day))
    await town.session(SessionStatus.CANCELLED, maya, oliver, TUESDAY_NOON + timedelta(days=5))
    upcoming = await town.db.read(moderation.preview_suspension, town.chief, oliver.user_id)
    assert (upcoming.count, upcoming.refund, upcoming.mentees) == (3, 180, 2)
    for person, kind in ((maya, NotAModerator), (town.chief, NotAMentor)):
        with pytest.raises(kind):
            await town.db.read(moderation.preview_suspension, person, maya.user_id)


@pytest.mark.parametrize(
    ("sessions", "refund", "term"), [(1, 60, Term.COUNT), (2, 60, Term.REFUND)]
)
async def test_a_suspension_cancels_only_what_the_moderator_agreed_to(
    town: Community, sessions: int, refund: int, term: Term
) -> None:
    oliver, maya = await town.mentor("Oliver", rate=60), await town.member("Maya", points=500)
    for day in range(2):
        await town.book(maya, oliver, TUESDAY_NOON + timedelta(days=day))

    async def suspend(expected_sessions: int, expected_refund: int) -> int:
        return await town.db.run(
            moderation.suspend,
            town.chief,
            oliver.user_id,
            "-",
            cancel_sessions=True,
            expected_sessions=expected_sessions,
            expected_refund=expected_refund,
        )

    before = await town.dump()
    with pytest.raises(TermsChanged) as caught:
        await suspend(sessions, refund)
    current = {Term.COUNT: 2, Term.REFUND: 120}[term]
    assert (caught.value.term, caught.value.current) == (term, current)
    assert await town.dump() == before
    assert await suspend(2, 120) == 2
    assert await town.balance(maya) == 500
    with pytest.raises(NotAllowedNow):
        await town.db.read(moderation.preview_suspension, town.chief, oliver.user_id)
