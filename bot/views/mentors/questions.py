"""The panel on which a mentor sets what they ask whoever books them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Self

import discord
from discord import ui

from bot.actors import actor_of
from bot.components.cards import Accent, Card, action_rows
from bot.components.persistent import Form, PersistentButton
from bot.formatting import plain
from bot.interaction import Interaction
from bot.replies import respond
from bot.views.booking.questions import Answers, AnswersForm
from mentorship.errors import NotFound, Subject
from mentorship.mentors import booking_questions
from mentorship.mentors.question_rules import (
    LONGEST_ANSWER,
    LONGEST_QUESTION,
    MOST_QUESTIONS,
    AnswerKind,
    Question,
    QuestionDraft,
)
from wording.translation import _, ngettext, pgettext, sentences


def _kinds() -> dict[AnswerKind, str]:
    """Return the names of the kinds of answers."""
    return {
        AnswerKind.SHORT: ngettext(
            "Short answer, up to {count} character",
            "Short answer, up to {count} characters",
            LONGEST_ANSWER[AnswerKind.SHORT],
        ),
        AnswerKind.LONG: ngettext(
            "Long answer, up to {count} character",
            "Long answer, up to {count} characters",
            LONGEST_ANSWER[AnswerKind.LONG],
        ),
    }


def _needs() -> dict[str, str]:
    """Return the words for whether a question needs an answer, by the form's values."""
    return {
        "no": pgettext("an answer to a question", "Optional"),
        "yes": pgettext("an answer to a question", "Required"),
    }


async def show_questions(interaction: Interaction) -> None:
    """Show the mentor's questions with buttons to change them."""
    questions = await interaction.client.db.read(booking_questions.list_own, actor_of(interaction))
    await _show(interaction, questions)


async def _show(
    interaction: Interaction, questions: Sequence[Question], note: str | None = None
) -> None:
    card = Card(title=_("Your questions at booking"), accent=Accent.NEUTRAL)
    if questions:
        card.text = _(
            "Members who book you answer these first. Only the two of you see the "
            "answers, on the session's card."
        )
    else:
        card.text = sentences(
            _("You don't ask anything yet."),
            ngettext(
                "Add up to {count} question, and members answer it in a short form when they "
                "book you.",
                "Add up to {count} questions, and members answer them in a short form when they "
                "book you.",
                MOST_QUESTIONS,
            ),
        )
    for number, question in enumerate(questions, 1):
        card.add_text(
            f"**{number}. {plain(question.text)}**\n-# {_kinds()[question.kind]} · "
            f"{_needs()['yes' if question.required else 'no']}"
        )
        items: list[ui.Item[Any]] = [EditQuestionButton(question.id)]
        if number > 1:
            items.append(MoveQuestionUpButton(question.id))
        card.add_actions(*items, RemoveQuestionButton(question.id))
    if questions:
        card.add_note(_("Changes apply to new bookings. Booked sessions keep what was asked then."))
    actions: list[ui.Item[Any]] = []
    if len(questions) < MOST_QUESTIONS:
        actions.append(AddQuestionButton())
    if questions:
        actions.append(PreviewQuestionsButton())
    await respond(interaction, note, card=card, actions=action_rows(*actions))


class AddQuestionButton(PersistentButton, template=r"question:add"):
    """Opens the form for a new question."""

    def __init__(self) -> None:
        super().__init__("question:add", _("Add question"), discord.ButtonStyle.primary)

    async def on_press(self, interaction: Interaction) -> None:
        await interaction.response.send_modal(QuestionForm())


class _QuestionButton(PersistentButton, template="unused"):
    """A button about one question. `key` is what it does."""

    key = ""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__(template=rf"question:{cls.key}:(?P<question>\d{{1,18}})")

    def __init__(self, question_id: int) -> None:
        self.question_id = question_id
        super().__init__(f"question:{self.key}:{question_id}", self.label())

    def label(self) -> str:
        """Return what is on the button."""
        raise NotImplementedError

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["question"]))


class EditQuestionButton(_QuestionButton):
    """Opens the form of a question, filled in."""

    key = "edit"

    def label(self) -> str:
        return pgettext("button", "Edit")

    async def on_press(self, interaction: Interaction) -> None:
        questions = await interaction.client.db.read(
            booking_questions.list_own, actor_of(interaction)
        )
        question = next((each for each in questions if each.id == self.question_id), None)
        if question is None:
            raise NotFound(Subject.QUESTION)
        await interaction.response.send_modal(QuestionForm(question.draft))


class MoveQuestionUpButton(_QuestionButton):
    """Asks a question before the one above it."""

    key = "up"

    def label(self) -> str:
        return _("Move up")

    async def on_press(self, interaction: Interaction) -> None:
        questions = await interaction.client.db.run(
            booking_questions.move_up, actor_of(interaction), self.question_id
        )
        await _show(interaction, questions)


class RemoveQuestionButton(_QuestionButton):
    """Removes a question."""

    key = "remove"

    def label(self) -> str:
        return pgettext("button", "Remove")

    async def on_press(self, interaction: Interaction) -> None:
        questions = await interaction.client.db.run(
            booking_questions.remove, actor_of(interaction), self.question_id
        )
        await _show(interaction, questions, _("Removed. Nobody is asked that any more."))


class PreviewQuestionsButton(PersistentButton, template=r"question:preview"):
    """Opens the form as mentees see it. Submitting it saves nothing."""

    def __init__(self) -> None:
        super().__init__("question:preview", pgettext("button", "Preview"))

    async def on_press(self, interaction: Interaction) -> None:
        questions = await interaction.client.db.read(
            booking_questions.list_own, actor_of(interaction)
        )
        if not questions:
            await _show(interaction, questions)
            return
        await interaction.response.send_modal(AnswersForm(questions, _end_preview, {}))


async def _end_preview(interaction: Interaction, answers: Answers) -> None:
    questions = await interaction.client.db.read(booking_questions.list_own, actor_of(interaction))
    note = _("That's the form people see when they book you. Your test answers weren't saved.")
    await _show(interaction, questions, note)


class QuestionForm(Form):
    """A question: its text, how long an answer may be, and whether there has to be one.

    `draft` is what the form is filled in with; with an id, that question is changed.
    """

    def __init__(self, draft: QuestionDraft | None = None) -> None:
        super().__init__(title=_("Question at booking"))
        draft = draft or QuestionDraft("")
        self.question_id = draft.id
        self.draft_flow = "question" if draft.id is None else f"question-{draft.id}"
        self.text = self.add_line(
            "text",
            _("Your question"),
            ngettext("Up to {count} character", "Up to {count} characters", LONGEST_QUESTION),
            max_length=LONGEST_QUESTION,
            default=draft.text,
            placeholder=_("What would you like to work on?"),
        )
        kinds = {kind.value: label for kind, label in _kinds().items()}
        answer = pgettext("to a question", "Answer")
        self.kind = self._add_menu("kind", answer, kinds, draft.kind.value)
        self.required = self._add_menu(
            "required", _("Does it need an answer?"), _needs(), "yes" if draft.required else "no"
        )

    def _add_menu(
        self, custom_id: str, label: str, options: dict[str, str], selected: str
    ) -> ui.Select[QuestionForm]:
        menu = ui.Select["QuestionForm"](
            custom_id=custom_id,
            options=[
                discord.SelectOption(label=text, value=value, default=value == selected)
                for value, text in options.items()
            ],
        )
        self.add_item(ui.Label(text=label, component=menu))
        return menu

    @property
    def draft(self) -> QuestionDraft:
        """What was typed and chosen."""
        kinds, required = self.kind.values, self.required.values
        return QuestionDraft(
            self.text.value,
            AnswerKind.LONG if AnswerKind.LONG.value in kinds else AnswerKind.SHORT,
            "yes" in required,
            self.question_id,
        )

    def reopened(self) -> QuestionForm:
        return QuestionForm(self.draft)

    def way_out(self) -> ui.Item[Any]:
        return ShowQuestionsButton()

    async def on_submit(  # type: ignore[override]  # the client's type is known
        self, interaction: Interaction
    ) -> None:
        db, actor, draft = interaction.client.db, actor_of(interaction), self.draft
        if draft.id is None:
            questions = await db.run(booking_questions.add, actor, draft)
        else:
            questions = await db.run(booking_questions.edit, actor, draft.id, draft)
        await _show(interaction, questions, _("Saved. It applies to new bookings."))


class ShowQuestionsButton(PersistentButton, template=r"question:list"):
    """Leads back to the panel."""

    def __init__(self) -> None:
        super().__init__("question:list", pgettext("button", "Back"))

    async def on_press(self, interaction: Interaction) -> None:
        await show_questions(interaction)
