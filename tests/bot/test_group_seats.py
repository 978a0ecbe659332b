"""How many seats a mentor types, in words of their language, too."""

from __future__ import annotations

import io
from collections.abc import Iterator
from gettext import GNUTranslations

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

from bot.views.groups.form import no_limit, read_seats, seats_hint
from wording import catalogues
from wording.catalogues import Catalogue
from wording.translation import speaking


@pytest.fixture
def swedish() -> Iterator[str]:
    """The tag of a language in which seats without a limit are called `obegränsat`."""
    texts = Catalog(locale="sv")
    texts.add("no limit", "obegränsat", context="a number of seats")
    texts.add("2 to 100, or “{no_limit}”", "2 till 100, eller “{no_limit}”")
    content = io.BytesIO()
    write_mo(content, texts)
    content.seek(0)
    with catalogues.registered("sv", Catalogue("sv", GNUTranslations(content))):
        yield "sv"


@pytest.mark.parametrize(
    ("typed", "seats"),
    [("12", 12), ("no limit", 0), (" Unlimited ", 0), ("0", 0), ("obegränsat", None), ("x", None)],
)
def test_seats_are_typed_in_english(typed: str, seats: int | None) -> None:
    assert read_seats(typed) == seats


@pytest.mark.parametrize(
    ("typed", "seats"), [("12", 12), (" Obegränsat", 0), ("no limit", 0), ("x", None)]
)
def test_no_limit_is_typed_in_ones_own_language(
    swedish: str, typed: str, seats: int | None
) -> None:
    with speaking(swedish):
        assert read_seats(typed) == seats
        assert read_seats(no_limit()) == 0
        assert seats_hint() == "2 till 100, eller “obegränsat”"
