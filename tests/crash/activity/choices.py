"""What somebody could do next to group sessions, series, invitations and requests for help."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from mentorship.actors import Actor
from mentorship.availability.slot_alerts import alerts
from mentorship.sessions import session_views
from mentorship.sessions.groups import group_attendance, group_lists
from mentorship.sessions.groups.group_lists import GroupFilter
from mentorship.sessions.groups.group_views import GroupView
from mentorship.sessions.lifecycle import Party
from mentorship.sessions.offers import invitation_views, request_views
from mentorship.sessions.offers.invitation_views import OPEN_INVITATIONS
from mentorship.statuses import SessionStatus
from storage import Database, Transaction
from storage.tables import HelpRequest, RequestedMentor
from tests.crash.activity.group_acts import GroupAct
from tests.crash.activity.offer_acts import OfferAct

Choice = tuple[str, dict[str, Any]] | None
"""A kind of act and its facts; None if there is nothing to do."""

STARTED = GroupFilter(
    frozenset({SessionStatus.IN_PROGRESS, SessionStatus.COMPLETED}), latest_first=True
)


def next_hour(database: Database) -> datetime:
    """Return the next full hour but one."""
    return database.now().replace(minute=0, second=0, microsecond=0) + timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Chooser:
    """Chooses for a mentor or mentee.

    `mentors` and `others` are the ids of those who aren't this person. `rare_mentor` seldom has an
    open slot.
    """

    database: Database
    actor: Actor
    rng: random.Random
    mentors: Sequence[int]
    others: Sequence[int]
    is_mentor: bool
    rare_mentor: int

    def start(self) -> str:
        """Return the start of a session within three days."""
        return (next_hour(self.database) + timedelta(hours=self.rng.randrange(72))).isoformat()

    # --- Group sessions ---

    async def group_act(self) -> Choice:
        """Choose something to do to a group session or one's place in it."""
        groups = await self.database.read(
            group_lists.list_from, self.actor, GroupFilter(), None, 100
        )
        own = [group for group in groups if group.mentor.user_id == self.actor.user_id]
        others = [group for group in groups if group not in own]
        if self.is_mentor and (len(own) < 2 or self.rng.random() < 0.2):
            facts = {"capacity": self.rng.randrange(2, 4), "price": self.rng.choice([0, 50])}
            return GroupAct.CREATE, {"start": self.start(), **facts}
        if own and self.rng.random() < 0.5:
            return self.rng.choice([self._change(self.rng.choice(own)), await self._absent()])
        return await self._place(self.rng.choice(others)) if others else None

    def _change(self, group: GroupView) -> Choice:
        kinds = (GroupAct.EDIT, GroupAct.MOVE, GroupAct.CANCEL)
        kind = self.rng.choices(kinds, (5, 3, 2))[0]
        facts: dict[str, Any] = {"group": group.id}
        if kind is GroupAct.EDIT:
            facts["capacity"] = self.rng.randrange(2, 6)
        elif kind is GroupAct.MOVE:
            facts["start"] = self.start()
        return kind, facts

    async def _absent(self) -> Choice:
        """Choose an attendee to report as a no-show."""
        started = await self.database.read(group_lists.list_from, self.actor, STARTED, None, 20)
        for group in started:
            if group.mentor.user_id == self.actor.user_id:
                loaded = await self.database.read(
                    group_attendance.load_for_mentor, self.actor, group.id
                )
                for seat in loaded.unreported:
                    facts = {"session": seat.id, "absent": seat.mentee.user_id}
                    return GroupAct.REPORT_ABSENT, {"group": group.id, **facts}
        return None

    async def _place(self, group: GroupView) -> Choice:
        """Join, wait, or give up one's seat or place in line."""
        places = await self.database.read(group_lists.own_places, self.actor, [group.id])
        place = places[group.id]
        terms = {"group": group.id, "price": group.price, "revision": group.revision}
        if place.session_id is not None:
            # Most stay, so that enough group sessions have attendees.
            facts = {"group": group.id, "session": place.session_id}
            return (GroupAct.LEAVE, facts) if self.rng.random() < 0.2 else None
        if place.place_in_line is not None:
            is_leaving = self.rng.random() < 0.3
            return (GroupAct.LEAVE_WAITLIST, {"group": group.id}) if is_leaving else None
        return (GroupAct.JOIN_WAITLIST if group.is_full else GroupAct.JOIN), terms

    # --- Series, invitations, requests for help, slot alerts ---

    async def offer_act(self) -> Choice:
        """Choose something that leads to sessions, or gives it up."""
        choices = [
            (self._book_series, 3),
            (self._cancel_series, 1),
            (self._invite, 4 * self.is_mentor),
            (self._answer, 6),
            (self._ask, 2 * (not self.is_mentor)),
            (self._offer, 4 * self.is_mentor),
            (self._withdraw_request, 1),
            (self._alert, 2 * (not self.is_mentor)),
        ]
        functions, weights = zip(*choices, strict=True)
        choice: Choice = await self.rng.choices(functions, weights)[0]()
        return choice

    async def _book_series(self) -> Choice:
        facts = {"mentor": self.rng.choice(self.mentors), "count": self.rng.randrange(2, 5)}
        return OfferAct.BOOK_SERIES, {"start": self.start(), **facts}

    async def _cancel_series(self) -> Choice:
        sessions = await self.database.read(session_views.list_upcoming, self.actor, 100)
        series = [each.series_id for each in sessions if each.series_id is not None]
        return (OfferAct.CANCEL_SERIES, {"series": self.rng.choice(series)}) if series else None

    async def _invite(self) -> Choice:
        facts = {"to": self.rng.choice(self.others), "price": self.rng.choice([0, 40])}
        return OfferAct.INVITE, {"start": self.start(), **facts}

    async def _answer(self) -> Choice:
        page = await self.database.read(
            invitation_views.list_page, self.actor, OPEN_INVITATIONS, None, 25
        )
        if not page.items:
            return None
        invitation = self.rng.choice(page.items)
        kinds = [OfferAct.WITHDRAW_INVITATION]
        if invitation.party(self.actor.user_id) is Party.MENTEE:
            kinds = [OfferAct.ACCEPT_INVITATION] * 2 + [OfferAct.DECLINE_INVITATION]
        elif self.rng.random() < 0.4:
            return None
        return self.rng.choice(kinds), {"invitation": invitation.id}

    async def _ask(self) -> Choice:
        return OfferAct.ASK, {}

    async def _offer(self) -> Choice:
        shown = await self.database.read(_list_shown, self.actor)
        if not shown:
            return None
        facts = {"request": self.rng.choice(shown), "price": 30}
        return OfferAct.OFFER, {"start": self.start(), **facts}

    async def _withdraw_request(self) -> Choice:
        requests = await self.database.read(request_views.list_open, self.actor)
        if not requests:
            return None
        return OfferAct.WITHDRAW_REQUEST, {"request": self.rng.choice(requests).id}

    async def _alert(self) -> Choice:
        alert = await self.database.read(alerts.find_own, self.actor, self.rare_mentor)
        kind = OfferAct.SET_ALERT if alert is None else OfferAct.REMOVE_ALERT
        return kind, {"mentor": self.rare_mentor}


async def _list_shown(tx: Transaction, actor: Actor) -> Sequence[int]:
    """List the open requests for help that a mentor was shown."""
    query = (
        select(HelpRequest.id)
        .join(RequestedMentor, RequestedMentor.request_id == HelpRequest.id)
        .where(RequestedMentor.mentor_id == actor.user_id, HelpRequest.status == "open")
    )
    return (await tx.connection.scalars(query)).all()
