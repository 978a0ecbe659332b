"""Tests with real CalDAV servers: Radicale and Xandikos, each a process of its own."""
