"""The process that reads ICS files.

A request is a pickled pair: the file's bytes, and a `ReadRequest`. An answer is pickled
`BusyTimes`, or an `UnreadableCalendar`.
"""

from __future__ import annotations

import os
import pickle
import resource

from integrations.calendars.ics_lines import UnreadableCalendar
from integrations.calendars.ics_reader import read_busy
from mentorship.errors import CalendarProblem
from processes import child

MAX_MEMORY = 1024**3
"""Bytes of memory that the process may have. A file of 20 MB takes less than half of it."""

_NICENESS = 10
"""How far the process steps back behind the program, whose people are waiting."""


def read(request: bytes) -> bytes:
    """Read a file that is requested."""
    content, read_request = pickle.loads(request)
    del request
    try:
        return pickle.dumps(read_busy(content, read_request))
    except UnreadableCalendar as error:
        return pickle.dumps(error)
    except MemoryError:
        return pickle.dumps(UnreadableCalendar(CalendarProblem.TOO_COMPLEX))


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    os.nice(_NICENESS)
    child.serve(read)
