"""Makes `python -m mentorbot` the same as the command `mentorbot`."""

from mentorbot.cli import main

main(prog_name="mentorbot")
