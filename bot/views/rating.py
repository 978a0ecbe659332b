"""Stars and words for a session, and the mentor's reply."""

from __future__ import annotations

import re
from typing import Self

import discord
from discord import ui

from bot.buttons import Form, Interaction, LastingButton, row
from bot.people import actor_of
from bot.replies import NOBODY, show
from bot.wording import plain, quoted, shortened, stars
from mentorship import ratings, sessions
from mentorship.errors import NotFound
from mentorship.ratings import SessionReview
from mentorship.sessions import SessionView


def rating_card(session: SessionView) -> tuple[discord.Embed, ui.View]:
    """The question how good it was, or the answer that was given."""
    name = plain(session.mentor.name)
    if session.stars is None:
        embed = discord.Embed(
            title=f"How was your session with {name}?",
            description="Your rating helps others to choose. You can change it for 14 days.",
            colour=discord.Colour.blurple(),
        )
    else:
        embed = discord.Embed(
            title=f"You gave {name} {stars(session.stars)}",
            description="Thank you! Another star changes it; a few words help even more.",
            colour=discord.Colour.green(),
        )
    items: list[LastingButton] = [Stars(session.id, count) for count in range(1, 6)]
    if session.stars is not None:
        items.append(WriteReview(session.id))
    return embed, row(*items)


class _RatingButton(LastingButton, template="unused"):
    """A button about the rating of one session; `step` is what pressing it leads to."""

    step = ""
    label = ""
    style = discord.ButtonStyle.secondary
    emoji: str | None = None

    def __init_subclass__(cls, *, template: str = "", **kwargs: object) -> None:
        super().__init_subclass__(template=template or rf"rate:(?P<id>\d+):{cls.step}", **kwargs)

    def __init__(self, session_id: int) -> None:
        self.session_id = session_id
        super().__init__(f"rate:{session_id}:{self.step}", self.label, self.style, self.emoji)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["id"]))


class Rate(_RatingButton):
    """To the stars of a session, given or not yet."""

    step, label, style = "begin", "Rate", discord.ButtonStyle.primary

    async def pressed(self, interaction: Interaction) -> None:
        session = await interaction.client.db.read(
            sessions.show, actor_of(interaction), self.session_id
        )
        embed, view = rating_card(session)
        await show(interaction, embed=embed, view=view)


class Stars(LastingButton, template=r"rate:(?P<id>\d+):(?P<stars>[1-5])"):
    """One to five stars, given by one press."""

    def __init__(self, session_id: int, count: int) -> None:
        self.session_id, self.count = session_id, count
        super().__init__(f"rate:{session_id}:{count}", f"{count} ★")

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["id"]), int(match["stars"]))

    async def pressed(self, interaction: Interaction) -> None:
        rated = await interaction.client.db.run(
            ratings.rate, actor_of(interaction), self.session_id, self.count
        )
        embed, view = rating_card(rated.session)
        await interaction.response.edit_message(
            content=None, embed=embed, view=view, allowed_mentions=NOBODY
        )


class WriteReview(_RatingButton):
    """Adds words to the stars."""

    step, label, emoji = "words", "Add a few words", "✏️"

    async def pressed(self, interaction: Interaction) -> None:
        db = interaction.client.db
        session = await db.read(sessions.show, actor_of(interaction), self.session_id)
        if session.stars is None:
            raise NotFound("rating")
        review = await db.read(ratings.of_session, self.session_id)
        text = review.text if review is not None else ""
        await interaction.response.send_modal(ReviewForm(session, session.stars, text))


class ReviewForm(Form, title="Your review"):
    """The words beside the stars, filled in with those that were given before."""

    def __init__(self, session: SessionView, given: int, text: str) -> None:
        super().__init__()
        self.session_id, self.stars = session.id, given
        self.words = self.ask(
            "words",
            "What would you tell others?",
            f"Members and {session.mentor.name} can read it",
            longest=ratings.LONGEST_REVIEW,
            required=False,
            default=text or None,
        )

    async def on_submit(  # type: ignore[override]  # the client's type is known
        self, interaction: Interaction
    ) -> None:
        rated = await interaction.client.db.run(
            ratings.rate, actor_of(interaction), self.session_id, self.stars, self.words.value
        )
        embed, view = rating_card(rated.session)
        await interaction.response.edit_message(
            content=None, embed=embed, view=view, allowed_mentions=NOBODY
        )


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
    return embed, row(Reply(session.id)) if review.text else None


class Reply(_RatingButton):
    """The mentor's one reply to a review."""

    step, label, emoji = "reply", "Reply", "💬"

    async def pressed(self, interaction: Interaction) -> None:
        db = interaction.client.db
        actor = actor_of(interaction)
        review = await db.read(ratings.before_reply, actor, self.session_id)
        session = await db.read(sessions.show, actor, self.session_id)
        await interaction.response.send_modal(ReplyForm(session, review))


class ReplyForm(Form, title="Your reply"):
    """What the mentor says to a review, below what they answer."""

    def __init__(self, session: SessionView, review: SessionReview) -> None:
        super().__init__()
        self.session_id = session.id
        self.add_item(ui.TextDisplay(quoted(review.text)))
        self.words = self.ask(
            "words",
            "What would you like to say?",
            "One reply, beside the review, for everybody to read",
            longest=ratings.LONGEST_REPLY,
        )

    async def on_submit(  # type: ignore[override]  # the client's type is known
        self, interaction: Interaction
    ) -> None:
        db = interaction.client.db
        actor = actor_of(interaction)
        review = await db.run(ratings.reply, actor, self.session_id, self.words.value)
        session = await db.read(sessions.show, actor, self.session_id)
        embed, view = rated_card(session, review)
        await interaction.response.edit_message(
            content=f"{plain(session.mentee.name)} will read your reply.",
            embed=embed,
            view=view,
            allowed_mentions=NOBODY,
        )


LASTING = (Rate, Reply, Stars, WriteReview)
