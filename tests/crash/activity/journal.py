"""The journal of a program that may be killed: what it was about to do, and how that ended.

Each line is one JSON object and is written at once, so a kill leaves no part of one. The journal is
a file of its own, outside the database, with which the test compares it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum, auto
from pathlib import Path
from typing import Any


class Outcome(StrEnum):
    """How an act ended, as its caller knows it."""

    DONE = auto()
    REFUSED = auto()
    ALREADY_DONE = auto()
    """It was done before, when its caller got no answer."""
    UNAVAILABLE = auto()
    """The database couldn't be used, and nothing was changed."""
    UNKNOWN = auto()
    """No answer, or one that says that it may be done or not."""

    @property
    def is_acknowledged(self) -> bool:
        """Whether the caller knows that the act is done."""
        return self in (Outcome.DONE, Outcome.ALREADY_DONE)


@dataclass(frozen=True, slots=True)
class Act:
    """Something that a person does once, also if they repeat it for want of an answer.

    Acts are numbered in the order in which they are chosen. `facts` say what exactly is done.
    """

    id: int
    user: int
    kind: str
    facts: Mapping[str, Any]

    @property
    def mark(self) -> str:
        """The topic, title, text or reason by which the rows of this act are found."""
        return f"act {self.id}."


@dataclass(slots=True)
class RecordedAct:
    """An act of the journal, and how its last attempt ended.

    `answer` is what its caller was told. `is_doubtful` tells whether any attempt has left the
    caller without knowing what became of it.
    """

    act: Act
    outcome: Outcome = Outcome.UNKNOWN
    answer: Any = None
    is_doubtful: bool = False

    def begin_again(self) -> None:
        """Note another attempt. The last one may have got no answer at all."""
        self.is_doubtful |= self.outcome is Outcome.UNKNOWN
        self.outcome = Outcome.UNKNOWN

    def end(self, outcome: Outcome, answer: Any) -> None:
        """Note how an attempt has ended."""
        assert self.outcome is Outcome.UNKNOWN, f"answered twice: {self}"
        assert outcome is not Outcome.ALREADY_DONE or self.is_doubtful, (
            f"done, although its caller was told that nothing was changed: {self}"
        )
        self.is_doubtful |= outcome is Outcome.UNKNOWN
        self.outcome, self.answer = outcome, answer


class Journal:
    """Appends to the journal's file, from any thread."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def write_act(self, act: Act) -> None:
        """Write what is about to be sent."""
        self._write({"act": asdict(act)})

    def write_outcome(self, act: Act, outcome: Outcome, answer: Any = None) -> None:
        """Write how the act ended. `answer` is the number of what it made, or a refusal's code."""
        self._write({"outcome": outcome, "of": act.id, "answer": answer})

    def write_commit(self, transactions: int) -> None:
        """Write that a COMMIT of so many transactions is about to be sent."""
        self._write({"commit": transactions})

    def write_bug(self, act: Act, error: BaseException) -> None:
        """Write an error that no caller may get."""
        self._write({"bug": repr(error), "of": act.id})

    def _write(self, line: Mapping[str, Any]) -> None:
        os.write(self._file, json.dumps(line).encode() + b"\n")


class History:
    """What the journal at `path` says, by the numbers of the acts."""

    def __init__(self, path: Path) -> None:
        self.acts: dict[int, RecordedAct] = {}
        self.commits: list[int] = []
        self._path, self._position = path, 0

    def read_on(self) -> None:
        """Read what was written since the last call."""
        with self._path.open(encoding="utf-8") as file:
            file.seek(self._position)
            for line in file.read().splitlines():
                self._add(json.loads(line))
            self._position = file.tell()

    def unfinished(self) -> list[RecordedAct]:
        """List the acts that are to be repeated."""
        repeated = (Outcome.UNKNOWN, Outcome.UNAVAILABLE)
        return [each for each in self.acts.values() if each.outcome in repeated]

    def _add(self, line: Mapping[str, Any]) -> None:
        assert "bug" not in line, line
        if "commit" in line:
            self.commits.append(line["commit"])
        elif "act" in line:
            act = Act(**line["act"])
            if act.id in self.acts:
                self.acts[act.id].begin_again()
            else:
                self.acts[act.id] = RecordedAct(act)
        else:
            self.acts[line["of"]].end(Outcome(line["outcome"]), line["answer"])
