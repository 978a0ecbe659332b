"""People who use the program at random, in Discord and through the main app."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx
import simcord
from simcord.enums import ComponentType

from mentorship.actors import Actor
from mentorship.administration import setup
from mentorship.statuses import SessionStatus
from tests.journeys.support.components import iter_components
from tests.journeys.support.simulated_guild import message_text
from tests.mentorship.histories.model import Policy, SessionRecord
from tests.simulated_day.acts import ANYWHERE, Act, Outcome
from wording.errors import INTERNAL, UNAVAILABLE

if TYPE_CHECKING:
    from tests.simulated_day.simulation import GuildOfDay, Simulation

HOUR = timedelta(hours=1)
BROKEN_ANSWER = INTERNAL.partition(".")[0]
UNAVAILABLE_ANSWER = UNAVAILABLE.partition(",")[0]

SENTENCE = "A sentence that is long enough for whatever this field wants to know."
LISTS = ("sessions", "points balance", "points history", "mentor profile", "help", "mentor search")
MODERATORS_LISTS = ("moderation queue", "moderation audit")

_PRESSABLE = (ComponentType.BUTTON, ComponentType.STRING_SELECT)
_NOT_PRESSED = ("privacy", "setup")
"""Beginnings of custom ids that people don't press at random: erasing is an act of its own."""


class Nothing(Exception):
    """There is nothing that this person could do in that way now."""


@dataclass
class Person:
    """A person with their zone, and the messages that only they have seen, newest last."""

    user: simcord.UserHandle
    zone: str
    members: dict[int, simcord.MemberActor] = field(default_factory=dict)
    kept: deque[tuple[int, Any]] = field(default_factory=lambda: deque(maxlen=12))

    @property
    def id(self) -> int:
        return self.user.id


@dataclass
class Call:
    """A call of the main app that has got no answer and is sent again, with the same key."""

    kind: str
    person: Person
    guild: int
    path: str
    body: Mapping[str, Any]
    key: str


@dataclass
class Crowd:
    """The people, acting one after the other."""

    simulation: Simulation
    chance: random.Random
    people: list[Person] = field(default_factory=list)
    unanswered: deque[Call] = field(default_factory=deque)
    _keys: int = 0

    async def act(self) -> Act | None:
        """Let somebody do something. Returns what, None if there was nothing to do."""
        acts: dict[Callable[[Person, GuildOfDay], Awaitable[Act]], int] = {
            self.book_in_discord: 4,
            self.book_in_the_app: 6,
            self.change_session_in_the_app: 14,
            self.press_something: 14,
            self.read_a_list: 4,
            self.give_in_discord: 1,
            self.give_in_the_app: 2,
            self.rate_in_the_app: 3,
            self.block_in_the_app: 1,
            self.decide_dispute_in_the_app: 2,
            self.change_policy: 1,
        }
        if self.unanswered and self.chance.random() < 0.3:
            return await self.repeat_call()
        (act,) = self.chance.choices(list(acts), weights=list(acts.values()))
        guild = self.chance.choice(self.simulation.guilds)
        person = self.chance.choice([each for each in self.people if guild.id in each.members])
        try:
            return await act(person, guild)
        except (Nothing, simcord.SetupError):
            return None

    # --- Discord ---

    async def book_in_discord(self, person: Person, guild: GuildOfDay) -> Act:
        mentor = self._mentor(guild, person)
        member = person.members[guild.id]
        slots = await member.autocomplete(guild.channel, "book", "when", "", mentor=str(mentor))
        values = [str(slot["value"]) for slot in slots]
        if not values:
            raise Nothing
        card = await member.slash(
            guild.channel, "book", mentor=str(mentor), when=self.chance.choice(values)
        )
        self._keep(person, guild.id, card)
        shown = card.response
        if shown is None or "Confirm" not in _labels(shown):
            return self._answered("card", person, guild.id, card)
        answer = await member.click(shown, label="Confirm")
        self._keep(person, guild.id, answer)
        return self._answered("book", person, guild.id, answer)

    async def press_something(self, person: Person, guild: GuildOfDay) -> Act:
        """Press a button or use a menu of any message that this person can see, new or old."""
        member = person.members[guild.id]
        private = self.simulation.messages(person.user.dm_channel.id)[-12:]
        messages: list[tuple[Any, Any]] = [(person.user, message) for message in private]
        messages += [(member, message) for where, message in person.kept if where == guild.id]
        if person.id in self.simulation.model.moderators[guild.id]:
            cards = self.simulation.messages(guild.review.id)[-6:]
            messages += [(member, message) for message in cards]
        self.chance.shuffle(messages)
        for actor, message in messages:
            parts = [
                part
                for part in iter_components(message)
                if part.get("custom_id")
                and part["type"] in _PRESSABLE
                and not part.get("disabled")
                and not part["custom_id"].startswith(_NOT_PRESSED)
            ]
            if parts:
                return await self._press(person, actor, guild, message, self.chance.choice(parts))
        raise Nothing

    async def _press(
        self, person: Person, actor: Any, guild: GuildOfDay, message: Any, part: dict[str, Any]
    ) -> Act:
        custom_id = part["custom_id"]
        if part["type"] == ComponentType.BUTTON:
            answer = await actor.click(message, custom_id=custom_id)
        else:
            value = self.chance.choice(part["options"])["value"]
            answer = await actor.select(message, [value], custom_id=custom_id)
        facts: dict[str, Any] = {"pressed": custom_id}
        if custom_id.startswith("dispute:"):
            _, number, resolution = custom_id.split(":")
            facts |= {"dispute": int(number), "resolution": resolution}
        elif ":concede" in custom_id:
            facts |= {"dispute": int(custom_id.split(":")[1]), "resolution": "concede"}
        if answer.modal is not None:
            answer = await actor.submit_modal(answer, self._fill_in(answer.modal))
        self._keep(person, guild.id, answer)
        # A person's direct messages may be about any of their servers.
        return self._answered("press", person, ANYWHERE, answer, **facts)

    def _fill_in(self, form: dict[str, Any]) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for labelled in form["components"]:
            part = labelled.get("component", {})
            if part.get("type") == ComponentType.TEXT_INPUT:
                typed = self.chance.choice((SENTENCE, "60", "tomorrow 15:00", part.get("value")))
                least, most = part.get("min_length") or 0, part.get("max_length") or 4_000
                values[part["custom_id"]] = ((typed or "") + SENTENCE * (least > 0))[:most]
            elif part.get("type") == ComponentType.STRING_SELECT:
                option = self.chance.choice(part["options"])
                values[part["custom_id"]] = [option["value"]]
        return values

    async def read_a_list(self, person: Person, guild: GuildOfDay) -> Act:
        names: tuple[str, ...] = LISTS
        if person.id in self.simulation.model.moderators[guild.id]:
            names += MODERATORS_LISTS
        answer = await person.members[guild.id].slash(guild.channel, self.chance.choice(names))
        self._keep(person, guild.id, answer)
        return self._answered("list", person, guild.id, answer)

    async def give_in_discord(self, person: Person, guild: GuildOfDay) -> Act:
        other = self._other(guild, person)
        member = person.members[guild.id]
        card = await member.slash(
            guild.channel,
            "points give",
            member=other.members[guild.id],
            amount=self.chance.randrange(1, 9),
        )
        self._keep(person, guild.id, card)
        if card.response is None or "Give" not in _labels(card.response):
            return self._answered("card", person, guild.id, card)
        answer = await member.click(card.response, label="Give")
        if "Give" in _labels(card.response) and self.chance.random() < 0.5:
            # The press of an impatient person makes no second gift.
            answer = await member.click(card.response, label="Give")
        return self._answered("give", person, guild.id, answer)

    async def erase(self, person: Person, guild: GuildOfDay) -> Act:
        """Let a person erase their data and leave."""
        member = person.members[guild.id]
        card = await member.slash(guild.channel, "privacy forget")
        if card.response is None or "Delete my data" not in _labels(card.response):
            return self._answered("card", person, guild.id, card)
        self.simulation.model.erased.add((guild.id, person.id))
        answer = await member.click(card.response, label="Delete my data")
        act = self._answered("erase", person, guild.id, answer)
        shown = answer.response
        if shown is not None and "Done. Your data" in message_text(shown):
            return Act("erase", person.id, guild.id, act.at, Outcome.ACKNOWLEDGED)
        return act

    async def change_policy(self, _person: Person, guild: GuildOfDay) -> Act:
        """Let the server's manager change the terms of later bookings."""
        policy = Policy(
            fee_percent=self.chance.choice((0, 10, 15)),
            late_refund_percent=self.chance.choice((0, 33, 50)),
            free_cancellation_until=self.chance.choice((0, 60, 240, 1_440)),
            cancellation_grace=self.chance.choice((0, 15, 60)),
        )
        manager = Actor(self.simulation.manager_id, "Chief", guild.id, manages_guild=True)
        at, facts = self.simulation.now, {"policy": policy}
        try:
            await self.simulation.program.database.run(setup.configure, manager, **asdict(policy))
        except Exception as error:
            self.simulation.excuse(error)
            return Act("policy", manager.user_id, guild.id, at, Outcome.UNKNOWN, facts)
        return Act("policy", manager.user_id, guild.id, at, Outcome.ACKNOWLEDGED, facts)

    # --- The main app ---

    async def book_in_the_app(self, person: Person, guild: GuildOfDay) -> Act:
        mentor = self._mentor(guild, person)
        hour = self.simulation.now.replace(minute=0, second=0)
        start = hour + self.chance.choice((3, 3, 3, 4, 4, 5, 6, 8, 14, 40)) * HOUR / 2
        body = {
            "mentorId": str(mentor),
            "duration": self.chance.choice((30, 60)),
            "timezone": person.zone,
            "scheduledAt": start.isoformat().replace("+00:00", "Z"),
        }
        return await self._create("book", person, guild.id, "/book", body)

    async def repeat_call(self) -> Act | None:
        """Send a call again that got no answer. It is done once."""
        call = self.unanswered.popleft()
        if call.guild not in call.person.members:
            return None
        return await self._post(call)

    async def change_session_in_the_app(self, person: Person, guild: GuildOfDay) -> Act:
        """Let a participant of a session do something that its status allows."""
        now = self.simulation.now
        number, record = self._session(
            lambda each: (
                each.guild == guild.id
                and (each.status is not SessionStatus.CONFIRMED or each.starts_at > now)
                and each.status
                in (SessionStatus.SCHEDULED, SessionStatus.CONFIRMED, SessionStatus.IN_PROGRESS)
            )
        )
        by_mentor = self.chance.random() < 0.6
        person = self._person(record.mentor if by_mentor else record.mentee, guild.id)
        chance = self.chance.random()
        if record.proposed_by is not None and chance < 0.5:
            action = "withdraw" if record.proposed_by == person.id else "accept"
            if action == "accept" and self.chance.random() < 0.3:
                action = "decline"
            return await self._change(
                person, guild.id, "PUT", f"/session/{number}/schedule", {"action": action}
            )
        if record.status is SessionStatus.IN_PROGRESS:
            status = "completed" if chance < 0.7 else "no-show"
            return await self._change(
                person, guild.id, "PUT", f"/session/{number}/status", {"status": status}
            )
        if chance < 0.15:
            start = (record.starts_at + self.chance.randrange(1, 30) * HOUR).isoformat()
            body = {"action": "propose", "scheduledAt": start.replace("+00:00", "Z")}
            return await self._change(person, guild.id, "PUT", f"/session/{number}/schedule", body)
        if chance < 0.3:
            return await self._change(
                person, guild.id, "DELETE", f"/session/{number}", {"reason": "Something came up"}
            )
        status = "confirmed" if chance < 0.95 else "declined"
        return await self._change(
            person, guild.id, "PUT", f"/session/{number}/status", {"status": status}
        )

    async def decide_dispute_in_the_app(self, _person: Person, guild: GuildOfDay) -> Act:
        number, _ = self._session(
            lambda each: each.guild == guild.id and each.status is SessionStatus.DISPUTED
        )
        moderator = self._person(
            self.chance.choice(sorted(self.simulation.model.moderators[guild.id])), guild.id
        )
        decision = self.chance.choice(("pay", "refund", "split"))
        return await self._change(
            moderator,
            guild.id,
            "PUT",
            f"/session/{number}/settlement",
            {"decision": decision},
            scope="moderator",
            dispute=number,
            resolution=decision,
        )

    async def rate_in_the_app(self, _person: Person, guild: GuildOfDay) -> Act:
        number, record = self._session(
            lambda each: each.guild == guild.id and each.status is SessionStatus.COMPLETED
        )
        person = self._person(record.mentee, guild.id)
        body = {"rating": self.chance.randrange(1, 6), "review": SENTENCE}
        return await self._create("rating", person, guild.id, f"/session/{number}/rate", body)

    async def give_in_the_app(self, person: Person, guild: GuildOfDay) -> Act:
        other = self._other(guild, person)
        body = {"userId": str(other.id), "amount": self.chance.randrange(1, 9)}
        return await self._create("gift", person, guild.id, "/points/gifts", body)

    async def block_in_the_app(self, person: Person, guild: GuildOfDay) -> Act:
        other = self._other(guild, person)
        is_blocked = self.chance.random() < 0.5
        return await self._change(
            person,
            guild.id,
            "PUT" if is_blocked else "DELETE",
            f"/me/blocks/{other.id}",
            None,
            kind="block",
            blocked=other.id,
            is_blocked=is_blocked,
        )

    async def _create(
        self, kind: str, person: Person, guild: int, path: str, body: Mapping[str, Any]
    ) -> Act:
        self._keys += 1
        return await self._post(Call(kind, person, guild, path, body, f"key-{self._keys}"))

    async def _post(self, call: Call) -> Act:
        at = self.simulation.now
        headers = {"Idempotency-Key": call.key}
        answer = await self._send(
            call.person.id, call.guild, "POST", call.path, call.body, headers=headers
        )
        outcome, facts = Outcome.ANSWERED, {}
        if answer is None or answer.status_code >= 500:
            self.unanswered.append(call)
            outcome = Outcome.UNKNOWN
        elif answer.is_success:
            outcome, body = Outcome.ACKNOWLEDGED, answer.json()
            if call.kind == "gift":
                facts = {"transfer": int(body["id"]), "amount": call.body["amount"]}
            else:
                facts = {"session": int(body["id"])}
            if call.kind == "rating":
                facts["stars"] = call.body["rating"]
        else:
            facts = {"refused": answer.json()["code"]}
        return Act(call.kind, call.person.id, call.guild, at, outcome, facts)

    async def _change(
        self,
        person: Person,
        guild: int,
        method: str,
        path: str,
        body: Mapping[str, Any] | None,
        *,
        kind: str = "change",
        scope: str = "member",
        **facts: Any,
    ) -> Act:
        at = self.simulation.now
        answer = await self._send(person.id, guild, method, path, body, scope)
        outcome = Outcome.ANSWERED
        if answer is None or answer.status_code >= 500:
            outcome = Outcome.UNKNOWN
        elif answer.is_success:
            outcome = Outcome.ACKNOWLEDGED
            if kind == "change":
                kind, shown = "status", answer.json()
                facts |= {"session": int(shown["id"]), "status": shown["status"]}
                facts["refunded"] = (shown.get("points") or {}).get("refunded")
        else:
            facts["refused"] = answer.json()["code"]
        return Act(kind, person.id, guild, at, outcome, facts)

    async def _send(
        self,
        person: int,
        guild: int,
        method: str,
        path: str,
        body: Mapping[str, Any] | None,
        scope: str = "member",
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response | None:
        """Send a request. Returns None if no answer came."""
        async with self.simulation.program.api_client(person, guild, scope) as client:
            try:
                answer = await client.request(method, path, json=body, headers=headers)
            except Exception as error:
                self.simulation.excuse(error)
                return None
        if answer.status_code >= 500:
            self.simulation.excuse_trouble(f"{method} {path}: {answer.text}")
        return answer

    # --- Choosing ---

    def _mentor(self, guild: GuildOfDay, person: Person) -> int:
        mentors = [
            mentor
            for where, mentor in self.simulation.model.rates
            if where == guild.id and mentor != person.id
        ]
        if not mentors:
            raise Nothing
        return self.chance.choice(mentors)

    def _other(self, guild: GuildOfDay, person: Person) -> Person:
        return self.chance.choice(
            [each for each in self.people if each is not person and guild.id in each.members]
        )

    def _person(self, user_id: int, guild: int) -> Person:
        """Return a person who is still in the server."""
        for person in self.people:
            if person.id == user_id and guild in person.members:
                return person
        raise Nothing

    def _session(self, condition: Callable[[SessionRecord], bool]) -> tuple[int, SessionRecord]:
        sessions = [
            (number, record)
            for number, record in self.simulation.model.points.sessions.items()
            if condition(record)
        ]
        if not sessions:
            raise Nothing
        return self.chance.choice(sessions)

    def _keep(self, person: Person, guild: int, answer: simcord.InteractionResult) -> None:
        shown = [answer.response, *answer.followups]
        person.kept.extend((guild, message) for message in shown if message is not None)

    def _answered(
        self, kind: str, person: Person, guild: int, answer: simcord.InteractionResult, **facts: Any
    ) -> Act:
        """Return the act of an interaction, and check that its answer can be read."""
        shown = [message for message in (answer.response, *answer.followups) if message is not None]
        texts = [message_text(message) for message in shown]
        for text in texts:
            if BROKEN_ANSWER in text or UNAVAILABLE_ANSWER in text:
                self.simulation.excuse_trouble(f"{kind}: {text}")
        outcome = Outcome.ANSWERED if answer.acknowledged else Outcome.UNKNOWN
        if not answer.acknowledged:
            self.simulation.excuse_trouble(f"{kind} {facts} got no answer")
        return Act(kind, person.id, guild, self.simulation.now, outcome, facts)


def _labels(message: Any) -> list[str]:
    return [part.get("label") or "" for part in iter_components(message)]
