"""What speaks to each kind of database, which for some is installed on request."""

from __future__ import annotations

import importlib.util

from sqlalchemy import make_url

from mentorbot.errors import CannotStart


def check_driver(url: str) -> None:
    """Raise `CannotStart` if what speaks to that kind of database isn't installed."""
    driver = make_url(url).get_driver_name()
    if not importlib.util.find_spec(driver):
        raise CannotStart(
            f"That database needs {driver}, which isn't installed: pip install {driver}."
        )
