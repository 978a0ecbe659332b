"""The forms in which a mentor types what a group session is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from discord import ui

from bot.actors import actor_of
from bot.components.persistent import Form
from bot.components.screens import Screen
from bot.errors import sentence
from bot.interaction import Interaction
from bot.readers import reader_of
from bot.replies import respond
from bot.views.groups.draft import Draft
from mentorship.actors import Actor
from mentorship.errors import (
    Field,
    InvalidField,
    MentorshipError,
    Problem,
    TimeProblem,
    UnreadableTime,
)
from mentorship.guilds import guild_settings
from mentorship.sessions.groups import creation, mentor_defaults
from mentorship.time.natural_time import parser
from mentorship.typed_numbers import parse_whole_number
from storage import Database
from wording import examples, times
from wording.lists import enumerated
from wording.reader import Reader
from wording.translation import _, current_language, pgettext

PREVIEW_SCREEN: Screen[Interaction, Draft, str] = Screen()
"""The preview of a draft, below a note; `preview` shows it."""

_NO_LIMIT = re.compile(r"\s*(no limit|unlimited|any|∞|0)\s*", re.IGNORECASE)


FormT = TypeVar("FormT", bound=Form)


def no_limit() -> str:
    """Return what is typed for a number of seats without a limit, in the reader's language."""
    # Translators: what people read, and type, where there is no limit of seats
    return pgettext("a number of seats", "no limit")


def seats_hint() -> str:
    """Return the hint below the question for the number of seats."""
    # Translators: how many seats a session can have; {no_limit} is "no limit"
    return _("2 to 100, or “{no_limit}”", no_limit=no_limit())


class GroupForm(Form):
    """Title, description, start, seats and price; the preview has the rest.

    `zone` is the mentor's. `draft` is what the preview shows, None for a new session that lasts
    `minutes`. `typed` are the values of a form that couldn't be read.
    """

    def __init__(
        self,
        zone: str,
        reader: Reader,
        minutes: int,
        draft: Draft | None = None,
        typed: tuple[str, ...] | None = None,
    ) -> None:
        super().__init__(title=_("Group session"))
        self.zone, self.reader, self.minutes, self.draft = zone, reader, minutes, draft
        self.draft_flow = "group"
        values = typed or _values(draft, zone, reader)
        # Translators: an example of a title of a group session
        example = _("Office hours")
        self.name = self.add_line(
            "title", _("Title"), max_length=80, default=values[0], placeholder=example
        )
        self.description = self.add_text_area(
            "description",
            _("What's it about?"),
            _("Optional. Everyone in the server can read it."),
            max_length=creation.LONGEST_DESCRIPTION,
            required=False,
            default=values[1] or None,
        )
        self.when = self.add_line(
            "when",
            _("When?"),
            # Translators: below a question for a time; {zone} is the name of a city
            _(
                "Your time ({zone}). Empty: your next open slot.",
                zone=times.zone_name(zone, reader),
            ),
            max_length=100,
            default=values[2],
            placeholder=enumerated(examples.exact_times(reader), reader),
            required=False,
        )
        self.seats = self.add_line(
            "seats",
            _("Seats"),
            seats_hint(),
            max_length=20,
            default=values[3],
            placeholder="10",
        )
        self.price = self.add_line(
            "price",
            _("Points a seat"),
            _("Empty or 0: free"),
            max_length=12,
            default=values[4],
            placeholder="0",
            required=False,
        )

    @property
    def typed(self) -> tuple[str, ...]:
        """What was typed."""
        fields = (self.name, self.description, self.when, self.seats, self.price)
        return tuple(field.value for field in fields)

    def reopened(self) -> GroupForm:
        return GroupForm(self.zone, self.reader, self.minutes, self.draft, self.typed)

    async def on_submit(  # type: ignore[override]  # the client's type is known
        self, interaction: Interaction
    ) -> None:
        db, actor = interaction.client.db, actor_of(interaction)
        draft, problems = await self._read(db, actor)
        await _show(interaction, self, draft, problems)

    async def _read(self, db: Database, actor: Actor) -> tuple[Draft, list[MentorshipError]]:
        """Return what was typed as a draft, and everything that is wrong with it."""
        problems: list[MentorshipError] = []
        start, problem = await read_start(
            db, actor, self.when.value, self.zone, self._minutes, self._duration_start
        )
        if problem is not None:
            problems.append(problem)
        capacity = read_seats(self.seats.value)
        if capacity is None:
            least, most = creation.CAPACITIES
            problems.append(
                InvalidField(Field.CAPACITY, Problem.OUT_OF_RANGE, least=least, most=most)
            )
        price = read_number(self.price.value)
        if price is None:
            problems.append(InvalidField(Field.SEAT_PRICE, Problem.NOT_A_WHOLE_NUMBER))
        base = self.draft or Draft("", start, self.minutes, 2, 0)
        draft = replace(
            base,
            title=self.name.value,
            description=self.description.value,
            starts_at=start,
            capacity=base.capacity if capacity is None else capacity,
            price=base.price if price is None else price,
        )
        if problem is not None and draft.deadline is not None:
            draft = replace(draft, deadline=None)
        guild = await db.read(guild_settings.load, actor.guild)
        try:
            checked = creation.validate(draft.request, guild, db.now())
        except InvalidField as error:
            # Not about a start that couldn't be read, which is said already.
            problems += [
                each
                for each in (error, *error.others)
                if problem is None or each.field is not Field.GROUP_START
            ]
        else:
            draft = replace(draft, title=checked.title, description=checked.description)
        return draft, problems

    @property
    def _minutes(self) -> int:
        return self.minutes if self.draft is None else self.draft.minutes

    @property
    def _duration_start(self) -> datetime | None:
        return None if self.draft is None else self.draft.starts_at


def replace_others(error: MentorshipError) -> MentorshipError:
    """Return the error alone, without those that were found with it."""
    if isinstance(error, InvalidField):
        error.others = ()
    return error


async def read_start(
    db: Database, actor: Actor, text: str, zone: str, minutes: int, fallback: datetime | None
) -> tuple[datetime, MentorshipError | None]:
    """Return the start that was typed, or the mentor's next open slot if it was left empty.

    With an error, the start is only good for checking the rest.
    """
    placeholder = fallback or db.now()
    try:
        if not text.strip():
            return await db.read(mentor_defaults.find_next_slot, actor, minutes), None
        time = parser.parse(text, zone=zone, now=db.now(), locale=actor.language)
        if time.instant is None:
            problem = TimeProblem.NOT_EXACT if len(time.spans) == 1 else TimeProblem.SEVERAL
            return placeholder, UnreadableTime(text, problem, zone=zone)
    except (UnreadableTime, InvalidField) as error:
        return placeholder, error
    return time.instant, None


def read_seats(text: str) -> int | None:
    """Return a typed number of seats, 0 for no limit; None if it can't be read."""
    if _NO_LIMIT.fullmatch(text) or text.strip().casefold() == no_limit().casefold():
        return 0
    return parse_whole_number(text, current_language())


def read_number(text: str) -> int | None:
    """Return a typed whole number, 0 if nothing was typed; None if it can't be read."""
    return parse_whole_number(text, current_language()) if text.strip() else 0


def add_minimum(
    form: FormT, minimum: str, deadline: str, zone: str, reader: Reader
) -> tuple[ui.TextInput[FormT], ui.TextInput[FormT]]:
    """Add the questions for the minimum number of seats and for its deadline, filled in."""
    return (
        form.add_line(
            "minimum",
            _("Minimum number of seats"),
            _("With fewer, it's cancelled and everyone is refunded. Empty: none."),
            max_length=4,
            default=minimum,
            placeholder="0",
            required=False,
        ),
        form.add_line(
            "deadline",
            _("Minimum needed by"),
            # Translators: below a question for a time; {zone} is the name of a city
            _(
                "Your time ({zone}). Empty: a day before.",
                zone=times.zone_name(zone, reader),
            ),
            max_length=100,
            default=deadline,
            placeholder=examples.exact_times(reader)[0],
            required=False,
        ),
    )


def _values(draft: Draft | None, zone: str, reader: Reader) -> tuple[str, ...]:
    """Return what the form is filled in with."""
    if draft is None:
        return ("", "", "", "", "")
    seats = str(draft.capacity) if draft.capacity else no_limit()
    when = times.describe(draft.starts_at, zone, reader)
    return (draft.title, draft.description, when, seats, str(draft.price))


class OptionsForm(Form):
    """Length, minimum number of seats and its deadline, repetition, and meeting link."""

    def __init__(
        self, zone: str, reader: Reader, draft: Draft, typed: tuple[str, ...] | None = None
    ) -> None:
        super().__init__(title=_("More options"))
        self.zone, self.reader, self.draft = zone, reader, draft
        self.draft_flow = "groupoptions"
        values = typed or self._stored(draft)
        self.minutes = self.add_line(
            "minutes", _("Length in minutes"), max_length=4, default=values[0], placeholder="60"
        )
        self.minimum, self.deadline = add_minimum(self, values[1], values[2], zone, reader)
        self.left = self.add_line(
            "left",
            _("How many more times?"),
            _("If it repeats. Empty: until you stop it."),
            max_length=4,
            default=values[3],
            placeholder="5",
            required=False,
        )
        self.link = self.add_link(_("Meeting link"), _("Only attendees see it."), values[4])

    def _stored(self, draft: Draft) -> tuple[str, ...]:
        deadline = draft.deadline
        return (
            str(draft.minutes),
            str(draft.minimum_seats or ""),
            "" if deadline is None else times.describe(deadline, self.zone, self.reader),
            "" if draft.repeat_left is None else str(draft.repeat_left),
            draft.link,
        )

    @property
    def typed(self) -> tuple[str, ...]:
        """What was typed."""
        fields = (self.minutes, self.minimum, self.deadline, self.left, self.link)
        return tuple(field.value for field in fields)

    def reopened(self) -> OptionsForm:
        return OptionsForm(self.zone, self.reader, self.draft, self.typed)

    async def on_submit(  # type: ignore[override]  # the client's type is known
        self, interaction: Interaction
    ) -> None:
        db, actor = interaction.client.db, actor_of(interaction)
        problems: list[MentorshipError] = []
        numbers = {}
        for field, component, fallback in (
            (Field.GROUP_LENGTH, self.minutes, self.draft.minutes),
            (Field.MINIMUM_SEATS, self.minimum, 0),
            (Field.REPEAT, self.left, 0),
        ):
            number = read_number(component.value)
            if number is None:
                problems.append(InvalidField(field, Problem.NOT_A_WHOLE_NUMBER))
            numbers[field] = fallback if number is None else number
        deadline: datetime | None = None
        if self.deadline.value.strip():
            deadline, problem = await read_start(
                db, actor, self.deadline.value, self.zone, 0, self.draft.starts_at
            )
            if problem is not None:
                problems.append(problem)
        has_count = bool(self.left.value.strip())
        draft = replace(
            self.draft,
            minutes=numbers[Field.GROUP_LENGTH],
            minimum_seats=numbers[Field.MINIMUM_SEATS],
            deadline=deadline,
            repeat_left=numbers[Field.REPEAT] if has_count else None,
            link=self.link.value.strip(),
        )
        guild = await db.read(guild_settings.load, actor.guild)
        try:
            creation.validate(draft.request, guild, db.now())
        except InvalidField as error:
            problems += [error, *error.others]
        await _show(interaction, self, draft, problems)


async def _show(
    interaction: Interaction, form: Form, draft: Draft, problems: Sequence[MentorshipError]
) -> None:
    """Show the preview of a draft, or everything that is wrong with what was typed."""
    if problems:
        reader = reader_of(interaction)
        text = "\n".join(sentence(replace_others(each), reader) for each in problems)
        await respond(interaction, text, actions=form.keep(interaction, problems[0]))
    else:
        await PREVIEW_SCREEN.show(interaction, draft, "")


async def open_form(interaction: Interaction, draft: Draft | None = None) -> None:
    """Open the form for a new group session, or for what the preview shows.

    Raises what `mentor_defaults.load` does.
    """
    mentor = await interaction.client.db.read(mentor_defaults.load, actor_of(interaction))
    form = GroupForm(mentor.zone, reader_of(interaction), mentor.minutes, draft)
    await interaction.response.send_modal(form)


async def open_options(interaction: Interaction, draft: Draft) -> None:
    """Open the form with the options that the preview has no menu for."""
    mentor = await interaction.client.db.read(mentor_defaults.load, actor_of(interaction))
    await interaction.response.send_modal(OptionsForm(mentor.zone, reader_of(interaction), draft))
