"""The habits of a reader, by their Discord language."""

from __future__ import annotations

import discord
import pytest

from wording.reader import Reader, TimeStyle


@pytest.mark.parametrize("locale", ["en-US", "ko", "hi"])
def test_languages_with_am_and_pm_have_twelve_hours(locale: str) -> None:
    assert Reader.of(locale).time_style is TimeStyle.TWELVE_HOURS


@pytest.mark.parametrize("locale", ["en-GB", "de", "fr", "pt-BR", "ja", None])
def test_other_languages_have_twenty_four_hours(locale: str | None) -> None:
    assert Reader.of(locale).time_style is TimeStyle.TWENTY_FOUR_HOURS


def test_each_of_discords_languages_has_a_reader() -> None:
    readers = {Reader.of(locale.value) for locale in discord.Locale}
    assert {reader.locale for reader in readers} == {locale.value for locale in discord.Locale}
