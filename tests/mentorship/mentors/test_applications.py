"""Applying to mentor: the fields and their limits, who may apply, and the decision."""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mentorship.actors import Actor
from mentorship.administration import audit
from mentorship.administration.moderation import suspend
from mentorship.errors import (
    AlreadyAMentor,
    AlreadyApplied,
    AlreadyDecided,
    Field,
    InvalidField,
    MayNotApply,
    NotAModerator,
    NotFound,
    ReapplyLater,
    Requirement,
    SetupNeeded,
    Suspended,
    TimezoneNeeded,
)
from mentorship.mentors import application_review, applications
from mentorship.mentors.application_review import Decision
from mentorship.mentors.application_views import ApplicationView
from mentorship.mentors.profile_rules import (
    ProfileContent,
    normalize_tag,
    parse_expertise,
    parse_rate,
)
from mentorship.notifications.catalogue import NotificationKind
from mentorship.search import directory
from storage.tables import MentorProfile, ProfileRevision
from tests.errors import raises
from tests.mentorship.support.community import BIO, Community

FAMILY = "👩‍👩‍👧"


@pytest.fixture
async def ada(town: Community) -> Actor:
    return await town.member("Ada", zone="Europe/London")


async def apply(
    town: Community,
    applicant: Actor,
    expertise: Sequence[str] = ("python",),
    rate: int = 60,
    bio: str = BIO,
) -> ApplicationView:
    return await town.db.run(applications.apply, applicant, ProfileContent(expertise, rate, bio))


async def decide(
    town: Community, application: ApplicationView, decision: Decision, note: str = "", by: int = 1
) -> ApplicationView:
    moderator = Actor(by, f"Moderator {by}", town.guild_id, manages_guild=True)
    return await town.db.run(application_review.decide, moderator, application.id, decision, note)


# --- Fields ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        (["Python"], ("python",)),
        (["  Code \t  Review "], ("code review",)),
        (["ab"], ("ab",)),
        (["a" * 32], ("a" * 32,)),
        (["C++", "c#", ".NET"], ("c++", "c#", ".net")),
        (["日本語", "Ελληνικά"], ("日本語", "ελληνικά")),
        (["Go 🎉"], ("go 🎉",)),
        (["Straße", "STRASSE"], ("strasse",)),
        (["ﬁle", "file", "Ｆｉｌｅ"], ("file",)),
        (["cafe\u0301", "café", "CAFÉ"], ("café",)),
        (["python", "Python ", "PYTHON"], ("python",)),
        (["python", "", "  "], ("python",)),
        ([f"tag {number}" for number in range(10)], tuple(f"tag {n}" for n in range(10))),
        (["python"] * 11, ("python",)),
        (["python, git"], ("python", "git")),
        (["python;git\nsql"], ("python", "git", "sql")),
    ],
)
async def test_expertise_is_stored_normalized_without_duplicates(
    town: Community, ada: Actor, typed: list[str], stored: tuple[str, ...]
) -> None:
    application = await apply(town, ada, typed)
    assert application.expertise == stored
    await decide(town, application, Decision.APPROVED)
    views = await town.db.read(directory.suggest_mentors, town.chief, "")
    assert [view.expertise for view in views] == [tuple(sorted(stored))]


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ([], "You have 0"),
        (["", "  "], "You have 0"),
        ([f"tag {number}" for number in range(11)], "You have 11"),
        (["a" * 33], "up to 32 characters"),
        (["ß"], None),
        (["ab" * 16 + "c"], "up to 32 characters"),
        (["ﷺ" * 2], "up to 32 characters"),
        ([FAMILY], "letter or digit"),
        (["🎉🎉"], "letter or digit"),
        (["--"], "letter or digit"),
    ],
)
async def test_invalid_expertise(
    town: Community, ada: Actor, typed: list[str], message: str | None
) -> None:
    if message is None:
        assert (await apply(town, ada, typed)).expertise == ("ss",)
        return
    with raises(InvalidField, saying=message) as caught:
        await apply(town, ada, typed)
    assert caught.value.field == "expertise"
    assert await town.count(ProfileRevision) == 0


@given(st.text(min_size=1, max_size=40))
@example("ΐα")  # case folding decomposes the first letter
@example("İstanbul")
@example("ẛ̣x")
def test_normalizing_a_tag_twice_changes_nothing(text: str) -> None:
    try:
        tag = normalize_tag(text)
    except InvalidField:
        return
    assert normalize_tag(tag) == tag
    assert unicodedata.is_normalized("NFKC", tag)
    assert tag == tag.strip()
    assert 1 <= len(tag) <= 32


@pytest.mark.parametrize(
    ("typed", "tags"),
    [
        ("python, git;sql", ("python", " git", "sql")),
        ("python\nC++", ("python", "C++")),
        ("a,,b;;", ("a", "b")),
        ("", ()),
    ],
)
def test_typed_expertise_is_split(typed: str, tags: tuple[str, ...]) -> None:
    assert parse_expertise(typed) == tags


@pytest.mark.parametrize(
    ("typed", "rate"),
    [
        ("0", 0),
        (" 50 ", 50),
        ("1,500", 1_500),
        ("1 500", 1_500),
        ("1_500", 1_500),
        ("1,234,567", 1_234_567),
        ("007", 7),
    ],
)
def test_typed_rates_are_parsed(typed: str, rate: int) -> None:
    assert parse_rate(typed) == rate


@pytest.mark.parametrize(
    "typed",
    [
        *("", "  ", "fifty", "5 points", "1e3", "0x10", "1٣", "½"),
        *("-1", "+5", "1.5", "1,5", "1,50", "12,34,5", ",5", "5,", "1,,000", "9" * 17),
    ],
)
def test_other_rates_are_invalid(typed: str) -> None:
    with raises(InvalidField, saying=r"^The hourly rate must be a whole number of points"):
        parse_rate(typed)


@pytest.mark.parametrize("rate", [0, 1, 10_000])
async def test_rates_within_the_guilds_limit(town: Community, ada: Actor, rate: int) -> None:
    assert (await apply(town, ada, rate=rate)).hourly_rate == rate


@pytest.mark.parametrize("rate", [-1, 10_001, 10**9, 10**30])
async def test_rates_outside_the_guilds_limit_are_invalid(
    town: Community, ada: Actor, rate: int
) -> None:
    with raises(InvalidField, saying=r"^The hourly rate must be between 0 and 10,000 here"):
        await apply(town, ada, rate=rate)


async def test_the_maximum_rate_is_a_guild_setting(town: Community, ada: Actor) -> None:
    await town.configure(maximum_hourly_rate=0)
    with raises(InvalidField, saying="between 0 and 0 here"):
        await apply(town, ada, rate=1)
    await apply(town, ada, rate=0)


@pytest.mark.parametrize("length", [20, 1_000])
async def test_bios_within_the_length_limits(town: Community, ada: Actor, length: int) -> None:
    bio = "x" * length
    assert (await apply(town, ada, bio=f"  {bio}\n ")).bio == bio


@pytest.mark.parametrize(
    ("bio", "length"),
    [("x" * 19, "19"), ("x" * 1_001, "1,001"), ("", "0"), (f"  {'x' * 19}   ", "19")],
)
async def test_bios_too_short_or_too_long_are_invalid(
    town: Community, ada: Actor, bio: str, length: str
) -> None:
    with raises(InvalidField, saying=rf"^The bio needs 20 to 1,000 .* has {length}\.$"):
        await apply(town, ada, bio=bio)


# --- Who may apply --------------------------------------------------------------------------------


async def test_an_application_is_pending_and_gets_a_review_card(
    town: Community, ada: Actor
) -> None:
    application = await apply(town, ada)
    assert (application.status, application.applicant_id, application.applicant_name) == (
        "pending",
        ada.user_id,
        "Ada",
    )
    assert (application.timezone, application.submitted_at) == ("Europe/London", town.clock.now)
    (notification,) = await town.notifications(NotificationKind.APPLICATION_RECEIVED)
    assert (notification.user_id, notification.revision_id) == (None, application.id)
    assert await town.db.read(directory.suggest_mentors, town.chief, "") == []


async def test_applying_can_require_a_role(town: Community, ada: Actor) -> None:
    await town.configure(who_may_apply="roles", apply_role_ids=[7, 8])
    for roles in ([], [9]):
        actor = Actor(ada.user_id, "Ada", town.guild_id, role_ids=frozenset(roles))
        with pytest.raises(MayNotApply) as caught:
            await apply(town, actor)
        assert caught.value.requirement is Requirement.ROLE
    await apply(town, Actor(ada.user_id, "Ada", town.guild_id, role_ids=frozenset({8, 9})))


async def test_applying_can_require_a_rank(town: Community, ada: Actor) -> None:
    await town.configure(who_may_apply="rank", apply_minimum_rank=5)
    for rank in (None, 4):
        if rank is not None:
            await town.set_rank(ada, rank)
        with pytest.raises(MayNotApply) as caught:
            await town.db.read(applications.before_apply, ada)
        error = caught.value
        assert (error.requirement, error.minimum_rank, error.rank) == (
            Requirement.RANK,
            5,
            rank or 0,
        )
        with pytest.raises(MayNotApply):
            await apply(town, ada)
    await town.set_rank(ada, 5)
    await apply(town, ada)


async def test_applying_needs_a_review_channel(town: Community, ada: Actor) -> None:
    await town.configure(review_channel_id=None)
    with pytest.raises(SetupNeeded) as caught:
        await apply(town, ada)
    assert caught.value.setting is Field.REVIEW_CHANNEL_ID


async def test_applying_needs_a_time_zone(town: Community) -> None:
    sam = await town.member("Sam", zone=None)
    for who in (sam, Actor(424242, "Stranger", town.guild_id)):
        with pytest.raises(TimezoneNeeded):
            await apply(town, who)
    assert await town.count(MentorProfile) == 0


async def test_a_second_application_while_one_is_pending(town: Community, ada: Actor) -> None:
    await apply(town, ada)
    with pytest.raises(AlreadyApplied):
        await apply(town, ada)


async def test_concurrent_submissions_make_one_application(town: Community, ada: Actor) -> None:
    attempts = [apply(town, ada) for _ in range(6)]
    results = await asyncio.gather(*attempts, return_exceptions=True)
    assert sum(isinstance(result, AlreadyApplied) for result in results) == 5
    assert await town.count(ProfileRevision) == 1


async def test_an_approved_mentor_cannot_apply(town: Community) -> None:
    noor = await town.mentor("Noor")
    with pytest.raises(AlreadyAMentor):
        await apply(town, noor)


async def test_a_suspended_mentor_cannot_apply(town: Community) -> None:
    noor = await town.mentor("Noor")
    await town.db.run(suspend, town.chief, noor.user_id, "no shows", cancel_sessions=True)
    with pytest.raises(Suspended):
        await apply(town, noor)


async def test_reapplying_needs_the_cool_down_to_pass(town: Community, ada: Actor) -> None:
    application = await apply(town, ada)
    await decide(town, application, Decision.REJECTED, "More detail, please.")
    again_at = town.clock.now + timedelta(days=7)
    town.clock.now = again_at - timedelta(seconds=1)
    with pytest.raises(ReapplyLater) as caught:
        await apply(town, ada)
    assert caught.value.again_at == again_at
    town.clock.now = again_at
    second = await apply(town, ada)
    assert second.id != application.id
    assert [earlier.note for earlier in second.past_decisions] == ["More detail, please."]


async def test_the_cool_down_is_a_guild_setting(town: Community, ada: Actor) -> None:
    await town.configure(reapply_after_days=0)
    await decide(town, await apply(town, ada), Decision.REJECTED, "No.")
    await apply(town, ada)


async def test_guilds_decide_independently(town: Community, village: Community, ada: Actor) -> None:
    await decide(town, await apply(town, ada), Decision.REJECTED, "No.")
    there = await village.join(ada)
    application = await apply(village, there)
    with pytest.raises(NotFound):
        await decide(town, application, Decision.APPROVED)
    await decide(village, application, Decision.APPROVED)
    assert await town.db.read(directory.suggest_mentors, town.chief, "") == []
    assert len(await village.db.read(directory.suggest_mentors, village.chief, "")) == 1


# --- Decisions ------------------------------------------------------------------------------------


async def test_approval_makes_a_mentor(town: Community, ada: Actor) -> None:
    application = await apply(town, ada, ["Python", "Git"], 75)
    decided = await decide(town, application, Decision.APPROVED, by=7)
    assert (decided.status, decided.decided_by, decided.decided_at) == (
        "approved",
        7,
        town.clock.now,
    )
    (view,) = await town.db.read(directory.suggest_mentors, town.chief, "")
    assert (view.name, view.expertise, view.hourly_rate) == ("Ada", ("git", "python"), 75)
    assert await town.notified_kinds(ada) == ["approved"]


@pytest.mark.parametrize("decision", [Decision.REJECTED, Decision.CHANGES_REQUESTED])
async def test_rejection_and_change_requests_need_a_reason(
    town: Community, ada: Actor, decision: Decision
) -> None:
    application = await apply(town, ada)
    for nothing in ("", "   \n"):
        with raises(InvalidField, saying=r"^Give a reason"):
            await decide(town, application, decision, nothing)
    decided = await decide(town, application, decision, "  Say more.  ")
    assert (decided.status, decided.note) == (decision, "Say more.")
    assert await town.notified_kinds(ada) == [decision]


async def test_only_moderators_decide(town: Community, ada: Actor) -> None:
    application = await apply(town, ada)
    before = await town.dump()
    for person in (ada, Actor(424242, "Stranger", town.guild_id)):
        with pytest.raises(NotAModerator):
            await town.db.run(application_review.decide, person, application.id, Decision.APPROVED)
    assert await town.dump() == before


async def test_deciding_an_unknown_application(town: Community) -> None:
    with pytest.raises(NotFound):
        await town.db.run(application_review.decide, town.chief, 424242, Decision.APPROVED)


async def test_the_first_of_concurrent_decisions_wins(town: Community, ada: Actor) -> None:
    application = await apply(town, ada)
    attempts = [
        decide(
            town,
            application,
            Decision.APPROVED if moderator % 2 else Decision.REJECTED,
            "" if moderator % 2 else "No.",
            by=moderator,
        )
        for moderator in range(100, 120)
    ]
    results = await asyncio.gather(*attempts, return_exceptions=True)
    (won,) = [result for result in results if isinstance(result, ApplicationView)]
    lost = [result for result in results if isinstance(result, AlreadyDecided)]
    assert len(lost) == 19
    assert {(error.decision, error.decided_by) for error in lost} == {(won.status, won.decided_by)}
    assert {error.decided_by for error in lost} == {won.decided_by}
    assert await town.notified_kinds(ada) == [won.status]
    (entry,) = await town.db.read(audit.list_entries, town.chief, about=ada.user_id)
    assert (entry.actor_id, entry.action, entry.user_id) == (
        won.decided_by,
        f"application_{won.status}",
        ada.user_id,
    )


async def test_a_decision_is_final(town: Community, ada: Actor) -> None:
    application = await apply(town, ada)
    await decide(town, application, Decision.APPROVED, by=7)
    for decision in Decision:
        with pytest.raises(AlreadyDecided) as caught:
            await decide(town, application, decision, "Why not", by=8)
        assert (caught.value.decision, caught.value.decided_by) == ("approved", 7)


async def test_the_audit_log_has_the_decision_and_its_reason(town: Community, ada: Actor) -> None:
    application = await apply(town, ada)
    await decide(town, application, Decision.REJECTED, "Say more.", by=7)
    (entry,) = await town.db.read(audit.list_entries, town.chief, about=ada.user_id)
    assert (entry.actor_id, entry.user_id, entry.action) == (
        7,
        ada.user_id,
        "application_rejected",
    )
    assert (entry.note, entry.created_at) == ("Say more.", town.clock.now)
