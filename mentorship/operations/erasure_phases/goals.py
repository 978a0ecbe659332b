"""What an erasure does with the person's mentorships and goals.

It is done when the erasure begins, since somebody who returns may set goals with the same people:
their new ones would otherwise be among the old ones. They are few, at most some for each pair.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, select, update

from mentorship.operations.erasure_phases.rows import GUILD, PERSON, PLACEHOLDER
from storage.tables import Goal, Mentorship

_AS_MENTEE = (Mentorship.guild_id == GUILD, Mentorship.mentee_id == PERSON)
_AS_MENTOR = (Mentorship.guild_id == GUILD, Mentorship.mentor_id == PERSON)

BEGUN_CHANGES: tuple[Any, ...] = (
    # A mentee's goals are theirs. A mentor's mentees keep theirs, without what the mentor wrote.
    delete(Goal).where(Goal.mentorship_id.in_(select(Mentorship.id).where(*_AS_MENTEE))),
    delete(Mentorship).where(*_AS_MENTEE),
    update(Goal)
    .where(
        Goal.mentorship_id.in_(select(Mentorship.id).where(*_AS_MENTOR)),
        Goal.progress_side == "mentor",
    )
    .values(progress="", progress_side=None),
    update(Mentorship).where(*_AS_MENTOR).values(mentor_id=PLACEHOLDER),
)
