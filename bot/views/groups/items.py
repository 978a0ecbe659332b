"""The buttons of group sessions that several screens share, and what all of them have in common."""

from __future__ import annotations

import re
from typing import Any, Self

import discord
from discord import ui

from bot.components.cards import ActionRows, action_rows
from bot.components.persistent import PersistentButton
from bot.components.screens import Screen
from bot.interaction import Interaction
from bot.replies import defer, defer_command, respond
from mentorship.sessions.groups.group_views import GroupView
from mentorship.statuses import SessionStatus
from wording.translation import _, pgettext

JOIN_SCREEN: Screen[Interaction, int, str] = Screen()
"""What joining the group session with that id means, below a note; `joining` shows it."""

DETAILS_SCREEN: Screen[Interaction, int, str] = Screen()
"""The group session with that id as its reader sees it, below a note; `details` shows it."""


async def acknowledge(interaction: Interaction) -> None:
    """Acknowledge a press at once: a crowd may wait for the database longer than Discord's 3 s."""
    message = interaction.message
    if message is not None and message.flags.ephemeral:
        await defer(interaction)
    else:
        await defer_command(interaction)


class GroupButton(PersistentButton, template="unused"):
    """A button about a group session.

    Its custom id has the session's id, `key`, and the facts that its reader agrees to.
    """

    key = ""
    label = ""
    style = discord.ButtonStyle.secondary

    def __init_subclass__(cls, *, template: str = "", **kwargs: object) -> None:
        super().__init_subclass__(template=template or rf"group:(?P<id>\d{{1,18}}):{cls.key}")

    def __init__(self, group_id: int, label: str | None = None, *facts: int) -> None:
        self.group_id = group_id
        custom_id = ":".join(map(str, ("group", group_id, self.key, *facts)))
        super().__init__(custom_id, label or self.usual_label(), self.style)

    @classmethod
    def usual_label(cls) -> str:
        """Return the label of the button where it has no other, in the reader's language."""
        return _(cls.label)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["id"]))

    async def on_press(self, interaction: Interaction) -> None:
        # A crowd presses Join at once. Those who have to wait are acknowledged first.
        async with interaction.client.admission.admit(interaction):
            await acknowledge(interaction)
            await self.perform(interaction)

    async def perform(self, interaction: Interaction) -> None:
        """Do what the button says; the press is acknowledged."""
        raise NotImplementedError


class AgreedButton(GroupButton, template="unused"):
    """A button whose reader agrees to a price (points) and to a revision of the session."""

    def __init_subclass__(cls, **kwargs: object) -> None:
        super().__init_subclass__(
            template=rf"group:(?P<id>\d{{1,18}}):{cls.key}:(?P<price>\d{{1,16}})"
            r":(?P<revision>\d{1,9})",
            **kwargs,
        )

    def __init__(self, group_id: int, price: int, revision: int, label: str | None = None) -> None:
        super().__init__(group_id, label, price, revision)
        self.price, self.revision = price, revision

    @classmethod
    def of(cls, group: GroupView, label: str | None = None) -> Self:
        """Return the button of a card that shows the session as it is now."""
        return cls(group.id, group.price, group.revision, label)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["id"]), int(match["price"]), int(match["revision"]))


class CountedButton(GroupButton, template="unused"):
    """A button whose reader agrees to an act that concerns that many seats."""

    def __init_subclass__(cls, **kwargs: object) -> None:
        super().__init_subclass__(
            template=rf"group:(?P<id>\d{{1,18}}):{cls.key}:(?P<seats>\d{{1,9}})", **kwargs
        )

    def __init__(self, group_id: int, seats: int) -> None:
        self.seats = seats
        super().__init__(group_id, None, seats)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["id"]), int(match["seats"]))


class DetailsButton(GroupButton):
    """Shows all about the session to the person, with what they can do."""

    key = "details"

    @classmethod
    def usual_label(cls) -> str:
        return pgettext("button", "Details")

    async def perform(self, interaction: Interaction) -> None:
        await DETAILS_SCREEN.show(interaction, self.group_id, "")


class DismissButton(PersistentButton, template=r"group:dismiss"):
    """Closes a card that asked for something; nothing happens."""

    def __init__(self, label: str | None = None) -> None:
        super().__init__("group:dismiss", label or pgettext("button", "Cancel"))

    async def on_press(self, interaction: Interaction) -> None:
        await respond(interaction, _("Nothing has changed."))


def announcement_actions(group: GroupView, *join: ui.Item[Any]) -> ActionRows:
    """Return the buttons of an announcement: `join` while people can, Leave and Details.

    None once the session is over.
    """
    if group.status is SessionStatus.CONFIRMED:
        can_join = join if group.sign_up_open else ()
        return action_rows(*can_join, LeaveButton(group.id), DetailsButton(group.id))
    if group.status is SessionStatus.IN_PROGRESS:
        return action_rows(DetailsButton(group.id))
    return ()


LEAVE_SCREEN: Screen[Interaction, int] = Screen()
"""What leaving the group session with that id means; `leaving` shows it."""


class LeaveButton(GroupButton):
    """Shows what leaving would refund, or what giving up a place in line means."""

    key = "leave"

    @classmethod
    def usual_label(cls) -> str:
        return pgettext("button: give up a seat in a group session", "Leave")

    async def perform(self, interaction: Interaction) -> None:
        await LEAVE_SCREEN.show(interaction, self.group_id)
