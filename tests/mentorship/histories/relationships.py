"""Rules about what two people keep of their sessions: notes, goals, and the end of a mentorship."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from mentorship.errors import (
    GoalClosed,
    MentorshipEnded,
    NotAllowedNow,
    NotAMember,
    NotFound,
    NotYours,
    TermsChanged,
    TextChanged,
    TooManyGoals,
)
from mentorship.relationships import access, goals, mentorships, notes
from mentorship.sessions.lifecycle import Party
from mentorship.statuses import GoalStatus
from tests.mentorship.histories.model import ModelCheckedMachine, SessionRecord
from tests.mentorship.histories.towns import actor

texts = st.sampled_from(["", "Read chapter 3.", "Ask about indexes."])
is_stale = st.sampled_from([False, False, True])


@dataclass
class NoteRecord:
    """A note as it was last saved."""

    text: str = ""
    revision: int = 0


@dataclass
class GoalRecord:
    """A goal of a mentee with a mentor."""

    guild: int
    mentor: int
    mentee: int
    text: str
    progress: str = ""
    status: GoalStatus = GoalStatus.OPEN
    revision: int = 1

    @property
    def pair(self) -> tuple[int, int, int]:
        return self.guild, self.mentor, self.mentee


class RelationshipRules(ModelCheckedMachine):
    """What mentors and mentees write down."""

    def __init__(self) -> None:
        super().__init__()
        self.shared_notes: dict[int, NoteRecord] = {}
        self.private_notes: dict[tuple[int, int], NoteRecord] = {}
        self.goals: dict[int, GoalRecord] = {}
        self.ended_after: dict[tuple[int, int, int], int] = {}

    def own_sessions(self) -> list[int]:
        """Return the sessions of people who still are the ones that booked them."""
        return [number for number, each in self.model.sessions.items() if each.mentee > 0]

    def forget(self, guild: int, user_id: int) -> None:
        """Note that a mentee was erased."""
        for number, record in self.model.sessions.items():
            if record.guild == guild and record.mentee < 0:
                self.shared_notes.pop(number, None)
                self.private_notes.pop((number, user_id), None)
        is_theirs = (guild, user_id)
        self.goals = {
            number: goal
            for number, goal in self.goals.items()
            if (goal.guild, goal.mentee) != is_theirs
        }
        self.ended_after = {
            pair: last for pair, last in self.ended_after.items() if (pair[0], pair[2]) != is_theirs
        }

    @precondition(lambda self: self.own_sessions())
    @rule(data=st.data(), by_mentor=st.booleans(), text=texts, stale=is_stale)
    def write_shared_note(self, data: Any, by_mentor: bool, text: str, stale: bool) -> None:
        """Nobody overwrites what the other has written since they looked."""
        number, record = self.draw_session(data)
        note = self.shared_notes.setdefault(number, NoteRecord())
        seen = note.revision - 1 if stale else note.revision
        try:
            self.run(notes.write_shared, person(record, by_mentor), number, text, seen)
        except NotAllowedNow:
            assert record.status in access.NOT_HELD
        except NotAMember:
            assert self.has_left(record.guild, record.mentee)
        except TextChanged:
            assert stale
        else:
            assert not stale or text == note.text
            if text != note.text:
                note.text, note.revision = text, note.revision + 1

    @precondition(lambda self: self.own_sessions())
    @rule(data=st.data(), by_mentor=st.booleans(), text=texts)
    def write_private_note(self, data: Any, by_mentor: bool, text: str) -> None:
        """A private note is read by whoever wrote it, and by nobody else."""
        number, record = self.draw_session(data)
        writer, other = person(record, by_mentor), person(record, not by_mentor)
        note = self.private_notes.setdefault((number, writer.user_id), NoteRecord())
        try:
            self.run(notes.write_private, writer, number, text, note.revision)
        except NotAMember:
            assert self.has_left(record.guild, record.mentee)
            return
        if text != note.text:
            note.text, note.revision = text, note.revision + 1
        theirs = self.private_notes.get((number, other.user_id), NoteRecord())
        for reader, expected in ((writer, note), (other, theirs)):
            try:
                loaded = self.read(notes.load_private, reader, number)
            except NotAMember:
                assert self.has_left(record.guild, record.mentee)
            else:
                assert (loaded.text, loaded.revision) == (expected.text, expected.revision)

    @precondition(lambda self: self.own_sessions())
    @rule(data=st.data(), text=st.sampled_from(["Pass the exam", "Ship a release"]))
    def set_goal(self, data: Any, text: str) -> None:
        """A mentee has three open goals with a mentor, at most."""
        _, record = self.draw_session(data)
        pair = (record.guild, record.mentor, record.mentee)
        is_full = sum(goal.pair == pair for goal in self.open_goals().values()) == goals.MAX_OPEN
        try:
            found = self.run(goals.set_goal, person(record, False), record.mentor, text)
        except TooManyGoals:
            assert is_full
        except MentorshipEnded:
            assert self.has_ended(pair)
        except NotAMember:
            assert self.has_left(record.guild, record.mentee)
        except NotFound:
            # None of their sessions came about.
            assert self.without_sessions(pair)
        else:
            assert not is_full
            assert not self.has_ended(pair)
            self.goals[found.goal.id] = GoalRecord(*pair, text)

    @precondition(lambda self: self.goals)
    @rule(data=st.data(), by_mentor=st.booleans(), text=texts, stale=is_stale)
    def write_progress(self, data: Any, by_mentor: bool, text: str, stale: bool) -> None:
        number = data.draw(st.sampled_from(sorted(self.goals)), "goal")
        goal = self.goals[number]
        writer = actor(goal.mentor if by_mentor else goal.mentee, goal.guild)
        seen = goal.revision - 1 if stale else goal.revision
        try:
            self.run(goals.write_progress, writer, number, seen, text)
        except (TermsChanged, TextChanged):
            assert stale
        except GoalClosed:
            assert goal.status is not GoalStatus.OPEN
        except MentorshipEnded:
            assert self.has_ended(goal.pair)
        except NotAMember:
            assert self.has_left(goal.guild, goal.mentee)
        else:
            assert not stale
            if text != goal.progress:
                goal.progress, goal.revision = text, goal.revision + 1

    @precondition(lambda self: self.goals)
    @rule(
        data=st.data(),
        by_mentor=st.sampled_from([False, False, True]),
        change=st.sampled_from([goals.reach_goal, goals.drop_goal, goals.reopen_goal]),
    )
    def close_or_reopen_goal(self, data: Any, by_mentor: bool, change: Any) -> None:
        """Only its mentee closes a goal, and reopens it if there is a place."""
        number = data.draw(st.sampled_from(sorted(self.goals)), "goal")
        goal = self.goals[number]
        target = {
            goals.reach_goal: GoalStatus.REACHED,
            goals.drop_goal: GoalStatus.DROPPED,
            goals.reopen_goal: GoalStatus.OPEN,
        }[change]
        is_open = goal.status is GoalStatus.OPEN
        try:
            self.run(change, actor(goal.mentor if by_mentor else goal.mentee, goal.guild), number)
        except NotYours:
            assert by_mentor
        except GoalClosed:
            assert not is_open
            assert target is not GoalStatus.OPEN
        except TooManyGoals:
            assert Counter(each.pair for each in self.open_goals().values())[goal.pair] == 3
            assert target is GoalStatus.OPEN
        except MentorshipEnded:
            assert self.has_ended(goal.pair)
        except NotAMember:
            assert self.has_left(goal.guild, goal.mentee)
        else:
            assert not by_mentor
            if goal.status is not target:
                goal.status, goal.revision = target, goal.revision + 1

    @precondition(lambda self: self.own_sessions())
    @rule(data=st.data(), by_mentor=st.booleans(), ends=st.booleans())
    def end_or_resume_mentorship(self, data: Any, by_mentor: bool, ends: bool) -> None:
        """Ending a mentorship loses nothing: resuming it brings back what there was."""
        _, record = self.draw_session(data)
        pair = (record.guild, record.mentor, record.mentee)
        one = person(record, by_mentor)
        other_id = record.mentee if by_mentor else record.mentor
        party = Party.MENTOR if by_mentor else Party.MENTEE
        change = mentorships.end if ends else mentorships.resume
        try:
            self.run(change, one, other_id, party)
        except NotAMember:
            assert self.has_left(record.guild, record.mentee)
        except NotFound:
            assert self.without_sessions(pair)
        else:
            if ends and not self.has_ended(pair):
                self.ended_after[pair] = max(self.model.sessions)
            elif not ends:
                self.ended_after.pop(pair, None)

    @invariant()
    def notes_match_the_model(self) -> None:
        stored = {
            row["session_id"]: (row["text"], row["revision"])
            for row in self.rows("SELECT * FROM shared_notes WHERE mentee_id > 0")
        }
        assert stored == {
            number: (note.text, note.revision)
            for number, note in self.shared_notes.items()
            if note.revision
        }

    @invariant()
    def goals_match_the_model(self) -> None:
        stored = {
            row["id"]: (row["text"], row["progress"], row["status"], row["revision"])
            for row in self.rows("SELECT * FROM goals")
        }
        assert stored == {
            number: (goal.text, goal.progress, goal.status, goal.revision)
            for number, goal in self.goals.items()
        }

    def draw_session(self, data: Any) -> tuple[int, SessionRecord]:
        number = data.draw(st.sampled_from(self.own_sessions()), "session")
        return number, self.model.sessions[number]

    def open_goals(self) -> dict[int, GoalRecord]:
        return {
            number: goal for number, goal in self.goals.items() if goal.status is GoalStatus.OPEN
        }

    def has_ended(self, pair: tuple[int, int, int]) -> bool:
        """Return whether a mentorship was ended, and nothing was booked since."""
        last = self.ended_after.get(pair)
        return last is not None and not any(
            number > last and (each.guild, each.mentor, each.mentee) == pair
            for number, each in self.model.sessions.items()
        )

    def without_sessions(self, pair: tuple[int, int, int]) -> bool:
        """Return whether two people had no session that was agreed on."""
        return not any(
            (each.guild, each.mentor, each.mentee) == pair and each.status not in access.NOT_HELD
            for each in self.model.sessions.values()
        )


def person(record: SessionRecord, is_mentor: bool) -> Any:
    """Return the mentor or the mentee of a session."""
    return actor(record.mentor if is_mentor else record.mentee, record.guild)
