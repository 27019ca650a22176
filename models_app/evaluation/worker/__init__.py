"""Works off queued runs over the hub's API alone. Needs no database, no broker and not the hub's disk."""
