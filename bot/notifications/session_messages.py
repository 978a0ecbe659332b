"""The words of each notice about a session, for one of its two."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import discord

from bot.formatting import moment, plain
from bot.notifications import review_messages
from bot.notifications.message import Card
from bot.views.booking.flow import alternative_buttons
from bot.views.sessions.calendar import CalendarFileButton
from bot.views.sessions.meeting_place import meeting_instructions
from bot.views.sessions.rating import rating_card
from bot.views.sessions.session_actions import action_view
from bot.views.sessions.session_card import no_show_terms, proposal_terms, session_card, status_text
from mentorship.delivery.loading import DueNotification
from mentorship.notifications.catalogue import NotificationKind
from mentorship.sessions.lifecycle import Action, Attendance, Party
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import AGREED, UPCOMING, SessionStatus
from wording.durations import duration
from wording.reader import ENGLISH


def render(notice: DueNotification, asked: SessionView, reader: int) -> Card | None:
    """The card of a notice as the session is now, None when it no longer makes sense."""
    return _OF_KIND[notice.kind](notice, asked, reader)


def _card(
    notice: DueNotification, asked: SessionView, reader: int, text: str = ""
) -> discord.Embed:
    """The session below the news of it."""
    title = f"Session with {plain(asked.other(reader).name)}"
    return session_card(asked, reader, notice.guild, title=title, text=text)


def _requested(notice: DueNotification, asked: SessionView, reader: int) -> Card | None:
    name = plain(asked.mentee.name)
    if asked.status is SessionStatus.CONFIRMED:
        return Card(
            f"{name} booked a session with you.",
            _card(notice, asked, reader),
            action_view(asked, [Action.PROPOSE, Action.CANCEL], CalendarFileButton(asked.id)),
        )
    if asked.answer_deadline is None:
        return None
    text = (
        f"Please answer by {moment(asked.answer_deadline)}. After that {name} gets everything back."
    )
    return Card(
        f"{name} would like a session with you.",
        _card(notice, asked, reader, text),
        action_view(asked, [Action.CONFIRM, Action.DECLINE, Action.PROPOSE]),
    )


def _confirmed(notice: DueNotification, asked: SessionView, reader: int) -> Card | None:
    if asked.status is not SessionStatus.CONFIRMED:
        return None
    return Card(
        f"{plain(asked.mentor.name)} confirmed your session.",
        _card(notice, asked, reader, status_text(asked, reader, notice.guild, notice.now)),
        action_view(asked, [Action.PROPOSE, Action.CANCEL], CalendarFileButton(asked.id)),
    )


def _declined(notice: DueNotification, asked: SessionView, reader: int) -> Card:
    text = f"{_back(notice, asked)}Find another time or mentor with `/book` in the server."
    name = plain(asked.mentor.name)
    news = f"{name} has left the server." if notice.facts.get("left") else f"{name} can't make it."
    return Card(news, _card(notice, asked, reader, text))


def _expired(notice: DueNotification, asked: SessionView, reader: int) -> Card:
    mine = asked.party(reader) == notice.facts.get("silent", Party.MENTOR)
    if mine:
        news = "A request has expired: you didn't answer."
    else:
        news = f"{plain(asked.other(reader).name)} didn't answer in time."
    if asked.party(reader) is Party.MENTOR:
        name = plain(asked.mentee.name)
        text = f"{name} got everything back, and your time is free again."
        return Card(news, _card(notice, asked, reader, text))
    others = alternative_buttons(asked, notice.alternatives)
    way_on = (
        "Below are times near yours with mentors of the same expertise."
        if others
        else "Find another mentor with `/book` in the server."
    )
    return Card(news, _card(notice, asked, reader, f"{_back(notice, asked)}{way_on}"), others)


def _proposed(notice: DueNotification, asked: SessionView, reader: int) -> Card | None:
    if asked.proposal is None or asked.proposal.by == reader:
        return None
    name = plain(asked.other(reader).name)
    acts = [Action.ACCEPT_PROPOSAL, Action.DECLINE_PROPOSAL, Action.PROPOSE]
    if asked.status is SessionStatus.SCHEDULED:
        # Nothing is agreed yet, so the old time may also be confirmed, and the whole left.
        leave = Action.CANCEL if asked.party(reader) is Party.MENTEE else Action.DECLINE
        keep = Action.DECLINE_PROPOSAL if asked.party(reader) is Party.MENTEE else Action.CONFIRM
        acts = [Action.ACCEPT_PROPOSAL, keep, leave]
    return Card(
        f"{name} asks to meet at another time.",
        _card(notice, asked, reader, proposal_terms(asked, reader, notice.guild, notice.now)),
        action_view(asked, acts),
    )


def _rescheduled(notice: DueNotification, asked: SessionView, reader: int) -> Card | None:
    if asked.status is not SessionStatus.CONFIRMED:
        return None
    return Card(
        f"{plain(asked.other(reader).name)} takes the new time.",
        _card(notice, asked, reader, "Your session has moved, and it's on. I'll remind you."),
        action_view(
            asked, [Action.PROPOSE, Action.CANCEL], CalendarFileButton(asked.id, "Update calendar")
        ),
    )


def _kept(notice: DueNotification, asked: SessionView, reader: int) -> Card | None:
    if asked.status not in UPCOMING or asked.proposal is not None:
        return None
    name = plain(asked.other(reader).name)
    silent = "You" if notice.facts.get("silent") == asked.party(reader) else name
    news = {
        Action.DECLINE_PROPOSAL: f"{name} would rather keep the old time.",
        Action.WITHDRAW_PROPOSAL: f"{name} no longer asks for another time.",
        Action.EXPIRE_PROPOSAL: f"{silent} didn't answer, so your session stays where it is.",
    }[Action(notice.facts["act"])]
    text = "The session stands as it was."
    acts = [Action.PROPOSE, Action.CANCEL]
    if asked.status is SessionStatus.SCHEDULED:
        text = status_text(asked, reader, notice.guild, notice.now)
        if asked.party(reader) is Party.MENTOR:
            acts = [Action.CONFIRM, Action.DECLINE]
    return Card(news, _card(notice, asked, reader, text), action_view(asked, acts))


def _cancelled(notice: DueNotification, asked: SessionView, reader: int) -> Card:
    by_moderators = asked.ended_by not in (asked.mentor.user_id, asked.mentee.user_id)
    who = "The moderators" if by_moderators else plain(asked.other(reader).name)
    if asked.party(reader) is Party.MENTEE:
        text = f"{_back(notice, asked)}Find another time or mentor with `/book` in the server."
    elif notice.facts.get("earned"):
        text = (
            f"It was called off late, so {notice.guild.amount(notice.facts['earned'])} are yours."
        )
    else:
        text = "Your time is free again."
    news = f"{who} cancelled your session."
    if notice.facts.get("left"):
        news = f"{who} has left the server, so your session is cancelled."
    out = CalendarFileButton(asked.id, "Remove from calendar")
    return Card(news, _card(notice, asked, reader, text), action_view(asked, [], out))


def _reminder(notice: DueNotification, asked: SessionView, reader: int) -> Card | None:
    if asked.status is not SessionStatus.CONFIRMED:
        return None
    text, acts = (
        meeting_instructions(asked, notice.guild, reader, notice.now),
        [Action.PROPOSE, Action.CANCEL],
    )
    if asked.proposal is not None:
        text = f"{text}\n\n{status_text(asked, reader, notice.guild, notice.now)}".lstrip()
        mine = asked.proposal.by == reader
        acts = (
            [Action.WITHDRAW_PROPOSAL, Action.CANCEL]
            if mine
            else [Action.ACCEPT_PROPOSAL, Action.DECLINE_PROPOSAL, Action.CANCEL]
        )
    return Card(
        f"You meet {plain(asked.other(reader).name)} {_ahead(asked.starts_at - notice.now)}.",
        _card(notice, asked, reader, text),
        action_view(asked, acts),
    )


def _starting(notice: DueNotification, asked: SessionView, reader: int) -> Card | None:
    if asked.status not in AGREED:
        return None
    return Card(
        f"Your session with {plain(asked.other(reader).name)} starts now.",
        _card(notice, asked, reader, meeting_instructions(asked, notice.guild, reader, notice.now)),
    )


def _how_was_it(notice: DueNotification, asked: SessionView, reader: int) -> Card | None:
    me = asked.party(reader)
    if asked.status is not SessionStatus.IN_PROGRESS or me in asked.reports:
        return None
    name = plain(asked.other(reader).name)
    if me is Party.MENTEE:
        paid = f"{notice.guild.amount(asked.price)} go to {name}" if asked.price else "it is closed"
        text = (
            f"Say that it took place and {paid}, and you can rate the session. Without a word from "
            f"either of you that happens by itself {_later(notice)}."
        )
    else:
        text = (
            f"If you two met, there is nothing to do: it is completed as soon as {name} says so, "
            f"or by itself {_later(notice)}. If {name} did not come, tell me."
        )
    embed = discord.Embed(
        title=f"Did you meet {name}?", description=text, colour=discord.Colour.blurple()
    )
    embed.add_field(name="When", value=moment(asked.starts_at), inline=False)
    if asked.topic:
        embed.add_field(name="Topic", value=plain(asked.topic), inline=False)
    return Card(
        f"Your session with {name} is over.",
        embed,
        action_view(asked, [Action.REPORT_MET, Action.REPORT_NO_SHOW]),
    )


def _missed(notice: DueNotification, asked: SessionView, reader: int) -> Card | None:
    if asked.status is not SessionStatus.IN_PROGRESS or asked.party(reader) in asked.reports:
        return None
    return Card(
        f"{plain(asked.other(reader).name)} says that you did not come.",
        _card(notice, asked, reader, no_show_terms(asked)),
        action_view(asked, [Action.REPORT_MET, Action.REPORT_NO_SHOW]),
    )


def _disputed(notice: DueNotification, asked: SessionView, reader: int) -> Card | None:
    if asked.status is not SessionStatus.DISPUTED:
        return None
    name = plain(asked.other(reader).name)
    theirs = asked.reports.get(asked.party(reader).other)
    says = "that it took place" if theirs is Attendance.MET else "that you did not come"
    text = status_text(asked, reader, notice.guild, notice.now)
    return Card(f"{name} says {says}.", _card(notice, asked, reader, text))


def _settled(notice: DueNotification, asked: SessionView, reader: int) -> Card:
    mentee = asked.party(reader) is Party.MENTEE
    back, earned = notice.facts.get("refund", 0), notice.facts.get("earned", 0)
    amount = notice.guild.amount
    if mentee:
        text = f"{amount(back)} are back in your account." if back else "Nothing comes back."
        if earned:
            text += f" {plain(asked.mentor.name)} is paid {amount(earned)}."
    else:
        text = f"{amount(earned)} are yours." if earned else "There is no pay for it."
        if back:
            text += f" {amount(back)} went back to {plain(asked.mentee.name)}."
    if back and earned:
        text = f"The points are split. {text}"
    if not asked.price:
        text = "It was free, so no points move."
    return Card(
        "The moderators have decided about your session.",
        _card(
            notice,
            asked,
            reader,
            f"{text} If you think that this is wrong, talk to the moderators.",
        ),
    )


def _no_show(notice: DueNotification, asked: SessionView, reader: int) -> Card:
    text = status_text(asked, reader, notice.guild, notice.now)
    if asked.no_show_user_id == reader:
        news = "A session is closed: it was reported that you did not come."
        text += " If you think that this is wrong, talk to the moderators of the server."
    else:
        news = f"{plain(asked.other(reader).name)} did not come."
    if asked.party(reader) is Party.MENTEE and asked.no_show_user_id != reader:
        text = f"I'm sorry. {text} Find another mentor with `/book` in the server."
    return Card(news, _card(notice, asked, reader, text))


def _completed(notice: DueNotification, asked: SessionView, reader: int) -> Card:
    if asked.party(reader) is Party.MENTEE:
        embed, view = rating_card(asked)
        return Card(f"Your session with {plain(asked.mentor.name)} is completed.", embed, view)
    earned = notice.facts.get("earned", 0)
    text = f"{notice.guild.amount(earned)} are yours. " if earned else ""
    return Card(
        f"Your session with {plain(asked.mentee.name)} is completed.",
        _card(notice, asked, reader, f"{text}Thank you!"),
    )


_OF_KIND: dict[NotificationKind, Callable[[DueNotification, SessionView, int], Card | None]] = {
    NotificationKind.REQUESTED: _requested,
    NotificationKind.CONFIRMED: _confirmed,
    NotificationKind.DECLINED: _declined,
    NotificationKind.EXPIRED: _expired,
    NotificationKind.PROPOSED: _proposed,
    NotificationKind.RESCHEDULED: _rescheduled,
    NotificationKind.KEPT: _kept,
    NotificationKind.CANCELLED: _cancelled,
    NotificationKind.REMINDER: _reminder,
    NotificationKind.STARTING: _starting,
    NotificationKind.HOW_WAS_IT: _how_was_it,
    NotificationKind.MISSED: _missed,
    NotificationKind.DISPUTED: _disputed,
    NotificationKind.SETTLED: _settled,
    NotificationKind.NO_SHOW: _no_show,
    NotificationKind.COMPLETED: _completed,
    NotificationKind.RATED: review_messages.rated,
    NotificationKind.REPLIED: review_messages.replied,
}


def _back(notice: DueNotification, asked: SessionView) -> str:
    """The refund in a sentence, for the mentee."""
    refund = notice.facts.get("refund", 0)
    if not asked.price:
        return ""
    if refund == asked.price:
        return f"All {notice.guild.amount(refund)} are back in your account. "
    return f"{notice.guild.amount(refund)} are back in your account. "


def _ahead(left: timedelta) -> str:
    """How far off a start is, rounded as people would: a reminder may come late, after a downtime
    or quiet hours."""
    minutes = max(1, round(left.total_seconds() / 60))
    if minutes < 60:
        return f"in {duration(minutes, ENGLISH)}"
    hours = round(minutes / 60)
    if hours == 24:
        return "tomorrow"
    if hours >= 48:
        hours = round(hours / 24) * 24
    return f"in {duration(hours * 60, ENGLISH)}"


def _later(notice: DueNotification) -> str:
    return f"after {duration(notice.guild.complete_after, ENGLISH)}"
