"""Shapes for the main app's backend."""
