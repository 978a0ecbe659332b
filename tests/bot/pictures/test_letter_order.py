"""The order of letters, by examples that Unicode's algorithm decides (UAX #9)."""

from __future__ import annotations

import pytest

from bot.pictures.letter_order import visual_order

# Hebrew letters have one form only, so what is expected can be read.
A, B, C = "\u05d0", "\u05d1", "\u05d2"
FSI, LRI, RLI, PDI = "\u2068", "\u2066", "\u2067", "\u2069"


@pytest.mark.parametrize(
    ("text", "from_left", "from_right"),
    [
        ("one two", "one two", "one two"),
        ("18:00–21:30", "18:00–21:30", "21:30–18:00"),
        (f"{A}{B} 12", f"12 {B}{A}", f"12 {B}{A}"),
        # Brackets are mirrored with what is around them.
        (f"London ({A})", f"London ({A})", f"({A}) London"),
        (f"{FSI}{A}{B} ({C}){PDI}", f"({C}) {B}{A}", f"({C}) {B}{A}"),
        (f"Oliver {A}", f"Oliver {A}", f"{A} Oliver"),
        # Without the isolate, the number would belong to the name.
        (f"{FSI}{A}{B}{PDI} 12", f"{B}{A} 12", f"12 {B}{A}"),
        (f"{FSI}one{PDI} {FSI}two{PDI}", "one two", "two one"),
        (f"{FSI}{A}{FSI}one 2{PDI}{PDI}!", f"one 2{A}!", f"!one 2{A}"),
        (f"{RLI}1 2{PDI}", "2 1", "2 1"),
        (f"{LRI}{A}-1{PDI}", f"1-{A}", f"1-{A}"),
        # An isolate that doesn't end, and an end without one.
        (f"{FSI}{A}{B}", f"{B}{A}", f"{B}{A}"),
        (f"one{PDI} two", "one two", "one two"),
    ],
)
def test_order_of_letters(text: str, from_left: str, from_right: str) -> None:
    assert visual_order(text, is_right_to_left=False) == from_left
    assert visual_order(text, is_right_to_left=True) == from_right


def test_arabic_letters_are_joined() -> None:
    shown = visual_order("محمد", is_right_to_left=True)
    # From the right: the initial form, two medial ones and the final one.
    assert shown == "\ufeaa\ufee4\ufea4\ufee3"
    assert visual_order("لا", is_right_to_left=True) == "\ufefb"


def test_many_isolates_and_box_drawing_characters_do_not_mix() -> None:
    text = "─" + "".join(f"{FSI}{number}{PDI} " for number in range(200))
    assert visual_order(text, is_right_to_left=False).split() == [
        "─0",
        *(str(number) for number in range(1, 200)),
    ]
