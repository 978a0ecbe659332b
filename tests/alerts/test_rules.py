"""The files in deploy/ and docs/runbook/ fit together, and durations can be shortened."""

from __future__ import annotations

import re

import pytest

from tests.alerts.rules import (
    CONFIGURATION,
    RULES,
    RUNBOOK,
    list_alerts,
    load_rules,
    scale,
    scale_expression,
)
from tests.mentorbot.support.processes import ROOT

ALERTS = {rule["alert"]: rule for rule in list_alerts(load_rules())}

_DURATION = re.compile(r"\b\d+ \* (?:60|3600)\b|\d+(?:ms|[smhd])\b")


def page_name(alert: str) -> str:
    """Return the file of an alert's page: `MentorbotJobFailing` has `job-failing.md`."""
    words = re.findall(r"[A-Z][a-z]+", alert.removeprefix("Mentorbot"))
    return "-".join(words).lower() + ".md"


@pytest.mark.parametrize("alert", ALERTS)
def test_an_alert_says_what_happened_and_where_to_read_on(alert: str) -> None:
    rule = ALERTS[alert]
    assert rule["labels"]["severity"] in {"critical", "warning"}
    assert set(rule["annotations"]) == {"summary", "description", "runbook_url"}
    assert rule["annotations"]["runbook_url"] == f"docs/runbook/{page_name(alert)}"


def test_each_alert_has_a_page_and_each_page_an_alert() -> None:
    pages = {page.name for page in RUNBOOK.glob("*.md")} - {"README.md"}
    assert pages == set(map(page_name, ALERTS))
    index = (RUNBOOK / "README.md").read_text("utf-8")
    linked = re.findall(r"^\| \[(\w+)\]\(([\w-]+\.md)\) \| (\w+) \|", index, re.MULTILINE)
    assert linked == [
        (alert, page_name(alert), rule["labels"]["severity"]) for alert, rule in ALERTS.items()
    ]


@pytest.mark.parametrize("alert", ALERTS)
def test_a_page_answers_the_same_questions_for_each_alert(alert: str) -> None:
    page = (RUNBOOK / page_name(alert)).read_text("utf-8")
    assert page.startswith(f"# {alert}\n")
    assert re.findall(r"^## (.+)$", page, re.MULTILINE) == [
        "What it means",
        "What to look at",
        "What to do",
        "How to tell it's over",
    ]


def test_the_example_configuration_loads_the_rules_for_the_job_that_they_expect() -> None:
    configuration = load_rules(CONFIGURATION)
    assert configuration["rule_files"] == [RULES.name]
    jobs = {each["job_name"] for each in configuration["scrape_configs"]}
    expected = set(re.findall(r'\bjob="(\w+)"', RULES.read_text("utf-8")))
    assert jobs == expected


def test_scaling_divides_every_duration() -> None:
    assert (
        scale_expression("time() - max(x) > 25 * 3600 or rate(y[5m]) > 0.05 or z > 3 * w", 60)
        == "time() - max(x) > 1500 or rate(y[5000ms]) > 0.05 or z > 3 * w"
    )
    rules = {"groups": [{"rules": [{"alert": "A", "expr": "x > 10 * 60", "for": "1m"}]}]}
    (alert,) = list_alerts(scale(rules, 120))
    assert (alert["expr"], alert["for"]) == ("x > 5", "500ms")
    assert rules["groups"][0]["rules"][0]["for"] == "1m"


@pytest.mark.parametrize("alert", ALERTS)
def test_scaling_changes_nothing_but_durations(alert: str) -> None:
    (scaled,) = (each for each in list_alerts(scale(load_rules(), 60)) if each["alert"] == alert)
    rule = ALERTS[alert]
    assert scaled | {"expr": "", "for": ""} == rule | {"expr": "", "for": ""}
    same_around = r"[\d.]+(?:ms)?".join(map(re.escape, _DURATION.split(rule["expr"])))
    assert re.fullmatch(same_around, scaled["expr"])


@pytest.mark.parametrize("alert", ALERTS)
def test_no_duration_is_hidden_in_another_number(alert: str) -> None:
    """A threshold of 600 seconds must be written as `10 * 60`, or it isn't shortened."""
    rest = _DURATION.sub("", ALERTS[alert]["expr"])
    numbers = [float(each) for each in re.findall(r"(?<![\w.])\d+(?:\.\d+)?", rest)]
    assert max(numbers, default=0) < 60
    assert not re.search(r"\boffset\b|@", rest)


def test_the_running_guide_leads_to_the_runbook() -> None:
    guide = (ROOT / "docs" / "running.md").read_text("utf-8")
    for link in ("runbook/README.md", "../deploy/alerts.yml", "../deploy/prometheus.yml"):
        assert f"]({link})" in guide
