"""Compile the catalogues of texts when the package is built; all else is in pyproject.toml."""

from __future__ import annotations

import sys
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

sys.path.insert(0, str(Path(__file__).parent))

from wording import catalogues  # after the path of this checkout


class BuildWithCatalogues(build_py):
    """Builds the modules, and before them `messages.mo` of each language."""

    def run(self) -> None:
        catalogues.compile_all()
        super().run()


setup(cmdclass={"build_py": BuildWithCatalogues})
