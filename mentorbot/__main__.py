"""`python -m mentorbot` is the command `mentorbot`."""

from mentorbot.cli import main

main(prog_name="mentorbot")
