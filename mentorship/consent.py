"""Consent: people who press a button agree to what they saw. Pure.

A button or a call with consequences carries the facts that its reader saw. The use case compares
them with what is true now, and does nothing if they differ: the card is shown again, with the
current facts.
"""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar

from mentorship.errors import Term, TermsChanged

Fact = TypeVar("Fact", int, str, datetime)


def require(term: Term, seen: Fact | None, current: Fact) -> None:
    """Raise `TermsChanged` if the actor agreed to something else than what is true now.

    `seen` is None for a client that doesn't say what its user saw; that is accepted, because the
    main app's older calls don't.
    """
    if seen is not None and seen != current:
        raise TermsChanged(term, seen, current)
