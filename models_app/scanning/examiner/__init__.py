"""The process that reads strangers' files: no Django, no database, no network; bytes come through a pipe."""
