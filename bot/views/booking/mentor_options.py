"""The mentors that the option of `/book` suggests, and which of them a value names."""

from __future__ import annotations

from bot.actors import actor_of
from bot.autocomplete import chosen_by_name, parse_id
from bot.formatting import rating, shortened, tags
from bot.interaction import Interaction
from bot.readers import reader_of
from mentorship.errors import Field, InvalidField
from mentorship.guilds import guild_settings
from mentorship.search import directory
from wording.points import hourly_rate_in_label

_SEPARATOR = " · "


async def load_mentor_options(interaction: Interaction, typed: str) -> dict[int, str]:
    """Load what the suggestions for typed text call each mentor, by user id, the best first."""
    db, actor = interaction.client.db, actor_of(interaction)
    reader = reader_of(interaction)
    mentors = await db.read(directory.suggest_mentors, actor, typed)
    guild = await db.read(guild_settings.load, actor.guild)
    return {
        mentor.user_id: shortened(
            _SEPARATOR.join(
                (
                    mentor.name,
                    rating(mentor.rating, mentor.rating_count),
                    hourly_rate_in_label(mentor.hourly_rate, guild, reader),
                    tags(mentor.expertise),
                )
            ),
            100,
        )
        for mentor in mentors
    }


async def find_mentor(interaction: Interaction, value: str | None) -> int | None:
    """Return the user id of the mentor whose suggestion was chosen, typed or pasted.

    None for other text, which may still be a part of a name.
    """
    mentor_id = parse_id(value)
    if mentor_id is not None or not value or _SEPARATOR not in value:
        return mentor_id
    options = await load_mentor_options(interaction, value.partition(_SEPARATOR)[0])
    try:
        return chosen_by_name(
            value, {mentor_id: (label,) for mentor_id, label in options.items()}, Field.MENTOR
        )
    except InvalidField:
        return None
