"""What members look for help with, as moderators see it."""

from __future__ import annotations

from bot.actors import actor_of
from bot.components.cards import Accent, Card
from bot.formatting import plain, relative
from bot.interaction import Interaction
from bot.replies import respond
from mentorship.administration import demand
from mentorship.administration.demand import Demand
from mentorship.search import unmet
from mentorship.search.unmet import UnmetSearches
from wording.lists import before_value
from wording.translation import _, ngettext


async def show_demand(interaction: Interaction) -> None:
    """Show open requests for help and searches that found nobody, by expertise.

    Nobody's words or names are shown.
    """
    db, actor = interaction.client.db, actor_of(interaction)
    requests = await db.read(demand.list_demand, actor)
    searches = await db.read(unmet.list_unmet, actor)
    if not requests and not searches:
        await respond(interaction, _("Nobody is waiting for help at the moment."))
        return
    card = Card(title=_("What members are looking for"), accent=Accent.WAITING)
    if requests:
        card.add_fact(_("Waiting for help"), "\n".join(_request(row) for row in requests))
    if searches:
        card.add_fact(
            _("Searches that found nobody in the last 30 days"),
            "\n".join(_searches(row) for row in searches),
        )
    card.add_note(_("Mentors who add one of these with `/mentor edit` get such requests."))
    await respond(interaction, card=card)


def _request(row: Demand) -> str:
    # Translators: requests for help
    requests = ngettext(
        "{count} open request, the oldest sent {time}",
        "{count} open requests, the oldest sent {time}",
        row.requests,
        time=relative(row.oldest_at),
    )
    return f"• {before_value(f'**{plain(row.tag)}**')} {requests}"


def _searches(row: UnmetSearches) -> str:
    searches = ngettext("{count} search", "{count} searches", row.searches)
    if row.tag is None:
        # Translators: "Anything else: 3 searches", below other subjects
        other = _("Anything else")
        return f"• {before_value(other)} {searches}"
    return f"• {before_value(f'**{plain(row.tag)}**')} {searches}"
