"""No text for people in mentorship/: errors have codes and facts, sentences are in wording/."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import mentorship
from mentorship import errors
from mentorship.errors import MentorshipError
from storage.tables import Table

PACKAGE = Path(mentorship.__file__).parent

VOCABULARIES = {
    "time/zone_names.py",
    *(
        f"time/natural_time/languages/{language}.py"
        for language in (
            *("arabic", "dutch", "english", "french", "german"),
            *("italian", "japanese", "portuguese", "spanish"),
        )
    ),
}
"""Modules with words that people type, which are rules."""

PLACEHOLDERS = {"Former member", "another person", "A member"}
"""Names that stand in for a person's, in the data of erased and unknown members."""

COLUMNS = {column.name for table in Table.metadata.tables.values() for column in table.columns}

SQL = re.compile(r"\b(SELECT|INSERT|UPDATE|DELETE|FROM|WHERE|JOIN|AS|IN|NULL|AND|OR)\b")
WORDS = re.compile(r"[A-Za-z]{2,}[,:;.]? +[A-Za-z]{2,}")


def paths() -> Iterator[str]:
    for path in sorted(PACKAGE.rglob("*.py")):
        yield path.relative_to(PACKAGE).as_posix()


def parse(path: str) -> ast.Module:
    return ast.parse(Path(PACKAGE, path).read_text("utf-8"))


def strings(node: ast.AST) -> Iterator[ast.Constant]:
    for each in ast.walk(node):
        if isinstance(each, ast.Constant) and isinstance(each.value, str):
            yield each


def is_exempt(node: ast.AST) -> bool:
    """Whether `node` has no text for people, but docstrings, log lines, programming errors, SQL."""
    match node:
        case ast.JoinedStr():
            return any(SQL.search(str(text.value)) for text in strings(node))
        case ast.Expr(ast.Constant(str())):
            return True
        case ast.Call(ast.Attribute(ast.Name("log"))):
            return True
        case ast.Raise(ast.Call(ast.Name(name))) | ast.Assert(msg=ast.Call(ast.Name(name))):
            return hasattr(builtins, name)
    return False


@pytest.mark.parametrize("path", [each for each in paths() if each not in VOCABULARIES])
def test_a_module_has_no_sentences(path: str) -> None:
    module = parse(path)
    exempt = {text for node in ast.walk(module) if is_exempt(node) for text in strings(node)}
    prose = [
        f"{path}:{text.lineno}: {text.value!r}"
        for text in strings(module)
        if text not in exempt
        and WORDS.search(str(text.value))
        and not SQL.search(str(text.value))
        and text.value not in PLACEHOLDERS
        and not COLUMNS.issuperset(str(text.value).split())
    ]
    assert prose == []


def test_an_error_is_raised_with_codes_and_facts() -> None:
    kinds = {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, MentorshipError)
    }
    prose = [
        f"{path}:{text.lineno}: {text.value!r}"
        for path in paths()
        for node in ast.walk(parse(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in kinds
        for text in strings(node)
        if " " in str(text.value)
    ]
    assert prose == []


def test_no_sentence_of_the_api_is_made_outside_wording() -> None:
    source = Path(PACKAGE.parent, "api", "error_mapping.py").read_text("utf-8")
    tree = ast.parse(source)
    exempt = {text for node in ast.walk(tree) if is_exempt(node) for text in strings(node)}
    prose = [
        text.value for text in strings(tree) if text not in exempt and WORDS.search(str(text.value))
    ]
    assert prose == []
