"""Work for operators: data export, erasure, housekeeping, reconciliation and health."""
