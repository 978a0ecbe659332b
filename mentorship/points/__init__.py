"""The community's points: prices, the double-entry ledger, gifts, grants and deductions."""
