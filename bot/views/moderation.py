"""What moderators look at: the queue, the audit log."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Self

import discord

from bot.buttons import Interaction, LastingButton, row
from bot.people import actor_of
from bot.replies import show
from bot.wording import moment, plain, relative
from mentorship import audit
from mentorship.applications import ApplicationView
from mentorship.audit import Entry

PAGE = 10


def queue_card(waiting: Sequence[ApplicationView]) -> discord.Embed:
    """What waits for a decision, with a link to each card."""
    embed = discord.Embed(title="Waiting for a decision", colour=discord.Colour.blurple())
    if not waiting:
        embed.description = "Nothing. Well done."
        return embed
    embed.description = "\n".join(_queued(each) for each in waiting)[:4_096]
    return embed


def _queued(application: ApplicationView) -> str:
    what = "a new profile text" if application.kind == "change" else "an application"
    link = (
        f"[the card](https://discord.com/channels/{application.guild_id}/"
        f"{application.channel_id}/{application.message_id})"
        if application.message_id is not None
        else "the card is on its way"
    )
    return (
        f"• <@{application.applicant_id}> {what}, sent {relative(application.submitted_at)}: {link}"
    )


def entry_line(entry: Entry) -> str:
    """One act in one line."""
    by = f"<@{entry.actor_id}>" if entry.actor_id is not None else "mentorbot"
    whom = f" <@{entry.user_id}>" if entry.user_id is not None else ""
    note = f"\n> {plain(entry.note)}" if entry.note else ""
    return f"{moment(entry.created_at)} {by}: **{entry.words}**{whom}{note}"


async def show_audit(
    interaction: Interaction, about: int | None, act: str | None, before: int | None = None
) -> None:
    """Show a page of the audit log, the latest acts first."""
    found = await interaction.client.db.read(
        audit.entries,
        actor_of(interaction),
        about=about,
        act=act,
        before=before,
        limit=PAGE + 1,
    )
    page = found[:PAGE]
    embed = discord.Embed(
        title="What moderators did",
        description="\n".join(map(entry_line, page))[:4_096] or "Nothing that fits.",
        colour=discord.Colour.blurple(),
    )
    more = Older(about, act, page[-1].id) if len(found) > PAGE else None
    await show(interaction, embed=embed, view=row(more) if more else None)


class Older(
    LastingButton,
    template=r"audit:older:(?P<about>\d{0,20}):(?P<act>[a-z_]{0,40}):(?P<before>\d{1,18})",
):
    """The next page of the audit log."""

    def __init__(self, about: int | None, act: str | None, before: int) -> None:
        self.about, self.act, self.before = about, act, before
        super().__init__(f"audit:older:{about or ''}:{act or ''}:{before}", "Older")

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        about = int(match["about"]) if match["about"] else None
        return cls(about, match["act"] or None, int(match["before"]))

    async def pressed(self, interaction: Interaction) -> None:
        await show_audit(interaction, self.about, self.act, self.before)


LASTING = (Older,)
