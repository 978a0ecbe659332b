"""A goal in a few lines, on the page of a mentorship, on its own card and in messages."""

from __future__ import annotations

from bot.formatting import plain, quoted, shortened
from bot.views.sessions.people import short_name
from mentorship.relationships.goals import GoalView
from mentorship.relationships.pairs import MentorshipView
from mentorship.sessions.lifecycle import Party
from wording.reader import Reader
from wording.times import full_date
from wording.translation import _

MAX_SHOWN = 200
"""Characters of a goal's progress where several goals are shown."""


def goal_lines(goal: GoalView, mentorship: MentorshipView, reader_id: int, reader: Reader) -> str:
    """Return a goal with its date and progress, for one of the two people."""
    title = _("**Goal: {goal}**", goal=plain(goal.text))
    if goal.due_on is not None:
        # Translators: after "Goal: … · ": until when it is to be reached
        due = _("by {date}", date=full_date(goal.due_on, reader))
        title = f"{title} · {due}"
    lines = [title]
    if goal.progress:
        lines.append(quoted(shortened(goal.progress, MAX_SHOWN)))
        author = mentorship.mentor if goal.progress_by is Party.MENTOR else mentorship.mentee
        if author.user_id != reader_id:
            lines.append(f"-# {written_by(short_name(author))}")
    return "\n".join(lines)


def written_by(name: str) -> str:
    """Return who wrote the progress of a goal, for the line below it."""
    # Translators: below what {name} wrote about the progress of a goal
    return _("Written by {name}", name=name)
