"""Ratings, reviews and replies, and the mean rating of a mentor."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from mentorship.actors import Actor
from mentorship.administration import audit, moderation, moderation_lists
from mentorship.delivery import outbox
from mentorship.errors import (
    InvalidField,
    NotAllowedNow,
    NotAModerator,
    NotFound,
    NotYours,
    Obstacle,
    OwnCase,
    RatingClosed,
    ReviewAction,
    Subject,
    Term,
    TermsChanged,
)
from mentorship.notifications.catalogue import NotificationKind
from mentorship.operations import erasure
from mentorship.search import directory, profile_views
from mentorship.sessions import session_views
from mentorship.sessions.follow_up import disputes, reviews
from mentorship.sessions.follow_up.reviews import RatingResult
from mentorship.sessions.lifecycle import Action
from mentorship.sessions.session_reviews import SessionReview
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import SessionStatus
from storage import Database
from storage.tables import Event, Review
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
        review.id, 5, "Patient and clear.", town.clock.now, town.clock.now
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
    closed_at = town.clock.now
    town.clock.turn(seconds=1)
    with raises(RatingClosed, saying=r"^You can change a rating for 14 days\.") as caught:
        await town.db.run(reviews.rate, maya, completed.id, 5)
    assert (caught.value.closed_at, caught.value.is_first) == (closed_at, False)
    assert await load_rating(town, oliver) == (3.0, 1)


async def test_a_session_can_be_rated_for_30_days_after_its_end(
    town: Community, oliver: Actor, maya: Actor, completed: SessionView
) -> None:
    town.clock.now = deadline = completed.ends_at + timedelta(days=30)
    await town.db.run(reviews.rate, maya, completed.id, 5)
    other = await town.session(SessionStatus.COMPLETED, maya, oliver, deadline + timedelta(days=1))
    town.clock.now = other.ends_at + timedelta(days=30, seconds=1)
    with raises(
        RatingClosed, saying=r"^You can rate a session for 30 days after it ends\."
    ) as caught:
        await town.db.run(reviews.rate, maya, other.id, 1)
    assert caught.value.closed_at == other.ends_at + timedelta(days=30)
    assert caught.value.is_first
    assert await load_rating(town, oliver) == (5.0, 1)


async def test_a_late_completion_leaves_14_days_to_rate(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    session = await town.session(SessionStatus.DISPUTED, maya, oliver)
    town.clock.now = session.ends_at + timedelta(days=40)
    await town.db.run(disputes.resolve, town.chief, session.id, Action.PAY)
    town.clock.turn(days=14)
    await town.db.run(reviews.rate, maya, session.id, 4)
    assert await load_rating(town, oliver) == (4.0, 1)


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
    with raises(InvalidField, saying=r"^The rating must be 1 to 5 stars\.$"):
        await town.db.run(reviews.rate, maya, completed.id, stars)


async def test_a_review_over_1000_characters_is_refused(
    town: Community, maya: Actor, completed: SessionView
) -> None:
    with raises(InvalidField, saying=r"^The review can have up to 1,000 characters\.$"):
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
    latest, *_ = await town.db.read(moderation_lists.list_reviews, town.chief)
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


async def test_a_change_after_the_reply_lets_the_mentor_reply_again(
    town: Community, oliver: Actor, maya: Actor, reviewed: SessionView
) -> None:
    await town.db.run(reviews.reply, oliver, reviewed.id, "Thank you!")
    await town.db.run(outbox.claim_due)
    await town.db.run(reviews.rate, maya, reviewed.id, 1, "An insult.")
    review = await town.db.read(reviews.find_for_session, reviewed.id)
    assert review is not None
    assert (review.reply, review.reply_is_outdated) == ("Thank you!", True)
    shown = await town.db.read(profile_views.load, maya, oliver.user_id)
    assert [each.reply_is_outdated for each in shown.reviews] == [True]
    assert await town.notified_kinds(oliver, NotificationKind.RATED) == ["rated", "rated"]
    # Further changes notify nobody until the mentor replies.
    await town.db.run(reviews.rate, maya, reviewed.id, 1, "Another insult.")
    assert await town.notified_kinds(oliver, NotificationKind.RATED) == ["rated", "rated"]

    result = await town.db.run(reviews.reply, oliver, reviewed.id, "That is not what happened.")
    assert (result.reply, result.reply_is_outdated) == ("That is not what happened.", False)
    assert await town.db.read(reviews.find_for_session, reviewed.id) == result
    assert await town.notified_kinds(maya, NotificationKind.REPLIED) == ["replied", "replied"]
    with pytest.raises(NotAllowedNow):
        await town.db.run(reviews.reply, oliver, reviewed.id, "And another thing.")


async def test_an_unchanged_review_is_left_alone(
    town: Community, oliver: Actor, maya: Actor, reviewed: SessionView
) -> None:
    await town.db.run(reviews.reply, oliver, reviewed.id, "Thank you!")
    before = await town.db.read(reviews.find_for_session, reviewed.id)
    events_before = await town.count(Event)
    town.clock.turn(hours=1)
    await town.db.run(reviews.rate, maya, reviewed.id, 4)
    await town.db.run(reviews.rate, maya, reviewed.id, 4, " Clear, but quick. ")
    assert await town.db.read(reviews.find_for_session, reviewed.id) == before
    assert await town.count(Event) == events_before


async def test_a_reply_answers_only_the_text_that_was_read(
    town: Community, oliver: Actor, maya: Actor, reviewed: SessionView
) -> None:
    read = await town.db.read(reviews.load_for_reply, oliver, reviewed.id)
    await town.db.run(reviews.rate, maya, reviewed.id, 1, "An insult.")
    with raises(TermsChanged, saying="^The text has changed"):
        await town.db.run(reviews.reply, oliver, reviewed.id, "Thank you!", read.changed_at)
    now = await town.db.read(reviews.load_for_reply, oliver, reviewed.id)
    assert (now.text, now.reply) == ("An insult.", None)
    await town.db.run(reviews.reply, oliver, reviewed.id, "Please be kind.", now.changed_at)


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
        ("", "The reply is empty. Write a few words."),
        (" \n ", "The reply is empty."),
        ("x" * 1_001, "The reply can have up to 1,000 characters."),
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


async def test_a_review_that_was_changed_since_a_moderator_read_it_is_not_hidden(
    town: Community, maya: Actor, reviewed: SessionView
) -> None:
    (review,) = await town.db.read(moderation_lists.list_reviews, town.chief)
    town.clock.turn(minutes=1)
    await town.db.run(reviews.rate, maya, reviewed.id, 5, "Patient and clear.")
    with pytest.raises(TermsChanged) as caught:
        await town.db.run(
            moderation.hide_review, town.chief, review.id, "An insult.", review.changed_at
        )
    assert caught.value.term is Term.REVISION
    (changed,) = await town.db.read(moderation_lists.list_reviews, town.chief)
    assert (changed.text, changed.hidden) == ("Patient and clear.", False)
    await town.db.run(moderation.hide_review, town.chief, review.id, "Paid.", changed.changed_at)


async def test_the_author_of_a_hidden_review_reads_why(
    town: Community, maya: Actor, reviewed: SessionView
) -> None:
    (review,) = await town.db.read(moderation_lists.list_reviews, town.chief)
    for reason in ("", "  "):
        with raises(InvalidField, saying="The author of the review will read it"):
            await town.db.run(moderation.hide_review, town.chief, review.id, reason)
    await town.db.run(moderation.hide_review, town.chief, review.id, " It insults people. ")
    assert await town.notified_kinds(maya, NotificationKind.REVIEW_HIDDEN) == ["review_hidden"]
    (notification,) = [
        each
        for each in await town.db.run(outbox.claim_due)
        if each.kind is NotificationKind.REVIEW_HIDDEN
    ]
    assert notification.facts["reason"] == "It insults people."
    stored = await town.db.read(reviews.find_for_session, reviewed.id)
    assert stored is not None
    assert stored.hidden_reason == "It insults people."


async def test_a_hidden_review_cannot_be_changed(
    town: Community, oliver: Actor, maya: Actor, reviewed: SessionView
) -> None:
    await hide(town)
    saying = "^You can't change this review. It's hidden by the moderators"
    with raises(NotAllowedNow, saying=saying):
        await town.db.run(reviews.rate, maya, reviewed.id, 5, "Sorry.")
    review = await town.db.read(reviews.find_for_session, reviewed.id)
    assert review is not None
    assert (review.stars, review.text) == (4, "Clear, but quick.")
    assert await town.db.read(session_views.list_rateable, maya) == []


async def test_a_hidden_review_can_be_shown_again(
    town: Community, oliver: Actor, maya: Actor, reviewed: SessionView
) -> None:
    (review,) = await town.db.read(moderation_lists.list_reviews, town.chief)
    with pytest.raises(NotAllowedNow) as refused:
        await town.db.run(moderation.show_review, town.chief, review.id)
    assert refused.value.obstacle is Obstacle.NOT_HIDDEN
    await hide(town)
    assert await load_rating(town, oliver) == (None, 0)
    assert await town.db.read(moderation_lists.list_reviews, town.chief) == []
    (hidden,) = await town.db.read(moderation_lists.list_reviews, town.chief, "maya", hidden=True)
    assert (hidden.mentor_name, hidden.author_name) == ("Oliver", "Maya")
    with pytest.raises(NotAModerator):
        await town.db.run(moderation.show_review, maya, hidden.id)
    await town.db.run(moderation.show_review, town.chief, hidden.id)
    assert await load_rating(town, oliver) == (4.0, 1)
    assert await town.notified_kinds(maya, NotificationKind.REVIEW_SHOWN) == ["review_shown"]
    entries = await town.db.read(audit.list_entries, town.chief, about=maya.user_id)
    assert [entry.action for entry in entries] == ["review_shown", "review_hidden"]
    await town.db.run(reviews.rate, maya, reviewed.id, 5)
    assert await load_rating(town, oliver) == (5.0, 1)


async def test_nobody_hides_or_shows_a_review_of_or_by_themselves(
    town: Community, oliver: Actor, maya: Actor, reviewed: SessionView
) -> None:
    await town.configure(moderator_role_id=77)
    (review,) = await town.db.read(moderation_lists.list_reviews, town.chief)
    for person in (oliver, maya):
        moderator = replace(person, role_ids=frozenset({77}))
        with pytest.raises(OwnCase):
            await town.db.run(moderation.hide_review, moderator, review.id, "Unfair.")
        with pytest.raises(OwnCase):
            await town.db.run(moderation.show_review, moderator, review.id)
    manager = replace(oliver, manages_guild=True)
    await town.db.run(moderation.hide_review, manager, review.id, "Unfair.")
    (entry,) = await town.db.read(audit.list_entries, town.chief, action="review_hidden")
    assert entry.facts["own_case"] is True


# --- one voice of each person ---------------------------------------------------------------------


async def complete(town: Community, mentee: Actor, mentor: Actor, number: int) -> SessionView:
    """Return a completed session on the day with that number."""
    return await town.session(
        SessionStatus.COMPLETED, mentee, mentor, TUESDAY_NOON + timedelta(days=number)
    )


async def test_only_the_latest_review_of_a_person_counts(town: Community, oliver: Actor) -> None:
    critics = [await town.member(f"Critic {number}") for number in range(3)]
    for number, critic in enumerate(critics):
        session = await complete(town, critic, oliver, number)
        await town.db.run(reviews.rate, critic, session.id, 1, "Never came prepared.")
    friend = await town.member("Friend")
    for number in range(3, 12):
        session = await complete(town, friend, oliver, number)
        stars = 4 if number == 11 else 5
        await town.db.run(reviews.rate, friend, session.id, stars, f"Great, number {number}!")
    assert await load_rating(town, oliver) == (1.75, 4)
    profile = await town.db.read(profile_views.load, friend, oliver.user_id)
    assert [review.text for review in profile.reviews] == [
        "Great, number 11!",
        "Never came prepared.",
        "Never came prepared.",
    ]


async def test_hiding_the_latest_review_lets_the_one_before_count(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    first, second = [await complete(town, maya, oliver, number) for number in range(2)]
    await town.db.run(reviews.rate, maya, first.id, 2)
    await town.db.run(reviews.rate, maya, second.id, 5)
    await town.db.run(reviews.rate, maya, first.id, 1)
    assert await load_rating(town, oliver) == (5.0, 1), (
        "the older one is changed, and doesn't count"
    )
    latest, older = await town.db.read(moderation_lists.list_reviews, town.chief)
    await town.db.run(moderation.hide_review, town.chief, latest.id, "Paid for.")
    assert await load_rating(town, oliver) == (1.0, 1)
    await town.db.run(moderation.hide_review, town.chief, older.id, "Paid for.")
    assert await load_rating(town, oliver) == (None, 0)
    await town.db.run(moderation.show_review, town.chief, older.id)
    assert await load_rating(town, oliver) == (1.0, 1)


async def test_one_persons_concurrent_reviews_count_once(
    town: Community, database_url: str, oliver: Actor, maya: Actor
) -> None:
    """Use two database objects, like two programs."""
    sessions = [await complete(town, maya, oliver, number) for number in range(6)]
    other = Database(database_url, clock=town.clock, synchronous="OFF")
    await asyncio.gather(
        *(
            db.run(reviews.rate, maya, session.id, 1 + number % 5)
            for number, session in enumerate(sessions)
            for db in (town.db, other)
        )
    )
    await other.close()
    latest, *_ = await town.db.read(moderation_lists.list_reviews, town.chief)
    assert await load_rating(town, oliver) == (float(latest.stars), 1)


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
    hidden = await town.db.read(moderation_lists.list_reviews, town.chief)

    results = await asyncio.gather(
        *(
            db.run(reviews.rate, member, session.id, 1 + (number + turn) % 5)
            for turn, db in enumerate((town.db, other, town.db))
            for number, (member, session) in enumerate(zip(members, completed, strict=True))
        ),
        *(other.run(moderation.hide_review, town.chief, each.id, "-") for each in hidden[:2]),
        return_exceptions=True,
    )
    # A review that is hidden already can't be changed any more.
    problems = [result for result in results if isinstance(result, Exception)]
    assert {type(problem) for problem in problems} <= {NotAllowedNow}
    await other.close()
    visible_stars = [
        row.stars for row in await town.db.read(moderation_lists.list_reviews, town.chief)
    ]
    assert len(visible_stars) == 4
    assert await town.count(Review) == 6
    assert await load_rating(town, oliver) == (sum(visible_stars) / 4, 4)


async def test_rating_an_erased_mentor_notifies_nobody(
    town: Community, oliver: Actor, maya: Actor, completed: SessionView
) -> None:
    await town.db.run(erasure.erase, oliver)
    await town.db.run(reviews.rate, maya, completed.id, 5, "Patient and clear.")
    assert await town.notifications(NotificationKind.RATED) == []


async def test_rateable_sessions_are_those_that_can_still_be_rated(
    town: Community, oliver: Actor, maya: Actor, completed: SessionView
) -> None:
    async def offered() -> list[int]:
        return [session.id for session in await town.db.read(session_views.list_rateable, maya)]

    town.clock.now = completed.ends_at + timedelta(days=30)
    assert await offered() == [completed.id]
    town.clock.turn(seconds=1)
    assert await offered() == []
    town.clock.turn(seconds=-1)
    await town.db.run(reviews.rate, maya, completed.id, 5)
    assert await offered() == [completed.id]
    town.clock.turn(days=14)
    assert await offered() == [completed.id]
    await town.db.run(reviews.rate, maya, completed.id, 4)
    town.clock.turn(minutes=1)
    assert await offered() == [], "the time to change it starts with the first rating"
    with pytest.raises(RatingClosed):
        await town.db.run(reviews.rate, maya, completed.id, 3)
