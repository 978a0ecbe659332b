"""Languages whose texts stay English, for what depends on their dates and direction only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from gettext import NullTranslations

import pytest

from wording import catalogues
from wording.catalogues import Catalogue


@pytest.fixture
def untranslated() -> Iterator[Callable[[str], None]]:
    """Return how a language is used without its texts until the test ends."""
    with ExitStack() as registered:

        def register(tag: str) -> None:
            catalogue = Catalogue(tag, NullTranslations())
            registered.enter_context(catalogues.registered(tag, catalogue))

        yield register
