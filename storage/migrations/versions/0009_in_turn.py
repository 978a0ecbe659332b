"""On PostgreSQL, transactions that want the same time or points wait in turn, not for each other.

The server looks for those who wait for each other once a second, and ends one of them. So twenty
people who confirmed one slot at the same moment were held for up to twenty seconds.

An exclusion constraint looks for overlaps after it has entered the new row, so of two that promise
the same time each found the other's. With a lock on the person, all but the first wait for the
first. There are 1,024 locks for all people, since a transaction that writes many rows would need
more of the server's memory for locks than it has. Two people who share one wait for each other's
transactions to end, at worst.

A transfer's foreign keys are checked before its trigger, which leaves a share of both accounts to
each of two transfers; neither could then have an account to itself. A balance is no part of a key,
and the weaker lock says so.
"""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"

# The first number keeps the locks apart from other advisory locks on the database.
PROMISES = """
    CREATE FUNCTION commitments_in_turn() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_advisory_xact_lock(9, hashint8(NEW.user_id) & 1023);
        RETURN NEW;
    END $$
"""
BEFORE_EACH = """
    CREATE TRIGGER commitments_in_turn BEFORE INSERT ON commitments
        FOR EACH ROW EXECUTE FUNCTION commitments_in_turn()
"""
BALANCES = """
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
        for statement in (PROMISES, BEFORE_EACH, BALANCES):
            connection.exec_driver_sql(statement)
