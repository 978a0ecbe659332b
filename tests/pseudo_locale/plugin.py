"""A plugin of pytest that lets the bot speak the pseudo-locale.

Everything that the bot sends to Discord passes `_dispatch` first. It looks for what was not marked
for translation, for texts that are glued together, and for texts that no longer fit when they are
longer. Then it turns the texts back into English, so that journeys read and press what they always
do. A test that leaves such texts fails.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Generator
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import pytest
from simcord import interactions
from simcord.http import router

from storage import Database
from tests.journeys.support.scenarios import BIO
from tests.pseudo_locale import checks
from tests.pseudo_locale.catalogue import PseudoTranslations, english
from wording import catalogues
from wording.catalogues import Catalogue

_ENCODED = re.compile("(?:%[0-9A-F]{2})+")
_ROOT = str(Path(__file__).parents[2])

NAMES_ELSEWHERE = {
    "test_over_rest.py": f"{BIO} I was helped here, and want to help in turn. My first PR. ill",
    "test_terms.py": "My exam moved",
    "test_setup.py": "Maximum number of guild channels reached",
    "test_calendars.py": "Work Private Home",
    "test_scheduled_events.py": "Rust clinic",
    "test_meeting_rooms.py": "Maximum number guild channels in category parent reached",
    "test_unreadable_rows.py": "Phobos",
    "test_request_cards.py": "What the card said then",
    "test_room_places.py": "Maximum number guild channels in category parent reached",
}
"""What other programs have sent in the tests of a module: its API, calendars, or Discord."""

NOT_COMPARED_IN_ENGLISH = (
    "test_a_subscribed_calendar_follows_a_session",
    "test_every_moderation_action_is_in_the_audit_log",
    "test_each_missing_permission_is_named_with_a_remedy",
    "test_every_setting_can_be_changed",
    "test_missing_permissions_to_create_are_explained",
    "test_without_permission_the_mentors_link_is_used",
)
"""Tests of texts that don't reach Discord, that people type, or that the bot's functions return."""

_found: dict[str, None] = {}
"""What the running test has shown, in this order."""

_typed: set[str] = set()
"""The words that its people have typed, and what its tables were filled with."""


def activate() -> None:
    """Let English be the pseudo-locale from here on."""
    pseudo = Catalogue("en", PseudoTranslations())
    # It is the language before any is set.
    for name in ("gettext", "pgettext", "ngettext", "npgettext"):
        setattr(catalogues.ENGLISH, name, getattr(pseudo, name))
    router.dispatch = _dispatch
    interactions.base_payload = _remember_typed
    Database.run = _remember_written  # type: ignore[method-assign]  # only what tests write


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out tests that speak languages of their own, or read texts elsewhere."""
    others = [item for item in items if _has_other_languages(item)]
    config.hook.pytest_deselected(items=others)
    items[:] = [item for item in items if item not in others]


def _has_other_languages(item: pytest.Item) -> bool:
    if item.name.partition("[")[0] in NOT_COMPARED_IN_ENGLISH:
        return True
    callspec = getattr(item, "callspec", None)
    if callspec is not None and "transcript" in callspec.params:
        return callspec.params["transcript"] != "en"
    if callspec is not None and not {"de", "ko"}.isdisjoint(map(str, callspec.params.values())):
        return True
    return _mentions_languages(item.path)


@cache
def _mentions_languages(path: Path) -> bool:
    text = path.read_text("utf-8")
    return "catalogues." in text or re.search('language="(?!en)', text) is not None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, bool, bool]:
    """Forget what the test before has shown."""
    _found.clear()
    _typed.clear()
    _remember(NAMES_ELSEWHERE.get(item.path.name, ""))
    # Again for each test: one of them has an American English of its own.
    catalogues.register("en-US", Catalogue("en-US", PseudoTranslations()))
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None, None, None]:
    """Fail a test whose people have seen something that is not translated."""
    yield
    if _found:
        pytest.fail("\n".join(_found), pytrace=False)


_original_dispatch = router.dispatch
_original_payload = interactions.base_payload
_original_run = Database.run


def _dispatch(backend: Any, method: str, path: str, **options: Any) -> Any:
    body, files = options.get("json"), options.get("files")
    if method != "GET" and not path.endswith("/commands"):
        reason = options.get("reason")
        if not _is_sent_by_a_test():
            typed = _typed | _names(backend)
            for problem in checks.problems(body, typed):
                _found[f"{method} {problem}"] = None
            for problem in checks.text_problems(reason or "", typed, "reason"):
                _found[problem] = None
        if reason:
            options["reason"] = english(reason)
        options["json"] = _in_english(body)
        for file in files or []:
            _turn_file_back(file)
    return _original_dispatch(backend, method, path, **options)


def _is_sent_by_a_test() -> bool:
    """Tell whether a test lets the bot send something, such as a message of an older version."""
    frame = sys._getframe(2)
    while frame is not None:
        name = frame.f_code.co_filename
        if name.startswith(_ROOT) and "/.venv/" not in name:
            return name.startswith(f"{_ROOT}/tests/")
        frame = frame.f_back
    return False


def _in_english(value: Any) -> Any:
    if isinstance(value, str):
        if value.startswith("https://") and "%" in value:
            return _ENCODED.sub(lambda run: quote(english(unquote(run[0])), safe=""), value)
        return english(value)
    if isinstance(value, dict):
        return {key: _in_english(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_in_english(each) for each in value]
    return value


def _turn_file_back(file: Any) -> None:
    file.filename = english(file.filename)
    if file.description:
        file.description = english(file.description)
    if file.filename.endswith((".ics", ".csv", ".json", ".txt", ".md", ".html")):
        content = file.fp.read().decode()
        if file.filename.endswith(".ics"):
            content = content.replace("\r\n ", "")
        file.fp = io.BytesIO(english(content).encode())


def _names(backend: Any) -> set[str]:
    """Return the words of the names of people, guilds, channels and roles."""
    found = [user.name for user in backend.users.values()]
    found += [user.global_name or "" for user in backend.users.values()]
    for guild in backend.guilds.values():
        found.append(guild.name)
        found += [role.name for role in guild.roles.values()]
        found += [member.nick or "" for member in guild.members.values()]
    found += [getattr(channel, "name", None) or "" for channel in backend.channels.values()]
    return checks.words(" ".join(found))


def _remember_typed(backend: Any, *, data: dict[str, Any], **arguments: Any) -> Any:
    _remember(data)
    return _original_payload(backend, data=data, **arguments)


def _remember_written(self: Database, *arguments: Any, **named: Any) -> Any:
    """Remember what a test writes itself, such as a guild's settings."""
    if "/tests/" in sys._getframe(1).f_code.co_filename:
        _remember([*map(_plain, arguments[1:]), *map(_plain, named.values())])
    return _original_run(self, *arguments, **named)


def _plain(value: Any) -> Any:
    return value if isinstance(value, (str, list, dict)) else repr(value)


def _remember(value: Any) -> None:
    if isinstance(value, str):
        _typed.update(checks.words(value))
    elif isinstance(value, dict):
        for each in value.values():
            _remember(each)
    elif isinstance(value, (list, tuple)):
        for each in value:
            _remember(each)
