"""The pure rules of questions at booking: limits, revisions, and which answers are kept."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from mentorship.errors import (
    AnswersNeeded,
    Field,
    InvalidField,
    MentorshipError,
    NotFound,
    Problem,
    QuestionsChanged,
)
from mentorship.mentors.question_rules import (
    LONGEST_ANSWER,
    LONGEST_QUESTION,
    MOST_QUESTIONS,
    Answer,
    AnswerKind,
    GivenAnswer,
    Question,
    QuestionDraft,
    revise,
    select_answers,
    validate,
)

LEVEL = Question(1, 1, "How long have you used Python?", AnswerKind.SHORT, required=True)
GOAL = Question(2, 4, "What would you like to work on?", AnswerKind.LONG, required=False)


def test_questions_are_normalized_to_one_line() -> None:
    (draft,) = validate([QuestionDraft("  What's\n\0\nyour   goal, Zoe\u0308? ")])
    assert draft.text == "What's your goal, Zo\u00eb?"


@pytest.mark.parametrize("text", ["", " \n ", "x" * (LONGEST_QUESTION + 1)])
def test_an_empty_or_long_question_is_refused_with_its_place(text: str) -> None:
    with pytest.raises(InvalidField) as refused:
        validate([QuestionDraft("Fine?"), QuestionDraft(text)])
    assert (refused.value.field, refused.value.problem) == (Field.QUESTION, Problem.WRONG_LENGTH)
    assert refused.value.count == 1


def test_a_mentor_has_at_most_three_questions() -> None:
    drafts = [QuestionDraft(f"Question {number}?") for number in range(MOST_QUESTIONS + 1)]
    assert len(validate(drafts[:-1])) == MOST_QUESTIONS
    with pytest.raises(InvalidField) as refused:
        validate(drafts)
    assert (refused.value.field, refused.value.problem) == (Field.QUESTIONS, Problem.TOO_MANY)


def test_only_a_new_text_or_kind_is_a_new_revision() -> None:
    required = replace(GOAL.draft, required=True)
    assert revise([LEVEL, GOAL], [required]) == [replace(GOAL, required=True)]
    reworded = replace(GOAL.draft, text="What's your goal?")
    assert revise([LEVEL, GOAL], [reworded]) == [
        replace(GOAL, text="What's your goal?", revision=5)
    ]
    short = replace(GOAL.draft, kind=AnswerKind.SHORT)
    assert revise([LEVEL, GOAL], [LEVEL.draft, short]) == [
        LEVEL,
        replace(GOAL, kind=AnswerKind.SHORT, revision=5),
    ]


def test_an_unknown_or_repeated_id_is_refused() -> None:
    with pytest.raises(NotFound):
        revise([LEVEL], [GOAL.draft])
    with pytest.raises(InvalidField) as refused:
        revise([LEVEL], [LEVEL.draft, LEVEL.draft])
    assert refused.value.problem is Problem.OVERLAPPING


def test_answers_are_kept_with_the_question_in_its_order() -> None:
    given_answers = [GivenAnswer(2, " Django\n\nmigrations "), GivenAnswer(1, "two\nyears", 1)]
    assert select_answers("Oliver", [LEVEL, GOAL], given_answers) == (
        Answer(LEVEL.text, "two years"),
        Answer(GOAL.text, "Django\n\nmigrations"),
    )


def test_an_answer_to_a_changed_question_is_refused_but_not_a_blank_one() -> None:
    answers = [GivenAnswer(1, "two years", 1), GivenAnswer(2, "Django", 3)]
    with pytest.raises(QuestionsChanged) as refused:
        select_answers("Oliver", [LEVEL, GOAL], answers)
    assert refused.value.question_ids == (GOAL.id,)
    blank = [answers[0], GivenAnswer(2, " ", 3)]
    assert select_answers("Oliver", [LEVEL, GOAL], blank) == (Answer(LEVEL.text, "two years"),)


def test_an_answer_to_a_removed_question_is_left_out() -> None:
    answers = [GivenAnswer(1, "two years", 1), GivenAnswer(2, "Django", 4)]
    assert select_answers("Oliver", [LEVEL], answers) == (Answer(LEVEL.text, "two years"),)
    assert select_answers("Oliver", [], answers) == ()


@pytest.mark.parametrize("text", [None, "", "\n  \u2003"])
def test_a_required_question_needs_an_answer(text: str | None) -> None:
    answers = [] if text is None else [GivenAnswer(1, text, 1)]
    with pytest.raises(AnswersNeeded) as refused:
        select_answers("Oliver", [LEVEL, GOAL], answers)
    assert refused.value.question_ids == (LEVEL.id,)


@pytest.mark.parametrize("question", [LEVEL, GOAL])
def test_an_answer_has_a_limit_by_its_kind(question: Question) -> None:
    most = LONGEST_ANSWER[question.kind]
    answer = GivenAnswer(question.id, "x" * most)
    assert select_answers("Oliver", [question], [answer])[0].text == "x" * most
    too_long = [GivenAnswer(77, "of a question that is gone"), replace(answer, text="x" * 4_000)]
    with pytest.raises(InvalidField) as refused:
        select_answers("Oliver", [question], too_long)
    assert (refused.value.field, refused.value.problem) == (Field.ANSWER, Problem.TOO_LONG)
    assert (refused.value.most, refused.value.count) == (most, 1)


def test_a_second_answer_to_one_question_is_refused() -> None:
    with pytest.raises(InvalidField) as refused:
        select_answers("Oliver", [LEVEL], [GivenAnswer(1, "two years"), GivenAnswer(1, "three")])
    assert (refused.value.problem, refused.value.count) == (Problem.OVERLAPPING, 1)


QUESTIONS = st.lists(
    st.builds(
        Question,
        st.integers(1, 4),
        st.integers(1, 3),
        st.text(min_size=1, max_size=20),
        st.sampled_from(AnswerKind),
        st.booleans(),
    ),
    max_size=MOST_QUESTIONS,
    unique_by=lambda question: question.id,
)
ANSWERS = st.lists(
    st.builds(
        GivenAnswer,
        st.integers(1, 5),
        st.text(max_size=20) | st.sampled_from(["\u202e@everyone" * 400, "x" * 151, "y" * 501]),
        st.none() | st.integers(1, 3),
    ),
    max_size=4,
)


@given(QUESTIONS, ANSWERS)
def test_what_is_kept_was_asked_as_it_is_now_and_fits(
    questions: list[Question], answers: list[GivenAnswer]
) -> None:
    """Whatever is sent, a booking keeps answers to current questions only, or is refused."""
    try:
        kept = select_answers("Oliver", questions, answers)
    except MentorshipError:
        return
    current = {question.text: question for question in questions}
    given_by_id = {answer.question_id: answer for answer in answers}
    for answer in kept:
        assert answer.text.strip() == answer.text != ""
        assert len(answer.text) <= max(LONGEST_ANSWER.values())
        assert answer.question in current
    asked = [answer.question for answer in kept]
    assert asked == [question.text for question in questions if question.text in asked][: len(kept)]
    for question in questions:
        given_answer = given_by_id.get(question.id)
        if question.required:
            assert given_answer is not None
            assert given_answer.text.strip()
        if given_answer is not None and given_answer.text.strip():
            assert given_answer.revision in (None, question.revision)


class BookingWhileQuestionsChange(RuleBasedStateMachine):
    """A mentor changes their questions, while a mentee answers those of a form they opened."""

    @initialize()
    def begin(self) -> None:
        self.questions: list[Question] = []
        self.form: list[Question] = []
        self.next_id = 1

    def change(self, drafts: list[QuestionDraft]) -> None:
        revised = []
        for question in revise(self.questions, drafts):
            if isinstance(question, Question):
                revised.append(question)
            else:
                new = Question(self.next_id, 1, question.text, question.kind, question.required)
                revised.append(new)
                self.next_id += 1
        self.questions = revised

    @precondition(lambda self: len(self.questions) < MOST_QUESTIONS)
    @rule(text=st.sampled_from(["A?", "B?"]), required=st.booleans())
    def add(self, text: str, required: bool) -> None:
        drafts = [question.draft for question in self.questions]
        self.change([*drafts, QuestionDraft(text, required=required)])

    @precondition(lambda self: self.questions)
    @rule(data=st.data(), text=st.sampled_from(["A?", "B?"]), kind=st.sampled_from(AnswerKind))
    def edit(self, data: st.DataObject, text: str, kind: AnswerKind) -> None:
        drafts = [question.draft for question in self.questions]
        place = data.draw(st.integers(0, len(drafts) - 1))
        drafts[place] = replace(drafts[place], text=text, kind=kind)
        self.change(drafts)

    @precondition(lambda self: self.questions)
    @rule(data=st.data())
    def remove_or_move(self, data: st.DataObject) -> None:
        drafts = data.draw(st.permutations([question.draft for question in self.questions]))
        self.change(drafts[: data.draw(st.integers(0, len(drafts)))])

    @rule()
    def open_form(self) -> None:
        self.form = list(self.questions)

    @rule(data=st.data())
    def submit(self, data: st.DataObject) -> None:
        """What is kept was answered to exactly this text, and what is required was answered."""
        given_answers = [
            GivenAnswer(question.id, f"To {question.text}", question.revision)
            for question in self.form
            if data.draw(st.booleans())
        ]
        by_id = {question.id: question for question in self.questions}
        seen = {question.id: question for question in self.form}
        answered = {answer.question_id for answer in given_answers}
        changed = {
            each
            for each in answered & by_id.keys()
            if (by_id[each].text, by_id[each].kind) != (seen[each].text, seen[each].kind)
        }
        missing = {each for each in by_id if by_id[each].required} - answered
        kept: tuple[Answer, ...] = ()
        refusal: QuestionsChanged | AnswersNeeded | None = None
        try:
            kept = select_answers("Oliver", self.questions, given_answers)
        except (QuestionsChanged, AnswersNeeded) as error:
            refusal = error
        if isinstance(refusal, QuestionsChanged):
            # A text that was changed and changed back counts as changed.
            assert changed <= set(refusal.question_ids) <= answered
            return
        assert not changed
        assert set(refusal.question_ids if refusal else ()) == missing
        assert refusal or len(kept) == len(answered & by_id.keys())
        assert all(answer.text == f"To {answer.question}" for answer in kept)


TestBookingWhileQuestionsChange = BookingWhileQuestionsChange.TestCase
