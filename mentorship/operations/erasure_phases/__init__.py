"""The phases of an erasure, by what they find and change."""
