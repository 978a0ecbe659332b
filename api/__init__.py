"""The REST API for a community's main app.

It authenticates requests, translates them into calls of use cases in `mentorship` and contains no
business rules.
"""
