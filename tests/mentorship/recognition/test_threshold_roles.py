"""Roles at thresholds: their rules, and who has earned them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from mentorship.actors import Actor
from mentorship.administration import audit, moderation
from mentorship.errors import InvalidField, NotAManager, NotFound
from mentorship.mentors import profiles
from mentorship.notifications.catalogue import NotificationKind
from mentorship.operations import erasure
from mentorship.recognition import earned_roles, threshold_roles
from mentorship.recognition.earned_roles import RoleTask
from mentorship.recognition.threshold_roles import ThresholdRule, Thresholds
from mentorship.sessions import departures
from mentorship.statuses import SessionStatus
from storage import Transaction
from storage.tables import EarnedRole, MentorProfile, MentorTotal, ThresholdRole
from tests.errors import raises
from tests.mentorship.insights.recount import keep_figures
from tests.mentorship.support.community import Community

ROLE = 777


@pytest.fixture
async def oliver(town: Community) -> Actor:
    """A mentor with one session of an hour."""
    oliver = await town.mentor("Oliver", rate=0, minimum_notice=0)
    maya = await town.member("Maya")
    await town.session(SessionStatus.COMPLETED, maya, oliver)
    await keep_figures(town.db)
    return oliver


async def compare(town: Community) -> None:
    """Let the job compare all mentors, as after `PASS_INTERVAL`."""
    town.clock.now += earned_roles.PASS_INTERVAL
    while await town.db.read(earned_roles.has_due_rules):
        await town.db.run(earned_roles.compare_some, 1)


async def claim(town: Community) -> list[tuple[int, int, bool]]:
    """Claim what is to be done, do it, and return (person, role, wanted)."""
    tasks = await town.db.run(earned_roles.claim)
    for task in tasks:
        await town.db.run(
            earned_roles.finish, task, is_given=task.is_wanted, role_name="Gold mentor"
        )
    return [(task.user_id, task.role_id, task.is_wanted) for task in tasks]


async def set_figures(town: Community, mentor: Actor, **values: int) -> None:
    async def change(tx: Transaction) -> None:
        profile = select(MentorProfile.id).where(MentorProfile.user_id == mentor.user_id)
        await tx.connection.execute(
            update(MentorTotal).where(MentorTotal.profile_id.in_(profile)).values(**values)
        )

    await town.db.run(change)


async def set_rating(town: Community, mentor: Actor, stars: int, people: int) -> None:
    async def change(tx: Transaction) -> None:
        await tx.connection.execute(
            update(MentorProfile)
            .where(MentorProfile.user_id == mentor.user_id)
            .values(rating_sum=stars, rating_count=people)
        )

    await town.db.run(change)


async def test_a_mentor_gets_the_role_and_is_congratulated_once(
    town: Community, oliver: Actor
) -> None:
    await town.db.run(threshold_roles.set_rule, town.chief, ROLE, Thresholds(1))
    await compare(town)
    assert await claim(town) == [(oliver.user_id, ROLE, True)]
    assert await claim(town) == []
    assert await town.notified_kinds(oliver, NotificationKind.ROLE_EARNED) == ["role_earned"]

    await set_figures(town, oliver, sessions=0)
    await compare(town)
    assert await claim(town) == [(oliver.user_id, ROLE, False)]
    await set_figures(town, oliver, sessions=1)
    await compare(town)
    assert await claim(town) == [(oliver.user_id, ROLE, True)]
    assert await town.notified_kinds(oliver, NotificationKind.ROLE_EARNED) == ["role_earned"]


@pytest.mark.parametrize(
    ("thresholds", "is_earned"),
    [
        (Thresholds(1), True),
        (Thresholds(2), False),
        (Thresholds(1, stars=45), True),
        (Thresholds(1, stars=46), False),
        (Thresholds(1, hours=1), True),
        (Thresholds(1, hours=2), False),
        (Thresholds(1, stars=45, hours=1), True),
    ],
)
async def test_every_threshold_has_to_be_met(
    town: Community, oliver: Actor, thresholds: Thresholds, is_earned: bool
) -> None:
    await set_rating(town, oliver, 9, 2)
    await town.db.run(threshold_roles.set_rule, town.chief, ROLE, thresholds)
    await compare(town)
    assert (await claim(town) == [(oliver.user_id, ROLE, True)]) == is_earned


async def test_stars_need_a_rating(town: Community, oliver: Actor) -> None:
    await town.db.run(threshold_roles.set_rule, town.chief, ROLE, Thresholds(1, stars=10))
    await compare(town)
    assert await claim(town) == []


async def test_a_pass_compares_all_mentors_in_steps(town: Community, oliver: Actor) -> None:
    others = [await town.mentor(f"Mentor {n}", rate=0) for n in range(4)]
    await keep_figures(town.db)
    for each in others[1:3]:
        await set_figures(town, each, sessions=3)
    await town.db.run(threshold_roles.set_rule, town.chief, ROLE, Thresholds(1))
    await compare(town)
    earned = {oliver.user_id, others[1].user_id, others[2].user_id}
    assert {user_id for user_id, _, _ in await claim(town)} == earned
    await set_figures(town, oliver, sessions=0)
    await compare(town)
    assert await claim(town) == [(oliver.user_id, ROLE, False)]


async def test_a_suspended_mentor_loses_the_role_and_gets_it_back(
    town: Community, oliver: Actor
) -> None:
    await town.db.run(threshold_roles.set_rule, town.chief, ROLE, Thresholds(1))
    await compare(town)
    await claim(town)
    await town.db.run(moderation.suspend, town.chief, oliver.user_id, "-", cancel_sessions=False)
    await compare(town)
    assert await claim(town) == [(oliver.user_id, ROLE, False)]
    await town.db.run(moderation.reinstate, town.chief, oliver.user_id)
    await compare(town)
    assert await claim(town) == [(oliver.user_id, ROLE, True)]


async def test_who_left_gets_the_role_again_on_return(town: Community, oliver: Actor) -> None:
    await town.db.run(threshold_roles.set_rule, town.chief, ROLE, Thresholds(1))
    await compare(town)
    (task,) = await town.db.run(earned_roles.claim)
    # The worker has found that they aren't there.
    await town.db.run(departures.record_departure, town.guild_id, oliver.user_id)
    await town.db.run(earned_roles.finish, task, is_given=False)
    await compare(town)
    assert await claim(town) == []
    await town.join(oliver)
    await town.db.run(profiles.resume, oliver)
    await compare(town)
    assert await claim(town) == [(oliver.user_id, ROLE, True)]


async def test_a_refused_role_stops_its_rule_and_is_reported_once(
    town: Community, oliver: Actor
) -> None:
    await town.configure(log_channel_id=9)
    await town.db.run(threshold_roles.set_rule, town.chief, ROLE, Thresholds(1))
    await compare(town)
    (task,) = await town.db.run(earned_roles.claim)
    for _ in range(2):
        await town.db.run(earned_roles.stop, task, "refused")
        town.clock.turn(minutes=1)
    stopped = NotificationKind.THRESHOLD_ROLE_STOPPED
    assert len(await town.notifications(stopped)) == 1
    town.clock.turn(days=1)
    await compare(town)
    assert not await town.db.read(earned_roles.has_due)
    assert await claim(town) == []
    (rule,) = await town.db.read(threshold_roles.list_rules, town.chief)
    assert rule.problem == "refused"
    # Saving the rule once more starts it again.
    await town.db.run(threshold_roles.set_rule, town.chief, ROLE, Thresholds(1))
    assert await claim(town) == [(oliver.user_id, ROLE, True)]


async def test_a_failure_is_retried_later(town: Community, oliver: Actor) -> None:
    await town.db.run(threshold_roles.set_rule, town.chief, ROLE, Thresholds(1))
    await compare(town)
    (task,) = await town.db.run(earned_roles.claim)
    await town.db.run(earned_roles.retry, task)
    assert await town.db.run(earned_roles.claim) == []
    town.clock.turn(days=1)
    assert await town.db.run(earned_roles.claim) == [replace(task, attempts=1)]


async def test_a_lease_keeps_a_second_worker_away(town: Community, oliver: Actor) -> None:
    await town.db.run(threshold_roles.set_rule, town.chief, ROLE, Thresholds(1))
    await compare(town)
    assert len(await town.db.run(earned_roles.claim)) == 1
    assert await town.db.run(earned_roles.claim) == []
    town.clock.turn(minutes=1)
    assert len(await town.db.run(earned_roles.claim)) == 1


async def test_an_erasure_takes_the_role_and_leaves_no_id(town: Community, oliver: Actor) -> None:
    await town.db.run(threshold_roles.set_rule, town.chief, ROLE, Thresholds(1))
    await compare(town)
    await claim(town)
    await town.db.run(erasure.erase, oliver)
    assert await claim(town) == [(oliver.user_id, ROLE, False)]
    assert await town.count(EarnedRole) == 0


async def test_a_role_that_cannot_be_taken_after_an_erasure_is_given_up(
    town: Community, oliver: Actor
) -> None:
    await town.db.run(threshold_roles.set_rule, town.chief, ROLE, Thresholds(1))
    await compare(town)
    await claim(town)
    await town.db.run(erasure.erase, oliver)
    town.clock.now += earned_roles.KEPT_FOR + timedelta(minutes=1)
    assert await town.db.run(earned_roles.claim) == []
    assert await town.count(EarnedRole) == 0


async def test_a_guild_has_at_most_five_rules(town: Community) -> None:
    for number in range(5):
        await town.db.run(threshold_roles.set_rule, town.chief, ROLE + number, Thresholds(1))
    with raises(InvalidField, saying="5 roles for mentors"):
        await town.db.run(threshold_roles.set_rule, town.chief, 1, Thresholds(1))
    rules = await town.db.run(threshold_roles.set_rule, town.chief, ROLE, Thresholds(3, 45, 20))
    assert rules[0] == ThresholdRule(ROLE, Thresholds(3, 45, 20))
    assert await town.count(ThresholdRole) == 5
    entries = await town.db.read(audit.list_entries, town.chief)
    assert entries[0].facts["after"] == [ROLE, 3, 45, 20]


async def test_removing_a_rule_takes_nothing(town: Community, oliver: Actor) -> None:
    await town.db.run(threshold_roles.set_rule, town.chief, ROLE, Thresholds(1))
    await compare(town)
    await claim(town)
    assert await town.db.run(threshold_roles.remove_rule, town.chief, ROLE) == []
    assert await claim(town) == []
    with pytest.raises(NotFound):
        await town.db.run(threshold_roles.remove_rule, town.chief, ROLE)


@pytest.mark.parametrize(
    "thresholds",
    [
        Thresholds(0),
        Thresholds(-1),
        Thresholds(10_001),
        Thresholds(1, stars=9),
        Thresholds(1, stars=51),
        Thresholds(1, hours=0),
        Thresholds(1, hours=10_001),
    ],
)
async def test_thresholds_out_of_range_are_refused(town: Community, thresholds: Thresholds) -> None:
    with pytest.raises(InvalidField):
        await town.db.run(threshold_roles.set_rule, town.chief, ROLE, thresholds)
    assert await town.count(ThresholdRole) == 0


async def test_only_managers_set_rules(town: Community, oliver: Actor) -> None:
    for use_case, more in (
        (threshold_roles.list_rules, ()),
        (threshold_roles.set_rule, (ROLE, Thresholds(1))),
        (threshold_roles.remove_rule, (ROLE,)),
    ):
        with pytest.raises(NotAManager):
            await town.db.run(use_case, oliver, *more)


async def test_a_change_while_a_role_is_given_is_made_afterwards(
    town: Community, oliver: Actor
) -> None:
    await town.db.run(threshold_roles.set_rule, town.chief, ROLE, Thresholds(1))
    await compare(town)
    (task,) = await town.db.run(earned_roles.claim)
    assert isinstance(task, RoleTask)
    await set_figures(town, oliver, sessions=0)
    await compare(town)
    await town.db.run(earned_roles.finish, task, is_given=True, role_name="Gold")
    assert await claim(town) == [(oliver.user_id, ROLE, False)]
