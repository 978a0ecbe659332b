"""Stars and words for a session, and the mentor's reply."""

from __future__ import annotations

import re
from typing import Self

import discord
from discord import ui

from bot.actors import actor_of
from bot.components.persistent import Form, PersistentButton, persistent_view
from bot.formatting import plain, quoted, shortened, stars
from bot.interaction import Interaction
from bot.replies import NO_MENTIONS, respond
from mentorship.errors import NotFound, Subject
from mentorship.sessions import reviews, session_views
from mentorship.sessions.reviews import SessionReview
from mentorship.sessions.session_views import SessionView


def rating_card(session: SessionView, words: str = "") -> tuple[discord.Embed, ui.View]:
    """The question how good it was, or the answer that was given, with its `words` if any."""
    return _question(session, words), persistent_view(*_answers(session, words))


def _question(session: SessionView, words: str) -> discord.Embed:
    name = plain(session.mentor.name)
    if session.stars is None:
        return discord.Embed(
            title=f"How was your session with {name}?",
            description="Your rating helps others to choose. You can change it for 14 days.",
            colour=discord.Colour.blurple(),
        )
    thanks = "Thank you! Another star changes it; a few words help even more."
    if words:
        thanks = (
            f"{quoted(shortened(words, 900))}\n\nThank you! {name} reads it, too. You can change "
            "both for 14 days."
        )
    return discord.Embed(
        title=f"You gave {name} {stars(session.stars)}",
        description=thanks,
        colour=discord.Colour.green(),
    )


def _answers(session: SessionView, words: str) -> list[PersistentButton]:
    items: list[PersistentButton] = [StarsButton(session.id, count) for count in range(1, 6)]
    if session.stars is not None:
        write = WriteReviewButton(session.id)
        if words:
            write.item.label = "Change your words"
        items.append(write)
    return items


def _with_way_back(interaction: Interaction, session: SessionView, words: str) -> ui.View:
    """The answers, and the way back to the list that the card is from."""
    # What lists sessions shows them with these buttons, so one of the two has to wait.
    from bot.views.sessions.session_list import back_to_list

    items = _answers(session, words)
    back = back_to_list(interaction)
    if back:
        # The stars are not to come up under a finger that has just pressed "Rate".
        for item in items:
            item.item.row = 1 if isinstance(item, StarsButton) else 0
    return persistent_view(*back, *items)


async def update_to_rating(interaction: Interaction, session: SessionView, words: str = "") -> None:
    """Let the card that was pressed be about the rating."""
    await interaction.response.edit_message(
        content=None,
        embed=_question(session, words),
        view=_with_way_back(interaction, session, words),
        allowed_mentions=NO_MENTIONS,
    )


class _RatingButton(PersistentButton, template="unused"):
    """A button about the rating of one session; `key` is what pressing it leads to."""

    key = ""
    label = ""
    style = discord.ButtonStyle.secondary
    emoji: str | None = None

    def __init_subclass__(cls, *, template: str = "", **kwargs: object) -> None:
        super().__init_subclass__(template=template or rf"rate:(?P<id>\d+):{cls.key}", **kwargs)

    def __init__(self, session_id: int) -> None:
        self.session_id = session_id
        super().__init__(f"rate:{session_id}:{self.key}", self.label, self.style, self.emoji)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["id"]))


class RateButton(_RatingButton):
    """To the stars of a session, given or not yet."""

    key, label, style = "begin", "Rate", discord.ButtonStyle.primary

    async def on_press(self, interaction: Interaction) -> None:
        db = interaction.client.db
        session = await db.read(
            session_views.load_for_participant, actor_of(interaction), self.session_id
        )
        review = await db.read(reviews.of_session, self.session_id)
        words = review.text if review is not None else ""
        view = _with_way_back(interaction, session, words)
        await respond(interaction, embed=_question(session, words), view=view)


class StarsButton(PersistentButton, template=r"rate:(?P<id>\d+):(?P<stars>[1-5])"):
    """One to five stars, given by one press."""

    def __init__(self, session_id: int, count: int) -> None:
        self.session_id, self.count = session_id, count
        super().__init__(f"rate:{session_id}:{count}", f"{count} ★")

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["id"]), int(match["stars"]))

    async def on_press(self, interaction: Interaction) -> None:
        rated = await interaction.client.db.run(
            reviews.rate, actor_of(interaction), self.session_id, self.count
        )
        await update_to_rating(interaction, rated.session, rated.text)


class WriteReviewButton(_RatingButton):
    """Adds words to the stars."""

    key, label, emoji = "words", "Add a few words", "✏️"

    async def on_press(self, interaction: Interaction) -> None:
        db = interaction.client.db
        session = await db.read(
            session_views.load_for_participant, actor_of(interaction), self.session_id
        )
        if session.stars is None:
            raise NotFound(Subject.RATING)
        review = await db.read(reviews.of_session, self.session_id)
        text = review.text if review is not None else ""
        await interaction.response.send_modal(ReviewForm(session, session.stars, text))


class ReviewForm(Form, title="Your review"):
    """The words beside the stars, filled in with those that were given before."""

    def __init__(self, session: SessionView, given: int, text: str) -> None:
        super().__init__()
        self.session_id, self.stars = session.id, given
        self.words = self.add_text_area(
            "words",
            "What would you tell others?",
            f"Members and {session.mentor.name} can read it",
            max_length=reviews.LONGEST_REVIEW,
            required=False,
            default=text or None,
        )

    async def on_submit(  # type: ignore[override]  # the client's type is known
        self, interaction: Interaction
    ) -> None:
        rated = await interaction.client.db.run(
            reviews.rate, actor_of(interaction), self.session_id, self.stars, self.words.value
        )
        await update_to_rating(interaction, rated.session, rated.text)


def rated_card(session: SessionView, review: SessionReview) -> tuple[discord.Embed, ui.View | None]:
    """What a mentee said, to the mentor, who may reply to words once."""
    words = f"\n\n{quoted(review.text)}" if review.text else ""
    embed = discord.Embed(
        title=f"{plain(session.mentee.name)} rated your session",
        description=f"## {stars(review.stars)}{words}",
        colour=discord.Colour.gold(),
    )
    if review.reply is not None:
        embed.add_field(name="Your reply", value=quoted(shortened(review.reply, 900)))
        return embed, None
    return embed, persistent_view(ReplyButton(session.id)) if review.can_be_replied_to else None


def add_review(embed: discord.Embed, review: SessionReview) -> None:
    """Put what was said of a session and answered below its card."""
    words = f"\n{quoted(shortened(review.text, 900))}" if review.text else ""
    embed.add_field(name="Rating", value=f"{stars(review.stars)}{words}", inline=False)
    if review.reply is not None:
        reply = quoted(shortened(review.reply, 900))
        embed.add_field(name="The mentor's reply", value=reply, inline=False)


class ReplyButton(_RatingButton):
    """The mentor's one reply to a review."""

    key, label, emoji = "reply", "Reply", "💬"

    async def on_press(self, interaction: Interaction) -> None:
        db = interaction.client.db
        actor = actor_of(interaction)
        review = await db.read(reviews.before_reply, actor, self.session_id)
        session = await db.read(session_views.load_for_participant, actor, self.session_id)
        await interaction.response.send_modal(ReplyForm(session, review))


class ReplyForm(Form, title="Your reply"):
    """What the mentor says to a review, below what they answer."""

    def __init__(self, session: SessionView, review: SessionReview) -> None:
        super().__init__()
        self.session_id = session.id
        self.add_item(ui.TextDisplay(quoted(review.text)))
        self.words = self.add_text_area(
            "words",
            "What would you like to say?",
            "One reply, beside the review, for everybody to read",
            max_length=reviews.LONGEST_REPLY,
        )

    async def on_submit(  # type: ignore[override]  # the client's type is known
        self, interaction: Interaction
    ) -> None:
        db = interaction.client.db
        actor = actor_of(interaction)
        review = await db.run(reviews.reply, actor, self.session_id, self.words.value)
        session = await db.read(session_views.load_for_participant, actor, self.session_id)
        embed, view = rated_card(session, review)
        await interaction.response.edit_message(
            content=f"{plain(session.mentee.name)} will read your reply.",
            embed=embed,
            view=view,
            allowed_mentions=NO_MENTIONS,
        )
