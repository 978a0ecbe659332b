"""Sessions in words: statuses, actions, and why an action is not possible now."""

from __future__ import annotations

import re

import pytest

from mentorship.errors import (
    NotAllowedNow,
    NotFound,
    NotYours,
    Obstacle,
    ProfileAction,
    ReviewAction,
    SessionAction,
    Subject,
)
from mentorship.sessions.lifecycle import TRANSITIONS, Action, EndReason
from mentorship.statuses import SessionStatus
from tests.errors import sentence
from wording import sessions
from wording.reader import ENGLISH

UNCHANGED = [(row.action, row.target) for row in TRANSITIONS if row.source is row.target]
"""Actions that leave a session in its status, so the status doesn't say that they were taken."""


@pytest.mark.parametrize("status", SessionStatus)
def test_status_is_lower_case_text(status: SessionStatus) -> None:
    words = sessions.status(status, ENGLISH)
    assert f"it is {words}".islower()
    assert "_" not in words
    assert sessions.status_sentence(status, ENGLISH) == f"This session is {words}."


@pytest.mark.parametrize("action", [*Action, *SessionAction])
@pytest.mark.parametrize("status", SessionStatus)
def test_action_refused_by_status_has_a_sentence(action: Action, status: SessionStatus) -> None:
    text = sentence(NotAllowedNow(action, status=status))
    state = sessions.status(status, ENGLISH)
    is_done = any(row.action == action and row.target is status for row in TRANSITIONS)
    if is_done and (action, status) not in UNCHANGED:
        assert text == f"This session is already {state}."
    else:
        assert re.fullmatch(rf"You can't [a-z -]+ (this session|that now)\. It's {state}\.", text)


@pytest.mark.parametrize("obstacle", Obstacle)
def test_every_obstacle_is_a_sentence(obstacle: Obstacle) -> None:
    error = NotAllowedNow(Action.ACCEPT_PROPOSAL, obstacle, status=SessionStatus.CONFIRMED)
    text = sentence(error)
    start = "You can't accept the new time of this session. "
    assert text.startswith((f"{start}It's ", f"{start}You've "))
    assert text.endswith(".")
    assert "{" not in text


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (
            NotAllowedNow(
                Action.WITHDRAW_PROPOSAL, Obstacle.NO_PROPOSAL, status=SessionStatus.CONFIRMED
            ),
            "You can't withdraw the new time of this session. It's confirmed. "
            "There's no other time to answer.",
        ),
        (
            NotAllowedNow(
                Action.ACCEPT_PROPOSAL, Obstacle.PROPOSAL_PASSED, status=SessionStatus.SCHEDULED
            ),
            "You can't accept the new time of this session. It's waiting for the mentor. "
            "The suggested time has passed.",
        ),
        (
            NotAllowedNow(
                Action.REPORT_NO_SHOW, Obstacle.TOO_EARLY, status=SessionStatus.IN_PROGRESS
            ),
            "You can't report a no-show in this session. It's too early. Wait until "
            "10 minutes after the start.",
        ),
        (
            NotAllowedNow(
                Action.REPORT_MET, Obstacle.ALREADY_REPORTED, status=SessionStatus.IN_PROGRESS
            ),
            "You can't report on this session. It's waiting for the other person's report. "
            "You've sent yours.",
        ),
        (
            NotAllowedNow(ReviewAction.REPLY, Obstacle.ALREADY_ANSWERED, subject=Subject.REVIEW),
            "You can't reply to this review. It's already answered.",
        ),
        (
            NotAllowedNow(ReviewAction.REPLY, Obstacle.WITHOUT_TEXT, subject=Subject.REVIEW),
            "You can't reply to this review. It's only stars, without text.",
        ),
        (
            NotAllowedNow(ReviewAction.HIDE, Obstacle.ALREADY_HIDDEN, subject=Subject.REVIEW),
            "You can't hide this review. It's already hidden.",
        ),
        (
            NotAllowedNow(
                ProfileAction.SUSPEND, Obstacle.ALREADY_SUSPENDED, subject=Subject.MENTOR_PROFILE
            ),
            "You can't suspend this mentor profile. It's already suspended.",
        ),
        (
            NotAllowedNow(
                ProfileAction.REINSTATE, Obstacle.NOT_SUSPENDED, subject=Subject.MENTOR_PROFILE
            ),
            "You can't reinstate this mentor profile. It's not suspended.",
        ),
    ],
)
def test_sentence_names_the_obstacle(error: NotAllowedNow, text: str) -> None:
    assert sentence(error) == text


@pytest.mark.parametrize("subject", Subject)
def test_every_subject_has_sentences(subject: Subject) -> None:
    not_found = sentence(NotFound(subject))
    if subject is Subject.GUILD:
        assert not_found == "I'm no longer in that server."
    else:
        assert re.match(r"I can't find (that|those) [a-z ]+\. ", not_found)
    assert sentence(NotYours(subject)).endswith(" yours, so you can't use these buttons.")


@pytest.mark.parametrize("reason", EndReason)
def test_automatic_end_reason_is_a_sentence(reason: EndReason) -> None:
    assert sessions.end_reason(str(reason), ENGLISH).endswith(".")


@pytest.mark.parametrize("text", ["I'm ill.", "They have left the server."])
def test_stored_text_reason_is_shown_unchanged(text: str) -> None:
    assert sessions.end_reason(text, ENGLISH) == text
