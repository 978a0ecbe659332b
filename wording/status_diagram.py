"""The documentation page of session statuses, drawn from the table of transitions.

`make docs` writes it to `docs/statuses.md`; a test fails when the page is out of date.
"""

from __future__ import annotations

from collections.abc import Sequence

from mentorship.notifications import policy
from mentorship.notifications.policy import Audience
from mentorship.sessions.lifecycle import (
    TRANSITIONS,
    Action,
    Party,
    PointsEffect,
    Transition,
    Unit,
)
from mentorship.statuses import LIVE, SessionStatus

_ACTIONS = {
    Action.CONFIRM: "confirms",
    Action.DECLINE: "declines",
    Action.EXPIRE: "the answer deadline passes",
    Action.PROPOSE: "proposes another time",
    Action.ACCEPT_PROPOSAL: "accepts the proposal",
    Action.DECLINE_PROPOSAL: "declines the proposal",
    Action.WITHDRAW_PROPOSAL: "withdraws the proposal",
    Action.EXPIRE_PROPOSAL: "the proposal expires",
    Action.CANCEL: "cancels",
    Action.START: "the session starts",
    Action.REPORT_MET: "reports that they met",
    Action.REPORT_NO_SHOW: "reports a no-show",
    Action.DISPUTE: "contradicts the other's report",
    Action.COMPLETE: "no report to the contrary",
    Action.CLOSE_MENTOR_NO_SHOW: "the mentor's no-show is uncontested",
    Action.CLOSE_MENTEE_NO_SHOW: "the mentee's no-show is uncontested",
    Action.PAY: "pays the mentor",
    Action.REFUND: "refunds the mentee",
    Action.SPLIT: "splits the points",
    Action.CONCEDE: "concedes",
    Action.CONCEDE_MET: "agrees that they met (free session)",
    Action.CONCEDE_NO_SHOW: "agrees that they didn't meet (free session)",
    Action.ASK_AGAIN: "the group session was moved",
    Action.KEEP_SEAT: "keeps the seat",
    Action.EDIT: "edits",
    Action.MOVE: "moves",
    Action.CLOSE_SIGN_UP: "closes sign-up",
    Action.OPEN_SIGN_UP: "opens sign-up",
}

_POINTS = {
    PointsEffect.HOLD: "stay on hold",
    PointsEffect.REFUND: "full refund",
    PointsEffect.REFUND_BY_POLICY: "refund by the cancellation policy, the rest to the mentor",
    PointsEffect.PAY: "to the mentor, less the fee",
    PointsEffect.PAY_WITHOUT_FEE: "to the mentor, without a fee",
    PointsEffect.SPLIT: "half refunded, half to the mentor less the fee",
    PointsEffect.BY_SEAT: "as each seat's row says",
}

_PAGE = """# Session statuses

<!-- Drawn by `make docs` from mentorship/sessions/lifecycle.py; change it there. -->

Everything that can happen to a session is one table in `mentorship/sessions/lifecycle.py`. Buttons,
commands, the REST API, the tests and this page read it. Whatever the table doesn't list is refused,
with the session's current status.

A row of the table works on a one-to-one session, on an attendee's seat in a group session, or on a
group session as a whole.

## One-to-one sessions

{session}

While a session is {live}, its price is on hold.

## Seats in group sessions

Each seat has a status, and points on hold, of its own.

{seat}

## Group sessions

{group}

## When

The moment counts too:

- Nothing is confirmed, moved or cancelled once the session has started.
- Requests and proposals can be answered until the answer deadline. Then the mentee can only cancel.
- A mentor who has stopped or is suspended can't confirm or move a pending request.
- Only the other side can accept or decline a proposal, and only its author can withdraw it.
- Each side reports attendance once. A no-show can be reported from ten minutes after the start.
- A report that contradicts the other's opens a dispute. Moderators are reminded of it after 2 and
  5 days. If nobody resolves it, it is split after the server's delay, 14 days by default.
- When a mentor moves a group session, its attendees are asked again. Those who don't keep their
  seat by the answer deadline are refunded in full.
- A group session that is cancelled or moved takes its seats along, also if there are too many for
  one transaction: the clock continues where the mentor's action stopped.
- Deadlines for answers, attendance reports and disputes don't run while mentorbot is down. Silence
  completes or closes a session only once the question about it was delivered.
"""


def page() -> str:
    """Return the whole page, in Markdown."""
    live = [status.value for status in SessionStatus if status in LIVE]
    return _PAGE.format(
        live=f"{', '.join(live[:-1])} or {live[-1]}",
        **{unit.value: _part(unit) for unit in Unit},
    )


_PART = """```mermaid
stateDiagram-v2
{arrows}
```

| from | what happens | by | to | points | notified |
| --- | --- | --- | --- | --- | --- |
{rows}"""

_BEGINNINGS = {
    Unit.SESSION: ("scheduled: books", "confirmed: books a mentor who confirms at once"),
    Unit.SEAT: ("confirmed: joins",),
    Unit.GROUP: ("confirmed: mentor creates",),
}


def _part(unit: Unit) -> str:
    """Return the diagram and the table of one unit."""
    rows = [row for row in TRANSITIONS if row.unit is unit]
    beginnings = [f"    [*] --> {beginning}" for beginning in _BEGINNINGS[unit]]
    reached = {row.target for row in rows}
    ends = [f"    {each} --> [*]" for each in SessionStatus if each.is_over and each in reached]
    return _PART.format(
        arrows="\n".join((*beginnings, *_arrows(rows), *ends)),
        rows="\n".join(map(_row, rows)),
    )


def _arrows(rows: Sequence[Transition]) -> list[str]:
    """Return an arrow for each pair of statuses, labelled with the actions and who may take
    them."""
    labels: dict[tuple[SessionStatus, SessionStatus], dict[Action, list[Party]]] = {}
    for row in rows:
        actions = labels.setdefault((row.source, row.target), {})
        actions.setdefault(row.action, []).append(row.party)
    return [
        f"    {source} --> {target}: "
        + "<br/>".join(_label(action, parties) for action, parties in actions.items())
        for (source, target), actions in labels.items()
    ]


def _label(action: Action, parties: list[Party]) -> str:
    who = "" if parties == [Party.CLOCK] else f"{' or '.join(parties)} "
    # A colon would begin a label of its own.
    return f"{who}{_ACTIONS[action]}".replace(":", ",")


def notified(row: Transition) -> list[Party]:
    """Return who gets a notification of a transition."""
    audiences = {rule.audience for rule in policy.RULES.get(row.event, ())}
    participants = row.others if Audience.PARTICIPANTS in audiences else ()
    moderators = (Party.MODERATOR,) if Audience.MODERATORS in audiences else ()
    return [*participants, *moderators]


def _row(row: Transition) -> str:
    recipients = ", ".join(notified(row)) or "nobody"
    by = "the clock" if row.party is Party.CLOCK else row.party
    cells = (row.source, _ACTIONS[row.action], by, row.target, _POINTS[row.points], recipients)
    return "| " + " | ".join(cells) + " |"
