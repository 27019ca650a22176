"""Scores a checkpoint and lets it write. Knows no hub, database or network; the only place that imports torch."""
