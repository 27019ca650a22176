"""Bounds of garbage collection."""

LOCKED_AT_ONCE = 200  # rows that one statement may lock
