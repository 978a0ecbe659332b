"""The server of the program's tests: what of it has which id in the stand-in for Discord."""

SERVER, REVIEW, LOG, MENTORS, OWN = 10, 11, 13, 31, 32
