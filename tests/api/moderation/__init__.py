"""Tests of the calls of moderators."""
