"""Journeys in the pseudo-locale, and what is wrong with texts that are not made for translation."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from babel.messages.pofile import read_po

from tests.pseudo_locale.catalogue import ACCENTED, PLAIN, PseudoTranslations, accented, english
from tests.pseudo_locale.checks import problems, text_problems
from wording import catalogues

ROOT = Path(__file__).parents[3]

REPRESENTATIVE = (
    "languages",
    "test_whole_story.py",
    "booking/test_confirmation.py",
    "groups/test_creating.py",
    "groups/test_joining.py",
    "members/test_help.py",
    "mentors/test_availability_panel.py",
    "mentorships",
    "moderation/test_moderation.py",
    "notes",
    "notifications/test_settings.py",
    "offers/test_request_cards.py",
    "recognition/test_thanks.py",
    "series/test_series_life.py",
    "sessions/test_disputes.py",
    "sessions/test_ratings.py",
)
"""Journeys that show a text of nearly each kind, in less than a minute."""


def run_in_pseudo_locale(*paths: str) -> None:
    """Run journeys in a process of its own, whose English is the pseudo-locale."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--pseudo",
        "-n",
        "0",
        "-q",
        "-p",
        "no:cacheprovider",
    ]
    command += ["-m", "not long", "--deselect", Path(__file__).relative_to(ROOT).as_posix()]
    run = subprocess.run(
        [*command, *(f"tests/journeys/{path}" for path in paths)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout[-8_000:]


def test_representative_journeys_show_only_translated_texts() -> None:
    run_in_pseudo_locale(*REPRESENTATIVE)


@pytest.mark.long
def test_all_journeys_show_only_translated_texts() -> None:
    run_in_pseudo_locale("")


def test_each_text_can_be_turned_back_into_english() -> None:
    with (catalogues.FOLDER / "messages.pot").open("rb") as file:
        texts = [message.id for message in read_po(file) if isinstance(message.id, str)]
    assert len(texts) > 1_000
    assert not set(ACCENTED).intersection(*[set("".join(texts))])
    assert [text for text in texts if english(accented(text)) != text] == []
    assert len(set(ACCENTED)) == len(PLAIN) == len(ACCENTED)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Cancel session", "⟦Ƈȧƞƈḗŀ şḗşşīǿƞˑˑˑˑˑ⟧"),
        ("-# Use `/book` {when}.\n> **Now**", "-# ⟦Ŭşḗ `/book` {when}.ˑˑˑ⟧\n> ⟦**Ƞǿẇ**ˑˑ⟧"),
        ("[{title}]({url})", "[{title}]({url})"),
        ("```\ncode\n```", "```\ncode\n```"),
        ("", ""),
    ],
)
def test_markup_and_values_stay_as_they_are(text: str, shown: str) -> None:
    assert accented(text) == shown


def test_names_of_commands_stay_as_they_are() -> None:
    pseudo = PseudoTranslations()
    assert pseudo.pgettext("name of /book", "book") == "book"
    assert pseudo.pgettext("option of /book", "mentor") == "mentor"
    assert pseudo.pgettext("a price", "free") == "⟪ƒřḗḗˑˑ⟫"


def _(text: str, **values: object) -> str:
    return accented(text).format(**values)


@pytest.mark.parametrize(
    "text",
    [
        _("Cancel {thing}?", thing=_("Session")),
        _("You have {points}.", points="🪙 60"),
        _("Full refund.") + " " + _("After that, no refund."),
        "**" + _("Fee") + ":** " + _("not chosen"),
        _("Opens {time} in `/book`, see https://a.example/b.", time="<t:1:F>"),
        _("Booked by {name} on {day}.", name="Maya", day="Mon 2 Mar, 15:00 GMT"),
    ],
)
def test_whole_sentences_with_values_are_fine(text: str) -> None:
    assert list(text_problems(text, frozenset(("maya",)), "content")) == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("Your session", "not marked: session, your"),
        (_("Cancel {thing}?", thing="your session"), "not marked: session, your"),
        (_("Cancel {thing}?", thing=_("your session")), "a part of a sentence as a value"),
        (_("session") + "s", "glued to a letter"),
        (_("Cancel") + " " + _("your session"), "two texts in one sentence"),
    ],
)
def test_glued_and_unmarked_texts_are_found(text: str, problem: str) -> None:
    (found,) = text_problems(text, frozenset(), "content")
    assert problem in found


@pytest.mark.parametrize(
    ("payload", "limit"),
    [
        ({"type": 2, "label": "1" * 81, "custom_id": "x"}, 80),
        ({"title": "1" * 46, "custom_id": "x", "components": []}, 45),
        ({"type": 18, "label": "1" * 46}, 45),
        ({"type": 4, "placeholder": "1" * 101}, 100),
        ({"type": 3, "placeholder": "1" * 151}, 150),
        ({"label": "1" * 101, "value": "x"}, 100),
        ({"name": "1" * 101, "value": "x"}, 100),
    ],
)
def test_texts_that_discord_refuses_are_found(payload: dict[str, Any], limit: int) -> None:
    (found,) = problems(payload, frozenset())
    assert f"has {limit + 1} characters instead of {limit}" in found


def test_a_message_that_is_too_long_is_found() -> None:
    parts = [{"type": 10, "content": "1" * 1_500} for _ in range(3)]
    (found,) = problems({"flags": 1 << 15, "components": parts}, frozenset())
    assert "4500 characters" in found


def test_ids_that_depend_on_the_language_are_found() -> None:
    (found,) = problems({"type": 2, "custom_id": f"x:{_('Cancel')}"}, frozenset())
    assert "custom_id depends on the language" in found
