"""The application form and the mentor's profile."""
