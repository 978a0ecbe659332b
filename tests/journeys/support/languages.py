"""The Discord language of simulated people, which simcord doesn't know."""

from __future__ import annotations

from typing import Any

import simcord
from simcord import interactions

DEFAULT = "en-GB"
"""Times have 24 hours and the day comes before the month."""

_ATTRIBUTE = "mentorbot_languages"


def set_language(env: simcord.Env, person: simcord.MemberActor, locale: str) -> None:
    """Let Discord send `locale`, such as `en-US`, with each interaction of a person."""
    _languages_of(env.backend)[person.id] = locale


def _languages_of(backend: Any) -> dict[int, str]:
    return vars(backend).setdefault(_ATTRIBUTE, {})


_base_payload = interactions.base_payload


def _payload_in_language(backend: Any, *, user_id: int, **arguments: Any) -> tuple[Any, Any]:
    record, payload = _base_payload(backend, user_id=user_id, **arguments)
    payload["locale"] = _languages_of(backend).get(user_id, DEFAULT)
    return record, payload


interactions.base_payload = _payload_in_language
