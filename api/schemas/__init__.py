"""Schemas of request and response bodies and of queries.

Their class names and descriptions appear in the OpenAPI document.
"""
