"""Decisions on the text that was read, within the limits of now, about people who may mentor."""

from __future__ import annotations

import pytest

from mentorship.actors import Actor
from mentorship.errors import Field, OutsideLimits, ScreeningPending, Term, TermsChanged
from mentorship.members import members
from mentorship.mentors import application_review, application_views, applications, profiles
from mentorship.mentors.application_review import Decision
from mentorship.mentors.application_views import ApplicationView
from mentorship.mentors.profile_rules import ProfileContent
from mentorship.statuses import RevisionStatus
from tests.errors import raises
from tests.mentorship.support.community import BIO, Community


async def decide(
    town: Community,
    application: ApplicationView,
    decision: Decision = Decision.APPROVED,
    version: int | None = None,
) -> ApplicationView:
    note = "" if decision is Decision.APPROVED else "No."
    return await town.db.run(
        application_review.decide, town.chief, application.id, decision, note, version=version
    )


async def test_each_new_text_of_a_pending_application_has_a_new_version(town: Community) -> None:
    ada, application = await town.applicant("Ada")
    assert application.version == 1
    for version in (2, 3):
        revised = await town.db.run(applications.revise, ada, ProfileContent(["go"], 1, BIO))
        assert (revised.id, revised.version) == (application.id, version)


@pytest.mark.parametrize("decision", list(Decision))
async def test_a_decision_on_a_replaced_text_is_refused(
    town: Community, decision: Decision
) -> None:
    ada, application = await town.applicant("Ada")
    await town.db.run(applications.revise, ada, ProfileContent(["spam"], 10_000, BIO))
    before = await town.dump()
    with pytest.raises(TermsChanged) as caught:
        await decide(town, application, decision, version=1)
    error = caught.value
    assert (error.term, error.seen, error.current) == (Term.REVISION, 1, 2)
    assert await town.dump() == before
    assert (await decide(town, application, decision, version=2)).status == decision


async def test_a_decision_without_a_version_is_accepted(town: Community) -> None:
    ada, application = await town.applicant("Ada")
    await town.db.run(applications.revise, ada, ProfileContent(["go"], 1, BIO))
    assert (await decide(town, application)).status is RevisionStatus.APPROVED


async def test_a_rate_above_the_maximum_of_now_is_not_approved(town: Community) -> None:
    _, application = await town.applicant("Ada", rate=9_000)
    await town.configure(maximum_hourly_rate=100)
    with raises(OutsideLimits, saying="must be between 0 and 100 here") as caught:
        await decide(town, application)
    assert caught.value.problem.field is Field.HOURLY_RATE
    assert (await decide(town, application, Decision.CHANGES_REQUESTED)).status is (
        RevisionStatus.CHANGES_REQUESTED
    )


async def test_the_rate_of_a_profile_change_is_not_checked(town: Community) -> None:
    ada = await town.mentor("Ada", rate=60)
    edited = await town.db.run(profiles.edit, ada, ProfileContent(["go"], 60, BIO))
    await town.configure(maximum_hourly_rate=10)
    assert edited.pending is not None
    assert (await decide(town, edited.pending)).status is RevisionStatus.APPROVED


async def test_who_has_not_passed_the_screening_cannot_apply(town: Community) -> None:
    ada = await town.member("Ada")
    await town.db.run(members.record_screening, town.guild_id, ada.user_id, True)
    content = ProfileContent(["go"], 60, BIO)
    for person in (ada, Actor(ada.user_id, "Ada", town.guild_id, screening_pending=True)):
        with raises(ScreeningPending, saying="Accept this server's rules first"):
            await town.db.read(applications.before_apply, person)
        with pytest.raises(ScreeningPending):
            await town.db.run(applications.apply, person, content)
    # What Discord says now counts more than what was recorded.
    passed = Actor(ada.user_id, "Ada", town.guild_id, screening_pending=False)
    await town.db.run(applications.apply, passed, content)
    assert not (await town.db.read(members.load, ada)).screening_pending


async def test_an_applicant_is_approved_once_they_pass_the_screening(town: Community) -> None:
    ada, application = await town.applicant("Ada")
    await town.db.run(members.record_screening, town.guild_id, ada.user_id, True)
    before = await town.dump()
    with raises(ScreeningPending, saying="Ada hasn't accepted this server's rules yet"):
        await decide(town, application)
    assert await town.dump() == before
    view = await town.db.read(application_views.load, application.id)
    assert (view.screening_pending, view.is_pending) == (True, True)
    await town.db.run(members.record_screening, town.guild_id, ada.user_id, False)
    assert (await decide(town, application)).status is RevisionStatus.APPROVED


async def test_a_profile_change_waits_while_there_is_no_review_channel(town: Community) -> None:
    ada = await town.mentor("Ada")
    await town.configure(review_channel_id=None)
    edited = await town.db.run(profiles.edit, ada, ProfileContent(["spam"], 60, BIO))
    assert (edited.published, edited.pending is not None) == (False, True)
    queue = await town.db.read(application_review.list_pending, town.chief)
    assert [each.expertise for each in queue.items] == [("spam",)]


async def test_a_profile_change_needs_no_approval_where_that_is_off(town: Community) -> None:
    ada = await town.mentor("Ada")
    await town.configure(approve_profile_changes=False, review_channel_id=None)
    edited = await town.db.run(profiles.edit, ada, ProfileContent(["go"], 60, BIO))
    assert (edited.published, edited.pending) == (True, None)
