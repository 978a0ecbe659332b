"""The catalogues of all languages are complete, and what breaks one is found."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest
from babel.messages import Catalog
from babel.messages.pofile import read_po

from docs import translations
from wording import catalogues

SHOWN = 15
"""How many problems of a language a failure lists."""


@cache
def template() -> Catalog:
    """Return the texts of the code as it is now. Collecting them takes seconds."""
    return translations.collect()


@cache
def first_plural() -> str:
    """Return a text that has two forms in English."""
    return next(message.id[0] for message in template() if isinstance(message.id, tuple))


def test_the_template_has_the_texts_of_the_code() -> None:
    with translations.TEMPLATE.open("rb") as file:
        stored = read_po(file)
    new = [
        message.id for message in template() if (message.context, message.id) not in keys(stored)
    ]
    old = [
        message.id for message in stored if (message.context, message.id) not in keys(template())
    ]
    hint = f"run `make translations`; new: {new[:SHOWN]}, no longer used: {old[:SHOWN]}"
    assert (new, old) == ([], []), hint


def keys(catalogue: Catalog) -> set[tuple[str | None, str | tuple[str, ...]]]:
    return {(message.context, message.id) for message in catalogue}


@pytest.mark.parametrize("language", translations.languages())
def test_a_language_is_complete(language: str) -> None:
    found = list(translations.problems(language, template()))
    listed = "\n".join(found[:SHOWN])
    assert not found, f"{len(found)} texts are missing or broken in {language}:\n{listed}"


@pytest.mark.parametrize("language", translations.languages())
def test_a_language_compiles(language: str) -> None:
    tag = language.replace("_", "-")
    catalogue = catalogues.find(tag)
    assert catalogue.tag == tag
    # Each whole number has a form.
    forms = {catalogue.ngettext("1 hour", "{count} hours", number) for number in range(200)}
    assert forms


def complete(language: str = "de") -> Catalog:
    """Return a catalogue in which each text is its own translation, and commands are numbered."""
    catalogue = Catalog(locale=language)
    for message in template():
        if message.id:
            singular = message.id if isinstance(message.id, str) else message.id[0]
            plural = message.id if isinstance(message.id, str) else message.id[1]
            forms = (singular, *[plural] * (catalogue.num_plurals - 1))
            string = forms if isinstance(message.id, tuple) else singular
            catalogue.add(message.id, string, context=message.context)
    return catalogue


def test_a_complete_catalogue_has_no_problems() -> None:
    assert list(translations.problems_of(complete(), template())) == []


def change(text: str, string: str | tuple[str, ...], context: str | None = None) -> Catalog:
    """Return a complete catalogue with another translation of one text."""
    catalogue = complete()
    message = catalogue.get(text, context=context)
    assert message is not None, f"{text!r} is no text of the code any more"
    message.string = string
    return catalogue


def find_text(condition: Callable[[str], bool]) -> str:
    """Return the first text without plural and context for which a condition holds."""
    return next(
        message.id
        for message in template()
        if isinstance(message.id, str) and message.context is None and condition(message.id)
    )


def problem_of(catalogue: Catalog) -> str:
    """Return the only problem of a catalogue."""
    (problem,) = translations.problems_of(catalogue, template())
    return problem


def test_a_missing_text_is_found() -> None:
    assert problem_of(change("Confirm", "")) == "de: 'Confirm': missing"
    catalogue = complete()
    catalogue.delete("Confirm")
    assert problem_of(catalogue) == "de: 'Confirm': missing"


def test_a_text_whose_english_has_changed_is_found() -> None:
    catalogue = change("Confirm", "Bestätigen")
    message = catalogue.get("Confirm")
    assert message is not None
    message.flags.add("fuzzy")
    assert problem_of(catalogue) == "de: 'Confirm': fuzzy: the English has changed"


def test_a_wrong_or_missing_placeholder_is_found() -> None:
    text = find_text(lambda text: " {name} " in text and text.count("{") == 1 and "`" not in text)
    wrong = problem_of(change(text, text.replace("{name}", "{nombre}")))
    assert "placeholders ['nombre'] instead of ['name']" in wrong
    missing = problem_of(change(text, text.replace(" {name} ", " ")))
    assert "placeholders [] instead of ['name']" in missing
    assert "not a format" in problem_of(change(text, text.replace("{name}", "{name")))


def test_another_command_or_markup_is_found() -> None:
    text = find_text(lambda text: text.count("`/book`") == 1)
    assert "other commands" in problem_of(change(text, text.replace("`/book`", "`/buchen`")))
    text = find_text(lambda text: text.count("**") == 2)
    assert "bold" in problem_of(change(text, text.replace("**", "")))


def test_missing_plural_forms_are_found() -> None:
    catalogue = complete("ar")
    message = catalogue.get(first_plural())
    assert message is not None
    message.string = tuple(message.string[:2])
    (problem,) = translations.problems_of(catalogue, template())
    assert problem.endswith("2 plural forms instead of 6")


@pytest.mark.parametrize("name", ["Buchen", "zwei worte", "x" * 33, "a!"])
def test_a_command_name_that_discord_refuses_is_found(name: str) -> None:
    problem = problem_of(change("book", name, context="name of /book"))
    assert problem.endswith(f"Discord doesn't allow {name!r}")


def test_two_commands_of_the_same_name_are_found() -> None:
    catalogue = change("book", "sessions", context="name of /book")
    assert problem_of(catalogue) == "de: 'sessions' is used 2 times in /"


def test_a_text_that_is_no_longer_used_is_found() -> None:
    catalogue = complete()
    catalogue.add("Hello, nobody", "Hallo, niemand")
    assert "no longer used" in problem_of(catalogue)


def test_a_command_outside_of_code_has_the_name_that_discord_shows() -> None:
    catalogue = change("unblock", "freigeben", context="name of /unblock")
    (problem,) = translations.problems_of(catalogue, template())
    assert "To undo it" in problem
    assert "/freigeben" in problem
