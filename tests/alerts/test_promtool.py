"""Prometheus's own tool checks the rules, and runs their unit tests in the timing files."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.alerts.rules import CONFIGURATION, RULES, list_alerts, load_rules, scale

TIMING = sorted(Path(__file__).parent.glob("timing*.yml"))

pytestmark = pytest.mark.skipif(
    shutil.which("promtool") is None,
    reason="promtool is not installed: it is part of Debian's package prometheus",
)


def promtool(*arguments: object) -> str:
    """Run promtool, and return what it prints."""
    done = subprocess.run(
        ["promtool", *map(str, arguments)], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_prometheus_accepts_the_rules_and_the_example_configuration() -> None:
    number = len(list(list_alerts(load_rules())))
    assert f"SUCCESS: {number} rules found" in promtool("check", "rules", RULES)
    assert "SUCCESS: 1 rule files found" in promtool("check", "config", CONFIGURATION)


def test_prometheus_accepts_shortened_rules(tmp_path: Path) -> None:
    file = tmp_path / "alerts.yml"
    file.write_text(yaml.safe_dump(scale(load_rules(), 60)))
    assert "SUCCESS" in promtool("check", "rules", file)


def test_alerts_fire_when_they_should_and_not_before() -> None:
    promtool("test", "rules", *TIMING)
    tested = "".join(file.read_text("utf-8") for file in TIMING)
    names = {rule["alert"] for rule in list_alerts(load_rules())}
    assert names == set(re.findall(r"Mentorbot[A-Z]\w+", tested))
