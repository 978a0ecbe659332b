"""The program: command line, settings, logging, and the wiring of the other packages."""

__version__ = "0.1.0"
