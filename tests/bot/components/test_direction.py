"""Lines of messages that are written from right to left."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.components.cards import MAX_TEXT, Card, build_layout
from bot.components.direction import right_to_left, undirected
from wording.translation import speaking

START, END = "\u2067", "\u2069"


def test_each_line_is_an_isolate_and_its_markup_stays_in_front() -> None:
    assert right_to_left("### عنوان\n\n> اقتباس\n-# ملاحظة") == (
        f"### {START}عنوان{END}\n\n> {START}اقتباس{END}\n-# {START}ملاحظة{END}"
    )


def test_blocks_of_code_stay_as_they_are() -> None:
    assert right_to_left("قبل\n```\na = 1\n```\nبعد") == (
        f"{START}قبل{END}\n```\na = 1\n```\n{START}بعد{END}"
    )


def test_a_line_in_another_direction_stays_as_it_is() -> None:
    assert right_to_left("Happy to help.\nسطر") == f"Happy to help.\n{START}سطر{END}"
    assert right_to_left("aws، go") == "aws، go"


@given(st.text("aا> -#*1.\n`\u2068\u2069", max_size=40))
def test_the_direction_can_be_taken_out_again(markup: str) -> None:
    assert undirected(right_to_left(markup)) == markup


def contents(components: list[dict[str, object]]) -> list[str]:
    texts = []
    for component in components:
        if "content" in component:
            texts.append(str(component["content"]))
        texts += contents(component.get("components", []))  # type: ignore[arg-type]
    return texts


def test_a_message_has_the_direction_of_the_language_in_which_it_was_written() -> None:
    with speaking("ar"):
        arabic = build_layout("مرحبا")
    english = build_layout("Hello")
    with speaking("de"):
        assert contents(arabic.to_components()) == [f"{START}مرحبا{END}"]
        assert contents(english.to_components()) == ["Hello"]


def test_a_long_message_still_fits() -> None:
    with speaking("ar"):
        card = Card(text="\n".join(["سطر"] * 1_500)).add_note("ملاحظة")
        layout = build_layout("مرحبا", card)
    assert sum(map(len, contents(layout.to_components()))) <= MAX_TEXT
