"""The answers of `/language`."""

from __future__ import annotations

from dataclasses import replace

from bot.actors import actor_of
from bot.interaction import Interaction
from bot.languages import speak_to
from bot.replies import respond
from mentorship.errors import Field, InvalidField, Problem
from mentorship.members.languages import choose
from wording.languages import names
from wording.translation import _

AS_IN_DISCORD = "discord"
"""Stands for the language of the person's Discord client."""


async def change_language(interaction: Interaction, text: str) -> None:
    """Write to the person in a language from now on, starting with this answer.

    `text` is the tag of a language, its name or `AS_IN_DISCORD`. Raises `InvalidField`.
    """
    tag = _find(text)
    bot = interaction.client
    # Until now the actor's language may be an earlier choice.
    actor = replace(actor_of(interaction), language=tag or str(interaction.locale))
    await bot.db.run(choose, actor, tag)
    bot.languages.remember(actor.user_id, tag)
    await speak_to(interaction)
    if tag is not None:
        # Translators: Name your own language here, instead of English.
        await respond(interaction, _("From now on, I'll write to you in English."))
    else:
        await respond(interaction, _("From now on, I'll use the language of your Discord."))


def _find(text: str) -> str | None:
    wanted = text.casefold().strip()
    if wanted == AS_IN_DISCORD:
        return None
    for tag, name in names().items():
        if wanted in (tag.casefold(), name.casefold()):
            return tag
    raise InvalidField(Field.MEMBER_LANGUAGE, Problem.NOT_AN_OPTION)
