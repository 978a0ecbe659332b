"""The daily check of people on whom others depend: membership, mentor role and picture."""

from __future__ import annotations

import logging

from bot.actors import avatar_hash
from bot.guilds import mentor_role
from bot.guilds.membership import LOOKUP_ERRORS, MembershipUnknown, fetch_member
from bot.interaction import BotClient
from mentorship.faults import concerns_row
from mentorship.members import members
from mentorship.mentors import mentor_roles
from mentorship.sessions import departures
from mentorship.sessions.departures import ExpectedMember
from storage import Database

log = logging.getLogger(__name__)


async def check_everyone(bot: BotClient, db: Database) -> int:
    """Look up everybody with an upcoming session and every mentor, one after the other.

    Whoever has left is recorded as such, and each mentor's role is made what it should be. Returns
    how many have left. Those who can't be looked up now are looked up the next time.
    """
    standings = {
        ExpectedMember(each.guild_id, each.user_id): each
        for each in await db.read(mentor_roles.list_present)
    }
    expected = await db.read(departures.list_expected_members)
    departed = 0
    for person in dict.fromkeys((*expected, *standings)):
        try:
            member = await fetch_member(bot, person.guild_id, person.user_id)
            if member is None:
                await db.run(departures.record_departure, person.guild_id, person.user_id)
                departed += 1
            elif person in standings:
                avatar = avatar_hash(member)
                if standings[person].avatar != avatar:
                    await db.run(members.record_avatar, person.guild_id, person.user_id, avatar)
                await mentor_role.reconcile_and_report(db, member, standings[person])
        except (MembershipUnknown, *LOOKUP_ERRORS) as error:
            extra = {"guild": person.guild_id, "user": person.user_id, "problem": str(error)}
            log.warning("can't check a member", extra=extra)
        except Exception as error:
            # Something about this person; the others are checked.
            if not concerns_row(error):
                raise
            extra = {"guild": person.guild_id, "user": person.user_id}
            log.exception("can't check a member", extra=extra)
    return departed
