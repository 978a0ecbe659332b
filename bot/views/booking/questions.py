"""The form with a mentor's questions, between the confirmation card and the booking."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import discord
from discord import ui

from bot.components.persistent import Form
from bot.drafts import FlowKey
from bot.interaction import Interaction
from bot.views.booking.steps import Selection, selection_actor
from mentorship.errors import NotFound, Subject
from mentorship.mentors import booking_questions
from mentorship.mentors.question_rules import AnswerKind, GivenAnswer, Question
from wording.booking import question_label
from wording.reader import ENGLISH
from wording.translation import _

LONGEST_LABEL = 45
"""Characters of the text above a field. Discord shows 100 in smaller print below it."""

Answers: TypeAlias = tuple[GivenAnswer, ...]

SubmitAnswers: TypeAlias = Callable[[Interaction, Answers], Awaitable[None]]
"""Books, or says why nothing was booked."""


@dataclass(frozen=True, slots=True)
class KeptAnswers:
    """What somebody has typed for a mentor, kept until they have booked."""

    key: FlowKey

    @classmethod
    def of(cls, interaction: Interaction, selection: Selection) -> KeptAnswers:
        """Return those for the selected mentor, wherever the person books."""
        flow = ("answers", selection.mentor_id)
        return cls(FlowKey(selection.guild_id, interaction.user.id, flow))

    def load(self, interaction: Interaction) -> Mapping[int, str]:
        """Return the texts by question id."""
        client = interaction.client
        return client.drafts.answers.get(self.key, client.db.now()) or {}

    def store(self, interaction: Interaction, answers: Answers) -> None:
        """Keep the texts, beside those for questions that weren't asked this time."""
        texts = {**self.load(interaction), **{each.question_id: each.text for each in answers}}
        interaction.client.drafts.answers.put(self.key, texts, interaction.client.db.now())

    def forget(self, interaction: Interaction) -> None:
        """Drop the texts, which have been stored with a session."""
        interaction.client.drafts.answers.pop(self.key, interaction.client.db.now())


async def ask(interaction: Interaction, selection: Selection, submit: SubmitAnswers) -> None:
    """Open the form with the selected mentor's questions; without any, submit at once.

    The form is the first response to the press, and filled in with what was typed before.
    """
    if selection.mentor_id is None:
        raise NotFound(Subject.SLOT)
    actor = selection_actor(interaction, selection)
    questions = await interaction.client.db.read(
        booking_questions.list_of_mentor, actor, selection.mentor_id
    )
    if not questions:
        await submit(interaction, ())
        return
    kept = KeptAnswers.of(interaction, selection)
    await interaction.response.send_modal(
        AnswersForm(questions, submit, kept.load(interaction), kept)
    )


class AnswersForm(Form):
    """A mentor's questions. What is typed is kept in `kept` until `submit` has booked.

    `typed` has earlier answers by question id.
    """

    def __init__(
        self,
        questions: Sequence[Question],
        submit: SubmitAnswers,
        typed: Mapping[int, str],
        kept: KeptAnswers | None = None,
    ) -> None:
        # Translators: the title of a form with questions of a mentor.
        super().__init__(title=_("Before you book"))
        self.questions, self.submit, self.kept = questions, submit, kept
        self.fields = [
            ui.TextInput[AnswersForm](
                custom_id=f"answer{question.id}",
                style=discord.TextStyle.paragraph
                if question.kind is AnswerKind.LONG
                else discord.TextStyle.short,
                max_length=question.longest_answer,
                required=question.required,
                default=typed.get(question.id, "")[: question.longest_answer] or None,
            )
            for question in questions
        ]
        for number, (question, field) in enumerate(zip(questions, self.fields, strict=True), 1):
            is_label = len(question.text) <= LONGEST_LABEL
            self.add_item(
                ui.Label(
                    text=question.text if is_label else question_label(number, ENGLISH),
                    description=None if is_label else question.text,
                    component=field,
                )
            )

    async def on_submit(  # type: ignore[override]  # the client's type is known
        self, interaction: Interaction
    ) -> None:
        answers = tuple(
            GivenAnswer(question.id, field.value, question.revision)
            for question, field in zip(self.questions, self.fields, strict=True)
        )
        if self.kept is not None:
            self.kept.store(interaction, answers)
        await self.submit(interaction, answers)
