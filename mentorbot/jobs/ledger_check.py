"""The daily check of the points ledger, so that operators notice a fault before people do."""

from __future__ import annotations

import logging
from collections import Counter

from mentorbot.metrics import counters
from mentorship.operations import reconciliation
from storage import Database
from storage.postgresql.limits import COMMANDS

log = logging.getLogger(__name__)


async def check_ledger(database: Database) -> int:
    """Check every account and transfer, and report the faults as metrics; return how many.

    Of each kind, `reconciliation.MAX_FAULTS_PER_CHECK` are counted. It reads one snapshot, in a
    connection of its own without a time limit, since it takes a while with many transfers. Raises
    `DatabaseUnavailable`.
    """
    own = Database(database.url, clock=database.clock, limits=COMMANDS)
    try:
        report = await own.read(reconciliation.check)
    finally:
        await own.close()
    numbers = Counter(fault.kind for fault in report.faults)
    counters.record_ledger_check({kind: numbers[kind] for kind in reconciliation.LEDGER_FAULTS})
    if numbers:
        log.error(
            "the points ledger has faults; see `mentorbot check`",
            extra={"faults": {str(kind): number for kind, number in numbers.items()}},
        )
    return len(report.faults)
