"""What people are told, as one catalogue, and how a use case puts it into the outbox.

A notice is written in the transaction of its cause and sent afterwards
(`mentorship.delivery.outbox`), so a crash in between loses nothing. It holds no words: those are
made when it is sent, from the facts as they are then.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, auto


class Kind(StrEnum):
    """What a notice is about.

    To whom it goes, when, and what a member may say about that stands in `CATALOGUE`.
    """

    APPLICATION_RECEIVED = auto()
    APPROVED = auto()
    REJECTED = auto()
    CHANGES_REQUESTED = auto()
    SUSPENDED = auto()
    REINSTATED = auto()
    LOGGED = auto()
    TROUBLE = auto()
    WELCOME = auto()
    SETTING_LOST = auto()
    UNDELIVERED = auto()
    PLACE_FAILED = auto()
    REQUESTED = auto()
    CONFIRMED = auto()
    DECLINED = auto()
    EXPIRED = auto()
    PROPOSED = auto()
    RESCHEDULED = auto()
    KEPT = auto()
    CANCELLED = auto()
    REMINDER = auto()
    STARTING = auto()
    HOW_WAS_IT = auto()
    MISSED = auto()
    DISPUTED = auto()
    DISPUTE_OPENED = auto()
    SETTLED = auto()
    NO_SHOW = auto()
    COMPLETED = auto()
    RATED = auto()
    REPLIED = auto()
    POINTS = auto()


class Trouble(StrEnum):
    """What only a guild's moderators can mend, or need to know, about another notice."""

    REVIEW_CLOSED = auto()
    REVIEW_GONE = auto()
    LEFT = auto()
    ROLE_GONE = auto()
    ROLE_REFUSED = auto()


class To(StrEnum):
    """Where a notice goes."""

    PERSON = auto()
    REVIEW_CHANNEL = auto()
    LOG_CHANNEL = auto()
    MODERATORS = auto()
    """The first place that can be written to: the review channel, the log channel, the owner."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What holds for all notices of a kind. `who` and `when` complete "goes to … when …".

    `urgent`: it goes out before what can wait, and quiet hours don't hold it. `switch`: what it is
    called among the things that a member may switch off; empty for what everybody must hear.
    `before_start`: it is of no use once the session that it is about has begun.
    """

    who: str
    when: str
    to: To = To.PERSON
    urgent: bool = False
    switch: str = ""
    before_start: bool = False

    @property
    def urgency(self) -> int:
        """A higher one goes out first."""
        return 2 if self.urgent else 1

    @property
    def waits(self) -> bool:
        """Whether a person's quiet hours hold it until they end."""
        return self.to is To.PERSON and not self.urgent


URGENCIES = (2, 1)

CATALOGUE: dict[Kind, Entry] = {
    Kind.APPLICATION_RECEIVED: Entry(
        "the moderators", "somebody applies or changes their profile", To.REVIEW_CHANNEL
    ),
    Kind.APPROVED: Entry("the applicant", "a moderator approves"),
    Kind.REJECTED: Entry("the applicant", "a moderator rejects, with the reason"),
    Kind.CHANGES_REQUESTED: Entry("the applicant", "a moderator asks for changes"),
    Kind.SUSPENDED: Entry("the mentor", "a moderator suspends them"),
    Kind.REINSTATED: Entry("the mentor", "a moderator lets them mentor again"),
    Kind.LOGGED: Entry("the moderators", "one of them has acted", To.LOG_CHANNEL),
    Kind.TROUBLE: Entry(
        "the moderators", "something is wrong that only they can mend", To.MODERATORS
    ),
    Kind.WELCOME: Entry("whoever invited the bot", "it comes to a server"),
    Kind.SETTING_LOST: Entry(
        "the moderators, or the owner",
        "what a setting names is deleted in Discord",
        To.LOG_CHANNEL,
    ),
    Kind.UNDELIVERED: Entry(
        "the moderators", "an hour is over in which somebody could not be told", To.LOG_CHANNEL
    ),
    Kind.PLACE_FAILED: Entry("the moderators", "a place to meet could not be made", To.LOG_CHANNEL),
    Kind.REQUESTED: Entry("the mentor", "somebody books", before_start=True),
    Kind.CONFIRMED: Entry(
        "the mentee",
        "the mentor confirms",
        switch="a mentor confirmed",
        before_start=True,
    ),
    Kind.DECLINED: Entry("the mentee", "the mentor declines, with the reason"),
    Kind.EXPIRED: Entry("both", "the mentor did not answer in time"),
    Kind.PROPOSED: Entry("the other", "one side asks for another time", before_start=True),
    Kind.RESCHEDULED: Entry("the one who asked", "the other takes the new time", before_start=True),
    Kind.KEPT: Entry("those who didn't say so", "the old time stands", before_start=True),
    Kind.CANCELLED: Entry("the other, or both", "a session is called off", urgent=True),
    Kind.REMINDER: Entry("both", "the start comes near", before_start=True),
    Kind.STARTING: Entry("both", "a session starts", urgent=True),
    Kind.HOW_WAS_IT: Entry("the mentee", "a session ends", switch="how was your session?"),
    Kind.MISSED: Entry("the one said to be absent", "the other says that they didn't come"),
    Kind.DISPUTED: Entry("both", "they say different things of how it went"),
    Kind.DISPUTE_OPENED: Entry(
        "the moderators", "the two say different things of how it went", To.MODERATORS
    ),
    Kind.SETTLED: Entry("both", "a moderator settles a dispute"),
    Kind.NO_SHOW: Entry("both", "it stands that one of them did not come"),
    Kind.COMPLETED: Entry(
        "those who didn't say so",
        "a session counts as completed",
        switch="a session is completed",
    ),
    Kind.RATED: Entry(
        "the mentor",
        "the mentee gives stars, and when words come to them later",
        switch="somebody rated you",
    ),
    Kind.REPLIED: Entry(
        "the mentee", "the mentor replies to a review", switch="a mentor replied to your review"
    ),
    Kind.POINTS: Entry(
        "their owner", "points are granted, deducted or given", switch="points came or went"
    ),
}

WRITTEN_AHEAD = (Kind.REMINDER, Kind.STARTING, Kind.HOW_WAS_IT)
"""Kinds that lie in the outbox until their time, and are dropped when the session ends early."""

SWITCHES = {kind: entry.switch for kind, entry in CATALOGUE.items() if entry.switch}
"""What a member may switch off, by what it is called."""
