"""The line between the program and the simulated Discord, which can fail.

simcord delivers every request and ignores nonces. This adds what Discord does with them, closed
direct messages, errors, and the moments at which a program can be killed: before a request has
reached Discord, and before its response has come back.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
import simcord
from simcord.backend import serializers
from simcord.backend.errors import BackendError
from simcord.http import router

from tests.faults.discord_faults import FAULTS
from tests.simulated_day.program import Killed, KillSwitch

NONCE_MEMORY = timedelta(minutes=5)
"""How long Discord recognizes a nonce ("the past few minutes")."""

TEMPORARY_FAULTS = ("429", "500", "time-out", "disconnect")

_CREATE_MESSAGE = re.compile(r"/channels/(\d+)/messages")


@dataclass(frozen=True, slots=True)
class SentMessage:
    """A message that Discord has accepted."""

    at: datetime
    channel_id: int
    id: int


@dataclass
class DiscordLine:
    """The requests of whichever program is running.

    `failing` is the share of requests that fail for a time. `unsure` are the nonces of messages
    whose response a killed program never saw.
    """

    env: simcord.Env
    switch: Callable[[], KillSwitch]
    chance: random.Random
    failing: float = 0.0
    closed_dms: set[int] = field(default_factory=set)
    messages: dict[str, list[SentMessage]] = field(default_factory=lambda: defaultdict(list))
    unsure: set[str] = field(default_factory=set)
    failed: int = 0

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Pass all requests to the simulated Discord through here."""
        original = router.dispatch

        def dispatch(backend: Any, method: str, path: str, **kwargs: Any) -> Any:
            self.switch().pass_point()
            if self.failing and self.chance.random() < self.failing:
                self.failed += 1
                raise FAULTS[self.chance.choice(TEMPORARY_FAULTS)](path)
            match = _CREATE_MESSAGE.fullmatch(path)
            if method == "POST" and match is not None:
                answer, nonce = self._create_message(original, backend, int(match[1]), kwargs)
            else:
                answer, nonce = original(backend, method, path, **kwargs), None
            try:
                self.switch().pass_point()
            except Killed:
                if nonce is not None:
                    self.unsure.add(nonce)
                raise
            return answer

        monkeypatch.setattr(router, "dispatch", dispatch)

    def _create_message(
        self, original: Any, backend: Any, channel_id: int, kwargs: dict[str, Any]
    ) -> tuple[Any, str | None]:
        """Create a message, or return the one with the same nonce. Returns it with its nonce."""
        recipients = backend.get_channel(channel_id).recipient_ids
        if not self.closed_dms.isdisjoint(recipients):
            raise BackendError(403, 50007, "Cannot send messages to this user")
        content = kwargs.get("json") or {}
        nonce = str(content["nonce"]) if content.get("enforce_nonce") else None
        sent = self.messages[nonce][-1:] if nonce is not None else []
        if sent and self.env.now() - sent[0].at <= NONCE_MEMORY:
            message = backend.get_message(sent[0].channel_id, sent[0].id)
            return serializers.message_payload(backend, message), nonce
        answer = original(backend, "POST", f"/channels/{channel_id}/messages", **kwargs)
        if nonce is not None:
            message = SentMessage(self.env.now(), channel_id, int(answer["id"]))
            self.messages[nonce].append(message)
        return answer, nonce
