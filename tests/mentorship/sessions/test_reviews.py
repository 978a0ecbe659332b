"""Ratings, reviews and replies, and the mean rating of a mentor."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from mentorship.actors import Actor
from mentorship.administration import moderation
from mentorship.delivery import outbox
from mentorship.errors import (
    InvalidField,
    NotAllowedNow,
    NotFound,
    NotYours,
    Obstacle,
    RatingClosed,
    ReviewAction,
    Subject,
)
from mentorship.notifications.catalogue import NotificationKind
from mentorship.search import directory, profile_views
from mentorship.sessions import reviews, session_views
from mentorship.sessions.reviews import RatingResult, SessionReview
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import SessionStatus
from storage import Database
from storage.tables import Review
from tests.errors import raises, sentence
from tests.mentorship.support.community import TUESDAY_NOON, Community


@pytest.fixture
async def oliver(town: Community) -> Actor:
    return await town.mentor("Oliver", rate=0, minimum_notice=0)


@pytest.fixture
async def maya(town: Community) -> Actor:
    return await town.member("Maya")


@pytest.fixture
async def completed(town: Community, oliver: Actor, maya: Actor) -> SessionView:
    """A completed session."""
    return await town.session(SessionStatus.COMPLETED, maya, oliver)


async def load_rating(town: Community, mentor: Actor) -> tuple[float | None, int]:
    """Return the mean and number of ratings that members see of a mentor."""
    for view in await town.db.read(directory.suggest_mentors, town.chief, ""):
        if view.user_id == mentor.user_id:
            return view.rating, view.rating_count
    raise LookupError(mentor.name)


async def test_a_rating_is_public_and_notifies_the_mentor(
    town: Community, oliver: Actor, maya: Actor, completed: SessionView
) -> None:
    assert await load_rating(town, oliver) == (None, 0)
    result = await town.db.run(reviews.rate, maya, completed.id, 5, "  Patient and clear. ")
    assert result == RatingResult(
        await town.reload(completed), 5, "Patient and clear.", changed=False
    )
    assert result.session.stars == 5
    assert await load_rating(town, oliver) == (5.0, 1)
    assert await town.notified_kinds(oliver, NotificationKind.RATED) == ["rated"]
    review = await town.db.read(reviews.find_for_session, completed.id)
    assert review == SessionReview(
        5, "Patient and clear.", hidden=False, reply=None, replied_at=None
    )


async def test_rating_again_replaces_the_rating_and_notifies_once(
    town: Community, oliver: Actor, maya: Actor, completed: SessionView
) -> None:
    await town.db.run(reviews.rate, maya, completed.id, 2, "Hm.")
    changed = await town.db.run(reviews.rate, maya, completed.id, 4)
    assert (changed.stars, changed.text, changed.changed) == (4, "Hm.", True)
    assert (await town.db.run(reviews.rate, maya, completed.id, 4, "Good after all.")).text
    assert (await town.db.run(reviews.rate, maya, completed.id, 4, "")).text == ""
    assert await load_rating(town, oliver) == (4.0, 1)
    assert await town.count(Review) == 1
    assert await town.notified_kinds(oliver, NotificationKind.RATED) == ["rated"], (
        "a change notifies nobody"
    )


async def test_a_rating_can_be_changed_for_14_days(
    town: Community, oliver: Actor, maya: Actor, completed: SessionView
) -> None:
    await town.db.run(reviews.rate, maya, completed.id, 2)
    town.clock.turn(days=14)
    await town.db.run(reviews.rate, maya, completed.id, 3)
    town.clock.turn(seconds=1)
    with pytest.raises(RatingClosed):
        await town.db.run(reviews.rate, maya, completed.id, 5)
    assert await load_rating(town, oliver) == (3.0, 1)


async def test_the_first_rating_has_no_deadline(
    town: Community, oliver: Actor, maya: Actor, completed: SessionView
) -> None:
    town.clock.turn(days=100)
    await town.db.run(reviews.rate, maya, completed.id, 5)
    assert await load_rating(town, oliver) == (5.0, 1)


async def test_only_the_mentee_rates(
    town: Community, oliver: Actor, completed: SessionView
) -> None:
    with pytest.raises(NotYours):
        await town.db.run(reviews.rate, oliver, completed.id, 5)
    with pytest.raises(NotFound):
        await town.db.run(reviews.rate, Actor(424242, "Stranger", town.guild_id), completed.id, 5)
    assert await load_rating(town, oliver) == (None, 0)


@pytest.mark.parametrize("status", sorted(set(SessionStatus) - {SessionStatus.COMPLETED}))
async def test_only_completed_sessions_can_be_rated(
    town: Community, oliver: Actor, maya: Actor, status: SessionStatus
) -> None:
    session = await town.session(status, maya, oliver)
    with pytest.raises(NotAllowedNow) as caught:
        await town.db.run(reviews.rate, maya, session.id, 5)
    assert (caught.value.action, caught.value.status) == (ReviewAction.RATE, status)
    assert await town.count(Review) == 0


@pytest.mark.parametrize("stars", [0, -1, 6, 100])
async def test_stars_are_one_to_five(
    town: Community, maya: Actor, completed: SessionView, stars: int
) -> None:
    with raises(InvalidField, saying=r"^The rating is a number of stars from 1 to 5\.$"):
        await town.db.run(reviews.rate, maya, completed.id, stars)


async def test_a_review_over_1000_characters_is_refused(
    town: Community, maya: Actor, completed: SessionView
) -> None:
    with raises(InvalidField, saying=r"^The review has at most 1,000 characters\.$"):
        await town.db.run(reviews.rate, maya, completed.id, 5, "x" * 1_001)
    result = await town.db.run(reviews.rate, maya, completed.id, 5, f"  {'x' * 1_000} ")
    assert len(result.text) == 1_000


async def test_concurrent_ratings_all_count_in_the_mean(town: Community, oliver: Actor) -> None:
    stars = [5, 4, 4, 1, 2, 5, 3, 5]
    rated = []
    for number, given_stars in enumerate(stars):
        member = await town.member(f"Member {number}")
        start = TUESDAY_NOON + timedelta(hours=number)
        rated.append(
            (
                member,
                await town.session(SessionStatus.COMPLETED, member, oliver, start),
                given_stars,
            )
        )
    await asyncio.gather(
        *(
            town.db.run(reviews.rate, member, session.id, given_stars)
            for member, session, given_stars in rated
        )
    )
    assert await load_rating(town, oliver) == (sum(stars) / len(stars), len(stars))
    # All of them change their rating concurrently, each twice.
    await asyncio.gather(
        *(
            town.db.run(reviews.rate, member, session.id, 6 - given_stars)
            for member, session, given_stars in rated
            for _ in range(2)
        )
    )
    changed = [6 - given_stars for given_stars in stars]
    assert await load_rating(town, oliver) == (sum(changed) / len(changed), len(changed))


async def test_concurrent_repeats_of_a_rating_count_once(
    town: Community, oliver: Actor, maya: Actor, completed: SessionView
) -> None:
    await asyncio.gather(*(town.db.run(reviews.rate, maya, completed.id, 4) for _ in range(5)))
    assert await load_rating(town, oliver) == (4.0, 1)
    assert await town.notified_kinds(oliver, NotificationKind.RATED) == ["rated"]


# --- the mentor's reply ---------------------------------------------------------------------------


@pytest.fixture
async def reviewed(town: Community, maya: Actor, completed: SessionView) -> SessionView:
    """A completed session with a review that has a text."""
    return (await town.db.run(reviews.rate, maya, completed.id, 4, "Clear, but quick.")).session


async def hide(town: Community) -> None:
    """Hide the latest review as a moderator."""
    latest, *_ = await town.db.read(moderation.list_reviews, town.chief)
    await town.db.run(moderation.hide_review, town.chief, latest.id, "An insult.")


async def test_a_mentor_replies_once_and_the_mentee_is_notified(
    town: Community, oliver: Actor, maya: Actor, reviewed: SessionView
) -> None:
    result = await town.db.run(reviews.reply, oliver, reviewed.id, "  Slower next time! ")
    assert (result.reply, result.replied_at) == ("Slower next time!", town.clock.now)
    assert await town.db.read(reviews.find_for_session, reviewed.id) == result
    assert await town.notified_kinds(maya, NotificationKind.REPLIED) == ["replied"]
    shown = await town.db.read(profile_views.load, maya, oliver.user_id)
    assert [each.reply for each in shown.reviews] == ["Slower next time!"]
    with pytest.raises(NotAllowedNow) as refused:
        await town.db.run(reviews.reply, oliver, reviewed.id, "And another thing.")
    assert (refused.value.action, refused.value.obstacle, refused.value.subject) == (
        ReviewAction.REPLY,
        Obstacle.ALREADY_ANSWERED,
        Subject.REVIEW,
    )
    # The mentee can still change the review; the reply is kept.
    await town.db.run(reviews.rate, maya, reviewed.id, 5, "All good.")
    assert (await town.db.read(reviews.find_for_session, reviewed.id)) == SessionReview(
        5, "All good.", hidden=False, reply="Slower next time!", replied_at=result.replied_at
    )


async def test_concurrent_replies_store_one(
    town: Community, oliver: Actor, maya: Actor, reviewed: SessionView
) -> None:
    results = await asyncio.gather(
        *(town.db.run(reviews.reply, oliver, reviewed.id, f"Reply {n}") for n in range(5)),
        return_exceptions=True,
    )
    (stored,) = [result for result in results if isinstance(result, SessionReview)]
    assert sum(isinstance(result, NotAllowedNow) for result in results) == 4
    assert await town.db.read(reviews.find_for_session, reviewed.id) == stored
    assert await town.notified_kinds(maya, NotificationKind.REPLIED) == ["replied"]


async def test_only_the_mentor_can_reply(
    town: Community, maya: Actor, reviewed: SessionView
) -> None:
    with pytest.raises(NotYours):
        await town.db.run(reviews.reply, maya, reviewed.id, "Me too.")
    stranger = Actor(424242, "Stranger", town.guild_id)
    with pytest.raises(NotFound):
        await town.db.run(reviews.reply, stranger, reviewed.id, "Me too.")


async def test_a_reply_needs_a_review_with_text(
    town: Community, oliver: Actor, maya: Actor, completed: SessionView
) -> None:
    with pytest.raises(NotFound) as missing:
        await town.db.run(reviews.reply, oliver, completed.id, "Hello?")
    assert missing.value.subject is Subject.REVIEW
    await town.db.run(reviews.rate, maya, completed.id, 5)
    with pytest.raises(NotAllowedNow) as caught:
        await town.db.run(reviews.reply, oliver, completed.id, "Hello?")
    assert caught.value.obstacle is Obstacle.WITHOUT_TEXT


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "The reply is empty. Write a few words, or leave it."),
        (" \n ", "The reply is empty."),
        ("x" * 1_001, "The reply has at most 1,000 characters."),
    ],
)
async def test_a_reply_has_1_to_1000_characters(
    town: Community, oliver: Actor, reviewed: SessionView, text: str, words: str
) -> None:
    with pytest.raises(InvalidField) as refused:
        await town.db.run(reviews.reply, oliver, reviewed.id, text)
    assert sentence(refused.value).startswith(words)
    assert await town.db.run(reviews.reply, oliver, reviewed.id, "x" * 1_000)


async def test_a_hidden_review_gets_no_reply_and_no_notification(
    town: Community, oliver: Actor, maya: Actor, reviewed: SessionView
) -> None:
    await town.db.run(reviews.reply, oliver, reviewed.id, "Thank you!")
    await hide(town)
    notifications = {
        notification.kind: notification for notification in await town.db.run(outbox.claim_due)
    }
    for kind in (NotificationKind.RATED, NotificationKind.REPLIED):
        review = notifications[kind].review
        assert review is not None
        assert review.hidden, "a hidden review is not sent"
    other = await town.session(SessionStatus.COMPLETED, maya, oliver, reviewed.ends_at)
    await town.db.run(reviews.rate, maya, other.id, 1, "An insult.")
    await hide(town)
    with pytest.raises(NotAllowedNow) as caught:
        await town.db.run(reviews.reply, oliver, other.id, "Thank you!")
    assert caught.value.obstacle is Obstacle.HIDDEN


# --- concurrency ----------------------------------------------------------------------------------


async def test_concurrent_reviews_and_hiding_keep_the_mean_right(
    town: Community, database_url: str, oliver: Actor
) -> None:
    """Use two database objects, like two programs that overlap during a restart."""
    members = [await town.member(f"Member {number}") for number in range(6)]
    completed = [
        await town.session(
            SessionStatus.COMPLETED, member, oliver, TUESDAY_NOON + timedelta(hours=number)
        )
        for number, member in enumerate(members)
    ]
    other = Database(database_url, clock=town.clock, synchronous="OFF")
    for member, session in zip(members[:3], completed[:3], strict=True):
        await town.db.run(reviews.rate, member, session.id, 1, "Before.")
    hidden = await town.db.read(moderation.list_reviews, town.chief)

    await asyncio.gather(
        *(
            db.run(reviews.rate, member, session.id, 1 + (number + turn) % 5)
            for turn, db in enumerate((town.db, other, town.db))
            for number, (member, session) in enumerate(zip(members, completed, strict=True))
        ),
        *(other.run(moderation.hide_review, town.chief, each.id, "-") for each in hidden[:2]),
    )
    await other.close()
    visible_stars = [row.stars for row in await town.db.read(moderation.list_reviews, town.chief)]
    assert len(visible_stars) == 4
    assert await town.count(Review) == 6
    assert await load_rating(town, oliver) == (sum(visible_stars) / 4, 4)


async def test_rateable_sessions_are_those_that_can_still_be_rated(
    town: Community, oliver: Actor, maya: Actor, completed: SessionView
) -> None:
    async def offered() -> list[int]:
        return [session.id for session in await town.db.read(session_views.list_rateable, maya)]

    town.clock.turn(days=100)
    assert await offered() == [completed.id], "the first rating has no deadline"
    await town.db.run(reviews.rate, maya, completed.id, 5)
    assert await offered() == [completed.id]
    town.clock.turn(days=14)
    assert await offered() == [completed.id]
    await town.db.run(reviews.rate, maya, completed.id, 4)
    town.clock.turn(minutes=1)
    assert await offered() == [], "the time to change it starts with the first rating"
    with pytest.raises(RatingClosed):
        await town.db.run(reviews.rate, maya, completed.id, 3)
