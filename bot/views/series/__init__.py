"""Screens of series: choosing dates, answering, cancelling what remains."""
