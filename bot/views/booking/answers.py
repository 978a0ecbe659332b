"""What a mentee answered at booking, on the cards of the session and of its series."""

from __future__ import annotations

from collections.abc import Sequence

from bot.components.cards import Card
from bot.formatting import plain, quoted
from mentorship.mentors.question_rules import Answer
from wording.booking import question_label
from wording.reader import Reader


def add_answers(card: Card, answers: Sequence[Answer], reader: Reader) -> None:
    """Add each answer below its question, or below its number if that was erased."""
    for number, answer in enumerate(answers, 1):
        question = plain(answer.question) or question_label(number, reader)
        card.add_long_fact(question, quoted(answer.text))
