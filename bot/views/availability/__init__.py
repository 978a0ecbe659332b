"""The availability panel, in which mentors edit their hours."""
