"""Tests of keeping the busy times of members' own calendars."""
