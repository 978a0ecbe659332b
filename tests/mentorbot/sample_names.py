"""The server of the program's tests: what of it has which id in the stand-in for Discord."""

from mentorship.actors import Actor

SERVER, REVIEW, LOG, MENTORS, OWN = 10, 11, 13, 31, 32
CHIEF = Actor(1, "Chief", SERVER, manages_guild=True)
