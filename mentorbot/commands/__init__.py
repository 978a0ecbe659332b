"""What the commands of `mentorbot` do, other than running the program."""
