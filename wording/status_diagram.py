"""The documentation page of session statuses, drawn from the table of transitions.

`make docs` writes it to `docs/statuses.md`; a test fails when the page is out of date.
"""

from __future__ import annotations

from mentorship.notifications import policy
from mentorship.notifications.policy import Audience
from mentorship.sessions.lifecycle import TRANSITIONS, Action, Party, PointsEffect, Transition
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
}

_POINTS = {
    PointsEffect.HOLD: "stay on hold",
    PointsEffect.REFUND: "full refund",
    PointsEffect.REFUND_BY_POLICY: "refund by the cancellation policy, the rest to the mentor",
    PointsEffect.PAY: "to the mentor, less the fee",
    PointsEffect.PAY_WITHOUT_FEE: "to the mentor, without a fee",
    PointsEffect.SPLIT: "half refunded, half to the mentor less the fee",
}

_PAGE = """# Session statuses

<!-- Drawn by `make docs` from mentorship/sessions/lifecycle.py; change it there. -->

Everything that can happen to a session is one table in `mentorship/sessions/lifecycle.py`. Buttons,
commands, the REST API, the tests and this page read it. Whatever the table doesn't list is refused,
with the session's current status.

```mermaid
stateDiagram-v2
    [*] --> scheduled: books
    [*] --> confirmed: books a mentor who confirms at once
{arrows}
{ends}
```

While a session is {live}, its price is on hold.

| from | what happens | by | to | points | notified |
| --- | --- | --- | --- | --- | --- |
{rows}

The moment counts too:

- Nothing is confirmed, moved or cancelled once the session has started.
- Requests and proposals can be answered until the answer deadline. Then the mentee can only cancel.
- A mentor who has stopped or is suspended can't confirm or move a pending request.
- Only the other side can accept or decline a proposal, and only its author can withdraw it.
- Each side reports attendance once. A no-show can be reported from ten minutes after the start.
- A report that contradicts the other's opens a dispute. Moderators are reminded of it after 2 and
  5 days. If nobody resolves it, it is split after the server's delay, 14 days by default.
- Deadlines for answers, attendance reports and disputes don't run while mentorbot is down. Silence
  completes or closes a session only once the question about it was delivered.
"""


def page() -> str:
    """Return the whole page, in Markdown."""
    ends = [status for status in SessionStatus if status.is_over]
    live = [status.value for status in SessionStatus if status in LIVE]
    return _PAGE.format(
        arrows="\n".join(_arrows()),
        ends="\n".join(f"    {status} --> [*]" for status in ends),
        live=f"{', '.join(live[:-1])} or {live[-1]}",
        rows="\n".join(_row(row) for row in TRANSITIONS),
    )


def _arrows() -> list[str]:
    """Return an arrow for each pair of statuses, labelled with the actions and who may take
    them."""
    labels: dict[tuple[SessionStatus, SessionStatus], dict[Action, list[Party]]] = {}
    for row in TRANSITIONS:
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
