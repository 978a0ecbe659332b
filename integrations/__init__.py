"""Requests to other people's servers: webhooks now, calendars and meeting providers later.

Every request goes through `integrations.egress`.
"""
