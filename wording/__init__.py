"""The text that people read, made from the codes and facts of `mentorship`.

`bot` and `api` both use this package; it imports neither. Nothing below it makes sentences.
"""
