"""Random histories with invitations and requests for help, beside bookings and group sessions.

What must never happen is checked after every step: an invitation that is accepted without being one
session, or holds time after its end; an offer that outlives its request; a request that reaches a
mentor twice, or one with more sessions before one with fewer.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from mentorship.errors import (
    BlockedByYou,
    Busy,
    HelpRequestEnded,
    InvalidField,
    InvitationEnded,
    NotAvailable,
    NotEnoughPoints,
    NotFound,
    NotInvitable,
    PriceChanged,
    SlotUnavailable,
    TermsChanged,
)
from mentorship.members import blocks
from mentorship.mentors import profiles
from mentorship.points import pricing
from mentorship.sessions import blocking, departures
from mentorship.sessions.blocking import BlockTarget
from mentorship.sessions.offers import help_requests, invitation_answers, invitations
from mentorship.sessions.offers.help_requests import HelpRequestDraft
from mentorship.sessions.offers.invitations import InvitationRequest, Invitee
from mentorship.sessions.offers.request_clock import MENTORS_AT_ONCE, RECENT
from mentorship.sessions.offers.request_views import PartOfDay
from mentorship.statuses import CALLED_OFF, HelpRequestStatus, InvitationStatus, SessionStatus
from tests.mentorship.histories.groups import GroupRules, guilds, mentors, people
from tests.mentorship.histories.model import Policy, instant
from tests.mentorship.histories.towns import EVERY_MENTOR, GUILDS, HELPERS, actor
from tests.mentorship.support.community import GUILD

starts_ahead = st.sampled_from([3, 26, 30, 50])
mentees = st.sampled_from([4, 5, 6])
helpers = st.sampled_from(sorted(HELPERS))

_REQUEST_CHANGES = {
    (HelpRequestStatus.OPEN, HelpRequestStatus.OFFERED),
    (HelpRequestStatus.OPEN, HelpRequestStatus.WITHDRAWN),
    (HelpRequestStatus.OPEN, HelpRequestStatus.EXPIRED),
    (HelpRequestStatus.OFFERED, HelpRequestStatus.OPEN),
    (HelpRequestStatus.OFFERED, HelpRequestStatus.BOOKED),
    (HelpRequestStatus.OFFERED, HelpRequestStatus.WITHDRAWN),
    # In one step, a departure ends the offer and then the request.
    (HelpRequestStatus.OFFERED, HelpRequestStatus.EXPIRED),
}
_PROFILES = """
    SELECT mentor_profiles.* FROM mentor_profiles
      JOIN members ON members.guild_id = mentor_profiles.guild_id
       AND members.user_id = mentor_profiles.user_id
     WHERE mentor_profiles.status = 'approved' AND left_at IS NULL
     ORDER BY mentor_profiles.id
"""
_SHOWN = """
    SELECT help_requests.*, mentor_id FROM help_requests
      JOIN requested_mentors ON request_id = help_requests.id
     WHERE status IN ('open', 'offered')
     ORDER BY help_requests.id, mentor_id
"""
_SHOWN_TWICE = """
    SELECT request_id, user_id FROM notices WHERE kind = 'help_requested'
     GROUP BY request_id, user_id HAVING count(*) > 1
"""


@dataclass(frozen=True)
class InvitationRecord:
    """An invitation as the table had it after the last use case."""

    guild: int
    mentor: int
    mentee: int
    starts_at: datetime
    ends_at: datetime
    price: int
    status: InvitationStatus
    session: int | None
    request: int | None

    @property
    def terms(self) -> tuple[object, ...]:
        """Return what never changes."""
        return self.guild, self.mentor, self.mentee, self.starts_at, self.price, self.request


@dataclass(frozen=True)
class RequestRecord:
    """A request for help as the tables had it, and the mentors whom it was shown to."""

    status: HelpRequestStatus
    shown: frozenset[int] = frozenset()


class OfferRules(GroupRules):
    """What mentors offer to members, who accept or decline it."""

    def __init__(self) -> None:
        super().__init__()
        self.invitations: dict[int, InvitationRecord] = {}
        self.requests: dict[int, RequestRecord] = {}
        self.terms_read: dict[int, Policy] = {}
        """The refund policy that an invitation's member has read."""

    def teardown(self) -> None:
        super().teardown()
        assert self.rows(_SHOWN_TWICE) == []
        assert self.rows("SELECT * FROM faults") == []

    # --- What changed in a step ---

    def check_sessions(self) -> None:
        super().check_sessions()
        self._check_invitations()
        self._check_requests()

    def _check_invitations(self) -> None:
        for row in self.changed_rows("invitations", "SELECT * FROM invitations"):
            new = InvitationRecord(
                *(row["guild_id"], row["mentor_id"], row["mentee_id"]),
                *(instant(row["starts_at"]), instant(row["ends_at"]), row["price"]),
                *(InvitationStatus(row["status"]), row["session_id"], row["request_id"]),
            )
            previous = self.invitations.get(row["id"])
            if previous is None:
                assert new.status is InvitationStatus.OPEN
                self.terms_read[row["id"]] = self.model.policies[new.guild]
            else:
                assert new.terms == previous.terms
                assert new.status is previous.status or previous.status is InvitationStatus.OPEN
            assert (new.session is not None) == (new.status is InvitationStatus.ACCEPTED)
            self.invitations[row["id"]] = new
        booked = [each for each in self.invitations.values() if each.session is not None]
        assert len({each.session for each in booked}) == len(booked)

    def _check_requests(self) -> None:
        """Check the statuses, and that those who are shown a request are the next in order."""
        shown: dict[int, set[int]] = {}
        for row in self.rows("SELECT * FROM requested_mentors"):
            shown.setdefault(row["request_id"], set()).add(row["mentor_id"])
        for row in self.rows("SELECT * FROM help_requests"):
            new = RequestRecord(
                HelpRequestStatus(row["status"]), frozenset(shown.get(row["id"], ()))
            )
            previous = self.requests.get(row["id"], RequestRecord(HelpRequestStatus.OPEN))
            change = (previous.status, new.status)
            assert new.status is previous.status or change in _REQUEST_CHANGES, change
            if wave := new.shown - previous.shown:
                assert previous.shown <= new.shown
                expected = self.next_mentors(row, previous.shown)
                assert sorted(wave) == sorted(expected), (wave, expected)
            self.requests[row["id"]] = new

    def next_mentors(self, request: Any, shown: frozenset[int]) -> list[int]:
        """Return who is to be shown a request next: those with the fewest sessions lately."""
        blocked = {
            frozenset((row["blocker_id"], row["blocked_id"]))
            for row in self.rows("SELECT * FROM blocks")
            if row["guild_id"] == request["guild_id"]
        }
        most = request["most_points"]
        candidates = [
            row["user_id"]
            for row in self.rows(_PROFILES)
            if row["guild_id"] == request["guild_id"]
            and not row["paused"]
            and row["user_id"] not in {request["user_id"], *shown}
            and frozenset((row["user_id"], request["user_id"])) not in blocked
            and (most is None or pricing.price(row["hourly_rate"], 30) <= most)
        ]
        recent = Counter(
            each.mentor
            for each in self.model.sessions.values()
            if each.guild == request["guild_id"]
            and each.starts_at > self.now - RECENT
            and each.status not in CALLED_OFF
        )
        # Of those with as many, the mentor of the older profile is the first.
        return sorted(candidates, key=lambda mentor: recent[mentor])[:MENTORS_AT_ONCE]

    # --- The model's own view ---

    def open_invitations(self) -> list[int]:
        return [
            number
            for number, each in self.invitations.items()
            if each.status is InvitationStatus.OPEN
        ]

    def open_requests(self) -> list[int]:
        return [number for number, each in self.requests.items() if not each.status.is_over]

    def shown_requests(self) -> list[Any]:
        return self.rows(_SHOWN)

    def is_due(self, number: int) -> bool:
        """Return whether an invitation can no longer be answered, though the clock hasn't run."""
        (row,) = self.rows(f"SELECT next_at FROM invitations WHERE id = {number}")
        return row["next_at"] is not None and instant(row["next_at"]) <= self.now

    def offer_terms(self, ahead: int, price: int | None) -> InvitationRequest:
        start = self.now.replace(minute=0, second=0) + timedelta(hours=ahead)
        return InvitationRequest(start, 60, price=price)

    # --- Invitations ---

    @initialize(price=st.sampled_from([0, 20]))
    def make_first_offers(self, price: int) -> None:
        """Send an invitation and ask for help, so that histories have some to answer."""
        self.invite(GUILD, 3, 4, 26, price)
        self.ask_for_help(GUILD, 5, None, False)

    @rule(
        guild=guilds,
        mentor=mentors,
        person=people,
        ahead=starts_ahead,
        price=st.sampled_from([None, 0, 20]),
    )
    def invite(self, guild: int, mentor: int, person: int, ahead: int, price: int | None) -> None:
        terms = self.offer_terms(ahead, price)
        span = terms.starts_at, terms.ends_at
        is_busy = self.is_busy(mentor, *span) or self.is_busy(person, *span)
        try:
            self.run(invitations.send, actor(mentor, guild), Invitee(person), terms)
        except NotInvitable:
            assert mentor == person
        except NotFound:
            assert self.has_left(guild, person)
        except SlotUnavailable:
            assert is_busy
        else:
            assert mentor != person
            assert not is_busy

    @precondition(lambda self: self.open_invitations())
    @rule(data=st.data(), price_read=st.sampled_from([0, 0, 0, 1]))
    def accept_invitation(self, data: Any, price_read: int) -> None:
        """Accept an invitation: it becomes one confirmed session at the price and terms read."""
        number = data.draw(st.sampled_from(self.open_invitations()), "invitation")
        each, read = self.invitations[number], self.terms_read[number]
        present = self.model.policies[each.guild]
        terms = invitation_answers.terms_of(present, 1)
        is_changed = each.price > 0 and invitation_answers.terms_of(read, 1) != terms
        is_busy = self.is_busy(each.mentee, each.starts_at, each.ends_at)
        balance = self.model.balances[each.guild, each.mentee]
        is_due, before = self.is_due(number), set(self.model.sessions)
        try:
            session = self.run(
                invitation_answers.accept,
                actor(each.mentee, each.guild),
                number,
                price_shown=each.price + price_read,
                terms_shown=invitation_answers.terms_of(read, each.price),
            )
        except InvitationEnded:
            assert is_due
        except NotAvailable:
            assert self.has_left(each.guild, each.mentor)
        except PriceChanged:
            assert price_read
        except TermsChanged:
            assert is_changed
            self.terms_read[number] = present
        except Busy:
            assert is_busy
        except NotEnoughPoints:
            assert balance < each.price
        else:
            assert not is_due
            assert not price_read
            assert not is_changed
            assert not is_busy
            assert set(self.model.sessions) - before == {session.id}
            assert self.invitations[number].session == session.id
            record = self.model.sessions[session.id]
            assert record.status is SessionStatus.CONFIRMED
            assert (record.mentor, record.mentee) == (each.mentor, each.mentee)
            assert (record.starts_at, record.price) == (each.starts_at, each.price)

    @precondition(lambda self: self.open_invitations())
    @rule(data=st.data(), by_mentor=st.booleans())
    def end_invitation(self, data: Any, by_mentor: bool) -> None:
        """Withdraw or decline an invitation; nobody does both."""
        number = data.draw(st.sampled_from(self.open_invitations()), "invitation")
        each = self.invitations[number]
        end = invitation_answers.withdraw if by_mentor else invitation_answers.decline
        by = actor(each.mentor if by_mentor else each.mentee, each.guild)
        if not self.is_due(number):
            self.run(end, by, number)
        for late in (end, invitation_answers.decline):
            who = by if late is end else actor(each.mentee, each.guild)
            with pytest.raises(InvitationEnded):
                self.run(late, who, number)

    # --- Requests for help ---

    @rule(
        guild=st.sampled_from([GUILD, *GUILDS]),
        person=people,
        most_points=st.sampled_from([None, None, 15]),
        is_for_now=st.booleans(),
    )
    def ask_for_help(
        self, guild: int, person: int, most_points: int | None, is_for_now: bool
    ) -> None:
        """Ask for help. The clock shows the request to the first mentors at once."""
        times = (PartOfDay.NOW,) if is_for_now else ()
        draft = HelpRequestDraft("python", "My tests are slow.", times, most_points)
        self.run(help_requests.ask, actor(person, guild), draft)
        self.advance_clock_to(self.now)

    @precondition(lambda self: self.shown_requests())
    @rule(data=st.data(), ahead=starts_ahead, price=st.sampled_from([None, 0, 15]))
    def offer_help(self, data: Any, ahead: int, price: int | None) -> None:
        """Offer a time: only while no other mentor's offer is open."""
        request = data.draw(st.sampled_from(self.shown_requests()), "request")
        guild, member = request["guild_id"], request["user_id"]
        mentor = data.draw(st.sampled_from([request["mentor_id"]] * 4 + [11]), "mentor")
        was_shown = mentor in self.requests[request["id"]].shown
        terms = self.offer_terms(ahead, price)
        span = terms.starts_at, terms.ends_at
        is_busy = self.is_busy(mentor, *span) or self.is_busy(member, *span)
        is_blocked = self.is_blocked(guild, mentor, member)
        most, charged = request["most_points"], EVERY_MENTOR[mentor] if price is None else price
        try:
            self.run(help_requests.offer, actor(mentor, guild), request["id"], terms)
        except NotFound:
            assert not was_shown or self.has_left(guild, member)
        except HelpRequestEnded:
            assert request["status"] == "offered" or instant(request["expires_at"]) <= self.now
        except BlockedByYou:
            assert is_blocked
        except SlotUnavailable:
            assert is_busy
        except InvalidField:
            assert most is not None
            assert charged > most
        else:
            assert was_shown
            assert request["status"] == "open"
            assert not is_busy
            assert not is_blocked
            assert most is None or charged <= most

    @precondition(lambda self: self.shown_requests())
    @rule(data=st.data())
    def pass_on(self, data: Any) -> None:
        request = data.draw(st.sampled_from(self.shown_requests()), "request")
        mentor = actor(request["mentor_id"], request["guild_id"])
        self.run(help_requests.pass_on, mentor, request["id"])

    @precondition(lambda self: self.open_requests())
    @rule(data=st.data())
    def withdraw_request(self, data: Any) -> None:
        """Withdraw a request: what a mentor has offered for it ends as well."""
        number = data.draw(st.sampled_from(self.open_requests()), "request")
        (row,) = self.rows(f"SELECT * FROM help_requests WHERE id = {number}")
        try:
            self.run(help_requests.withdraw, actor(row["user_id"], row["guild_id"]), number)
        except HelpRequestEnded:
            assert instant(row["expires_at"]) <= self.now
        else:
            assert self.requests[number].status is HelpRequestStatus.WITHDRAWN

    # --- What keeps people from offering and accepting ---

    @rule(helper=helpers, resumes=st.booleans())
    def pause_or_resume(self, helper: int, resumes: bool) -> None:
        """Pause a mentor, who isn't shown requests then, or let them go on."""
        self.run(profiles.resume if resumes else profiles.pause, actor(helper, GUILD))

    @rule(helper=helpers, person=mentees)
    def block_or_unblock(self, helper: int, person: int) -> None:
        """Block a member as a mentor: what is offered between the two ends."""
        if self.is_blocked(GUILD, helper, person):
            self.run(blocks.unblock, actor(helper, GUILD), person)
            return
        self.run(blocking.block, actor(helper, GUILD), BlockTarget(person))
        between = {frozenset((each.mentor, each.mentee)) for each in self.open_in(GUILD)}
        assert frozenset((helper, person)) not in between

    @rule(guild=guilds, person=mentees)
    def leave_guild(self, guild: int, person: int) -> None:
        """Leave the server: offers and requests end with the clock's next step, and places in line.

        Acting there later makes the person a member again.
        """
        for number, group in self.groups.items():
            if group.guild == guild:
                group.line = [entry for entry in group.line if entry[0] != person]
                self.agreed_starts.pop((number, person), None)
        self.run(departures.record_departure, guild, person)
        self.advance_clock_to(self.now)
        assert person not in {each.mentee for each in self.open_in(guild)}

    def open_in(self, guild: int) -> list[InvitationRecord]:
        return [
            each
            for each in self.invitations.values()
            if each.guild == guild and each.status is InvitationStatus.OPEN
        ]

    def is_blocked(self, guild: int, mentor: int, member: int) -> bool:
        return bool(
            self.rows(
                f"SELECT 1 FROM blocks WHERE guild_id = {guild}"
                f" AND blocker_id = {mentor} AND blocked_id = {member}"
            )
        )

    def advance_clock_to(self, then: datetime) -> None:
        """Let time pass: nothing stays open that nobody can answer any more."""
        super().advance_clock_to(then)
        for row in self.rows("SELECT * FROM invitations WHERE status = 'open'"):
            assert instant(row["next_at"]) > self.now
        for row in self.rows("SELECT * FROM help_requests WHERE status = 'open'"):
            assert instant(row["next_at"]) > self.now
            assert instant(row["expires_at"]) > self.now

    # --- What holds at all times ---

    @invariant()
    def open_invitations_hold_exactly_their_time(self) -> None:
        held = {
            each.invitation: (each.person, each.starts_at, each.ends_at)
            for each in self.commitments()
            if each.invitation
        }
        assert held == {
            number: (each.mentor, each.starts_at, each.ends_at)
            for number, each in self.invitations.items()
            if each.status is InvitationStatus.OPEN
        }

    @invariant()
    def requests_have_one_open_offer_while_they_are_offered(self) -> None:
        offers = Counter((each.request, each.status) for each in self.invitations.values())
        for number, request in self.requests.items():
            is_offered = request.status is HelpRequestStatus.OFFERED
            assert offers[number, InvitationStatus.OPEN] == is_offered
            is_booked = request.status is HelpRequestStatus.BOOKED
            assert offers[number, InvitationStatus.ACCEPTED] == is_booked
