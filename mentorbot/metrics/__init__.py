"""Prometheus metrics: counters of what happened, and gauges that are read at each scrape.

A gauge that can't be read is absent: a value that nobody has set would read as "all is well".
"""
