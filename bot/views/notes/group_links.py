"""The links of a group session, which its mentor adds for all attendees."""

from __future__ import annotations

import re
from typing import Any, Self

import discord
from discord import ui

from bot.actors import actor_of
from bot.components.cards import Card, action_rows
from bot.components.persistent import PersistentButton, PersistentSelect, cache_buster
from bot.components.screens import Screen
from bot.formatting import shortened
from bot.interaction import Interaction
from bot.replies import respond
from bot.views.groups.items import DetailsButton, GroupButton
from bot.views.notes.link_form import LinkFields
from mentorship.relationships import links
from mentorship.relationships.texts import MAX_LINKS
from mentorship.sessions.groups.group_details import GroupDetails
from wording.translation import N_, _

LINKS_SCREEN: Screen[Interaction, int] = Screen()
"""The links of the group session with that id, for its mentor."""

_LABEL = 80
"""Characters of a link's name on its button and in the menu."""


def group_links_buttons(details: GroupDetails) -> list[ui.Item[Any]]:
    """Return the button that shows the links to the mentor of a group session that takes place."""
    shows = details.is_mentor and links.can_add_to_group(details.group)
    return [GroupLinksButton(details.group.id)] if shows else []


class GroupLinksButton(GroupButton):
    """Shows the links of a group session to its mentor."""

    key, label = "links", N_("Links")

    async def perform(self, interaction: Interaction) -> None:
        await LINKS_SCREEN.show(interaction, self.group_id)


class AddGroupLinkButton(PersistentButton, template=r"group:(?P<id>\d{1,18}):link-add"):
    """Opens the form for a new link."""

    def __init__(self, group_id: int) -> None:
        self.group_id = group_id
        super().__init__(f"group:{group_id}:link-add", _("Add link"), discord.ButtonStyle.primary)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["id"]))

    async def on_press(self, interaction: Interaction) -> None:
        await interaction.response.send_modal(GroupLinkForm(self.group_id))


class RemoveGroupLinkMenu(
    PersistentSelect, template=r"group:(?P<id>\d{1,18}):link-remove:(?P<bust>\d{1,2})"
):
    """Lists the links, to remove one."""

    def __init__(
        self, group_id: int, options: list[discord.SelectOption] | None = None, bust: int = 0
    ) -> None:
        self.group_id = group_id
        super().__init__(f"group:{group_id}:link-remove:{bust}", _("Remove a link"), options)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["id"]))

    async def on_select(self, interaction: Interaction, *values: str) -> None:
        if values and re.fullmatch(r"\d{1,18}", values[0]):
            await interaction.client.db.run(links.remove, actor_of(interaction), int(values[0]))
        await LINKS_SCREEN.show(interaction, self.group_id)


class GroupLinkForm(LinkFields):
    """A recording or document for all attendees."""

    def __init__(self, group_id: int, address: str = "", label: str = "") -> None:
        hint = _("A recording or document that all attendees can open.")
        super().__init__(hint, address, label)
        self.draft_flow = f"grouplink-{group_id}"
        self.group_id = group_id

    def reopened(self) -> GroupLinkForm:
        return GroupLinkForm(self.group_id, self.address.value, self.label.value)

    async def on_submit(  # type: ignore[override]  # the client's type is known
        self, interaction: Interaction
    ) -> None:
        await interaction.client.db.run(
            links.add_to_group,
            actor_of(interaction),
            self.group_id,
            self.label.value,
            self.address.value,
        )
        await LINKS_SCREEN.show(interaction, self.group_id)


async def _show(interaction: Interaction, group_id: int) -> None:
    shown = await interaction.client.db.read(links.load_of_group, actor_of(interaction), group_id)
    card = Card(
        title=_("Links"),
        text=_("Attendees see these with **Notes and next steps** on their seat.")
        if shown
        else _("Add recordings or documents here, and all attendees see them."),
    )
    if shown:
        card.add_actions(
            *(ui.Button[Any](label=shortened(link.label, _LABEL), url=link.url) for link in shown)
        )
    items: list[ui.Item[Any]] = []
    if len(shown) < MAX_LINKS:
        items.append(AddGroupLinkButton(group_id))
    if shown:
        options = [
            discord.SelectOption(label=shortened(link.label, _LABEL), value=str(link.id))
            for link in shown
        ]
        items.append(RemoveGroupLinkMenu(group_id, options, cache_buster(interaction)))
    back = DetailsButton(group_id, _("Back to session"))
    await respond(interaction, card=card, actions=action_rows(*items, back))


LINKS_SCREEN.register(_show)
