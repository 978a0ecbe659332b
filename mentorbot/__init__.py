"""The program: command line, settings, logs, and what starts what."""

__version__ = "0.1.0"
