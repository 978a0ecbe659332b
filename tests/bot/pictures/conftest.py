"""Languages whose texts stay English, for what depends on their dates and direction only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from gettext import NullTranslations

import pytest

from wording import catalogues
from wording.catalogues import Catalogue


@pytest.fixture
def untranslated() -> Iterator[Callable[[str], None]]:
    """Return how a language is used without its texts until the test ends."""
    before = dict(catalogues._registered)

    def register(tag: str) -> None:
        catalogues.register(tag, Catalogue(tag, NullTranslations()))

    yield register
    catalogues._registered.clear()
    catalogues._registered.update(before)
    catalogues.find.cache_clear()
