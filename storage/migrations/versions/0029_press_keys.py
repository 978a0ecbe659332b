"""Take people's ids out of the idempotency keys of presses in Discord.

A key of a press ended with the button's custom id, which may name somebody else: the recipient of
a gift, or the mentor of a booking. An erasure of theirs left it in place. Keys now have a digest of
the custom id. The existing ones are converted, so that a card that was pressed before the upgrade
doesn't act again after it.
"""

from __future__ import annotations

import hashlib
import re

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"

_PRESS = re.compile(r"(card:\d+:)((?:points|book):.+)", re.DOTALL)

_keys = sa.table(
    "idempotency_keys",
    sa.column("guild_id", sa.BigInteger),
    sa.column("user_id", sa.BigInteger),
    sa.column("key", sa.Text),
)


def upgrade() -> None:
    connection = op.get_bind()
    presses = connection.execute(sa.select(_keys).where(_keys.c.key.like("card:%"))).all()
    for guild_id, user_id, key in presses:
        if (found := _PRESS.fullmatch(key)) is None:
            continue
        # As `bot.replies.press_key` does it.
        digest = hashlib.sha256(found[2].encode()).hexdigest()[:25]
        connection.execute(
            sa.update(_keys)
            .where(_keys.c.guild_id == guild_id, _keys.c.user_id == user_id, _keys.c.key == key)
            .values(key=found[1] + digest)
        )
