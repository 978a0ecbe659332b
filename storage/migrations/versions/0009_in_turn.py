"""Prevent deadlocks on PostgreSQL between transactions that book the same time or points.

The server checks for deadlocks once a second and cancels one transaction each time, so twenty
people who confirmed the same slot at once were held up for as long as twenty seconds.

An exclusion constraint checks for overlaps after inserting the row, so two transactions that book
the same time each found the other's row and deadlocked. An advisory lock on the person makes all
but the first wait. There are 1,024 such locks for all people: one per person could exhaust the
server's lock table in a transaction that writes many rows. Two people who share a lock merely wait
for each other's transactions.

The foreign keys of a transfer are checked before its trigger runs and take a shared lock on both
accounts, so of two concurrent transfers neither could then lock an account exclusively. A balance
is not part of a key, so the weaker FOR NO KEY UPDATE is enough and doesn't conflict.
"""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"

# The first number separates these locks from other advisory locks in the database.
LOCK_FUNCTION = """
    CREATE FUNCTION commitments_in_turn() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_advisory_xact_lock(9, hashint8(NEW.user_id) & 1023);
        RETURN NEW;
    END $$
"""
LOCK_TRIGGER = """
    CREATE TRIGGER commitments_in_turn BEFORE INSERT ON commitments
        FOR EACH ROW EXECUTE FUNCTION commitments_in_turn()
"""
BALANCE_FUNCTION = """
    CREATE OR REPLACE FUNCTION transfers_move_balances() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM 1 FROM accounts WHERE id IN (NEW.debit_account_id, NEW.credit_account_id)
            ORDER BY id FOR NO KEY UPDATE;
        UPDATE accounts SET balance = balance - NEW.amount WHERE id = NEW.debit_account_id;
        UPDATE accounts SET balance = balance + NEW.amount WHERE id = NEW.credit_account_id;
        RETURN NEW;
    END $$
"""


def upgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        for statement in (LOCK_FUNCTION, LOCK_TRIGGER, BALANCE_FUNCTION):
            connection.exec_driver_sql(statement)
