"""A goal with its buttons, and the forms for its text, date and progress."""

from __future__ import annotations

from datetime import date

import discord

from bot.actors import actor_of
from bot.components.cards import Accent, ActionRows, Card, action_rows
from bot.components.persistent import Form, PersistentButton
from bot.errors import sentence
from bot.formatting import discord_timestamp, plain, quoted
from bot.interaction import Interaction
from bot.languages import locale_of
from bot.readers import reader_of
from bot.replies import respond
from bot.views.mentorships.goal_text import goal_lines, written_by
from bot.views.mentorships.items import (
    GOAL_CARD,
    GOAL_FORM,
    PAGE,
    GoalButton,
    OpenMentorshipButton,
    PairKey,
)
from bot.views.sessions.people import short_name
from mentorship.errors import GoalClosed, MentorshipEnded, TermsChanged
from mentorship.relationships import goals, mentorships
from mentorship.relationships.goals import MAX_OPEN, MAX_PROGRESS, MAX_TEXT, GoalOf, GoalView
from mentorship.relationships.pairs import MentorshipView
from mentorship.sessions.lifecycle import Party
from mentorship.statuses import GoalStatus
from mentorship.time.natural_time import parser
from wording import examples
from wording.reader import Reader
from wording.times import full_date
from wording.translation import N_, _, pgettext

_ACCENTS = {
    GoalStatus.OPEN: Accent.NEUTRAL,
    GoalStatus.REACHED: Accent.AGREED,
    GoalStatus.DROPPED: Accent.OVER,
}


async def show_goal(interaction: Interaction, goal_id: int, note: str) -> None:
    """Show a goal to one of its two people, with a note above it."""
    found = await interaction.client.db.read(goals.load, actor_of(interaction), goal_id)
    reader_id = interaction.user.id
    await respond(
        interaction,
        note or None,
        card=goal_card(found, reader_id, reader_of(interaction)),
        actions=action_rows(*_actions(found, reader_id)),
    )


def goal_card(found: GoalOf, reader_id: int, reader: Reader) -> Card:
    """Return the card of a goal."""
    goal, mentorship = found.goal, found.mentorship
    card = Card(title=plain(goal.text), accent=_ACCENTS[goal.status])
    if goal.status is GoalStatus.OPEN:
        owner = mentorship.mentee
        if owner.user_id == reader_id:
            # Translators: below a goal; {name} is the reader's mentor
            card.text = _("Your goal with {name}", name=short_name(mentorship.mentor))
        else:
            # Translators: below a goal, for the mentor of {name}
            card.text = _("{name}'s goal with you", name=short_name(owner))
    elif goal.closed_at is not None:
        day = discord_timestamp(goal.closed_at, "D")
        if goal.status is GoalStatus.REACHED:
            # Translators: below a goal
            card.text = _("Reached on {date}", date=day)
        else:
            # Translators: below a goal that was given up
            card.text = _("Dropped on {date}", date=day)
    if goal.due_on is not None:
        card.add_fact(pgettext("before the date of a goal", "By"), full_date(goal.due_on, reader))
    if goal.progress:
        card.add_long_fact(_("Progress"), quoted(goal.progress))
        author = mentorship.mentor if goal.progress_by is Party.MENTOR else mentorship.mentee
        if author.user_id != reader_id:
            card.add_text(f"-# {written_by(short_name(author))}")
    return card


def _actions(found: GoalOf, reader_id: int) -> list[PersistentButton]:
    goal, mentorship = found.goal, found.mentorship
    is_mentee = mentorship.party(reader_id) is Party.MENTEE
    buttons: list[PersistentButton] = []
    if not mentorship.has_ended and goal.is_open:
        buttons.append(ProgressButton(goal.id))
        if is_mentee:
            buttons += [
                ReachGoalButton(goal.id),
                EditGoalButton(goal.id),
                DropGoalButton(goal.id),
            ]
    elif is_mentee:
        if not mentorship.has_ended:
            buttons.append(ReopenGoalButton(goal.id))
        buttons.append(DeleteGoalButton(goal.id))
    buttons.append(
        OpenMentorshipButton(PairKey.of(mentorship, reader_id), pgettext("button", "Back"))
    )
    return buttons


class _ChangeButton(GoalButton, template="unused"):
    """A button that changes a goal. A press that is refused shows the goal as it is now."""

    async def on_press(self, interaction: Interaction) -> None:
        try:
            await self.perform(interaction)
        except (GoalClosed, MentorshipEnded, TermsChanged) as error:
            note = sentence(error, reader_of(interaction))
            await GOAL_CARD.show(interaction, self.goal_id, note)

    async def perform(self, interaction: Interaction) -> None:
        """Do what the button says."""
        raise NotImplementedError


class ProgressButton(_ChangeButton):
    """Opens the form with the progress."""

    key, label, style = "progress", N_("Update progress"), discord.ButtonStyle.primary

    async def perform(self, interaction: Interaction) -> None:
        found = await _load_open(interaction, self.goal_id)
        await interaction.response.send_modal(ProgressForm(found.goal, found.goal.progress))


class EditGoalButton(_ChangeButton):
    """Opens the form with the goal's text and date."""

    key, label = "edit", N_("Edit goal")

    async def perform(self, interaction: Interaction) -> None:
        found = await _load_open(interaction, self.goal_id)
        reader = reader_of(interaction)
        due_on = found.goal.due_on
        typed = "" if due_on is None else full_date(due_on, reader)
        form = EditGoalForm(found.mentorship, found.goal, reader, found.goal.text, typed)
        await interaction.response.send_modal(form)


class ReachGoalButton(_ChangeButton):
    """Marks the goal as reached."""

    key, label, style = "reach", N_("Mark as reached"), discord.ButtonStyle.success

    async def perform(self, interaction: Interaction) -> None:
        await interaction.client.db.run(goals.reach_goal, actor_of(interaction), self.goal_id)
        await GOAL_CARD.show(interaction, self.goal_id, _("Well done!"))


class DropGoalButton(_ChangeButton):
    """Drops the goal."""

    key, label = "drop", N_("Drop goal")

    async def perform(self, interaction: Interaction) -> None:
        await interaction.client.db.run(goals.drop_goal, actor_of(interaction), self.goal_id)
        await GOAL_CARD.show(
            interaction, self.goal_id, _("The goal is dropped. You can reopen it.")
        )


class ReopenGoalButton(_ChangeButton):
    """Reopens the goal."""

    key = "reopen"

    @classmethod
    def usual_label(cls) -> str:
        return pgettext("button", "Reopen")

    async def perform(self, interaction: Interaction) -> None:
        await interaction.client.db.run(goals.reopen_goal, actor_of(interaction), self.goal_id)
        await GOAL_CARD.show(interaction, self.goal_id, _("The goal is open again."))


class DeleteGoalButton(_ChangeButton):
    """Asks whether to delete the goal."""

    key = "delete"

    @classmethod
    def usual_label(cls) -> str:
        return pgettext("button", "Delete")

    async def perform(self, interaction: Interaction) -> None:
        found = await interaction.client.db.read(goals.load, actor_of(interaction), self.goal_id)
        meaning = _("It disappears for both of you, with its progress. You can't undo this.")
        card = Card(
            title=_("Delete this goal?"),
            text=f"{quoted(found.goal.text)}\n{meaning}",
            accent=Accent.WAITING,
        )
        buttons = ConfirmDeletionButton(self.goal_id), KeepGoalButton(self.goal_id)
        await respond(interaction, card=card, actions=action_rows(*buttons))


class ConfirmDeletionButton(_ChangeButton):
    """Deletes the goal."""

    key, label, style = "delete-now", N_("Delete goal"), discord.ButtonStyle.danger

    async def perform(self, interaction: Interaction) -> None:
        db, actor = interaction.client.db, actor_of(interaction)
        mentorship = (await db.read(goals.load, actor, self.goal_id)).mentorship
        await db.run(goals.delete_goal, actor, self.goal_id)
        pair = PairKey.of(mentorship, actor.user_id)
        await PAGE.show(interaction, pair, "", _("The goal is deleted."))


class KeepGoalButton(_ChangeButton):
    """Leaves the question, and shows the goal again."""

    key = "keep"

    @classmethod
    def usual_label(cls) -> str:
        return pgettext("button", "Cancel")

    async def perform(self, interaction: Interaction) -> None:
        await GOAL_CARD.show(interaction, self.goal_id, "")


async def _load_open(interaction: Interaction, goal_id: int) -> GoalOf:
    """Load a goal for a form. Raises `GoalClosed` and `MentorshipEnded`."""
    found = await interaction.client.db.read(goals.load, actor_of(interaction), goal_id)
    if found.mentorship.has_ended:
        raise MentorshipEnded()
    if not found.goal.is_open:
        raise GoalClosed(found.goal.status)
    return found


# --- Forms ----------------------------------------------------------------------------------------


class _GoalForm(Form):
    """The text and the date of a goal."""

    def __init__(
        self, title: str, mentorship: MentorshipView, reader: Reader, text: str, due: str
    ) -> None:
        super().__init__(title=title)
        self.mentorship, self.reader = mentorship, reader
        self.text = self.add_line(
            "text",
            _("What do you want to achieve?"),
            _("{name} can read it", name=mentorship.mentor.name),
            max_length=MAX_TEXT,
            default=text or None,
            # Translators: an example of a goal that a mentee may have
            placeholder=_("Pass the AWS exam"),
        )
        self.due = self.add_line(
            "due",
            _("By when? (optional)"),
            _("A date in your time zone"),
            max_length=40,
            default=due or None,
            placeholder=examples.dates(reader)[0],
            required=False,
        )

    def read_date(self, interaction: Interaction, shown: str, current: date | None) -> date | None:
        """Return the typed date, None for none. Raises `UnreadableTime`.

        `shown` is what the form began with, for the date `current`, which may have passed.
        """
        typed = self.due.value.strip()
        if not typed:
            return None
        if current is not None and typed == shown:
            return current
        return parser.parse_day(
            typed,
            zone=self.mentorship.mentee.timezone or "UTC",
            now=interaction.client.db.now(),
            locale=locale_of(interaction),
        )


class NewGoalForm(_GoalForm):
    """The form for a new goal."""

    def __init__(
        self, mentorship: MentorshipView, reader: Reader, text: str = "", due: str = ""
    ) -> None:
        super().__init__(_("New goal"), mentorship, reader, text, due)
        # A flow is named by at most 18 digits.
        self.draft_flow = f"newgoal-{abs(mentorship.mentor.user_id) % 10**18}"

    async def on_submit(  # type: ignore[override]  # the client's type is known
        self, interaction: Interaction
    ) -> None:
        mentorship = self.mentorship
        due_on = self.read_date(interaction, "", None)
        actor = actor_of(interaction, mentorship.guild_id)
        found = await interaction.client.db.run(
            goals.set_goal, actor, mentorship.mentor.user_id, self.text.value, due_on
        )
        pair = PairKey.of(found.mentorship, actor.user_id)
        await PAGE.show(interaction, pair, "", _("Your goal is set."))

    def reopened(self) -> NewGoalForm:
        return NewGoalForm(self.mentorship, self.reader, self.text.value, self.due.value)


class EditGoalForm(_GoalForm):
    """The form for changing a goal. It knows which revision its reader saw."""

    def __init__(
        self, mentorship: MentorshipView, goal: GoalView, reader: Reader, text: str, due: str
    ) -> None:
        super().__init__(_("Edit goal"), mentorship, reader, text, due)
        self.goal = goal
        self.draft_flow = f"goaltext-{goal.id}"

    async def on_submit(  # type: ignore[override]  # the client's type is known
        self, interaction: Interaction
    ) -> None:
        goal = self.goal
        shown = "" if goal.due_on is None else full_date(goal.due_on, self.reader)
        due_on = self.read_date(interaction, shown, goal.due_on)
        db, actor = interaction.client.db, actor_of(interaction)
        try:
            await db.run(
                goals.edit_goal,
                actor,
                goal.id,
                goal.revision,
                text=self.text.value,
                due_on=due_on,
            )
        except TermsChanged as error:
            found = await db.read(goals.load, actor, goal.id)
            self.goal = found.goal
            now = goal_lines(found.goal, found.mentorship, actor.user_id, self.reader)
            kept = self.keep(interaction, error)
            await show_conflict(interaction, found, now, self.text.value, kept)
            return
        await GOAL_CARD.show(interaction, goal.id, "")

    def reopened(self) -> EditGoalForm:
        return EditGoalForm(
            self.mentorship, self.goal, self.reader, self.text.value, self.due.value
        )


class ProgressForm(Form):
    """The form for a goal's progress. It knows which revision its reader saw."""

    def __init__(self, goal: GoalView, text: str) -> None:
        super().__init__(title=_("Progress"))
        self.goal = goal
        self.draft_flow = f"goalprogress-{goal.id}"
        self.text = self.add_text_area(
            "progress",
            _("What has happened so far?"),
            _("Both of you can read and change it"),
            max_length=MAX_PROGRESS,
            required=False,
            default=text or None,
        )

    async def on_submit(  # type: ignore[override]  # the client's type is known
        self, interaction: Interaction
    ) -> None:
        db, actor, goal = interaction.client.db, actor_of(interaction), self.goal
        try:
            await db.run(goals.write_progress, actor, goal.id, goal.revision, self.text.value)
        except TermsChanged as error:
            found = await db.read(goals.load, actor, goal.id)
            self.goal = found.goal
            await show_conflict(
                interaction,
                found,
                quoted(found.goal.progress) if found.goal.progress else _("It's empty now."),
                self.text.value,
                self.keep(interaction, error),
            )
            return
        await GOAL_CARD.show(interaction, goal.id, "")

    def reopened(self) -> ProgressForm:
        return ProgressForm(self.goal, self.text.value)


async def show_conflict(
    interaction: Interaction, found: GoalOf, now: str, typed: str, kept: ActionRows
) -> None:
    """Show what a goal says `now`, and what this person `typed`, which isn't saved."""
    name = short_name(found.mentorship.other(interaction.user.id))
    card = Card(
        title=_("{name} changed this while you were writing", name=name),
        text=now,
        accent=Accent.WAITING,
    )
    card.add_long_fact(_("Your text isn't saved yet"), quoted(typed))
    await respond(interaction, card=card, actions=kept)


async def open_goal_form(interaction: Interaction, pair: PairKey) -> None:
    """Open the form for a new goal, or say why there can't be one."""
    page = await interaction.client.db.read(
        mentorships.load_page, pair.actor(interaction), pair.other_id, pair.party
    )
    if page.mentorship.has_ended or len(page.open_goals) >= MAX_OPEN:
        await PAGE.show(interaction, pair, "", "")
        return
    await interaction.response.send_modal(NewGoalForm(page.mentorship, reader_of(interaction)))


GOAL_CARD.register(show_goal)
GOAL_FORM.register(open_goal_form)
