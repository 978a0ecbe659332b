"""The documentation: generated pages are up to date, links work, named tests exist."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from bench.support import report
from docs import tested
from docs.proof import BREAKS, ROOT
from docs.reference import HERE, PAGES
from mentorbot import logs


@pytest.mark.parametrize("name", PAGES)
def test_a_generated_page_is_up_to_date(name: str) -> None:
    assert (HERE / name).read_text("utf-8") == PAGES[name](), "run `make docs`"


ALL_PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *sorted(HERE.rglob("*.md")),
]


@pytest.mark.parametrize("page", ALL_PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_of_a_page_lead_to_existing_files_and_headings(page: Path) -> None:
    for link in re.findall(r"\]\(((?!https?:)[^)\s]+)\)", page.read_text("utf-8")):
        path, _, heading = link.partition("#")
        target = page.parent / path if path else page
        assert target.exists(), link
        if heading:
            headings = re.findall(r"^#+ (.+)$", target.read_text("utf-8"), re.MULTILINE)
            assert heading in [heading_anchor(each) for each in headings], link


def test_the_module_map_lists_every_module_once() -> None:
    written = (HERE / "architecture.md").read_text("utf-8")
    listed = re.findall(r"^\| `([\w/*]+\.py)` \|", written, re.MULTILINE)
    assert len(set(listed)) == len(listed)
    modules = {
        path.relative_to(ROOT)
        for package in ("processes", "wording", *logs.PACKAGES)
        for path in (ROOT / package).rglob("*.py")
        if path.stem not in ("__init__", "__main__") and path.parent.name != "versions"
    }
    missing = [each for each in modules if not any(map(each.match, listed))]
    assert missing == [], "describe them in docs/architecture.md"
    assert [entry for entry in listed if not any(each.match(entry) for each in modules)] == []


def heading_anchor(heading: str) -> str:
    """Return the anchor that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("page", sorted((HERE / "decisions").glob("*.md")), ids=lambda p: p.stem)
def test_a_decision_record_has_a_number_and_three_sections(page: Path) -> None:
    text = page.read_text("utf-8")
    assert text.startswith(f"# {page.name[:4]}: ")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == [
        "Context",
        "Decision",
        "Consequences",
    ]


def test_the_workflow_runs_on_every_supported_python() -> None:
    workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8")
    (matrix,) = re.findall(r"python: \[(.+)\]", workflow)
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    supported = re.findall(r"Programming Language :: Python :: (3\.\d+)", project)
    assert re.findall(r"3\.\d+", matrix) == supported


@pytest.mark.parametrize(
    ("page", "minimum"), [("security.md", 16), ("proof.md", 16), ("tested.md", 13)]
)
def test_tests_that_a_page_names_exist(page: str, minimum: int) -> None:
    text = (HERE / page).read_text("utf-8")
    tests = re.findall(r"`(tests/[\w/.]+(?:::\w+)?)`", text)
    tests += [
        f"{path}::{name}" for name, path in re.findall(r"\[(\w+)\]\(\.\./(tests/[\w/.]+)\)", text)
    ]
    assert len(tests) >= minimum
    for test in tests:
        file, _, name = test.partition("::")
        source = (ROOT / file).read_text("utf-8")
        assert not name or f"def {name}(" in source, test


def test_the_code_that_make_proof_breaks_exists() -> None:
    proof = (HERE / "proof.md").read_text("utf-8")
    for each in BREAKS:
        assert (ROOT / each.file).read_text("utf-8").count(each.old) == 1, each.promise
        assert f"| {each.promise} |" in proof, "run `make proof`"


def test_the_performance_page_matches_its_measurements() -> None:
    results = json.loads(report.JSON_FILE.read_text("utf-8"))
    assert report.PAGE.read_text("utf-8") == report.render_page(results)


def write_report(file: Path, *, failures: int = 0, seconds: float = 3700.5) -> Path:
    """Write pytest's report of two tests, one of them skipped. Returns the file."""
    file.write_text(
        f"""<testsuites><testsuite errors="0" failures="{failures}" time="{seconds}"
            timestamp="2026-11-28T10:00:00">
        <testcase classname="tests.journeys.booking.test_waves" name="test_one[2]" time="90.0" />
        <testcase classname="tests.test_docs.TestInAClass" name="test_other" time="0.1">
            <skipped message="there is no Chromium" />
        </testcase>
        </testsuite></testsuites>"""
    )
    return file


def test_the_page_of_a_full_run_counts_passed_and_skipped_tests(tmp_path: Path) -> None:
    run = tested.read_report(write_report(tmp_path / "report.xml"))
    postgresql_run = tested.read_report(write_report(tmp_path / "postgresql.xml", seconds=400))
    page = tested.render_page(run, postgresql_run)
    assert "**1 passed and 1 skipped in\n1 h 2 min.**" in page
    assert "| [tests/journeys](../tests/journeys) | 1 | 0 | 1.5 |" in page
    assert "| [tests](../tests) | 0 | 1 | 0.0 |" in page
    assert "| `tests/journeys/booking/test_waves.py` | 1 | 1.5 |" in page
    assert "On 2026-11-28: **1 passed and 1 skipped in 7 min.**" in page
    assert page.count("| `tests/journeys/booking/test_waves.py` | 1 | 1.5 |") == 2
    assert "| `tests/test_docs.py` | 0 | 0.0 |" in page
    assert "| there is no Chromium | 2 |" in page


def test_a_run_with_failed_tests_has_no_page(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="tests failed in the run"):
        tested.read_report(write_report(tmp_path / "report.xml", failures=1))
