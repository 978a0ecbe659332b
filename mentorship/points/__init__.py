"""Points: the double-entry ledger, prices and refunds, gifts, grants and deductions."""
