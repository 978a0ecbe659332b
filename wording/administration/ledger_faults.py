"""Faults of the points ledger and of ratings as sentences for operators."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mentorship.operations.reconciliation import Fault, FaultKind
from mentorship.statuses import SessionStatus
from wording import sessions
from wording.reader import Reader


def sentence(fault: Fault, reader: Reader) -> str:
    """Say what is wrong, without a full stop at the end."""
    facts = dict(fault.facts)
    if "kind" in facts:
        facts["account"] = _account(facts)
    if "status" in facts:
        facts["status"] = sessions.status(SessionStatus(facts["status"]), reader)
    if "rating_count" in facts:
        people = "person" if facts["rating_count"] == 1 else "people"
        facts["raters"] = f"{facts['rating_count']:,} {people}"
    if fault.kind is FaultKind.BALANCE_OUT_OF_RANGE and facts["kind"] == "issuance":
        return (
            f"Server {facts['guild_id']} has {-facts['balance']:,} points in all, too many to count"
        )
    return _SENTENCES[fault.kind].format_map(facts)


def _account(facts: Mapping[str, Any]) -> str:
    owner = {
        "member": f"member {facts['user_id']}",
        "escrow": f"the escrow of session {facts['session_id']}",
        "fees": "the fees",
        "issuance": "the issuance",
    }[facts["kind"]]
    return f"account {facts['id']} ({owner}) of server {facts['guild_id']}"


_SENTENCES: Mapping[FaultKind, str] = {
    FaultKind.BALANCE_OFF_TRANSFERS: (
        "The balance of {account} is {balance:,}, but its transfers come to {total:,}"
    ),
    FaultKind.BALANCE_OUT_OF_RANGE: "The balance of {account} is below zero: {balance:,}",
    FaultKind.GUILD_OFF_BALANCE: (
        "All balances of server {guild_id} come to {total:,}, and should come to 0"
    ),
    FaultKind.TRANSFER_ACROSS_GUILDS: (
        "Transfer {id} goes from server {source} to server {target}"
    ),
    FaultKind.ESCROW_OFF_PRICE: (
        "Session {id} of server {guild_id} is {status} and should hold {due:,} points, but holds "
        "{held:,}"
    ),
    FaultKind.RATING_OFF_REVIEWS: (
        "The rating of mentor {user_id} of server {guild_id} is {rating_sum:,} stars from "
        "{raters}, but the latest reviews come to {stars:,} from {people:,}"
    ),
    FaultKind.REVIEW_MISCOUNTED: (
        "Review {id} of server {guild_id} must count if it is its author's latest visible one, "
        "and only then"
    ),
    FaultKind.SEATS_MISCOUNTED: (
        "Group session {id} of server {guild_id} counts {seats_taken:,} seats of {capacity:,}, but "
        "{seats:,} are taken"
    ),
    FaultKind.TIP_OFF_SESSION: (
        "Transfer {id} of server {guild_id} is a tip, but doesn't belong to thanks for a session"
    ),
    FaultKind.MORE: "There are more like the last one",
}
