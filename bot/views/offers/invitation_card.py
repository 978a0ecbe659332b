"""The card of an invitation, for the member and for its mentor, as it is now."""

from __future__ import annotations

from datetime import datetime

from bot.components.cards import Accent, Card
from bot.components.message_reader import Kept
from bot.formatting import avatar_url, clock, discord_timestamp, plain, quoted
from bot.views.sessions.people import short_name
from bot.views.sessions.refund_policy import invitation_policy
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.points import pricing
from mentorship.sessions.lifecycle import Party
from mentorship.sessions.offers.invitation_views import InvitationView
from mentorship.statuses import InvitationStatus
from wording import times
from wording.durations import session_length
from wording.points import format_points
from wording.reader import Reader
from wording.translation import _, pgettext

_ACCENTS = {
    InvitationStatus.OPEN: Accent.WAITING,
    InvitationStatus.ACCEPTED: Accent.AGREED,
    InvitationStatus.DECLINED: Accent.FAULT,
    InvitationStatus.WITHDRAWN: Accent.FAULT,
    InvitationStatus.EXPIRED: Accent.OVER,
}


def invitation_card(
    invitation: InvitationView,
    reader_id: int,
    guild: GuildSettings,
    reader: Reader,
    now: datetime,
    text: str = "",
) -> Card:
    """Return the card for one of the two people, with `text` or its state below the title."""
    other, is_mentor = invitation.other(reader_id), invitation.party(reader_id) is Party.MENTOR
    is_open = invitation.is_open(now)
    card = Card(
        title=_("Session with {name}", name=plain(other.name)),
        url=f"https://discord.com/users/{other.user_id}",
        text=text or state_text(invitation, reader_id, now),
        accent=_ACCENTS[_current_status(invitation, now)],
        thumbnail=avatar_url(other.user_id, other.avatar),
    )
    card.add_fact(_("When"), discord_timestamp(invitation.starts_at))
    own = invitation.mentor if is_mentor else invitation.mentee
    if is_open and other.timezone is not None and other.timezone != own.timezone:
        name = times.clock_label(short_name(other), other.timezone)
        span = (invitation.starts_at, invitation.ends_at)
        card.add_fact(name, clock(*span, other.timezone, reader))
    price = price_text(invitation.price, guild, reader, for_mentor=is_mentor and is_open)
    length = session_length(invitation.minutes, reader)
    # Translators: the length and price of a session: "60 minutes, free"
    terms = _("{length}, {price}", length=length, price=price)
    card.add_fact(_("Length and price"), terms)
    policy = "" if is_mentor or not is_open else invitation_policy(invitation, guild, reader)
    if policy:
        card.add_fact(_("Cancellation"), policy)
    if invitation.topic:
        card.add_kept(Kept.TOPIC, _("Topic"), invitation.topic)
    if invitation.note:
        label = _("Your note")
        if not is_mentor:
            # Translators: before a note that {name} wrote
            label = _("{name} wrote", name=short_name(invitation.mentor))
        card.add_long_fact(label, quoted(invitation.note))
    return card


def price_text(
    price: int, guild: GuildSettings, reader: Reader, *, for_mentor: bool = False
) -> str:
    """Return a price, and for its mentor what the server's fee leaves of it."""
    if not price:
        return pgettext("a price", "free")
    points = format_points(price, guild, reader)
    payout = pricing.payout(price, guild.fee_percent)
    if not for_mentor or payout == price:
        return points
    # Translators: a price; {payout} is less
    return _(
        "{points} (you get {payout} after the server's fee)",
        points=points,
        payout=format_points(payout, guild, reader),
    )


def state_text(invitation: InvitationView, reader_id: int, now: datetime) -> str:
    """Return what has become of an invitation, or until when it can be answered."""
    is_mentor = invitation.party(reader_id) is Party.MENTOR
    name = short_name(invitation.other(reader_id))
    status, deadline = _current_status(invitation, now), invitation.answer_deadline
    if status is InvitationStatus.OPEN and deadline is not None:
        until = discord_timestamp(deadline)
        if is_mentor:
            return _(
                "{name} can accept until {time}. Your time is reserved until then.",
                name=name,
                time=until,
            )
        return _("You can accept until {time}.", time=until)
    match status:
        case InvitationStatus.ACCEPTED if is_mentor:
            return _("{name} accepted this invitation.", name=name)
        case InvitationStatus.ACCEPTED:
            return _("You accepted this invitation.")
        case InvitationStatus.DECLINED if is_mentor:
            return _("{name} declined this invitation.", name=name)
        case InvitationStatus.DECLINED:
            return _("You declined this invitation.")
        case InvitationStatus.WITHDRAWN if is_mentor:
            return _("You withdrew this invitation.")
        case InvitationStatus.WITHDRAWN:
            return _("{name} withdrew this invitation.", name=name)
    return _("This invitation has expired.")


def _current_status(invitation: InvitationView, now: datetime) -> InvitationStatus:
    """Return the status, also if the clock hasn't written it yet."""
    if invitation.status is InvitationStatus.OPEN and not invitation.is_open(now):
        return InvitationStatus.EXPIRED
    return invitation.status
