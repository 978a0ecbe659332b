"""Paths that hold a secret, and what logs write instead of them."""

from __future__ import annotations

FEED_PATH = "/calendar/{token}.ics"
"""The template of the paths of calendar feeds."""

_SECRET_PREFIX = "/calendar/"


def loggable_path(path: str) -> str:
    """Return a path as logs may have it: one that may hold a token is replaced by its template."""
    return FEED_PATH if path.startswith(_SECRET_PREFIX) else path
