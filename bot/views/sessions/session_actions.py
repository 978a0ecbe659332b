"""The buttons of a session's card, chosen by the life cycle, and what all of them share."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, ClassVar, Self

import discord
from discord import ui

from bot.actors import actor_of
from bot.components.cards import ActionRows, Card, action_rows
from bot.components.persistent import Form, PersistentButton
from bot.components.screens import Screen
from bot.errors import sentence
from bot.interaction import Interaction
from bot.readers import reader_of
from bot.replies import edit_card, send_ephemeral
from bot.views.booking.items import book_again_buttons
from bot.views.series.items import series_buttons
from bot.views.sessions.attendance_texts import concession_label, met_label, no_show_label
from bot.views.sessions.calendar import CalendarFileButton
from bot.views.sessions.list_navigation import back_to_list
from bot.views.sessions.meeting_place import join_buttons, takes_mentors_link
from mentorship.errors import NotAllowedNow, RatingClosed, TermsChanged
from mentorship.sessions.lifecycle import Action, Party, Unit
from mentorship.sessions.places import session_link
from mentorship.sessions.session_views import SeenTimes, SessionView
from mentorship.statuses import AGREED, UPCOMING
from wording.icalendar.calendar_file import removes_entry
from wording.names import first_name
from wording.translation import N_, _

BUTTONS: dict[Action, type[SessionButton]] = {}
"""The button of each action that a person can take; `SessionButton` fills it."""

SESSION_CARD: Screen[Interaction, int] = Screen()
"""The session with that id, in place of the pressed card; `current_card` shows it."""


class RefusableButton(PersistentButton, template="unused"):
    """A button about a session. A press that the session refuses shows its current card.

    Subclasses define `perform`.
    """

    session_id: int

    async def on_press(self, interaction: Interaction) -> None:
        async with current_card_if_refused(interaction, self.session_id):
            await self.perform(interaction)

    async def perform(self, interaction: Interaction) -> None:
        """Do what the button says. See `current_card_if_refused` for errors."""
        raise NotImplementedError


class SessionButton(RefusableButton, template="unused"):
    """A button on the card of a session.

    `action` is the action of the life cycle that the button offers, None for a button of a
    confirmation card. `key` is the end of its custom id, and `label` a text marked with `N_`.
    """

    action: ClassVar[Action | None] = None
    key = ""
    label = "…"
    style = discord.ButtonStyle.secondary

    def __init_subclass__(cls, *, template: str = "", **kwargs: object) -> None:
        super().__init_subclass__(template=template or rf"session:(?P<id>\d+):{cls.key}")
        if cls.action is not None:
            BUTTONS[cls.action] = cls

    def __init__(self, session_id: int) -> None:
        self.session_id = session_id
        super().__init__(f"session:{session_id}:{self.key}", _(self.label), self.style)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["id"]))

    @classmethod
    def for_session(cls, session: SessionView) -> Self:
        """Return the button for the card that shows the session as it is now."""
        return cls(session.id)


class TimesButton(SessionButton, template="unused"):
    """A button whose reader agrees to the times that the card shows.

    `seen` are these times. A message of an older version doesn't say them, so a press shows the
    card again and does nothing. If the times are others by now, so does the use case.
    """

    def __init_subclass__(cls, **kwargs: object) -> None:
        super().__init_subclass__(
            template=rf"session:(?P<id>\d{{1,18}}):{cls.key}"
            r"(?::(?P<start>\d{1,11}):(?P<proposed>\d{1,11}))?",
            **kwargs,
        )

    def __init__(self, session_id: int, seen: SeenTimes | None = None) -> None:
        super().__init__(session_id)
        self.seen = seen
        if seen is not None:
            times = f"{seconds(seen.starts_at)}:{seconds(seen.proposed_starts_at)}"
            self.item.custom_id = f"{self.item.custom_id}:{times}"

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        if match["start"] is None:
            return cls(int(match["id"]))
        seen = SeenTimes(instant_or_none(match["start"]), instant_or_none(match["proposed"]))
        return cls(int(match["id"]), seen)

    @classmethod
    def for_session(cls, session: SessionView) -> Self:
        return cls(session.id, session.times)

    async def perform(self, interaction: Interaction) -> None:
        if self.seen is None:
            await refresh_card(interaction, self.session_id)
            await send_ephemeral(
                interaction,
                _(
                    "This card was out of date, so nothing has happened yet. Here's the "
                    "session now."
                ),
            )
        else:
            await self.perform_as_seen(interaction, self.seen)

    async def perform_as_seen(self, interaction: Interaction, seen: SeenTimes) -> None:
        """Do what the button says, if the session's times are those that were seen."""
        raise NotImplementedError


def seconds(instant: datetime | None) -> int:
    """Return an instant as in a custom id: seconds since 1970, 0 for none."""
    return 0 if instant is None else int(instant.timestamp())


def instant_or_none(seconds: str) -> datetime | None:
    return datetime.fromtimestamp(int(seconds), UTC) if int(seconds) else None


def available_buttons(
    session: SessionView, reader_id: int, now: datetime, *actions: Action
) -> list[PersistentButton]:
    """Return the buttons of those of `actions` that the reader can take now."""
    available = session.actions(reader_id, now)
    return [_button(session, reader_id, action) for action in actions if action in available]


def action_view(
    session: SessionView,
    reader_id: int,
    now: datetime,
    *extra: ui.Item[Any],
    only: Sequence[Action] | None = None,
) -> ActionRows:
    """Return a button for each action that the reader can take now, followed by `extra`.

    With `only`, as in notifications, the buttons are those of its actions that are available, in
    its order. Returns None if there is nothing to press.
    """
    available = session.actions(reader_id, now)
    actions = available if only is None else [action for action in only if action in available]
    items = [
        *(_button(session, reader_id, action) for action in actions if action in BUTTONS),
        *extra,
    ]
    return action_rows(*items)


def session_view(
    session: SessionView,
    reader_id: int,
    now: datetime,
    *extra: ui.Item[Any],
    beside_join: Sequence[ui.Item[Any]] = (),
) -> ActionRows:
    """Return the buttons of a session's card: actions, Join, link, calendar file, series, `extra`.

    `beside_join` follows Join. Once the session is over, its mentee can book again.
    """
    has_file = session.status in UPCOMING or removes_entry(session)
    calendar = [CalendarFileButton.of(session)] if has_file else []
    items = [
        *join_buttons(session, reader_id, now),
        *beside_join,
        *link_buttons(session, reader_id, now),
        *calendar,
        *series_buttons(session, now),
        *book_again_buttons(session, reader_id),
    ]
    return action_view(session, reader_id, now, *items, *extra)


def link_buttons(session: SessionView, reader_id: int, now: datetime) -> list[SetLinkButton]:
    """Return the button that sets the link of a confirmed session, if that is up to the reader."""
    uses_links = session.status in AGREED and takes_mentors_link(session, now)
    if not uses_links or not session_link.can_set(session, reader_id, now):
        return []
    return [SetLinkButton(session.id, _("Add meeting link") if not session.meeting_link else None)]


def _button(session: SessionView, reader_id: int, action: Action) -> PersistentButton:
    button = BUTTONS[action].for_session(session)
    if action is Action.CONFIRM and session.proposal is not None:
        # Next to the proposed time, the label has to say which of the two it confirms.
        button.item.label = _("Confirm current time")
    if action is Action.CANCEL and session.unit is Unit.SEAT:
        is_mentee = session.party(reader_id) is Party.MENTEE
        button.item.label = _("Leave session") if is_mentee else _("Remove attendee")
    if action is Action.REPORT_MET:
        button.item.label = met_label(session, session.party(reader_id))
    if action is Action.REPORT_NO_SHOW:
        button.item.label = no_show_label(session, session.party(reader_id))
    if action is Action.CONCEDE:
        button.item.label = concession_label(session, session.party(reader_id))
    return button


async def refresh_card(interaction: Interaction, session_id: int) -> None:
    """Replace the pressed card by the session as it is now."""
    await SESSION_CARD.show(interaction, session_id)


@asynccontextmanager
async def current_card_if_refused(interaction: Interaction, session_id: int) -> AsyncIterator[None]:
    """Show the session as it is now, and why, if it refuses what is done in the block.

    So a press on an old message always leaves the current card. Without a pressed message, as in a
    command, the error is raised.
    """
    try:
        yield
    except (NotAllowedNow, TermsChanged, RatingClosed) as error:
        if interaction.message is None:
            raise
        await refresh_card(interaction, session_id)
        await send_ephemeral(interaction, sentence(error, reader_of(interaction)))


class SetLinkButton(SessionButton):
    """Opens the form with the session's meeting link."""

    key, label = "link", N_("Change meeting link")

    def __init__(self, session_id: int, label: str | None = None) -> None:
        super().__init__(session_id)
        if label is not None:
            self.item.label = label

    async def perform(self, interaction: Interaction) -> None:
        session = await interaction.client.db.read(
            session_link.load_for_change, actor_of(interaction), self.session_id
        )
        await interaction.response.send_modal(MeetingLinkForm(session))


class MeetingLinkForm(Form):
    """Sets the meeting link of one session; an empty one removes it."""

    def __init__(self, session: SessionView, draft: str | None = None) -> None:
        super().__init__(title=_("Where do you meet?"))
        self.session = session
        self.draft_flow = f"link-{session.id}"
        name = first_name(session.mentee.name)
        self.link = self.add_link(
            _("Meeting link"),
            _("An https:// link. {name} can see it.", name=name)
            if session.status in AGREED
            else _("An https:// link. {name} sees it once you confirm.", name=name),
            session.meeting_link if draft is None else draft,
        )

    def reopened(self) -> MeetingLinkForm:
        return MeetingLinkForm(self.session, self.link.value)

    async def on_submit(  # type: ignore[override]  # the client's type is known
        self, interaction: Interaction
    ) -> None:
        session_id = self.session.id
        async with current_card_if_refused(interaction, session_id):
            await interaction.client.db.run(
                session_link.set_link, actor_of(interaction), session_id, self.link.value
            )
            await refresh_card(interaction, session_id)


async def show_confirmation(
    interaction: Interaction, card: Card, *items: PersistentButton, note: str = ""
) -> None:
    """Ask for confirmation in place of the pressed card, or in a new message after a command.

    `note` is shown above the card.
    """
    actions = action_rows(*items, *back_to_list(interaction))
    if interaction.message is None:
        await send_ephemeral(interaction, note, card=card, actions=actions)
    else:
        await edit_card(interaction, note or None, card=card, actions=actions)
