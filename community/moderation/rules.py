"""When flags hide by themselves, and which decision undoes which."""

from collections.abc import Mapping

NOTE_MAX_LENGTH = 500
TRUSTED_FLAGS = 3  # open flags of trusted members hide a comment until a moderator has looked

INVERSE: Mapping[str, str] = {
    "hide-comment": "show-comment",
    "show-comment": "hide-comment",
    "hide-thread": "show-thread",
    "show-thread": "hide-thread",
    "lock": "unlock",
    "unlock": "lock",
    "pin": "unpin",
    "unpin": "pin",
    "split": "join",
    "join": "split",
    "dismiss": "reopen",
    "hide-subject": "show-subject",
    "show-subject": "hide-subject",
    "uphold": "reopen",
    "reopen": "dismiss",
}
# What moderators may not decide anew while members have it suspended.
SUSPENDED_MEANWHILE = frozenset({"hide-comment", "hide-thread", "lock", "hide-subject"})
# Verbs about a thread: (the mark that they set, its value).
MARKS: Mapping[str, tuple[str, bool]] = {
    "hide-thread": ("hidden", True),
    "show-thread": ("hidden", False),
    "lock": ("locked", True),
    "unlock": ("locked", False),
    "pin": ("pinned", True),
    "unpin": ("pinned", False),
}
