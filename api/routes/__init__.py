"""The routes, by topic.

The docstring of a handler is the description of its operation in the OpenAPI document.
"""
