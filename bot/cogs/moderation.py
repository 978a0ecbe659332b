"""`/moderation`: commands for moderators."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import discord
from discord import app_commands
from discord.ext import commands

from bot.actors import actor_of
from bot.autocomplete import parse_id, require_id
from bot.formatting import mention, plain, shortened, stars
from bot.interaction import BotClient, Interaction
from bot.readers import reader_of
from bot.replies import respond
from bot.views.members.points import recipient_of
from bot.views.moderation.adjustments import adjust_balance
from bot.views.moderation.audit_log import show_audit
from bot.views.moderation.demand import show_demand
from bot.views.moderation.queue import show_queue
from bot.views.moderation.suspension import start_suspension
from mentorship.administration import audit, moderation, moderation_lists
from mentorship.administration.moderation_lists import ReviewRow
from mentorship.errors import Field, MentorshipError
from mentorship.members import blocks
from mentorship.points.ledger import Cause
from mentorship.statuses import ProfileStatus
from wording.administration.audit import action_name, find_action
from wording.names import first_name, tell_apart
from wording.times import full_date
from wording.translation import _, ngettext

Choice = app_commands.Choice[str]
Reason = app_commands.Range[str, 1, 300]


class Moderation(
    commands.GroupCog, group_name="moderation", group_description="For this server's moderators"
):
    def __init__(self, bot: BotClient) -> None:
        self.bot = bot

    @app_commands.command(description="See everything that needs a moderator's decision")
    async def queue(self, interaction: Interaction) -> None:
        await show_queue(interaction)

    @app_commands.command(description="See what members are waiting for help with")
    async def demand(self, interaction: Interaction) -> None:
        await show_demand(interaction)

    @app_commands.command(description="Take a mentor out of search and booking")
    @app_commands.describe(
        mentor="The mentor to suspend",
        reason="The mentor will read it",
        sessions="What happens to sessions that are already booked",
    )
    @app_commands.choices(
        sessions=[
            app_commands.Choice(name="Keep them", value="keep"),
            app_commands.Choice(name="Cancel and refund them all", value="cancel"),
        ]
    )
    async def suspend(
        self,
        interaction: Interaction,
        mentor: str,
        reason: Reason,
        sessions: app_commands.Choice[str],
    ) -> None:
        await start_suspension(
            interaction,
            require_id(mentor, Field.MENTOR),
            reason,
            cancel_sessions=sessions.value == "cancel",
        )

    @app_commands.command(description="Let a suspended mentor mentor again")
    @app_commands.describe(mentor="The mentor to reinstate")
    async def reinstate(self, interaction: Interaction, mentor: str) -> None:
        status = await self.bot.db.run(
            moderation.reinstate, actor_of(interaction), require_id(mentor, Field.MENTOR)
        )
        await respond(
            interaction,
            _("{mentor} can mentor again and will be notified.", mentor=f"<@{mentor}>")
            if status is ProfileStatus.APPROVED
            else _(
                "{mentor} erased their data while they were suspended. They can apply again.",
                mentor=f"<@{mentor}>",
            ),
        )

    @app_commands.command(
        name="hide-review", description="Hide a review so that it no longer counts"
    )
    @app_commands.describe(review="The review to hide", reason="The author will read it")
    async def hide_review(self, interaction: Interaction, review: str, reason: Reason) -> None:
        review_id, changed_at = _read_review(review)
        hidden = await self.bot.db.run(
            moderation.hide_review, actor_of(interaction), review_id, reason, changed_at
        )
        await respond(
            interaction,
            _(
                "{author}'s review of {mentor} is hidden and no longer counts. To undo this: "
                "`/moderation show-review`.",
                **_names_of(hidden),
            ),
        )

    @app_commands.command(name="show-review", description="Make a hidden review visible again")
    @app_commands.describe(review="The review to show again")
    async def show_review(self, interaction: Interaction, review: str) -> None:
        shown = await self.bot.db.run(
            moderation.show_review, actor_of(interaction), _read_review(review)[0]
        )
        await respond(
            interaction,
            _("{author}'s review of {mentor} is visible again.", **_names_of(shown)),
        )

    @app_commands.command(description="Grant points to a member")
    @app_commands.describe(
        member="Who gets them", amount="How many points", reason="The member will read it"
    )
    async def grant(
        self,
        interaction: Interaction,
        member: discord.Member | discord.User,
        amount: int,
        reason: Reason,
    ) -> None:
        await adjust_balance(interaction, Cause.GRANT, recipient_of(member), amount, reason)

    @app_commands.command(description="Deduct points from a member")
    @app_commands.describe(
        member="Who loses them", amount="How many points", reason="The member will read it"
    )
    async def deduct(
        self,
        interaction: Interaction,
        member: discord.Member | discord.User,
        amount: int,
        reason: Reason,
    ) -> None:
        await adjust_balance(interaction, Cause.DEDUCTION, recipient_of(member), amount, reason)

    @app_commands.command(name="blocks", description="See how many members have blocked someone")
    @app_commands.describe(member="The member to look up. You won't see who blocked them")
    async def count_blocks(
        self, interaction: Interaction, member: discord.Member | discord.User
    ) -> None:
        number = await self.bot.db.read(blocks.count_blockers, actor_of(interaction), member.id)
        if number:
            text = ngettext(
                "{count} member has blocked {member}.",
                "{count} members have blocked {member}.",
                number,
                member=member.mention,
            )
        else:
            text = _("Nobody has blocked {member}.", member=member.mention)
        await respond(interaction, text)

    @app_commands.command(description="See what moderators did")
    @app_commands.describe(member="Done by or to this person", action="Only this kind of action")
    async def audit(
        self,
        interaction: Interaction,
        member: discord.Member | None = None,
        action: app_commands.Range[str, 1, 40] | None = None,
    ) -> None:
        known = action and find_action(action, reader_of(interaction))
        await show_audit(interaction, member.id if member else None, known)

    @suspend.autocomplete("mentor")
    async def suggest_to_suspend(self, interaction: Interaction, typed: str) -> list[Choice]:
        return await self._mentors(
            interaction, typed, ProfileStatus.APPROVED, ProfileStatus.STOPPED
        )

    @reinstate.autocomplete("mentor")
    async def suggest_to_reinstate(self, interaction: Interaction, typed: str) -> list[Choice]:
        return await self._mentors(interaction, typed, ProfileStatus.SUSPENDED)

    async def _mentors(
        self, interaction: Interaction, typed: str, *statuses: ProfileStatus
    ) -> list[Choice]:
        try:
            mentors = await self.bot.db.read(
                moderation_lists.list_mentors, actor_of(interaction), *statuses, typed=typed
            )
        except MentorshipError:
            # Suggestions have no room for an explanation; the command itself gives it.
            return []
        names = tell_apart({mentor.user_id: shortened(mentor.name, 70) for mentor in mentors})
        return [
            app_commands.Choice(name=names[mentor.user_id], value=str(mentor.user_id))
            for mentor in mentors
        ]

    @hide_review.autocomplete("review")
    async def suggest_to_hide(self, interaction: Interaction, typed: str) -> list[Choice]:
        return await self._reviews(interaction, typed, hidden=False)

    @show_review.autocomplete("review")
    async def suggest_to_show(self, interaction: Interaction, typed: str) -> list[Choice]:
        return await self._reviews(interaction, typed, hidden=True)

    async def _reviews(self, interaction: Interaction, typed: str, *, hidden: bool) -> list[Choice]:
        try:
            reviews = await self.bot.db.read(
                moderation_lists.list_reviews, actor_of(interaction), typed, hidden=hidden
            )
        except MentorshipError:
            return []
        reader = reader_of(interaction)
        people = {review.author_id: review.author_name for review in reviews}
        people |= {review.mentor_id: review.mentor_name for review in reviews}
        names = tell_apart(people)
        return [
            app_commands.Choice(
                name=shortened(
                    f"{names[review.author_id]} → {names[review.mentor_id]} · "
                    f"{full_date(review.created_at, reader)} · "
                    f"{stars(review.stars)} {review.text}",
                    100,
                ),
                value=f"{review.id}:{round(review.changed_at.timestamp() * 1_000_000)}",
            )
            for review in reviews
        ]

    @audit.autocomplete("action")
    async def suggest_actions(self, interaction: Interaction, typed: str) -> list[Choice]:
        try:
            actions = await self.bot.db.read(audit.list_actions, actor_of(interaction))
        except MentorshipError:
            return []
        reader = reader_of(interaction)
        names = sorted((action_name(action, reader), action) for action in actions)
        return [
            app_commands.Choice(name=name, value=action)
            for name, action in names
            if typed.casefold() in name.casefold()
        ][:25]


def _read_review(value: str) -> tuple[int, datetime]:
    """Return the id of a suggested review, and when the suggested text was last changed.

    So a moderator doesn't hide another text than the one in the list. An id alone names no text, so
    its time is one at which there were no reviews. Raises `InvalidField` for typed text.
    """
    review_id, _, changed_at = value.partition(":")
    microseconds = min(parse_id(changed_at) or 0, _LAST_MICROSECOND)
    changed = datetime.fromtimestamp(0, UTC) + timedelta(microseconds=microseconds)
    return require_id(review_id, Field.REVIEW), changed


_LAST_MICROSECOND = 250_000_000_000_000_000
"""In the year 9892: later than any review, and early enough for a datetime."""


def _names_of(review: ReviewRow) -> dict[str, str]:
    """Return whose review of whom it is; the author has a placeholder if they were erased."""
    return {
        "author": mention(review.author_id, review.author_name),
        "mentor": plain(first_name(review.mentor_name)),
    }
