"""The page that documents the statuses, drawn from the table of transitions.

`make docs` writes it to `docs/statuses.md`, and a test fails when the table has changed since.
"""

from __future__ import annotations

from mentorship.sessions.lifecycle import LIVE, TRANSITIONS, Act, Party, Points, Status, Transition

_ACTS = {
    Act.CONFIRM: "confirms",
    Act.DECLINE: "declines",
    Act.EXPIRE: "no answer in time",
    Act.PROPOSE: "asks for another time",
    Act.ACCEPT: "takes the new time",
    Act.KEEP: "keeps the old time",
    Act.WITHDRAW: "takes the proposal back",
    Act.LAPSE: "no answer to a proposal",
    Act.CANCEL: "cancels",
    Act.START: "the start comes",
    Act.TOOK_PLACE: "says that it took place",
    Act.MISSED: "says that the other did not come",
    Act.DISPUTE: "says otherwise than the other",
    Act.COMPLETE: "nobody says otherwise",
    Act.MENTOR_ABSENT: "nobody says otherwise: the mentor did not come",
    Act.MENTEE_ABSENT: "nobody says otherwise: the mentee did not come",
    Act.PAY: "pays the mentor",
    Act.REFUND: "gives it back",
    Act.SPLIT: "splits it",
}

_POINTS = {
    Points.HELD: "stay held",
    Points.REFUNDED: "all back to the mentee",
    Points.REFUNDED_BY_POLICY: "back to the mentee by the policy, the rest to the mentor",
    Points.PAID: "to the mentor, less the server's share",
    Points.FORFEITED: "to the mentor, whole",
    Points.SPLIT: "half back to the mentee, half to the mentor, less the server's share",
}

_PAGE = """# The statuses of a session

<!-- Drawn by `make docs` from mentorship/sessions/lifecycle.py; change it there. -->

Everything that can happen to a session is one table in `mentorship/sessions/lifecycle.py`. Buttons,
commands, the REST API and this page are made from it, and what is not in it is refused with the
status that the session has.

```mermaid
stateDiagram-v2
    [*] --> scheduled: books
    [*] --> confirmed: books a mentor who confirms at once
{arrows}
{ends}
```

While a session is {live}, its price is held.

| from | what happens | who | to | the points | who is told |
| --- | --- | --- | --- | --- | --- |
{rows}

Besides the table, the moment counts: nothing is agreed, moved or cancelled from the start on; the
mentor confirms before the deadline; only who was asked for another time answers, and only who asked
takes it back; each of the two says once how it went, and that the other did not come only after ten
minutes. A contradiction of the other's word opens a dispute.
"""


def page() -> str:
    """The whole page, in Markdown."""
    ends = [status for status in Status if status.is_over]
    live = [status.value for status in Status if status in LIVE]
    return _PAGE.format(
        arrows="\n".join(_arrows()),
        ends="\n".join(f"    {status} --> [*]" for status in ends),
        live=f"{', '.join(live[:-1])} or {live[-1]}",
        rows="\n".join(_row(row) for row in TRANSITIONS),
    )


def _arrows() -> list[str]:
    """One arrow between each two statuses, with a line for each act and all who may do it."""
    labels: dict[tuple[Status, Status], dict[Act, list[Party]]] = {}
    for row in TRANSITIONS:
        acts = labels.setdefault((row.source, row.target), {})
        acts.setdefault(row.act, []).append(row.party)
    return [
        f"    {source} --> {target}: "
        + "<br/>".join(_label(act, parties) for act, parties in acts.items())
        for (source, target), acts in labels.items()
    ]


def _label(act: Act, parties: list[Party]) -> str:
    who = "" if parties == [Party.CLOCK] else f"{' or '.join(parties)} "
    # A colon would begin a label of its own.
    return f"{who}{_ACTS[act]}".replace(":", ",")


def _row(row: Transition) -> str:
    told = ", ".join(row.tells) or "nobody"
    who = "time" if row.party is Party.CLOCK else row.party
    cells = (row.source, _ACTS[row.act], who, row.target, _POINTS[row.points], told)
    return "| " + " | ".join(cells) + " |"
