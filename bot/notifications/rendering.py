"""The words of each notice: a card with the one or two acts that make sense now."""

from __future__ import annotations

from collections.abc import Callable

import discord

from bot.components.persistent import persistent_view
from bot.formatting import plain, quoted
from bot.notifications import points_messages, session_messages
from bot.notifications.message import Card
from bot.views.mentors import application_form
from bot.views.moderation import queue, review_card
from bot.views.moderation.dispute import dispute_card
from bot.views.setup import welcome
from mentorship.delivery.outbox import DueNotice
from mentorship.notifications.catalogue import Kind, Trouble
from mentorship.statuses import RevisionKind

MAX_NAMES = 10
"""People who are named in one message to the moderators."""


def render(notice: DueNotice) -> Card | None:
    """The card of a notice as the facts are now, None when it no longer makes sense."""
    if notice.application is not None:
        return _of_application(notice)
    if notice.kind in _OTHER:
        return _OTHER[notice.kind](notice)
    if notice.session is not None and notice.user_id is not None:
        return session_messages.render(notice, notice.session, notice.user_id)
    return None


def _of_application(notice: DueNotice) -> Card | None:
    asked, guild = notice.application, notice.guild
    assert asked is not None
    change = asked.kind == RevisionKind.CHANGE
    note = quoted(asked.note or "")
    if notice.kind is Kind.APPLICATION_RECEIVED:
        if not asked.is_pending and asked.message_id is None:
            return None
        embed, view = review_card.review_card(asked, guild)
        return Card(review_card.headline(asked), embed, view)
    if notice.kind is Kind.APPROVED:
        return Card(
            "Your new profile text is approved." if change else "You are a mentor now!",
            discord.Embed(
                title="Your new text can be seen" if change else "Welcome among the mentors",
                description="Members see it from now on: `/mentor profile` in the server."
                if change
                else (
                    "The moderators approved your application, and members can find you from now "
                    "on.\n\n**Next:** say when you have time, in the server: "
                    "`/mentor hours` with something like `mon-fri 18:00-21:30; sat 10-14`."
                ),
                colour=discord.Colour.green(),
            ),
        )
    if notice.kind is Kind.CHANGES_REQUESTED:
        return Card(
            "The moderators ask for changes.",
            discord.Embed(
                title="Almost there",
                description=f"Before they decide, the moderators would like a change:\n\n{note}\n\n"
                "What you wrote is still there; change it and send it in again.",
                colour=discord.Colour.orange(),
            ),
            persistent_view(application_form.ResubmitButton(asked.id)),
        )
    again = (
        "Members still see your old text."
        if change
        else f"You can apply again in {guild.reapply_after_days} days with `/mentor apply`."
    )
    return Card(
        "There is an answer from the moderators.",
        discord.Embed(
            title="Not this time",
            description=f"The moderators did not approve what you sent. They wrote:\n\n{note}\n\n"
            f"{again}",
            colour=discord.Colour.light_grey(),
        ),
    )


def _suspended(notice: DueNotice) -> Card:
    cancelled = notice.facts.get("cancelled", 0)
    if cancelled:
        booked = "1 session was" if cancelled == 1 else f"{cancelled} sessions were"
        booked += " cancelled, as you hear separately. "
    else:
        # Perhaps there are none; it is true of them then, too.
        booked = "Sessions that are booked already stand. " if notice.facts.get("kept") else ""
    return Card(
        "There is word from the moderators.",
        discord.Embed(
            title="Your mentor profile is suspended",
            description=f"The moderators wrote:\n\n{quoted(notice.facts.get('reason', ''))}\n\n"
            f"You can't be found or booked for now. {booked}"
            "If you think that this is wrong, please talk to them.",
            colour=discord.Colour.red(),
        ),
    )


def _reinstated(_notice: DueNotice) -> Card:
    return Card(
        "You can mentor again.",
        discord.Embed(
            title="Welcome back",
            description="The moderators have reinstated you, and everything is as you left it. "
            "Members can book you in the hours that you have set: look at them, or set some, with "
            "`/mentor hours` in the server.",
            colour=discord.Colour.green(),
        ),
    )


def _logged(notice: DueNotice) -> Card | None:
    if notice.entry is None:
        return None
    return Card(queue.format_entry(notice.entry))


def _trouble(notice: DueNotice) -> Card:
    """What moderators must mend or know. Nobody else reads it."""
    person = f"<@{notice.facts['about']}>"
    role = f"<@&{notice.guild.mentor_role_id}>"
    takes = notice.facts["with"] == Kind.SUSPENDED
    queued = (
        "Its card comes by itself within five minutes after that; until then you can read it and "
        "decide in `/moderation queue`."
    )
    by_hand = (
        f"The decision stands; please {'take it from' if takes else 'give it to'} {person} by hand."
    )
    match Trouble(notice.facts["trouble"]):
        case Trouble.REVIEW_CLOSED:
            text = (
                f"Something that {person} sent waits for your decision, and I can't write to "
                f"<#{notice.guild.review_channel_id}>. Please allow me View Channel, Send Messages "
                f"and Embed Links there, or choose another channel with `/setup`. {queued}"
            )
        case Trouble.REVIEW_GONE:
            text = (
                f"Something that {person} sent waits for your decision, and the channel where I "
                f"post such things is gone. Please choose another with `/setup`. {queued}"
            )
        case Trouble.LEFT:
            text = f"{person} has left this server, so I could not tell them. The decision stands."
            if notice.facts["with"] in (Kind.APPROVED, Kind.REINSTATED):
                text += (
                    " Members can find and book them all the same: `/moderation suspend` takes "
                    "them out of search. If they come back, please give them the mentor role by "
                    "hand."
                )
        case Trouble.ROLE_GONE:
            text = (
                f"{person} should get the mentor role, and it is gone: somebody deleted it. "
                f"Please choose another with `/setup`. {by_hand}"
            )
        case Trouble.ROLE_REFUSED:
            act, side = ("take", "from") if takes else ("give", "to")
            text = (
                f"I couldn't {act} the role {role} {side} {person}. I need the permission Manage "
                "Roles, and my own role must stand above that one in Server Settings → Roles. "
                f"{by_hand}"
            )
    return Card(text)


def _welcome(notice: DueNotice) -> Card:
    server = notice.facts["server"]
    embed, view = welcome.welcome_card(notice.guild.id, server, notice.facts["back"])
    return Card(f"Hello! I'm in {plain(server)} now.", embed, view)


def _setting_lost(notice: DueNotice) -> Card:
    embed, view = welcome.lost_card(
        notice.guild.id, notice.facts["server"], notice.facts["settings"]
    )
    return Card("Something that I need was deleted.", embed, view)


def _undelivered(notice: DueNotice) -> Card | None:
    lost = notice.unreached or {}
    if not lost:
        return None
    lines = [
        f"• <@{user_id}>: {_number(number, 'message')}"
        if user_id
        else f"• {_number(number, 'message')} to this server's channels"
        for user_id, number in sorted(lost.items(), key=lambda each: -each[1])[:MAX_NAMES]
    ]
    if len(lost) > MAX_NAMES:
        lines.append(f"• and {len(lost) - MAX_NAMES} more people")
    return Card(
        "Some messages did not arrive in the last hour:\n"
        + "\n".join(lines)
        + "\nMost often somebody's direct messages are closed. They see what they missed when they "
        "next use one of my commands. `/setup` says whether I may write in the channels."
    )


def _place_failed(notice: DueNotice) -> Card:
    return Card(
        f"I can't make the place to meet that this server has chosen: {notice.facts['problem']} "
        "Until that is mended, people meet by the mentor's own link."
    )


def _number(count: int, of: str) -> str:
    return f"{count} {of}" if count == 1 else f"{count} {of}s"


def _dispute(notice: DueNotice) -> Card | None:
    if notice.session is None:
        return None
    return Card(*dispute_card(notice.session, notice.guild))


_OTHER: dict[Kind, Callable[[DueNotice], Card | None]] = {
    Kind.SUSPENDED: _suspended,
    Kind.REINSTATED: _reinstated,
    Kind.LOGGED: _logged,
    Kind.TROUBLE: _trouble,
    Kind.UNDELIVERED: _undelivered,
    Kind.PLACE_FAILED: _place_failed,
    Kind.DISPUTE_OPENED: _dispute,
    Kind.POINTS: points_messages.points_changed,
    Kind.WELCOME: _welcome,
    Kind.SETTING_LOST: _setting_lost,
}
