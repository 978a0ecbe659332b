"""The greeting of the bot in a new guild, and the notification of a deleted channel or role."""

from __future__ import annotations

from collections.abc import Sequence

from bot.components.cards import Accent, ActionRows, Card, action_rows
from bot.formatting import plain
from bot.views.setup.pages import OpenSetupButton
from wording.translation import N_, _

_EFFECTS = {
    "moderator_role_id": N_(
        "**The moderator role** was deleted. Only people with Manage Server can decide on "
        "applications."
    ),
    "mentor_role_id": N_("**The mentor role** was deleted. Approved mentors get no role."),
    "review_channel_id": N_(
        "**The review channel** was deleted. Nobody can apply to mentor until another is chosen."
    ),
    "notices_channel_id": N_(
        "**The notices channel** was deleted. People whose direct messages are closed aren't "
        "notified."
    ),
    "log_channel_id": N_(
        "**The log channel** was deleted. I no longer post what moderators do. It's still in "
        "`/moderation audit`."
    ),
    "sessions_channel_id": N_(
        "**The channel for group sessions** was deleted. Mentors choose where each of their group "
        "sessions is announced."
    ),
    "requests_channel_id": N_(
        "**The channel for requests for help** was deleted. Mentors get requests for help in "
        "direct messages only."
    ),
    "apply_role_ids": N_(
        "**A role that may apply** was deleted. Members with only that role can no longer apply."
    ),
}
"""What the deletion of a channel or role means, by its setting."""


def welcome_card(guild_id: int, server: str, back: bool) -> tuple[Card, ActionRows]:
    """Return the greeting for the person who invited the bot, with a button to the setup."""
    name = plain(server)
    if back:
        card = Card(
            title=_("Good to be back in {server}", server=name),
            text=_(
                "Your settings, mentors and points are unchanged. Check that the "
                "channels and roles are still right. It takes a minute."
            ),
            accent=Accent.AGREED,
        )
    else:
        purpose = _(
            "With me, experienced members offer their time, and others book them in their own time "
            "zone and pay with the server's points."
        )
        start = _(
            "**One click sets me up.** I need a channel where moderators decide who may mentor, "
            "and I can create it. Everything else has a sensible default that you can change any "
            "time with `/setup` in the server."
        )
        card = Card(
            title=_("Thank you for inviting me to {server}", server=name),
            text=f"{purpose}\n\n{start}",
            accent=Accent.AGREED,
        )
    return card, action_rows(OpenSetupButton(guild_id))


def lost_card(guild_id: int, server: str, settings: Sequence[str]) -> tuple[Card, ActionRows]:
    """Return what the deletion of a channel or role means, with a button to the setup."""
    lines = [_(_EFFECTS[name]) for name in settings]
    card = Card(
        title=_("Something is missing in {server}", server=plain(server)),
        text="\n".join([*lines, "", _("Choose another with `/setup`.")]),
        accent=Accent.WAITING,
    )
    return card, action_rows(OpenSetupButton(guild_id))
