"""The file with the service's environment variables, for commands that people run by hand.

systemd reads it for the services (`EnvironmentFile=`). Only what systemd reads in the same way is
accepted: `NAME=value` lines, with the value as it is or in quotes, and comments.
"""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from pathlib import Path

from mentorbot.settings import SettingsError

_LINE = re.compile(
    r"""[ \t]* (?P<name>[A-Za-z_][A-Za-z0-9_]*) = [ \t]*
        (?: "(?P<double>[^"\\]*)" | '(?P<single>[^'\\]*)' | (?P<plain>[^"'\\\s][^"'\\]*?)? )
        [ \t]*""",
    re.VERBOSE,
)


def apply(file: Path, environment: MutableMapping[str, str]) -> None:
    """Add the variables of a file to `environment`, except those that it has.

    Raises `SettingsError`, which contains no value.
    """
    try:
        lines = file.read_text("utf-8").splitlines()
    except OSError as error:
        raise SettingsError(
            f"The environment file {file} can't be read: {error.strerror}."
        ) from None
    except UnicodeDecodeError:
        raise SettingsError(f"The environment file {file} is not UTF-8 text.") from None
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith(("#", ";")):
            continue
        match = _LINE.fullmatch(line)
        if match is None:
            raise SettingsError(
                f"Line {number} of the environment file {file} is not NAME=value. A value with "
                "quotes needs quotes of the other kind around it, and none may have a backslash."
            )
        value = match["double"] or match["single"] or match["plain"] or ""
        environment.setdefault(match["name"], value)
