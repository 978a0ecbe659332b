"""Why the program doesn't run or can't go on, each in one sentence for whoever runs it."""

from __future__ import annotations


class CannotStart(Exception):
    """Something must be put right before the program can run."""


class ConnectionFailed(Exception):
    """Discord couldn't be reached, or broke with us; it may well work later."""
