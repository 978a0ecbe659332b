"""Ids in the fake Discord's server: the guild, its channels and roles, and its owner."""

from mentorship.actors import Actor

SERVER, REVIEW_CHANNEL, LOG_CHANNEL = 10, 11, 13
MENTOR_ROLE, BOT_ROLE, MEMBER_ROLE = 31, 32, 33
OWNER = Actor(1, "Chief", SERVER, manages_guild=True)
