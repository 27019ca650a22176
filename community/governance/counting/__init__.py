"""How votes are counted: the standard library alone, no Django, so that `recount.py` can carry these very files."""
