"""Texts in the language of their reader: values, plurals, contexts, directions, sentences."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from babel.messages import Catalog
from babel.messages.mofile import write_mo

from wording import catalogues
from wording.catalogues import Catalogue, _Translations
from wording.translation import (
    FIRST_STRONG_ISOLATE,
    N_,
    POP_ISOLATE,
    _,
    current_language,
    is_right_to_left,
    isolated,
    ngettext,
    nN_,
    npgettext,
    pgettext,
    sentences,
    speak,
    speaking,
)

TEXTS = {
    "sv": {
        "{name} confirmed.": "{name} har bekräftat.",
        "Use `/book` or `/mentor hours`.": "Använd `/book` eller `/mentor hours`.",
        ("{count} seat", "{count} seats"): ("{count} plats", "{count} platser"),
        ("one {thing}", "{count} {thing}"): ("en {thing}", "{count} {thing}"),
    },
    "pl": {("{count} seat", "{count} seats"): ("{count} a", "{count} b", "{count} c")},
    "he": {"{name} paid {points}.": "{points} - {name}.", "See <#{channel}>.": "<#{channel}>!"},
    "zh-CN": {},
}
CONTEXTS = {
    ("a price", "free"): "gratis",
    ("a seat", "free"): "ledig",
    ("name of /book", "book"): "boka",
    ("name of /mentor hours", "hours"): "tider",
}


@pytest.fixture(autouse=True)
def languages() -> Iterator[None]:
    """Small catalogues of languages that have no file."""
    with ExitStack() as registered:
        for tag, texts in TEXTS.items():
            catalogue = Catalog(locale=tag.replace("-", "_"))
            for text, translation in texts.items():
                catalogue.add(text, translation)
            if tag == "sv":
                for (context, text), translation in CONTEXTS.items():
                    catalogue.add(text, translation, context=context)
                weeks = ("{count} week", "{count} weeks")
                catalogue.add(weeks, ("v", "{count} v"), context="short")
            content = io.BytesIO()
            write_mo(content, catalogue)
            content.seek(0)
            found = catalogues.registered(tag, Catalogue(tag, _Translations(content)))
            registered.enter_context(found)
        yield


def test_english_is_spoken_before_any_language_is_set() -> None:
    assert current_language() == "en"
    assert _("{name} confirmed.", name="Oliver") == "Oliver confirmed."
    assert not is_right_to_left()


def test_a_text_is_in_the_language_that_is_spoken() -> None:
    with speaking("sv"):
        assert current_language() == "sv"
        assert _("{name} confirmed.", name="Oliver") == "Oliver har bekräftat."
        with speaking(None):
            assert _("{name} confirmed.", name="Oliver") == "Oliver confirmed."
        assert _("{name} confirmed.", name="Oliver") == "Oliver har bekräftat."
    assert current_language() == "en"


def test_the_language_before_returns_after_an_error() -> None:
    with pytest.raises(ZeroDivisionError), speaking("sv"):
        1 / 0  # noqa: B018
    assert current_language() == "en"


def test_a_text_without_translation_is_english() -> None:
    with speaking("sv"):
        assert _("{name} left.", name="Oliver") == "Oliver left."


@pytest.mark.parametrize("tag", ["tlh", "", None, "xx-YY"])
def test_a_language_without_catalogue_is_english(tag: str | None) -> None:
    with speaking(tag):
        assert current_language() == "en"


def test_a_region_has_the_texts_of_its_language() -> None:
    with speaking("sv-SE"):
        assert pgettext("a price", "free") == "gratis"


async def test_each_task_has_its_own_language() -> None:
    async def text_in(tag: str) -> str:
        speak(tag)
        await asyncio.sleep(0)
        return _("{name} confirmed.", name="Oliver")

    both = await asyncio.gather(text_in("sv"), text_in("en"))
    assert both == ["Oliver har bekräftat.", "Oliver confirmed."]
    assert current_language() == "en"


def test_braces_in_a_value_stay_as_they_are() -> None:
    assert _("{name} confirmed.", name="{name} {x}") == "{name} {x} confirmed."
    assert _("A set: {1, 2}") == "A set: {1, 2}", "without values, braces are text"


def test_a_number_chooses_the_plural_of_the_language() -> None:
    with speaking("sv"):
        assert [ngettext("{count} seat", "{count} seats", n) for n in (0, 1, 2)] == [
            "0 platser",
            "1 plats",
            "2 platser",
        ]
    with speaking("pl"):
        forms = [ngettext("{count} seat", "{count} seats", n) for n in (1, 2, 5, 12, 22)]
        assert forms == ["1 a", "2 b", "5 c", "12 c", "22 b"]


def test_the_count_is_written_as_the_language_writes_numbers() -> None:
    assert ngettext("{count} seat", "{count} seats", 1_200) == "1,200 seats"
    with speaking("sv"):
        assert ngettext("{count} seat", "{count} seats", 1_200) == "1\xa0200 platser"
    number = ngettext("{count} seat", "{count} seats", 2, count="two")
    assert number == "two seats", "a value of that name is used as it is"


def test_a_form_may_leave_out_the_count() -> None:
    with speaking("sv"):
        assert ngettext("one {thing}", "{count} {thing}", 1, thing="x") == "en x"
        assert ngettext("one {thing}", "{count} {thing}", 3, thing="x") == "3 x"


def test_a_context_tells_texts_apart() -> None:
    with speaking("sv"):
        assert pgettext("a price", "free") == "gratis"
        assert pgettext("a seat", "free") == "ledig"
        assert _("free") == "free"
        assert npgettext("short", "{count} week", "{count} weeks", 1) == "v"
        assert npgettext("short", "{count} week", "{count} weeks", 4) == "4 v"
        assert ngettext("{count} week", "{count} weeks", 4) == "4 weeks"


def test_a_marked_text_is_translated_where_it_is_used() -> None:
    marked, counted = N_("{name} confirmed."), nN_("{count} seat", "{count} seats")
    with speaking("sv"):
        assert _(marked, name="Maya") == "Maya har bekräftat."
        assert ngettext(*counted, 2) == "2 platser"
        assert ngettext(counted.singular, counted.plural, 1) == "1 plats"


def test_commands_have_the_names_that_discord_shows() -> None:
    with speaking("sv"):
        assert _("Use `/book` or `/mentor hours`.") == "Använd `/boka` eller `/mentor tider`."


def test_values_are_isolated_in_a_language_from_right_to_left() -> None:
    with speaking("he"):
        assert is_right_to_left()
        text = _("{name} paid {points}.", name="Maya", points="🪙 60")
        fsi, pdi = FIRST_STRONG_ISOLATE, POP_ISOLATE
        assert text == f"{fsi}🪙 60{pdi} - {fsi}Maya{pdi}."


def test_names_from_right_to_left_are_isolated_in_other_languages() -> None:
    name = "\u05de\u05d9\u05d4"
    assert _("{name} confirmed.", name=name) == f"\u2068{name}\u2069 confirmed."
    assert _("{name} confirmed.", name="Maya") == "Maya confirmed."
    assert _("{name} confirmed.", name="Åsa") == "Åsa confirmed."


def test_values_in_mentions_code_and_addresses_are_not_isolated() -> None:
    with speaking("he"):
        assert _("See <#{channel}>.", channel=12) == "<#12>!"
        assert _("`{zone}`", zone="Europe/London") == "`Europe/London`"
        assert _("[{title}]({url})", title="A", url="https://a.example") == (
            "[\u2068A\u2069](https://a.example)"
        )
        assert _("<@{a}> and <@&{b}>", a=1, b=2) == "<@1> and <@&2>"


@pytest.mark.parametrize("text", ["", "a\nb", "> quoted", "-# small", "### Title", "```\ncode```"])
def test_a_block_is_not_isolated(text: str) -> None:
    with speaking("he"):
        assert isolated(text) == text


def test_an_isolated_value_is_not_isolated_again() -> None:
    with speaking("he"):
        once = isolated("Maya")
        assert once == "\u2068Maya\u2069"
        assert isolated(once) == once


def test_sentences_are_joined_as_the_language_does() -> None:
    assert sentences("One.", "", "Two.") == "One. Two."
    assert sentences() == ""
    with speaking("zh-CN"):
        assert sentences("一。", "二。") == "一。二。"
