"""Lists in a sentence."""

from __future__ import annotations

import pytest

from wording.lists import alternatives, listed
from wording.reader import Reader


@pytest.mark.parametrize(
    ("names", "text"),
    [
        (["Ana", "Maya"], "Ana y Maya"),
        (["Ana", "Inés"], "Ana e Inés"),
        (["Ana", "**Íñigo**"], "Ana e **Íñigo**"),
        (["Ana", "Hilario"], "Ana e Hilario"),
        (["agua", "hielo"], "agua y hielo"),
        (["Inés", "Ana"], "Inés y Ana"),
        (["Ana", "Inés", "Maya"], "Ana, Inés y Maya"),
        (["Maya", "Ana", "Inés"], "Maya, Ana e Inés"),
        (["<@1>", "<@2>"], "<@1> y <@2>"),
    ],
)
def test_spanish_and_changes_before_its_own_sound(names, text):
    assert listed(names, Reader.of("es-ES")) == text


@pytest.mark.parametrize(
    ("items", "text"),
    [
        (["30", "60"], "30 o 60"),
        (["7", "8"], "7 u 8"),
        (["10", "11"], "10 u 11"),
        (["10", "110"], "10 o 110"),
        (["`Roma`", "`Oslo`"], "`Roma` u `Oslo`"),
        (["15", "30", "80"], "15, 30 u 80"),
    ],
)
def test_spanish_or_changes_before_its_own_sound(items, text):
    assert alternatives(items, Reader.of("es-419")) == text


def test_other_languages_keep_their_conjunctions():
    for tag, text in (("en-US", "Ana and Ian"), ("fr", "Ana et Ian")):
        assert listed(["Ana", "Ian"], Reader.of(tag)) == text
