"""Processes that do work which must not stop the program: drawing, and reading others' files.

A request and its answer are bytes after their length. A process does one request after the other,
and ends with its input, so it never outlives the program.
"""
