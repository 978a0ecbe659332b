"""The page of a mentorship: goals, open next steps and the timeline of two people."""

from __future__ import annotations

import re
from typing import Any, Self

import discord
from discord import ui

from bot.actors import actor_of
from bot.components.cards import Accent, Card, action_rows
from bot.components.persistent import PersistentSelect, cache_buster
from bot.formatting import discord_timestamp, plain, plain_title, quoted, shortened
from bot.interaction import Interaction
from bot.readers import reader_of
from bot.replies import respond
from bot.views.booking.items import BookAgainButton
from bot.views.mentorships.ending import ResumeMentorshipButton
from bot.views.mentorships.goal_text import goal_lines
from bot.views.mentorships.items import (
    PAGE,
    PAIR_PATTERN,
    AddGoalButton,
    EndMentorshipButton,
    OpenGoalButton,
    OpenMentorshipButton,
    PairKey,
    TimelinePageButton,
)
from bot.views.sessions.current_card import show_session
from bot.views.sessions.people import short_name
from mentorship.members import members
from mentorship.pagination import Page
from mentorship.relationships import goals, mentorships, pairs, timeline
from mentorship.relationships.mentorships import MentorshipPage
from mentorship.relationships.next_steps import StepView
from mentorship.relationships.pairs import MentorshipView
from mentorship.relationships.texts import Assignee
from mentorship.relationships.timeline import EntryKind, PairSession, TimelineEntry
from mentorship.sessions.lifecycle import Party
from mentorship.statuses import GoalStatus, SessionStatus
from wording import groups, times
from wording import sessions as session_words
from wording.durations import session_length
from wording.mentoring import mentorships as words
from wording.reader import Reader
from wording.translation import _, pgettext

MAX_TOPIC = 60
"""Characters of a topic, a goal or a step in the timeline."""

MAX_NOTE = 120
"""Characters of a shared note in the timeline."""

MAX_STEPS = 5
"""Open steps that the page names."""


async def show_mentorship(
    interaction: Interaction, other_id: int, party: Party | None = None
) -> None:
    """Show the page of the person and somebody with whom they have had sessions."""
    actor = actor_of(interaction)
    mentorship = await interaction.client.db.read(pairs.find, actor, other_id, party)
    await show_page(interaction, PairKey.of(mentorship, actor.user_id), "", "")


async def show_page(interaction: Interaction, pair: PairKey, cursor: str, note: str) -> None:
    """Show the page at a cursor of its timeline, with a note above it."""
    db, actor, reader = interaction.client.db, pair.actor(interaction), reader_of(interaction)
    whose = (actor, pair.other_id, pair.party)
    page = await db.read(mentorships.load_page, *whose)
    entries = await db.read(timeline.load_page, *whose, cursor or None)
    zone = await db.read(members.load_timezone, actor, "UTC")
    card = page_card(page, entries, actor.user_id, reader)
    items: list[ui.Item[Any]] = []
    of_sessions = [entry.session for entry in entries.items if entry.session is not None]
    if of_sessions:
        menu = TimelineSessionMenu(pair, cache_buster(interaction))
        menu.item.options = [_option(session, zone, reader) for session in of_sessions]
        items.append(menu)
    if entries.previous:
        items.append(TimelinePageButton(pair, entries.previous, pgettext("button", "Newer")))
    if entries.next:
        items.append(TimelinePageButton(pair, entries.next, pgettext("button", "Older")))
    items += _actions(page, pair)
    await respond(interaction, note or None, card=card, actions=action_rows(*items))


def _actions(page: MentorshipPage, pair: PairKey) -> list[ui.Item[Any]]:
    """Return the buttons below the timeline: what the reader can do now."""
    items: list[ui.Item[Any]] = []
    is_mentee = pair.party is Party.MENTEE
    if is_mentee and page.latest_session_id is not None and pair.other_id > 0:
        items.append(BookAgainButton(pair.guild_id, page.latest_session_id))
    if page.mentorship.has_ended:
        items.append(ResumeMentorshipButton(pair))
    else:
        if is_mentee and len(page.open_goals) < goals.MAX_OPEN:
            items.append(AddGoalButton(pair))
        items.append(EndMentorshipButton(pair))
    for item in items:
        item.row = 4
    return items


def page_card(
    page: MentorshipPage, entries: Page[TimelineEntry], reader_id: int, reader: Reader
) -> Card:
    """Return the card of a page, for one of its two people."""
    mentorship = page.mentorship
    card = Card(
        title=_(
            "{mentor} and {mentee}",
            mentor=plain(mentorship.mentor.name),
            mentee=plain(mentorship.mentee.name),
        ),
        text=_summary(page, reader_id, reader),
        accent=Accent.OVER if mentorship.has_ended else Accent.NEUTRAL,
    )
    if page.upcoming:
        coming = page.upcoming[0]
        when = discord_timestamp(coming.starts_at)
        if coming.status is SessionStatus.SCHEDULED:
            # Translators: the time of the next session, which isn't confirmed yet
            when = _("{time} (pending)", time=when)
        card.add_fact(_("Next session"), when)
    _add_goals(card, page, reader_id, reader)
    if page.open_steps:
        steps = [_step_line(step, page, reader) for step in page.open_steps[:MAX_STEPS]]
        card.add_divider().add_text("\n".join((_("**Next steps**"), *steps)))
    if entries.items:
        card.add_divider()
        lines = [_line(entry, mentorship, reader_id, reader) for entry in entries.items]
        card.add_text("\n".join((_("**Timeline**"), *lines)).rstrip())
    return card


def _summary(page: MentorshipPage, reader_id: int, reader: Reader) -> str:
    mentorship = page.mentorship
    is_mentor = mentorship.party(reader_id) is Party.MENTOR
    name = short_name(mentorship.other(reader_id))
    lines = [_("You mentor {name}.", name=name)]
    if not is_mentor:
        lines = [_("Your mentor is {name}.", name=name)]
    if page.since is not None:
        held = words.held(page.sessions_held, page.minutes_held, reader)
        since = discord_timestamp(page.since, "D")
        # Translators: {met} is such as "12 sessions, 9 hours", and {date} that of the first
        lines.append(_("{met} since {date}.", met=held, date=since))
    if mentorship.ended_at is not None:
        day = discord_timestamp(mentorship.ended_at, "D")
        if mentorship.ended_by is mentorship.party(reader_id):
            ended = _("You ended this mentorship on {date}. Everything stays here.", date=day)
        else:
            ended = _(
                "{name} ended this mentorship on {date}. Everything stays here.",
                name=name,
                date=day,
            )
        lines.append(ended)
    return "\n".join(lines)


def _add_goals(card: Card, page: MentorshipPage, reader_id: int, reader: Reader) -> None:
    mentorship = page.mentorship
    is_mentee = mentorship.party(reader_id) is Party.MENTEE
    if page.open_goals:
        card.add_divider()
        for goal in page.open_goals:
            text = goal_lines(goal, mentorship, reader_id, reader)
            card.add_section(text, OpenGoalButton(goal.id))
    elif is_mentee and not mentorship.has_ended:
        name = short_name(mentorship.mentor)
        card.add_text(
            _("No open goals. Add one to tell {name} what you're working towards.", name=name)
        )


def _line(entry: TimelineEntry, mentorship: MentorshipView, reader_id: int, reader: Reader) -> str:
    day = discord_timestamp(entry.at, "d")
    if entry.session is not None:
        session = entry.session
        status = session_words.status(session.status, reader)
        length = session_length(session.minutes, reader)
        topic = plain_title(session.topic) if session.is_seat else plain(session.topic)
        texts = _texts(entry)
        # Without an empty line, some would read what follows as a part of the quotation.
        end = [""] if texts else []
        what = _met(session, length, status, shortened(topic, MAX_TOPIC))
        return "\n".join([f"{day} · {what}", *texts, *end])
    if entry.step is not None:
        step = plain(shortened(entry.step.text, MAX_TOPIC))
        # Translators: in a timeline: a step that was done
        done = _("Done: {step}", step=step)
        return f"{day} · {done}"
    assert entry.goal is not None
    goal = plain(shortened(entry.goal.text, MAX_TOPIC))
    if entry.kind is EntryKind.GOAL_SET:
        # Translators: in a timeline
        what = _("Goal set: {goal}", goal=goal)
    elif entry.goal.status is GoalStatus.REACHED:
        # Translators: in a timeline
        what = _("Goal reached: {goal}", goal=goal)
    else:
        # Translators: in a timeline: a goal that was given up
        what = _("Goal dropped: {goal}", goal=goal)
    return f"{day} · {what}"


def _met(session: PairSession, length: str, status: str, topic: str) -> str:
    """Return a session of the timeline. `topic` is empty if it has none."""
    values = {"length": length, "status": status}
    if not session.topic and session.is_seat:
        # Translators: in a timeline: "Group session, 60 minutes, completed"
        return _("Group session, {length}, {status}", **values)
    if not session.topic:
        # Translators: in a timeline: "Session, 60 minutes, completed"
        return _("Session, {length}, {status}", **values)
    if session.is_seat:
        # Translators: in a timeline: "Group session, 60 minutes, completed: Office hours"
        return _("Group session, {length}, {status}: {topic}", **values, topic=topic)
    # Translators: in a timeline: "Session, 60 minutes, completed: pointers"
    return _("Session, {length}, {status}: {topic}", **values, topic=topic)


def _texts(entry: TimelineEntry) -> list[str]:
    """Return the beginning of a session's shared note, and its links."""
    lines = []
    if entry.note is not None and entry.note.text:
        lines.append(quoted(shortened(" ".join(entry.note.text.split()), MAX_NOTE)))
    lines += [f"> [{plain(link.label)}]({_linkable(link.url)})" for link in entry.links]
    return lines


def _linkable(url: str) -> str:
    """Return an address without brackets, which would end the link in Discord's markup."""
    return url.replace("(", "%28").replace(")", "%29")


def _step_line(step: StepView, page: MentorshipPage, reader: Reader) -> str:
    """Return an open step: who is to do it, and by when."""
    people = {
        Assignee.MENTOR: page.mentorship.mentor,
        Assignee.MENTEE: page.mentorship.mentee,
    }
    person = people.get(step.assignee)
    who = pgettext("who is to do a next step", "Both") if person is None else short_name(person)
    text = plain(shortened(step.text, MAX_TOPIC))
    if step.due_on is None:
        # Translators: a next step, and who is to do it
        line = _("{name}: {step}", name=who, step=text)
    else:
        # Translators: a next step, who is to do it, and until when
        line = _(
            "{name}: {step}, by {date}",
            name=who,
            step=text,
            date=times.full_date(step.due_on, reader),
        )
    return f"• {line}"


def _option(session: PairSession, zone: str, reader: Reader) -> discord.SelectOption:
    status = session_words.status(session.status, reader)
    topic = groups.title(session.topic) if session.is_seat else session.topic
    return discord.SelectOption(
        label=times.describe_compact(session.starts_at, zone, reader),
        value=str(session.id),
        description=shortened(f"{status} · {topic}" if topic else status, 100),
    )


class TimelineSessionMenu(PersistentSelect, template=rf"{PAIR_PATTERN}:session(?P<salt>\d{{1,2}})"):
    """Opens one of the sessions on the page of a timeline."""

    def __init__(self, pair: PairKey, salt: int) -> None:
        self.pair = pair
        custom_id = f"{pair.encoded}:session{salt}"
        super().__init__(custom_id, _("View a session, its notes and next steps"))

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(PairKey.decode(match), int(match["salt"]))

    async def on_select(self, interaction: Interaction, *values: str) -> None:
        (value,) = values
        back = OpenMentorshipButton(self.pair, _("Back to mentorship"))
        await show_session(interaction, int(value), extra=[back])


PAGE.register(show_page)
