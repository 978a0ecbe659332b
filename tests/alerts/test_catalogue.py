"""`make alerts` tries every alert in both arrangements, and fails unless each fires and ends."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.alerts.__main__ import ARRANGEMENTS, missing_programs
from tests.alerts.catalogue import ALL_IN_ONE, IN_BOTH, Problem, is_match
from tests.alerts.prometheus import Alert
from tests.alerts.rules import list_alerts, load_rules
from tests.alerts.trial import Trial, render_table


@pytest.mark.parametrize("problems", ARRANGEMENTS.values(), ids=ARRANGEMENTS)
def test_every_alert_is_tried_in_each_arrangement(problems: Sequence[Problem]) -> None:
    tried = {f"Mentorbot{name}" for problem in problems for name, _ in problem.alerts}
    assert tried == {rule["alert"] for rule in list_alerts(load_rules())}


def test_an_alert_with_other_labels_is_not_the_expected_one() -> None:
    expected = ("RoleMissing", {"missing": "worker"})
    labels = {"alertname": "MentorbotRoleMissing", "severity": "critical"}
    assert is_match(expected, Alert("MentorbotRoleMissing", labels | {"missing": "worker"}))
    assert not is_match(expected, Alert("MentorbotRoleMissing", labels | {"missing": "bot"}))
    assert not is_match(expected, Alert("MentorbotDatabaseDown", {"missing": "worker"}))


def test_a_trial_succeeds_only_if_each_alert_has_fired_and_ended() -> None:
    (problem,) = (each for each in IN_BOTH if len(each.alerts) == 2 and "job" in each.cause)
    names = ["JobFailing (finish changes)", "JobNotSucceeding (finish changes)"]
    trial = Trial("one process", problem)
    assert not trial.has_succeeded
    trial.fired = dict.fromkeys(names, 12.3)
    assert not trial.has_succeeded
    trial.ended = {names[0]: 4.0}
    assert not trial.has_succeeded
    assert "never ended" in list(trial.lines)[1]
    trial.ended[names[1]] = 5.0
    assert trial.has_succeeded
    trial.error = "these fire already"
    assert not trial.has_succeeded


def test_the_table_says_what_fired_and_what_never_did() -> None:
    trial = Trial("one process", ALL_IN_ONE[-1], others={"MentorbotConflicts"})
    (name, _), *_ = trial.problem.alerts
    trial.fired[name] = 31.4
    heading, row = render_table([trial]).splitlines()
    assert heading.split()[0] == "alert"
    assert row.startswith(name)
    assert row.endswith("31 s         never        MentorbotConflicts")


def test_it_says_what_has_to_be_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    (missing,) = missing_programs(["one"])
    assert "apt install prometheus" in missing
