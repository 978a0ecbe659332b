"""Messages about a mentorship and its goals."""

from __future__ import annotations

from bot.components.cards import Accent, Card, action_rows
from bot.notifications.message import Message
from bot.views.mentorships.goal_text import goal_lines
from bot.views.mentorships.items import OpenGoalButton, OpenMentorshipButton, PairKey
from bot.views.mentorships.question import DismissQuestionButton
from bot.views.sessions.people import short_name
from mentorship.delivery.loading import DueNotification
from wording.reader import Reader
from wording.translation import _, ngettext, pgettext


def goals_question(notification: DueNotification, reader: Reader) -> Message | None:
    """Ask a mentee how far they have come, None if there are no open goals any more."""
    question, reader_id = notification.goal_question, notification.user_id
    if question is None or reader_id is None:
        return None
    mentorship = question.mentorship
    name = short_name(mentorship.mentor)
    card = Card(
        title=_("How are your goals going?"),
        text=_("{name} can read what you write. You don't have to answer.", name=name),
        accent=Accent.WAITING,
    )
    for goal in question.goals:
        text = goal_lines(goal, mentorship, reader_id, reader)
        card.add_section(text, OpenGoalButton(goal.id, pgettext("button of a goal", "Update")))
    # Translators: {count} is the number of the mentee's goals, which need not be in the sentence.
    headline = ngettext(
        "Time to look at your goal with {name}.",
        "Time to look at your goals with {name}.",
        len(question.goals),
        name=name,
    )
    pair = PairKey.of(mentorship, reader_id)
    actions = action_rows(OpenMentorshipButton(pair), DismissQuestionButton())
    return Message(headline, card, actions)


def ended(notification: DueNotification, reader: Reader) -> Message | None:
    """Tell the other of two people that a mentorship has ended, None if it was resumed."""
    mentorship, reader_id = notification.mentorship, notification.user_id
    if mentorship is None or reader_id is None or not mentorship.has_ended:
        return None
    name = short_name(mentorship.other(reader_id))
    card = Card(
        title=_("Everything stays"),
        text=_(
            "You can still read your sessions, notes and goals. Upcoming sessions "
            "stay booked. Either of you can resume the mentorship."
        ),
        accent=Accent.OVER,
    )
    actions = action_rows(OpenMentorshipButton(PairKey.of(mentorship, reader_id)))
    return Message(_("{name} ended your mentorship.", name=name), card, actions)
