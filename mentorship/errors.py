"""Everything that a person can be refused, with what to do next.

Each class has a stable `code` for programs, its facts as fields for the faces that want to do more
than print (offer the nearest slots as buttons, say), and one text for people as `sentence()`.
Anything that is not a `MentorshipError` is a bug or an outage, and is treated as such.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar


def in_utc(instant: datetime) -> str:
    """An instant inside a sentence, for readers whose zone is unknown."""
    return f"on {instant:%d %b %Y at %H:%M} UTC"


class MentorshipError(Exception):
    """A refusal that the person can understand and act on."""

    code: ClassVar[str]

    def sentence(self, when: Callable[[datetime], str] = in_utc) -> str:
        """What happened and what to do next; `when` writes an instant for this reader."""
        raise NotImplementedError

    def __str__(self) -> str:
        return self.sentence()


# --- what a person typed ------------------------------------------------------------------------


@dataclass(eq=False)
class UnknownTimezone(MentorshipError):
    """No time zone goes by that name; `nearest` are IANA names that resemble it."""

    code: ClassVar[str] = "unknown_timezone"
    text: str
    nearest: tuple[str, ...] = ()

    def sentence(self, when: Callable[[datetime], str] = in_utc) -> str:
        guess = (
            f" Did you mean {_either(f'`{name}`' for name in self.nearest)}?"
            if self.nearest
            else " Try a city or a country: `London`, `India`, or an offset such as `+5:30`."
        )
        return f"I know no time zone called {_quoted(self.text)}.{guess}"


@dataclass(eq=False)
class TimezoneNeeded(MentorshipError):
    """The person has no time zone yet, and what they asked for needs one."""

    code: ClassVar[str] = "timezone_needed"

    def sentence(self, when: Callable[[datetime], str] = in_utc) -> str:
        return (
            "I need your time zone first, so that every time you see is your own. "
            "Set it with `/timezone set`."
        )


@dataclass(eq=False)
class UnreadableHours(MentorshipError):
    """Typed weekly hours that could not be read; `part` starts at `position` of `text`."""

    code: ClassVar[str] = "unreadable_hours"
    text: str
    part: str
    position: int
    hint: str

    def sentence(self, when: Callable[[datetime], str] = in_utc) -> str:
        return (
            f"I couldn't read {_quoted(self.part)}: {self.hint}. "
            "Write hours like `mon-fri 18:00-21:30; sat 10-14`."
        )


@dataclass(eq=False)
class UnreadableTime(MentorshipError):
    """Words that name no time."""

    code: ClassVar[str] = "unreadable_time"
    text: str

    def sentence(self, when: Callable[[datetime], str] = in_utc) -> str:
        return (
            f"I couldn't read {_quoted(self.text)} as a time. "
            "Try `tomorrow evening`, `tue 3pm` or `26.11. 15:00`, or pick one from the list."
        )


@dataclass(eq=False)
class InvalidField(MentorshipError):
    """One field of a form is outside its limits; `problem` ends the sentence that names it."""

    code: ClassVar[str] = "invalid_field"
    field: str
    problem: str

    def sentence(self, when: Callable[[datetime], str] = in_utc) -> str:
        return f"{self.field[:1].upper()}{self.field[1:]} {self.problem}"


# --- who may ------------------------------------------------------------------------------------


@dataclass(eq=False)
class NotAModerator(MentorshipError):
    """The act is the moderators'."""

    code: ClassVar[str] = "not_a_moderator"

    def sentence(self, when: Callable[[datetime], str] = in_utc) -> str:
        return "Only this server's moderators can do that."


@dataclass(eq=False)
class NotAManager(MentorshipError):
    """The act takes Discord's Manage Server."""

    code: ClassVar[str] = "not_a_manager"

    def sentence(self, when: Callable[[datetime], str] = in_utc) -> str:
        return (
            "Only people with the permission Manage Server can set me up. Ask one of them to type "
            "`/setup`."
        )


@dataclass(eq=False)
class NotYours(MentorshipError):
    """Somebody pressed a button or named a thing that concerns other people."""

    code: ClassVar[str] = "not_yours"
    what: str

    def sentence(self, when: Callable[[datetime], str] = in_utc) -> str:
        return f"That {self.what} isn't yours, so there is nothing for you to press here."


@dataclass(eq=False)
class NotAMember(MentorshipError):
    """The person acts on a server from outside it, and is not known to be in it."""

    code: ClassVar[str] = "not_a_member"

    def sentence(self, when: Callable[[datetime], str] = in_utc) -> str:
        return (
            "That belongs to a server which you aren't in, as far as I know. If you have come back "
            "to it, type `/book` there once and I'll know you again."
        )


@dataclass(eq=False)
class NotFound(MentorshipError):
    """What was named does not exist, or may not be seen by the one who asks."""

    code: ClassVar[str] = "not_found"
    what: str

    def sentence(self, when: Callable[[datetime], str] = in_utc) -> str:
        return f"I can't find that {self.what}. It may be gone, or it belongs to another server."


@dataclass(eq=False)
class SetupNeeded(MentorshipError):
    """The server's settings lack something that the act needs."""

    code: ClassVar[str] = "setup_needed"
    what: str

    def sentence(self, when: Callable[[datetime], str] = in_utc) -> str:
        return (
            f"This server has no {self.what} yet. "
            "Someone with Manage Server can choose one with `/setup`."
        )


# --- applying and mentoring ---------------------------------------------------------------------


@dataclass(eq=False)
class MayNotApply(MentorshipError):
    """The server's settings keep this person from applying; `requirement` says what is asked."""

    code: ClassVar[str] = "may_not_apply"
    requirement: str

    def sentence(self, when: Callable[[datetime], str] = in_utc) -> str:
        return f"You can't apply to mentor here yet: {self.requirement}."


@dataclass(eq=False)
class AlreadyApplied(MentorshipError):
    """One application, or one change of the profile, at a time."""

    code: ClassVar[str] = "already_applied"

    def sentence(self, when: Callable[[datetime], str] = in_utc) -> str:
        return (
            "Your last text is already with the moderators, and you'll get a DM when they decide. "
            "Until then you can change or withdraw it with `/mentor status`."
        )


@dataclass(eq=False)
class AlreadyAMentor(MentorshipError):
    """A mentor applied again."""

    code: ClassVar[str] = "already_a_mentor"

    def sentence(self, when: Callable[[datetime], str] = in_utc) -> str:
        return "You are a mentor here already. Set your hours with `/mentor hours`."


@dataclass(eq=False)
class NothingPending(MentorshipError):
    """There is no own text with the moderators that could be changed or withdrawn."""

    code: ClassVar[str] = "nothing_pending"

    def sentence(self, when: Callable[[datetime], str] = in_utc) -> str:
        return (
            "You have nothing with the moderators at the moment. "
            "See what became of it with `/mentor status`."
        )


@dataclass(eq=False)
class ReapplyLater(MentorshipError):
    """The cool-down after a rejection has not passed."""

    code: ClassVar[str] = "reapply_later"
    again_at: datetime

    def sentence(self, when: Callable[[datetime], str] = in_utc) -> str:
        return f"You can apply again {when(self.again_at)}."


@dataclass(eq=False)
class Suspended(MentorshipError):
    """The person's mentor profile was suspended by a moderator."""

    code: ClassVar[str] = "suspended"

    def sentence(self, when: Callable[[datetime], str] = in_utc) -> str:
        return "Your mentor profile is suspended. Please talk to this server's moderators."


@dataclass(eq=False)
class AlreadyDecided(MentorshipError):
    """Another moderator decided first."""

    code: ClassVar[str] = "already_decided"
    decision: str
    decided_by: int | None

    def sentence(self, when: Callable[[datetime], str] = in_utc) -> str:
        by = f" by <@{self.decided_by}>" if self.decided_by is not None else ""
        words = self.decision.replace("changes_requested", "sent back for changes")
        return f"This was already {words}{by}."


@dataclass(eq=False)
class NotAMentor(MentorshipError):
    """The one named does not mentor here, or the one who acts never asked to."""

    code: ClassVar[str] = "not_a_mentor"
    name: str | None = None

    def sentence(self, when: Callable[[datetime], str] = in_utc) -> str:
        if self.name is not None:
            return f"{self.name} doesn't mentor here. Find someone who does with `/book`."
        return "You aren't a mentor here yet. Apply with `/mentor apply`."


@dataclass(eq=False)
class StillAnApplicant(MentorshipError):
    """The one who acts has applied and is no mentor yet; `answer` is what became of it so far:
    pending, changes_requested or rejected."""

    code: ClassVar[str] = "still_an_applicant"
    answer: str

    def sentence(self, when: Callable[[datetime], str] = in_utc) -> str:
        if self.answer == "pending":
            return (
                "Your application is still with the moderators. "
                "Once they approve it you can set your hours and be booked."
            )
        if self.answer == "changes_requested":
            return (
                "The moderators asked you to change your application. "
                "Read what they wrote and answer it with `/mentor status`."
            )
        return (
            "The moderators did not approve your application, so you don't mentor here. "
            "Read why with `/mentor status`."
        )


@dataclass(eq=False)
class StoppedMentoring(MentorshipError):
    """The one who acts left the marketplace of their own will."""

    code: ClassVar[str] = "stopped_mentoring"

    def sentence(self, when: Callable[[datetime], str] = in_utc) -> str:
        return (
            "You have stopped mentoring here. "
            "`/mentor resume` brings you back at once, with everything as you left it."
        )


@dataclass(eq=False)
class ChangedMeanwhile(MentorshipError):
    """What somebody is about to replace is not what they looked at any more."""

    code: ClassVar[str] = "changed_meanwhile"

    def sentence(self, when: Callable[[datetime], str] = in_utc) -> str:
        return "This was changed in the meantime. Have another look before you change it."


# --- booking ------------------------------------------------------------------------------------


@dataclass(eq=False)
class OwnProfile(MentorshipError):
    """A mentor tried to book themselves."""

    code: ClassVar[str] = "own_profile"

    def sentence(self, when: Callable[[datetime], str] = in_utc) -> str:
        return "You can't book a session with yourself. Choose another mentor."


@dataclass(eq=False)
class MentorPaused(MentorshipError):
    """The mentor takes no new bookings at the moment."""

    code: ClassVar[str] = "mentor_paused"
    name: str

    def sentence(self, when: Callable[[datetime], str] = in_utc) -> str:
        return f"{self.name} takes no new bookings at the moment. Try another mentor with `/book`."


@dataclass(eq=False)
class SlotUnavailable(MentorshipError):
    """The wanted start can't be booked; `nearest` are open starts, best first, aware UTC."""

    code: ClassVar[str] = "slot_unavailable"
    reason: str
    nearest: tuple[datetime, ...] = ()

    def sentence(self, when: Callable[[datetime], str] = in_utc) -> str:
        if self.nearest:
            return f"{self.reason} These are the nearest open times:"
        return f"{self.reason} This mentor has no other open time within reach; try another one."


@dataclass(eq=False)
class SlotTaken(SlotUnavailable):
    """Somebody else booked the slot first."""

    code: ClassVar[str] = "slot_taken"
    reason: str = "That slot was just taken."


@dataclass(eq=False)
class Busy(SlotUnavailable):
    """The mentee has another session then, here or in another server (which is not said)."""

    code: ClassVar[str] = "you_are_busy"
    reason: str = "You already have a session at that time."


@dataclass(eq=False)
class WrongDuration(MentorshipError):
    """The mentor offers no sessions of that length."""

    code: ClassVar[str] = "wrong_duration"
    offered: tuple[int, ...]

    def sentence(self, when: Callable[[datetime], str] = in_utc) -> str:
        return f"This mentor offers sessions of {_either(f'{m} minutes' for m in self.offered)}."


@dataclass(eq=False)
class PriceChanged(MentorshipError):
    """The price on the card is not the price now; the person must agree to the new one."""

    code: ClassVar[str] = "price_changed"
    shown: int
    price: int

    def sentence(self, when: Callable[[datetime], str] = in_utc) -> str:
        return (
            f"The price has changed from {self.shown:,} to {self.price:,} since this card was "
            "made. Have another look before you confirm."
        )


@dataclass(eq=False)
class NotEnoughPoints(MentorshipError):
    """The balance does not cover the amount."""

    code: ClassVar[str] = "not_enough_points"
    balance: int
    needed: int
    currency: str

    def sentence(self, when: Callable[[datetime], str] = in_utc) -> str:
        missing = self.needed - self.balance
        return (
            f"This costs {self.needed:,} {self.currency} and you have {self.balance:,}: "
            f"{missing:,} are missing. You earn {self.currency} by taking part in this community "
            "and by mentoring; a moderator can grant some too."
        )


# --- points -------------------------------------------------------------------------------------


@dataclass(eq=False)
class BalanceTooLow(MentorshipError):
    """An account holds less than is to be given or taken; `name` is whose, None for one's own."""

    code: ClassVar[str] = "balance_too_low"
    balance: int
    amount: int
    currency: str
    name: str | None = None

    def sentence(self, when: Callable[[datetime], str] = in_utc) -> str:
        points = f"{self.balance:,} {self.currency}"
        if self.name is None:
            advice = f" Give {self.balance:,} or fewer." if self.balance else ""
            return f"You have {points}, so you can't give {self.amount:,}.{advice}"
        advice = f" Take {self.balance:,} or fewer." if self.balance else ""
        return f"{self.name} has {points}, so {self.amount:,} can't be taken.{advice}"


@dataclass(eq=False)
class GiftToOneself(MentorshipError):
    """A person would give points to themselves."""

    code: ClassVar[str] = "gift_to_oneself"

    def sentence(self, when: Callable[[datetime], str] = in_utc) -> str:
        return "Those points are yours already. Choose somebody else to give them to."


@dataclass(eq=False)
class BotsHaveNoPoints(MentorshipError):
    """A bot was named where points go to people only."""

    code: ClassVar[str] = "bots_have_no_points"

    def sentence(self, when: Callable[[datetime], str] = in_utc) -> str:
        return "That is a bot, and bots have no points. Choose a person."


@dataclass(eq=False)
class TooManyPoints(MentorshipError):
    """A grant would take the guild's points in all above what is counted; `left` still fit."""

    code: ClassVar[str] = "too_many_points"
    left: int

    def sentence(self, when: Callable[[datetime], str] = in_utc) -> str:
        return (
            "All points of this server together can't be more than 9,007,199,254,740,992 "
            f"(that is 2 to the power of 53). You can still grant {self.left:,}."
        )


# --- sessions -----------------------------------------------------------------------------------


@dataclass(eq=False)
class NotAllowedNow(MentorshipError):
    """The status of a session (or of `what`) does not allow the act; `status` is in words."""

    code: ClassVar[str] = "not_allowed_now"
    act: str
    status: str
    what: str = "session"

    def sentence(self, when: Callable[[datetime], str] = in_utc) -> str:
        return f"You can't {self.act} this {self.what}: it is {self.status}."


@dataclass(eq=False)
class RatingClosed(MentorshipError):
    """A rating may be changed for 14 days only."""

    code: ClassVar[str] = "rating_closed"

    def sentence(self, when: Callable[[datetime], str] = in_utc) -> str:
        return "A rating can be changed for 14 days, and those are over. It stands as it is."


@dataclass(eq=False)
class StillToSettle(MentorshipError):
    """Somebody wants to be forgotten, and the points of a session of theirs have no owner yet."""

    code: ClassVar[str] = "still_to_settle"
    starts_at: datetime

    def sentence(self, when: Callable[[datetime], str] = in_utc) -> str:
        return (
            f"A session of yours that starts or started {when(self.starts_at)} is still to be "
            "settled, and its points with it. See `/sessions`, and ask again once it is over."
        )


@dataclass(eq=False)
class KeyReused(MentorshipError):
    """An idempotency key came again with another request."""

    code: ClassVar[str] = "idempotency_key_reused"

    def sentence(self, when: Callable[[datetime], str] = in_utc) -> str:
        return "That idempotency key was used for another request. Send a new key."


def _quoted(text: str) -> str:
    """The person's words as inert text: no markdown, no mention, no wall of it."""
    inert = text.replace("`", "'").replace("\n", " ").strip()
    return f"`{inert[:80]}`" if inert else "an empty text"


def _either(items: Iterable[str]) -> str:
    words = list(items)
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} or {words[-1]}"
