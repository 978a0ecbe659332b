"""The leaderboard: the mentors who help most, and hiding from it."""

from __future__ import annotations

import re
from typing import Self

import discord

from bot.actors import actor_of
from bot.components.cards import Accent, ActionRows, Card, action_rows
from bot.components.persistent import PersistentButton
from bot.formatting import plain
from bot.interaction import Interaction
from bot.readers import reader_of
from bot.replies import respond
from mentorship.recognition import leaderboard
from mentorship.recognition.leaderboard import Leaderboard, Measure, Period, Place
from wording.mentoring import recognition
from wording.reader import Reader
from wording.translation import _, isolated

_MEDALS = {1: "🥇", 2: "🥈", 3: "🥉"}


async def show_leaderboard(
    interaction: Interaction, period: Period = Period.MONTH, measure: Measure = Measure.HOURS
) -> None:
    """Show the leaderboard to the person. Raises `LeaderboardOff`."""
    board = await interaction.client.db.read(
        leaderboard.load, actor_of(interaction), period, measure
    )
    card = leaderboard_card(board, actor_of(interaction).user_id, reader_of(interaction))
    await respond(interaction, card=card, actions=_actions(board, reader_of(interaction)))


def leaderboard_card(board: Leaderboard, reader_id: int, reader: Reader) -> Card:
    """Return the card of a leaderboard for one reader."""
    lines = [_line(place, board.measure, reader_id, reader) for place in board.places]
    card = Card(
        title=recognition.title(board.measure, board.period, reader),
        text="\n".join(lines) or _(recognition.EMPTY),
        accent=Accent.NEUTRAL,
    )
    if board.is_hidden:
        card.add_note(_(recognition.HIDDEN))
    elif board.own is not None and board.own not in board.places:
        card.add_text(_line(board.own, board.measure, reader_id, reader))
    elif board.own is None and board.own_value:
        card.add_note(recognition.without_place(board.own_value, board.measure, reader))
    card.add_note(_(recognition.EXPLANATION))
    return card


def _line(place: Place, measure: Measure, reader_id: int, reader: Reader) -> str:
    rank = _MEDALS.get(place.rank, f"{place.rank}.")
    name = isolated(plain(place.name))
    if place.user_id == reader_id:
        name = f"**{name}**"
    return f"{rank} {name} · {recognition.value(place.value, measure, reader)}"


def _actions(board: Leaderboard, reader: Reader) -> ActionRows:
    measures = [LeaderboardButton(board.period, each, row=0) for each in Measure]
    periods = [LeaderboardButton(each, board.measure, row=1) for each in Period]
    for button in measures:
        button.item.label = _(recognition.MEASURES[button.measure])
        button.item.disabled = button.measure is board.measure
    for button in periods:
        button.item.label = _(recognition.PERIODS[button.period])
        button.item.disabled = button.period is board.period
    last = []
    if board.own_value is not None:
        last.append(HideButton(board.period, board.measure, hide=not board.is_hidden))
    return [*action_rows(*measures), *action_rows(*periods), *action_rows(*last)]


_KIND = "(?P<period>month|quarter|all):(?P<measure>hours|members|thanks)"


class LeaderboardButton(PersistentButton, template=rf"leaderboard:{_KIND}:(?P<row>[01])"):
    """Shows another period or measure. `row` tells apart the buttons of the two rows."""

    def __init__(self, period: Period, measure: Measure, row: int) -> None:
        self.period, self.measure = period, measure
        super().__init__(f"leaderboard:{period}:{measure}:{row}", "…")

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(Period(match["period"]), Measure(match["measure"]), int(match["row"]))

    async def on_press(self, interaction: Interaction) -> None:
        await show_leaderboard(interaction, self.period, self.measure)


class HideButton(PersistentButton, template=rf"leaderboard:(?P<what>hide|show):{_KIND}"):
    """Hides the person from the leaderboard, or shows them again."""

    def __init__(self, period: Period, measure: Measure, *, hide: bool) -> None:
        self.period, self.measure, self.hide = period, measure, hide
        # Translators: button of a leaderboard
        label = _("Hide me")
        if not hide:
            # Translators: button of a leaderboard
            label = _("Show me")
        super().__init__(
            f"leaderboard:{'hide' if hide else 'show'}:{period}:{measure}",
            label,
            discord.ButtonStyle.secondary,
        )

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        period, measure = Period(match["period"]), Measure(match["measure"])
        return cls(period, measure, hide=match["what"] == "hide")

    async def on_press(self, interaction: Interaction) -> None:
        db = interaction.client.db
        await db.run(leaderboard.set_hidden, actor_of(interaction), self.hide)
        await show_leaderboard(interaction, self.period, self.measure)
