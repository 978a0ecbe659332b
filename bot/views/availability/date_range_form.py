"""What the forms for date overrides and trips share: the first and the last day."""

from __future__ import annotations

from datetime import date
from typing import Self

from discord import ui

from bot.actors import actor_of
from bot.components.persistent import Form
from bot.interaction import Interaction
from bot.languages import locale_of
from mentorship.availability import editor
from mentorship.time.natural_time import parser
from wording import examples
from wording.reader import Reader
from wording.translation import _


class DateRangeForm(Form):
    """A form whose first two fields are the first and the last day of a range."""

    def __init__(
        self, reader: Reader, first: str, last: str, *, title: str, labels: tuple[str, str]
    ) -> None:
        super().__init__(title=title)
        self.reader = reader
        first_example, last_example = examples.dates(reader)
        self.first = ui.TextInput[Self](
            custom_id="first", max_length=40, placeholder=first_example, default=first or None
        )
        self.last = ui.TextInput[Self](
            custom_id="last",
            max_length=40,
            placeholder=last_example,
            required=False,
            default=last or None,
        )
        first_label, last_label = labels
        self.add_item(ui.Label(text=first_label, component=self.first))
        self.add_item(
            ui.Label(text=last_label, description=_("Leave empty for one day"), component=self.last)
        )

    async def read_dates(self, interaction: Interaction) -> tuple[date, date]:
        """Return the days as dates where the mentor is now. Raises `UnreadableTime`."""
        db = interaction.client.db
        now, locale = db.now(), locale_of(interaction)
        zone = (await db.read(editor.load, actor_of(interaction))).schedule.zone_at(now)
        first = parser.parse_day(self.first.value, zone=zone, now=now, locale=locale)
        if not self.last.value:
            return first, first
        return first, parser.parse_day(self.last.value, zone=zone, now=now, locale=locale)
