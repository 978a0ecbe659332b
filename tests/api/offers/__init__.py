"""Tests of the calls that lead to sessions."""
