"""The pages that are written by the program say what the program has."""

from __future__ import annotations

import json
import re

import pytest

from bench import report
from docs.proof import BREAKS, ROOT
from docs.reference import HERE, PAGES


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_as_the_program_would_write_it(name: str) -> None:
    assert (HERE / name).read_text("utf-8") == PAGES[name](), "run `make docs`"


def named_in(page: str) -> list[str]:
    return re.findall(r"`(tests/[\w/.]+(?:::\w+)?)`", page)


@pytest.mark.parametrize("page", ["security.md", "proof.md"])
def test_every_test_that_a_page_names_is_there(page: str) -> None:
    written = (HERE / page).read_text("utf-8")
    linked = [
        f"{path}::{name}"
        for name, path in re.findall(r"\[(\w+)\]\(\.\./(tests/[\w/.]+)\)", written)
    ]
    named = [*named_in(written), *linked]
    assert len(named) > 15
    for test in named:
        file, _, name = test.partition("::")
        source = (ROOT / file).read_text("utf-8")
        assert not name or f"def {name}(" in source, test


def test_what_is_broken_on_purpose_is_still_there_to_be_broken() -> None:
    proof = (HERE / "proof.md").read_text("utf-8")
    for each in BREAKS:
        assert (ROOT / each.file).read_text("utf-8").count(each.old) == 1, each.promise
        assert f"| {each.promise} |" in proof, "run `make proof`"


def test_the_figures_are_as_they_were_measured() -> None:
    """Nobody has written into the page by hand."""
    told = json.loads(report.FILE.read_text("utf-8"))
    assert report.PAGE.read_text("utf-8") == report.page(told)
