"""Tests of what happens between sessions."""
