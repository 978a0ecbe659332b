"""What members look for help with, as moderators see it."""

from __future__ import annotations

from bot.actors import actor_of
from bot.components.cards import Accent, Card
from bot.formatting import plain, relative
from bot.interaction import Interaction
from bot.readers import reader_of
from bot.replies import respond
from mentorship.administration import demand
from mentorship.administration.demand import Demand
from mentorship.search import unmet
from mentorship.search.unmet import UnmetSearches
from wording.durations import counted
from wording.reader import Reader


async def show_demand(interaction: Interaction) -> None:
    """Show open requests for help and searches that found nobody, by expertise.

    Nobody's words or names are shown.
    """
    db, actor, reader = interaction.client.db, actor_of(interaction), reader_of(interaction)
    requests = await db.read(demand.list_demand, actor)
    searches = await db.read(unmet.list_unmet, actor)
    if not requests and not searches:
        await respond(interaction, "Nobody is waiting for help at the moment.")
        return
    card = Card(title="What members are looking for", accent=Accent.WAITING)
    if requests:
        card.add_fact("Waiting for help", "\n".join(_request(row, reader) for row in requests))
    if searches:
        card.add_fact(
            "Searches that found nobody in the last 30 days",
            "\n".join(_searches(row, reader) for row in searches),
        )
    card.add_note("Mentors who add one of these with `/mentor edit` get such requests.")
    await respond(interaction, card=card)


def _request(row: Demand, reader: Reader) -> str:
    requests = counted(row.requests, "open request", reader)
    return f"• **{plain(row.tag)}**: {requests}, the oldest sent {relative(row.oldest_at)}"


def _searches(row: UnmetSearches, reader: Reader) -> str:
    searches = counted(row.searches, "search", reader, "searches")
    if row.tag is None:
        return f"• Anything else: {searches}"
    return f"• **{plain(row.tag)}**: {searches}"
