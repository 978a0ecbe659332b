"""All about a group session for one reader, with the buttons of what they can do."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from discord import ui

from bot.actors import actor_of
from bot.components.cards import Card, action_rows
from bot.formatting import avatar_url, discord_timestamp, plain_title, quoted
from bot.interaction import Interaction
from bot.readers import reader_of
from bot.replies import respond
from bot.views.booking.booked import ViewSessionButton
from bot.views.groups.calling_off import cancel_buttons
from bot.views.groups.cards import accent, add_conditions, add_seats, add_terms, host_line
from bot.views.groups.items import DETAILS_SCREEN, LeaveButton
from bot.views.groups.joining import join_button
from bot.views.groups.managing import managing_buttons, managing_menus
from bot.views.groups.moving import move_buttons
from bot.views.groups.options import options_buttons
from bot.views.groups.repeating import repeating_buttons
from bot.views.lateness.buttons import group_late_buttons, late_buttons
from bot.views.lateness.texts import is_current, late_attendees, mentor_delay
from bot.views.notes.group_links import group_links_buttons
from bot.views.sessions.calendar import CalendarFileButton, GroupCalendarButton
from bot.views.sessions.meeting_place import join_buttons, link_text
from bot.views.sessions.people import short_name
from bot.views.sessions.refund_policy import session_policy
from mentorship.sessions.groups import group_details
from mentorship.sessions.groups.group_details import GroupDetails
from mentorship.statuses import UPCOMING, SessionStatus
from wording import groups
from wording.reader import Reader
from wording.times import clock_label, describe_local
from wording.translation import _, pgettext, sentences


async def show_details(interaction: Interaction, group_id: int, note: str = "") -> None:
    """Show a group session to somebody, with what they can do. Raises `NotFound`."""
    db = interaction.client.db
    details = await db.read(group_details.load, actor_of(interaction), group_id)
    reader, now = reader_of(interaction), db.now()
    items = details_buttons(details, now)
    if interaction.guild_id is None:
        # Discord has no members and channels to choose from in a direct message.
        items = [item for item in items if item.width == 1]
    await respond(
        interaction,
        note or None,
        card=details_card(details, reader, now),
        actions=action_rows(*items),
    )


def details_card(details: GroupDetails, reader: Reader, now: datetime) -> Card:
    """Return the card of a group session for one reader."""
    group, guild, seat = details.group, details.guild, details.seat
    card = Card(
        title=plain_title(group.title),
        text=_own_status(details, reader, now),
        accent=accent(group),
        thumbnail=avatar_url(group.mentor.user_id, group.mentor.avatar),
    )
    if group.description:
        card.add_text(quoted(group.description))
    add_terms(card, group, guild, reader)
    if not details.is_mentor and not group.status.is_over:
        label = clock_label(short_name(group.mentor), group.timezone)
        card.add_fact(label, describe_local(group.starts_at, group.ends_at, group.timezone, reader))
    link = (group.mentor_link or group.meeting_link) if details.is_mentor else None
    if seat is not None:
        link = seat.join_link_at(seat.mentee.user_id, now)
    if link is not None and not group.status.is_over:
        card.add_fact(pgettext("an address on the web", "Link"), link_text(link))
    add_seats(card, group, details.attendees, reader)
    if seat is not None and seat.status in UPCOMING:
        # Their own terms, which later changes of the session leave as they are.
        policy = session_policy(seat, seat.mentee.user_id, reader, now)
        if policy:
            card.add_note(policy)
    elif group.status is SessionStatus.CONFIRMED:
        add_conditions(card, group, reader, now)
    return card


def _own_status(details: GroupDetails, reader: Reader, now: datetime) -> str:
    """Return who hosts the session, how it stands, and the reader's own part in it."""
    group, own = details.group, details.own
    # Translators: the line below the title of a group session, for its mentor
    host = _("Your session") if details.is_mentor else host_line(group)
    lines = [f"{host} · {groups.status(group, reader)}"]
    late = mentor_delay(group, reader, now, is_own=details.is_mentor)
    if details.is_mentor and is_current(group.status, group.ends_at, now):
        late = sentences(late, late_attendees(details.late, reader))
    if late:
        lines.append(late)
    if own.seat_status is SessionStatus.SCHEDULED:
        deadline = None if details.seat is None else details.seat.answer_deadline
        if deadline is None:
            keep = _("Keep your seat, or it's given to others.")
        else:
            keep = _(
                "Keep your seat by {time}, or it's given to others.",
                time=discord_timestamp(deadline),
            )
        lines.append(sentences(_("The time has changed."), keep))
    elif own.session_id is not None:
        lines.append(_("**You have a seat.**"))
    elif own.place_in_line is not None:
        # Translators: {ordinal} is "3rd" in English, the bare number "3" elsewhere
        lines.append(_("**You're {ordinal} in line.**", ordinal=groups.ordinal(own.place_in_line)))
    if details.is_mentor and group.status is SessionStatus.CONFIRMED:
        if group.channel_id is None:
            lines.append(_("It isn't announced in a channel."))
        if group.place == "link" and not group.meeting_link:
            lines.append(
                _(
                    "Attendees don't know where to meet yet. Add a meeting link with {button}.",
                    button=pgettext("button", "Edit"),
                )
            )
    return "\n".join(lines)


def details_buttons(details: GroupDetails, now: datetime) -> list[ui.Item[Any]]:
    """Return the buttons of what the reader can do."""
    group, own, seat = details.group, details.own, details.seat
    items: list[ui.Item[Any]] = []
    if seat is not None:
        items += join_buttons(seat, seat.mentee.user_id, now)
        items.append(ViewSessionButton(seat.id, _("My seat")))
        if seat.status in UPCOMING:
            items += [CalendarFileButton.of(seat), LeaveButton(group.id)]
    elif own.place_in_line is not None:
        items.append(LeaveButton(group.id, _("Leave waitlist")))
    elif not details.is_mentor and _can_be_joined(details, now):
        items.append(join_button(group))
    if details.is_mentor:
        link = group.mentor_link_at(now)
        if link is not None:
            items.append(ui.Button(label=pgettext("button of a meeting link", "Join"), url=link))
        items += group_late_buttons(group, now)
    if seat is not None:
        items += late_buttons(seat, seat.mentee.user_id, now)
    own_calendar = details.is_mentor and group.status is not SessionStatus.COMPLETED
    return [
        *items,
        *managing_buttons(details, now),
        *options_buttons(details, now),
        *move_buttons(details, now),
        *repeating_buttons(details, now),
        *cancel_buttons(details, now),
        *group_links_buttons(details),
        *([GroupCalendarButton.of(group)] if own_calendar else []),
        *managing_menus(details, now),
    ]


def _can_be_joined(details: GroupDetails, now: datetime) -> bool:
    group = details.group
    return group.status is SessionStatus.CONFIRMED and group.sign_up_open and now < group.starts_at


DETAILS_SCREEN.register(show_details)
