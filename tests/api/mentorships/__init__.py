"""Tests of mentorships and goals over REST."""
