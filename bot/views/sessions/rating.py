"""Rating a session, writing a review, and the mentor's reply."""

from __future__ import annotations

import re
from typing import Self

import discord
from discord import ui

from bot.actors import actor_of
from bot.components.cards import Accent, ActionRows, Card, action_rows
from bot.components.persistent import Form, PersistentButton
from bot.drafts import FlowKey
from bot.errors import sentence
from bot.formatting import plain, quoted, shortened, stars
from bot.interaction import Interaction
from bot.readers import reader_of
from bot.replies import edit_card, respond
from bot.views.booking.items import book_again_buttons
from bot.views.recognition.thanks import SayThanksButton
from bot.views.sessions.list_navigation import back_to_list
from bot.views.sessions.people import short_name
from bot.views.sessions.session_actions import RefusableButton
from mentorship.errors import NotFound, Subject, TermsChanged
from mentorship.sessions import session_views
from mentorship.sessions.follow_up import reviews, thanks
from mentorship.sessions.session_reviews import SessionReview
from mentorship.sessions.session_views import SessionView
from wording.names import first_name
from wording.translation import N_, _


def replied_before_change() -> str:
    """Return what stands above a reply that answers an earlier text of the review."""
    return _("Replied before the review was changed:")


def rating_card(session: SessionView, text: str = "") -> tuple[Card, ActionRows]:
    """Return the question how the session was, or the given rating with its review `text`."""
    return _question(session, text), action_rows(*_answers(session, text))


def _question(session: SessionView, text: str) -> Card:
    name = short_name(session.mentor)
    if session.stars is None:
        return Card(
            title=_("How was your session with {name}?", name=name),
            text=_("Your rating helps others choose. You can change it for 14 days."),
            accent=Accent.NEUTRAL,
        )
    text_below = _("Thank you! Press another star to change it. A short review helps even more.")
    if text:
        text_below = _(
            "Thank you! {name} and other members can read it. You can change both for 14 days.",
            name=name,
        )
        text_below = f"{quoted(shortened(text, 900))}\n\n{text_below}"
    # Translators: {stars} is “★★★★☆”.
    title = _("You gave {name} {stars}", name=name, stars=stars(session.stars))
    return Card(title=title, text=text_below, accent=Accent.AGREED)


def _answers(session: SessionView, text: str) -> list[PersistentButton]:
    buttons: list[PersistentButton] = [StarsButton(session.id, count) for count in range(1, 6)]
    if session.stars is not None:
        write_review = WriteReviewButton(session.id)
        if text:
            write_review.item.label = _("Edit review")
        buttons.append(write_review)
        if thanks.can_be_thanked(session, None):
            buttons.append(SayThanksButton(session.id))
        buttons += [*book_again_buttons(session, session.mentee.user_id)]
    return buttons


def _answers_with_way_back(interaction: Interaction, session: SessionView, text: str) -> ActionRows:
    """Return the buttons of the rating, and the button back to the list."""
    buttons = _answers(session, text)
    back = back_to_list(interaction)
    if back:
        # Keeps the stars away from the place of "Rate", where a double click would press them.
        for button in buttons:
            button.item.row = 1 if isinstance(button, StarsButton) else 0
    return action_rows(*back, *buttons)


async def update_to_rating(interaction: Interaction, session: SessionView, text: str = "") -> None:
    """Replace the pressed card by the rating."""
    await edit_card(
        interaction,
        card=_question(session, text),
        actions=_answers_with_way_back(interaction, session, text),
    )


class _RatingButton(RefusableButton, template="unused"):
    """A button about the rating of a session. `key` is the end of its custom id."""

    key = ""
    label = "…"
    style = discord.ButtonStyle.secondary

    def __init_subclass__(cls, *, template: str = "", **kwargs: object) -> None:
        super().__init_subclass__(template=template or rf"rate:(?P<id>\d+):{cls.key}", **kwargs)

    def __init__(self, session_id: int) -> None:
        self.session_id = session_id
        super().__init__(f"rate:{session_id}:{self.key}", _(self.label), self.style)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["id"]))


class RateButton(_RatingButton):
    """Shows the rating of a session, given or not."""

    # Translators: a button: to rate a session.
    key, label, style = "begin", N_("Rate"), discord.ButtonStyle.primary

    async def perform(self, interaction: Interaction) -> None:
        session, review = await interaction.client.db.read(
            reviews.load_for_rating, actor_of(interaction), self.session_id
        )
        text = review.text if review is not None else ""
        actions = _answers_with_way_back(interaction, session, text)
        await respond(interaction, card=_question(session, text), actions=actions)


class StarsButton(_RatingButton, template=r"rate:(?P<id>\d+):(?P<stars>[1-5])"):
    """Gives one to five stars."""

    def __init__(self, session_id: int, count: int) -> None:
        self.session_id, self.count = session_id, count
        PersistentButton.__init__(self, f"rate:{session_id}:{count}", f"{count} ★")

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["id"]), int(match["stars"]))

    async def perform(self, interaction: Interaction) -> None:
        rated = await interaction.client.db.run(
            reviews.rate, actor_of(interaction), self.session_id, self.count
        )
        await update_to_rating(interaction, rated.session, rated.text)


class WriteReviewButton(_RatingButton):
    """Opens the form for the text of the review."""

    key, label = "words", N_("Write a review")

    async def perform(self, interaction: Interaction) -> None:
        session, review = await interaction.client.db.read(
            reviews.load_for_rating, actor_of(interaction), self.session_id
        )
        if review is None:
            raise NotFound(Subject.RATING)
        await interaction.response.send_modal(ReviewForm(session, review.stars, review.text))


class ReviewForm(Form):
    """The text of a review, filled in with the current one."""

    def __init__(self, session: SessionView, stars: int, text: str) -> None:
        super().__init__(title=_("Your review"))
        self.session, self.session_id, self.stars = session, session.id, stars
        self.draft_flow = f"review-{session.id}"
        self.text = self.add_text_area(
            "words",
            _("How was it?"),
            _("{name} and other members can read it", name=first_name(session.mentor.name)),
            max_length=reviews.LONGEST_REVIEW,
            required=False,
            default=text or None,
        )

    async def on_submit(  # type: ignore[override]  # the client's type is known
        self, interaction: Interaction
    ) -> None:
        rated = await interaction.client.db.run(
            reviews.rate, actor_of(interaction), self.session_id, self.stars, self.text.value
        )
        await update_to_rating(interaction, rated.session, rated.text)

    def reopened(self) -> ReviewForm:
        return ReviewForm(self.session, self.stars, self.text.value)


def rated_card(session: SessionView, review: SessionReview) -> tuple[Card, ActionRows]:
    """Return the card of a review for the mentor, who may reply to its text as it is now."""
    text = f"\n\n{quoted(review.text)}" if review.text else ""
    name = plain(session.mentee.name)
    card = Card(
        title=_("{name} changed their review", name=name)
        if review.reply_is_outdated
        else _("{name} rated your session", name=name),
        text=f"## {stars(review.stars)}{text}",
        accent=Accent.WAITING,
    )
    if review.reply is not None:
        label = _("Your reply to the earlier text") if review.reply_is_outdated else _("Your reply")
        card.add_fact(label, quoted(shortened(review.reply, 900)))
    return card, action_rows(ReplyButton(session.id)) if review.can_be_replied_to else ()


def add_review(card: Card, review: SessionReview) -> None:
    """Add a review and its reply to the card of the session."""
    text = f"\n{quoted(shortened(review.text, 900))}" if review.text else ""
    card.add_fact(_("Rating"), f"{stars(review.stars)}{text}")
    if review.reply is not None:
        reply = quoted(shortened(review.reply, 900))
        if review.reply_is_outdated:
            reply = f"*{replied_before_change()}*\n{reply}"
        card.add_fact(_("The mentor's reply"), reply)


def add_hidden_review(card: Card, review: SessionReview) -> None:
    """Add to the card of a session, for the mentee, that their review is hidden, and why."""
    reason = f"\n{quoted(shortened(review.hidden_reason, 300))}" if review.hidden_reason else ""
    hidden = _("Hidden by the moderators, so it doesn't count.")
    value = f"{stars(review.stars)}\n{hidden}{reason}"
    card.add_fact(_("Your review"), value)


class ReplyButton(_RatingButton):
    """Opens the form for the mentor's reply to a review."""

    # Translators: a button: to reply to a review.
    key, label = "reply", N_("Reply")

    async def perform(self, interaction: Interaction) -> None:
        db = interaction.client.db
        actor = actor_of(interaction)
        review = await db.read(reviews.load_for_reply, actor, self.session_id)
        session = await db.read(session_views.load_for_participant, actor, self.session_id)
        key = FlowKey.of(interaction, _reply_flow(self.session_id))
        draft = interaction.client.drafts.typed.get(key, db.now())
        await interaction.response.send_modal(ReplyForm(session, review, draft))


def _reply_flow(session_id: int) -> str:
    return f"reply-{session_id}"


class ReplyForm(Form):
    """The mentor's reply, below the text of the review. A reply answers only the text it is below.

    `draft` is what the mentor wrote about an earlier text.
    """

    def __init__(self, session: SessionView, review: SessionReview, draft: str | None) -> None:
        super().__init__(title=_("Your reply"))
        self.session, self.review = session, review
        self.session_id, self.seen_change = session.id, review.changed_at
        self.draft_flow = f"reply-{session.id}"
        self.add_item(ui.TextDisplay(quoted(review.text)))
        self.text = self.add_text_area(
            "words",
            _("What would you like to say?"),
            _("Members read it below the review. You can't change it later."),
            max_length=reviews.LONGEST_REPLY,
            default=draft,
        )

    async def on_submit(  # type: ignore[override]  # the client's type is known
        self, interaction: Interaction
    ) -> None:
        db, drafts = interaction.client.db, interaction.client.drafts.typed
        actor, key = actor_of(interaction), FlowKey.of(interaction, _reply_flow(self.session_id))
        session = await db.read(session_views.load_for_participant, actor, self.session_id)
        try:
            review = await db.run(
                reviews.reply, actor, self.session_id, self.text.value, self.seen_change
            )
        except TermsChanged as error:
            # The mentor reads the new text first; what they wrote is in the form again.
            drafts.put(key, self.text.value, db.now())
            review = await db.read(reviews.load_for_reply, actor, self.session_id)
            answer = sentence(error, reader_of(interaction))
        else:
            drafts.pop(key, db.now())
            answer = _("{name} will read your reply.", name=short_name(session.mentee))
        card, actions = rated_card(session, review)
        await edit_card(interaction, answer, card=card, actions=actions)

    def reopened(self) -> ReplyForm:
        return ReplyForm(self.session, self.review, self.text.value)
