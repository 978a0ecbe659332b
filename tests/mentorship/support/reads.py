"""Which use cases the program calls through `Database.read`, and what each of them refers to.

Found in the source, so that a new one can't be forgotten.
"""

from __future__ import annotations

import ast
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from inspect import iscoroutinefunction, signature
from pathlib import Path

ROOT = Path(__file__).parents[3]

READ_ARGUMENT = {"read": 0, "load_page": 1}
"""The position of the use case in the arguments of what reads."""

WRITING = frozenset({"sqlalchemy.insert", "sqlalchemy.update", "sqlalchemy.delete"})
"""What builds a statement that writes. `storage.queries` leads to these."""

LOCKING = "with_for_update"
"""What a read-only transaction of PostgreSQL refuses, too."""


@dataclass
class Source:
    """A module's definitions by name, each with all names that it refers to."""

    module: str
    tree: ast.Module
    imports: dict[str, str] = field(default_factory=dict)
    definitions: dict[str, list[ast.stmt]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.ImportFrom) and node.module is not None:
                for name in node.names:
                    self.imports[name.asname or name.name] = f"{node.module}.{name.name}"
        nested = [node for node in ast.walk(self.tree) if isinstance(node, _FUNCTION)]
        for statement in (*self.tree.body, *nested):
            for name in _defined_names(statement):
                self.definitions.setdefault(name, []).append(statement)

    def resolve(self, expression: ast.expr) -> str | None:
        """Return the full name that a name or a chain of attributes stands for."""
        if isinstance(expression, ast.Attribute):
            prefix = self.resolve(expression.value)
            return None if prefix is None else f"{prefix}.{expression.attr}"
        if not isinstance(expression, ast.Name):
            return None
        own = f"{self.module}.{expression.id}" if expression.id in self.definitions else None
        return self.imports.get(expression.id, own)

    def references(self, name: str) -> set[str]:
        """Return the full names that a definition refers to."""
        names = set()
        for statement in self.definitions.get(name, []):
            local = set(_local_names(statement))
            for node in ast.walk(statement):
                if isinstance(node, ast.Attribute) and node.attr == LOCKING:
                    names.add(LOCKING)
                is_read = isinstance(node, ast.Attribute) or (
                    isinstance(node, ast.Name)
                    and isinstance(node.ctx, ast.Load)
                    and node.id not in local
                )
                if is_read:
                    names.add(self.resolve(node) or "")
        return names - {""}


_FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)


def _defined_names(statement: ast.stmt) -> Iterator[str]:
    if isinstance(statement, (*_FUNCTION, ast.ClassDef)):
        yield statement.name
    elif isinstance(statement, ast.Assign):
        yield from (target.id for target in statement.targets if isinstance(target, ast.Name))
    elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        yield statement.target.id


def _local_names(statement: ast.stmt) -> Iterator[str]:
    """Yield the arguments and variables of a function, which hide the module's names."""
    if isinstance(statement, _FUNCTION):
        for node in ast.walk(statement):
            if isinstance(node, ast.arg):
                yield node.arg
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                yield node.id


@cache
def module_paths() -> dict[str, Path]:
    """Return the files of the program's modules by name."""
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts): path
        for package in ("storage", "mentorship", "bot", "api", "integrations", "mentorbot")
        for path in (ROOT / package).glob("**/*.py")
    }


@cache
def source(module: str) -> Source:
    """Return a module of the program, parsed when somebody first asks for it."""
    return Source(module, ast.parse(module_paths()[module].read_text()))


def reading_sources() -> Iterator[Source]:
    """Yield the modules that read: parsing all of them would delay each run of any test."""
    for module, path in module_paths().items():
        if any(f"{name}(" in path.read_text() for name in READ_ARGUMENT):
            yield source(module)


def read_use_cases() -> set[str]:
    """Return the full names of all functions that are passed to `Database.read`."""
    names = set()
    for reading in reading_sources():
        for node in ast.walk(reading.tree):
            if not isinstance(node, ast.Call):
                continue
            called = node.func.attr if isinstance(node.func, ast.Attribute) else None
            called = node.func.id if isinstance(node.func, ast.Name) else called
            position = READ_ARGUMENT.get(called or "")
            if position is not None and len(node.args) > position:
                name = reading.resolve(node.args[position]) or ""
                # `file.read(size)` has nothing to do with databases.
                if name.rpartition(".")[0] in module_paths():
                    names.add(name)
    return names


def path_to_a_write(use_case: str) -> list[str] | None:
    """Return how a function can reach a statement that writes, by the names it refers to."""
    paths = [[use_case]]
    seen = {use_case}
    while paths:
        path = paths.pop(0)
        if path[-1] in WRITING or path[-1] == LOCKING:
            return path
        module, _, name = path[-1].rpartition(".")
        if module in module_paths():
            new = source(module).references(name) - seen
            seen |= new
            paths += [[*path, each] for each in sorted(new)]
    return None


def read_functions() -> list[Callable[..., Awaitable[object]]]:
    """Return the use cases of `mentorship` that are read, also those inside a route's own reads."""
    names = set()
    for name in read_use_cases():
        module, _, function = name.rpartition(".")
        is_domain = module.startswith("mentorship.")
        names |= {name} if is_domain else source(module).references(function)
    functions = [_import(name) for name in sorted(names) if name.startswith("mentorship.")]
    return [each for each in functions if each is not None and "tx" in signature(each).parameters]


def _import(name: str) -> Callable[..., Awaitable[object]] | None:
    module, _, attribute = name.rpartition(".")
    if module not in module_paths():
        return None
    value = getattr(import_module(module), attribute)
    return value if iscoroutinefunction(value) else None
