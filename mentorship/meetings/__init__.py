"""Meetings that providers such as Zoom host."""
