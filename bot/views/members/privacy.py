"""Erasing a person's data in a guild: what would be erased, and the button that does it."""

from __future__ import annotations

import re
from typing import Self

import discord

from bot.actors import actor_of
from bot.components.cards import Accent, Card, action_rows
from bot.components.persistent import PersistentButton
from bot.errors import sentence
from bot.formatting import discord_timestamp, plain
from bot.guilds.mentor_role import role_change_reason
from bot.interaction import Interaction
from bot.readers import reader_of
from bot.replies import defer, respond
from mentorship.errors import TermsChanged
from mentorship.guilds import guild_settings
from mentorship.operations import own_data
from mentorship.operations.erasure import ErasureTerms
from mentorship.operations.erasure_phases import steps as erasure_steps
from storage.batches import run_in_batches
from wording.lists import enumerated
from wording.points import currency_name, format_points
from wording.translation import N_, _, isolated, ngettext, pgettext, sentences

MAX_SESSIONS_LISTED = 10
NOTHING_KEPT = N_("I keep nothing about you in this server.")
IN_PROGRESS = N_("I'm already erasing your data in this server. It'll be done in a few minutes.")


async def show_erasure_preview(interaction: Interaction, note: str | None = None) -> None:
    """Show what would be erased, which sessions would be cancelled, and what stays.

    `note` is shown above the card.
    """
    db, actor = interaction.client.db, actor_of(interaction)
    preview = await db.read(own_data.preview_erasure, actor)
    if not preview.has_data:
        await respond(interaction, _(NOTHING_KEPT))
        return
    if preview.in_progress:
        await respond(interaction, _(IN_PROGRESS))
        return
    guild = await db.read(guild_settings.load, actor.guild)
    reader = reader_of(interaction)
    points = format_points(preview.points, guild, reader)
    lines = [
        _(
            "This deletes everything I keep about you in this server: your name and time "
            "zone, what you wrote, your settings, and your **{points}** {currency}.",
            points=points,
            currency=currency_name(guild.currency_name),
        ),
    ]
    if preview.is_mentor:
        lines.append(_("You stop being a mentor: your profile and hours are deleted too."))
    cancelled = sorted(
        [
            *((each.starts_at, each.other(actor.user_id).name) for each in preview.upcoming),
            *((each.starts_at, each.title) for each in preview.groups),
        ]
    )
    if cancelled:
        lines.append(_("These sessions are cancelled first, and the other people are notified:"))
        lines.append(
            "\n".join(
                "• " + enumerated((isolated(plain(name)), discord_timestamp(starts_at)), reader)
                for starts_at, name in cancelled[:MAX_SESSIONS_LISTED]
            )
        )
        if len(cancelled) > MAX_SESSIONS_LISTED:
            rest = len(cancelled) - MAX_SESSIONS_LISTED
            # Translators: sessions, after a list of the first ones
            lines.append(ngettext("… and {count} more.", "… and {count} more.", rest))
        if any(each.price and each.mentee.user_id == actor.user_id for each in preview.upcoming):
            lines.append(_("You also lose the points refunded to you for them."))
    lines.append(
        _(
            "Until this server's data is deleted, I keep a scrambled copy of your user "
            "ID. If you come back, you won't get starting points again. A suspension, a "
            "block or the wait after a rejected application still applies."
        )
    )
    lines.append(
        _(
            "Completed sessions stay in the other person's history, without your name. "
            "Your ratings of mentors no longer count. Messages I've sent stay in "
            "Discord. **You can't undo this.**"
        )
    )
    card = Card(
        title=_("Delete your data in this server?"), text="\n\n".join(lines), accent=Accent.FAULT
    )
    card.add_note(_("To see what I keep first, use /privacy export"))
    await respond(
        interaction,
        note,
        card=card,
        actions=action_rows(EraseButton(preview.terms), DismissErasureButton()),
    )


class EraseButton(
    PersistentButton,
    template=r"privacy:forget(?::(?P<sessions>\d{1,6}):(?P<latest>\d{1,18}):(?P<points>\d{1,16})"
    r"(?::(?P<group>\d{1,18}))?)?",
):
    """Erases the data of the person who presses it, if the card still says what they lose.

    Older versions sent the button without the terms: pressing it shows the card again.
    """

    def __init__(self, terms: ErasureTerms | None) -> None:
        self.terms = terms
        suffix = (
            ""
            if terms is None
            else f":{terms.sessions}:{terms.latest_session}:{terms.points}:{terms.latest_group}"
        )
        super().__init__(f"privacy:forget{suffix}", _("Delete my data"), discord.ButtonStyle.danger)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        if match["points"] is None:
            return cls(None)
        sessions, latest, points = (
            int(match["sessions"]),
            int(match["latest"]),
            int(match["points"]),
        )
        return cls(ErasureTerms(sessions, latest, points, int(match["group"] or 0)))

    async def on_press(self, interaction: Interaction) -> None:
        db, actor = interaction.client.db, actor_of(interaction)
        # Erasing a long history takes more than three seconds.
        await defer(interaction)
        if self.terms is None:
            await show_erasure_preview(interaction)
            return
        try:
            erased = await db.run(own_data.erase, actor, self.terms)
        except TermsChanged as error:
            await show_erasure_preview(interaction, sentence(error, reader_of(interaction)))
            return
        if erased is None:
            await respond(interaction, _(NOTHING_KEPT))
            return
        if erased.unfinished is not None:
            await run_in_batches(db, erasure_steps.step, erased.unfinished)
        lines = [_("Done. Your data in this server is deleted.")]
        if erased.cancelled_sessions:
            lines.append(
                ngettext(
                    "{count} session was cancelled, and the other people are notified.",
                    "{count} sessions were cancelled, and the other people are notified.",
                    erased.cancelled_sessions,
                )
            )
        guild = await db.read(guild_settings.load, actor.guild)
        if not await _remove_mentor_role(interaction.user, guild.mentor_role_id):
            role = f"<@&{guild.mentor_role_id}>"
            lines.append(
                _("I couldn't remove your role {role}. Ask a moderator to do it.", role=role)
            )
        await respond(interaction, sentences(*lines))


class DismissErasureButton(PersistentButton, template=r"privacy:keep"):
    """Leaves the card without erasing anything."""

    def __init__(self) -> None:
        super().__init__("privacy:keep", pgettext("button", "Cancel"))

    async def on_press(self, interaction: Interaction) -> None:
        await respond(interaction, _("Nothing was changed."))


async def _remove_mentor_role(member: discord.Member | discord.User, role_id: int | None) -> bool:
    """Remove the mentor role from a member. Returns False if Discord refuses."""
    role = member.get_role(role_id) if isinstance(member, discord.Member) and role_id else None
    if role is None or not isinstance(member, discord.Member):
        return True
    try:
        await member.remove_roles(role, reason=role_change_reason(member.guild, wanted=False))
    except discord.Forbidden:
        return False
    return True
