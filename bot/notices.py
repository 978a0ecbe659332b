"""The words of each notice: a card with the one or two acts that make sense now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import discord
from discord import ui

from bot.buttons import row
from bot.views import application_form, booking, moderation, rating, review, session
from bot.wording import moment, plain, quoted, stars
from mentorship.guilds import GuildSettings
from mentorship.lifecycle import Act, Party, Status
from mentorship.notices import Kind
from mentorship.outbox import DueNotice
from mentorship.sessions import SessionView


@dataclass(frozen=True, slots=True)
class Card:
    """What is sent. `content` is the news in a line, which a phone shows before it is opened."""

    content: str
    embed: discord.Embed | None = None
    view: ui.View | None = None


def render(notice: DueNotice) -> Card | None:
    """The card of a notice as the facts are now, None when it no longer makes sense."""
    if notice.application is not None:
        return _of_application(notice)
    if notice.kind in _OF_MODERATORS:
        return _OF_MODERATORS[notice.kind](notice)
    if notice.session is not None and notice.user_id is not None:
        return _OF_SESSION[notice.kind](notice, notice.session, notice.user_id)
    return None


def _of_application(notice: DueNotice) -> Card | None:
    asked, guild = notice.application, notice.guild
    assert asked is not None
    change = asked.kind == "change"
    note = quoted(asked.note or "")
    if notice.kind is Kind.APPLICATION_RECEIVED:
        embed, view = review.review_card(asked, guild)
        return Card(review.headline(asked), embed, view)
    if notice.kind is Kind.APPROVED:
        return Card(
            "Your new profile text is approved." if change else "You are a mentor now!",
            discord.Embed(
                title="Your new text can be seen" if change else "Welcome among the mentors",
                description="Members see it from now on: `/mentor profile` in the server."
                if change
                else (
                    "The moderators approved your application, and members can find you from now "
                    "on.\n\n**Next:** say when you have time, in the server: "
                    "`/mentor hours` with something like `mon-fri 18:00-21:30; sat 10-14`."
                ),
                colour=discord.Colour.green(),
            ),
        )
    if notice.kind is Kind.CHANGES_REQUESTED:
        return Card(
            "The moderators ask for changes.",
            discord.Embed(
                title="Almost there",
                description=f"Before they decide, the moderators would like a change:\n\n{note}\n\n"
                "What you wrote is still there; change it and send it in again.",
                colour=discord.Colour.orange(),
            ),
            row(application_form.Answer(asked.id)),
        )
    again = (
        "Members still see your old text."
        if change
        else f"You can apply again in {guild.reapply_after_days} days with `/mentor apply`."
    )
    return Card(
        "There is an answer from the moderators.",
        discord.Embed(
            title="Not this time",
            description=f"The moderators did not approve what you sent. They wrote:\n\n{note}\n\n"
            f"{again}",
            colour=discord.Colour.light_grey(),
        ),
    )


def _suspended(notice: DueNotice) -> Card:
    return Card(
        "Your mentor profile is suspended.",
        discord.Embed(
            title="Your mentor profile is suspended",
            description=f"The moderators wrote:\n\n{quoted(notice.facts.get('reason', ''))}\n\n"
            "You can't be found or booked for now. If sessions were cancelled, you hear of each. "
            "If you think that this is wrong, please talk to them.",
            colour=discord.Colour.red(),
        ),
    )


def _reinstated(_notice: DueNotice) -> Card:
    return Card(
        "You can mentor again.",
        discord.Embed(
            title="Welcome back",
            description="The moderators have reinstated you: members can find and book you again. "
            "Your hours are as you left them: `/mentor hours` in the server.",
            colour=discord.Colour.green(),
        ),
    )


def _logged(notice: DueNotice) -> Card | None:
    if notice.entry is None:
        return None
    return Card(moderation.entry_line(notice.entry))


def _card(notice: DueNotice, asked: SessionView, reader: int, text: str = "") -> discord.Embed:
    """The session below the news of it."""
    title = f"Session with {plain(asked.other(reader).name)}"
    return session.card(asked, reader, notice.guild, title=title, text=text)


def _requested(notice: DueNotice, asked: SessionView, reader: int) -> Card | None:
    name = plain(asked.mentee.name)
    if asked.status is Status.CONFIRMED:
        return Card(
            f"{name} booked a session with you.",
            _card(notice, asked, reader),
            session.buttons(asked, [Act.CANCEL]),
        )
    if asked.answer_by is None:
        return None
    text = f"Please answer until {moment(asked.answer_by)}. After that {name} gets everything back."
    return Card(
        f"{name} would like a session with you.",
        _card(notice, asked, reader, text),
        session.buttons(asked, [Act.CONFIRM, Act.DECLINE]),
    )


def _confirmed(notice: DueNotice, asked: SessionView, reader: int) -> Card | None:
    if asked.status is not Status.CONFIRMED:
        return None
    return Card(
        f"{plain(asked.mentor.name)} confirmed your session.",
        _card(notice, asked, reader, "It's on. I'll remind you."),
        session.buttons(asked, [Act.CANCEL]),
    )


def _declined(notice: DueNotice, asked: SessionView, reader: int) -> Card:
    text = f"{_back(notice, asked)}Find another time or mentor with `/book` in the server."
    return Card(f"{plain(asked.mentor.name)} can't make it.", _card(notice, asked, reader, text))


def _expired(notice: DueNotice, asked: SessionView, reader: int) -> Card:
    if asked.party(reader) is Party.MENTOR:
        name = plain(asked.mentee.name)
        text = f"{name} got everything back, and your time is free again."
        return Card("A request has expired: you didn't answer.", _card(notice, asked, reader, text))
    others = booking.alternative_buttons(asked, notice.alternatives)
    way_on = (
        "These mentors are like them and have time near yours:"
        if others
        else "Find another mentor with `/book` in the server."
    )
    return Card(
        f"{plain(asked.mentor.name)} didn't answer in time.",
        _card(notice, asked, reader, f"{_back(notice, asked)}{way_on}"),
        others,
    )


def _cancelled(notice: DueNotice, asked: SessionView, reader: int) -> Card:
    by_moderators = asked.ended_by not in (asked.mentor.user_id, asked.mentee.user_id)
    who = "The moderators" if by_moderators else plain(asked.other(reader).name)
    if asked.party(reader) is Party.MENTEE:
        text = f"{_back(notice, asked)}Find another time or mentor with `/book` in the server."
    elif notice.facts.get("earned"):
        text = (
            "It was too late for a full refund: "
            f"{notice.guild.amount(notice.facts['earned'])} are yours."
        )
    else:
        text = "Your time is free again."
    return Card(f"{who} cancelled a session.", _card(notice, asked, reader, text))


def _reminder(notice: DueNotice, asked: SessionView, reader: int) -> Card | None:
    if asked.status is not Status.CONFIRMED:
        return None
    return Card(
        f"You meet {plain(asked.other(reader).name)} {_ahead(notice.facts['minutes'])}.",
        _card(notice, asked, reader, _where(asked, reader)),
        session.buttons(asked, [Act.CANCEL]),
    )


def _starting(notice: DueNotice, asked: SessionView, reader: int) -> Card | None:
    if asked.status not in (Status.CONFIRMED, Status.IN_PROGRESS):
        return None
    return Card(
        f"Your session with {plain(asked.other(reader).name)} starts now.",
        _card(notice, asked, reader, _where(asked, reader)),
    )


def _how_was_it(notice: DueNotice, asked: SessionView, reader: int) -> Card | None:
    if asked.status is not Status.IN_PROGRESS:
        return None
    name = plain(asked.mentor.name)
    paid = f"{notice.guild.amount(asked.price)} go to {name}" if asked.price else "it is closed"
    embed = discord.Embed(
        title=f"Did you meet {name}?",
        description=(
            f"When you press the button, {paid} and you can rate the session. Without a word from "
            f"you that happens by itself {_later(notice.guild)}."
        ),
        colour=discord.Colour.blurple(),
    )
    return Card(
        f"How was your session with {name}?", embed, session.buttons(asked, [Act.TOOK_PLACE])
    )


def _completed(notice: DueNotice, asked: SessionView, reader: int) -> Card:
    if asked.party(reader) is Party.MENTEE:
        embed, view = rating.rating_card(asked)
        return Card(f"Your session with {plain(asked.mentor.name)} is completed.", embed, view)
    earned = notice.facts.get("earned", 0)
    text = f"{notice.guild.amount(earned)} are yours. " if earned else ""
    return Card(
        f"Your session with {plain(asked.mentee.name)} is completed.",
        _card(notice, asked, reader, f"{text}Thank you!"),
    )


def _rated(notice: DueNotice, asked: SessionView, _reader: int) -> Card | None:
    if asked.stars is None:
        return None
    name = plain(asked.mentee.name)
    words = f"\n\n{quoted(notice.review)}" if notice.review else ""
    embed = discord.Embed(
        title=f"{name} rated your session",
        description=f"## {stars(asked.stars)}{words}",
        colour=discord.Colour.gold(),
    )
    return Card(f"{name} gave you {asked.stars} of 5 stars.", embed)


_OF_SESSION: dict[Kind, Callable[[DueNotice, SessionView, int], Card | None]] = {
    Kind.REQUESTED: _requested,
    Kind.CONFIRMED: _confirmed,
    Kind.DECLINED: _declined,
    Kind.EXPIRED: _expired,
    Kind.CANCELLED: _cancelled,
    Kind.REMINDER: _reminder,
    Kind.STARTING: _starting,
    Kind.HOW_WAS_IT: _how_was_it,
    Kind.COMPLETED: _completed,
    Kind.RATED: _rated,
}


_OF_MODERATORS: dict[Kind, Callable[[DueNotice], Card | None]] = {
    Kind.SUSPENDED: _suspended,
    Kind.REINSTATED: _reinstated,
    Kind.LOGGED: _logged,
}


def _back(notice: DueNotice, asked: SessionView) -> str:
    """The refund in a sentence, for the mentee."""
    refund = notice.facts.get("refund", 0)
    if not asked.price:
        return ""
    if refund == asked.price:
        return f"All {notice.guild.amount(refund)} are back in your account. "
    return f"{notice.guild.amount(refund)} are back in your account. "


def _where(asked: SessionView, reader: int) -> str:
    if asked.meeting_link:
        return f"Join here: {asked.meeting_link}"
    if asked.party(reader) is Party.MENTOR:
        return f"Send {plain(asked.mentee.name)} a message to say where you meet."
    return f"{plain(asked.mentor.name)} will tell you where."


def _ahead(minutes: int) -> str:
    if minutes % 1_440 == 0:
        return "tomorrow" if minutes == 1_440 else f"in {minutes // 1_440} days"
    if minutes % 60 == 0:
        return "in an hour" if minutes == 60 else f"in {minutes // 60} hours"
    return f"in {minutes} minutes"


def _later(guild: GuildSettings) -> str:
    hours, minutes = divmod(guild.complete_after, 60)
    return f"after {hours} hours" if not minutes else f"after {guild.complete_after} minutes"
