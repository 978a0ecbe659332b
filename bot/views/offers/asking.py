"""`/ask` and `/requests`: asking mentors for help, and withdrawing it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Self

import discord
from discord import ui

from bot.actors import actor_of
from bot.components.cards import Accent, Card, action_rows
from bot.components.message_reader import Kept, kept_text
from bot.components.persistent import Form, PersistentButton
from bot.formatting import plain
from bot.interaction import Interaction
from bot.readers import reader_of
from bot.replies import respond
from bot.views.offers.invitation_form import read_price
from bot.views.offers.request_card import own_text, request_card
from mentorship.guilds import guild_settings
from mentorship.sessions.offers import help_requests, request_views
from mentorship.sessions.offers.help_requests import LONGEST_TAG, LONGEST_TEXT, HelpRequestDraft
from mentorship.sessions.offers.request_views import PartOfDay
from wording.offers.help_requests import TIME_OPTIONS, describe_times
from wording.points import format_points
from wording.translation import _, pgettext


async def show_preview(interaction: Interaction, draft: HelpRequestDraft) -> None:
    """Show what asking would send to mentors. Nothing is sent yet."""
    db, actor, reader = interaction.client.db, actor_of(interaction), reader_of(interaction)
    draft = await db.read(help_requests.preview, actor, draft)
    guild = await db.read(guild_settings.load, actor.guild)
    card = Card(
        title=_("Ask for help with {expertise}?", expertise=plain(draft.tag)),
        text=_(
            "Mentors with this expertise read your name and the following. The "
            "first who can help offers you a time, and you decide."
        ),
    )
    if guild.requests_channel_id is not None:
        channel = f"<#{guild.requests_channel_id}>"
        note = _(
            "It's also posted in {channel}, where others can read it until it ends.",
            channel=channel,
        )
        card.add_note(note)
    card.add_kept(Kept.EXPERTISE, _("Expertise"), draft.tag)
    card.add_kept(Kept.TOPIC, pgettext("before the topic of a request", "About"), draft.text)
    card.add_fact(_("When"), describe_times(draft.times, reader))
    if draft.most_points is not None:
        card.add_fact(
            pgettext("before a price", "At most"), format_points(draft.most_points, guild, reader)
        )
    await respond(
        interaction,
        card=card,
        actions=action_rows(SendHelpRequestButton(draft), DismissHelpRequestButton()),
    )


class SendHelpRequestButton(
    PersistentButton, template=r"ask:send:(?P<times>[a-z,]{0,60}):(?P<points>\d{0,16})"
):
    """Asks for the help that the card describes."""

    def __init__(self, draft: HelpRequestDraft) -> None:
        self.draft = draft
        points = "" if draft.most_points is None else draft.most_points
        custom_id = f"ask:send:{','.join(draft.times)}:{points}"
        super().__init__(custom_id, _("Ask mentors"), discord.ButtonStyle.success)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        points = int(match["points"]) if match["points"] else None
        return cls(HelpRequestDraft("", "", _read_times(match["times"]), points))

    async def on_press(self, interaction: Interaction) -> None:
        db, actor, reader = interaction.client.db, actor_of(interaction), reader_of(interaction)
        kept = kept_text(interaction.message)
        draft = HelpRequestDraft(
            kept.get(Kept.EXPERTISE, ""),
            kept.get(Kept.TOPIC, ""),
            self.draft.times,
            self.draft.most_points,
        )
        request = await db.run(help_requests.ask, actor, draft)
        guild = await db.read(guild_settings.load, request.guild_id)
        await respond(
            interaction,
            _("Request sent."),
            card=request_card(request, guild, reader, own_text(request, reader)),
            actions=action_rows(WithdrawHelpRequestButton(request.id)),
        )


def _read_times(text: str) -> tuple[PartOfDay, ...]:
    """Return the parts of the day in a custom id."""
    known = {part.value for part in PartOfDay}
    return tuple(PartOfDay(part) for part in text.split(",") if part in known)


class DismissHelpRequestButton(PersistentButton, template=r"ask:dismiss"):
    """Leaves the preview without a request."""

    def __init__(self) -> None:
        super().__init__("ask:dismiss", pgettext("button", "Cancel"))

    async def on_press(self, interaction: Interaction) -> None:
        await respond(interaction, _("No request was sent."))


class WithdrawHelpRequestButton(PersistentButton, template=r"ask:withdraw:(?P<id>\d{1,18})"):
    """Withdraws one's own request, and declines an offer that is open."""

    def __init__(self, request_id: int) -> None:
        self.request_id = request_id
        super().__init__(f"ask:withdraw:{request_id}", _("Withdraw request"))

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["id"]))

    async def on_press(self, interaction: Interaction) -> None:
        await interaction.client.db.run(
            help_requests.withdraw, actor_of(interaction), self.request_id
        )
        await respond(interaction, _("You withdrew your request for help."))


async def show_requests(interaction: Interaction) -> None:
    """Show the person's open requests, each with a button to withdraw it."""
    db, actor, reader = interaction.client.db, actor_of(interaction), reader_of(interaction)
    requests = await db.read(request_views.list_open, actor)
    card = Card(title=_("Your requests for help"), accent=Accent.NEUTRAL)
    if not requests:
        card.text = _("You have no open requests. Ask mentors for help with `/ask`.")
    for request in requests[:10]:
        text = (
            f"**{plain(request.tag)}** · {plain(request.text[:200])}\n{own_text(request, reader)}"
        )
        card.add_section(text, WithdrawHelpRequestButton(request.id))
    await respond(interaction, card=card)


class AskForHelpButton(PersistentButton, template=r"ask:open(?::(?P<times>[a-z,]{0,60}))?"):
    """Opens the form for a request, where somebody has found no mentor.

    The expertise and topic that the card keeps are filled in, and `times` that suit.
    """

    def __init__(self, times: tuple[PartOfDay, ...] = ()) -> None:
        self.times = times
        custom_id = f"ask:open:{','.join(times)}" if times else "ask:open"
        super().__init__(custom_id, _("Ask for help"), discord.ButtonStyle.primary)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(_read_times(match["times"] or ""))

    async def on_press(self, interaction: Interaction) -> None:
        kept = kept_text(interaction.message)
        expertise = kept.get(Kept.EXPERTISE) or kept.get(Kept.MENTOR_QUERY) or ""
        about = kept.get(Kept.TOPIC) or kept.get(Kept.WORDS) or ""
        form = AskForm(expertise[:LONGEST_TAG], about, times=self.times)
        await interaction.response.send_modal(form)


class AskForm(Form):
    """What somebody needs help with, and what they can pay, as text."""

    def __init__(
        self, expertise: str, about: str = "", points: str = "", times: Sequence[PartOfDay] = ()
    ) -> None:
        super().__init__(title=_("Ask mentors for help"))
        self.draft_flow = "ask"
        self.expertise = self.add_line(
            "expertise", _("Expertise"), max_length=LONGEST_TAG, default=expertise
        )
        self.about = self.add_text_area(
            "about",
            _("What is it about?"),
            _("Mentors read it"),
            max_length=LONGEST_TEXT,
            default=about or None,
        )
        self.when = ui.Select["AskForm"](
            custom_id="when",
            # Translators: below the question "When does it suit you?", if nothing is chosen
            placeholder=_("Any time"),
            required=False,
            min_values=0,
            max_values=len(TIME_OPTIONS),
            options=[
                discord.SelectOption(label=_(label), value=part.value, default=part in times)
                for part, label in TIME_OPTIONS.items()
            ],
        )
        self.add_item(ui.Label(text=_("When does it suit you?"), component=self.when))
        self.points = self.add_line(
            "points",
            _("Points"),
            _("The most a session may cost. Empty for any price."),
            max_length=20,
            default=points,
            required=False,
        )

    def reopened(self) -> AskForm:
        times = [PartOfDay(value) for value in self.when.values]
        return AskForm(self.expertise.value, self.about.value, self.points.value, times)

    async def on_submit(  # type: ignore[override]  # the client's type is known
        self, interaction: Interaction
    ) -> None:
        draft = HelpRequestDraft(
            self.expertise.value,
            self.about.value,
            tuple(PartOfDay(value) for value in self.when.values),
            read_price(self.points.value),
        )
        await show_preview(interaction, draft)
