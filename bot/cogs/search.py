"""`/mentor search`."""

from __future__ import annotations

from discord import app_commands
from discord.ext import commands

from bot.actors import actor_of
from bot.interaction import BotClient, Interaction
from bot.views.search.results import start_search
from mentorship.search import search
from mentorship.search.query import Sort

Choice = app_commands.Choice[str]

_SORTS = [
    app_commands.Choice(name="Best match", value=Sort.RELEVANCE.value),
    app_commands.Choice(name="Highest rating", value=Sort.RATING.value),
    app_commands.Choice(name="Lowest price", value=Sort.PRICE.value),
    app_commands.Choice(name="Soonest slot", value=Sort.SOONEST.value),
]


class SearchCommand(commands.Cog):
    """The command, to be inherited by the cog of the `/mentor` group."""

    bot: BotClient

    @app_commands.command(name="search", description="Find a mentor")
    @app_commands.describe(
        expertise="What you want to learn, in any spelling",
        text="Words in the bio",
        min_rating="Lowest rating, such as 4.5",
        max_rate="Highest price an hour, in points",
        free="When you're free, such as tomorrow evening",
        sort="Order of the results",
    )
    @app_commands.choices(sort=_SORTS)
    async def search(
        self,
        interaction: Interaction,
        expertise: app_commands.Range[str, 1, 100] = "",
        text: app_commands.Range[str, 1, 100] = "",
        min_rating: app_commands.Range[float, 1, 5] | None = None,
        max_rate: app_commands.Range[int, 0] | None = None,
        free: app_commands.Range[str, 1, 60] | None = None,
        sort: str = Sort.RELEVANCE,
    ) -> None:
        await start_search(
            interaction,
            expertise=expertise,
            text=text,
            min_rating=min_rating,
            max_rate=max_rate,
            free=free,
            sort=Sort(sort),
        )

    @search.autocomplete("expertise")
    async def expertises(self, interaction: Interaction, typed: str) -> list[Choice]:
        tags = await self.bot.db.read(search.suggest_tags, actor_of(interaction), typed)
        return [app_commands.Choice(name=tag, value=tag) for tag in tags]
