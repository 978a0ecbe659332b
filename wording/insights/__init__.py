"""Insights in words: labels, sentences, and tables as CSV files."""
