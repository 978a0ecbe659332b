"""Meetings at providers such as Zoom: which sessions need one, and what is to be done about it."""
