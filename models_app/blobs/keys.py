"""Names of objects in the store."""


def lfs_key(sha256: str) -> str:
    return f"lfs/{sha256}"


def xorb_key(xorb: str) -> str:
    return f"xorbs/{xorb}"


def part_key(upload: str, number: int) -> str:
    return f"{parts_prefix(upload)}/{number}"


def whole_key(upload: str) -> str:
    """Where a store puts the parts together that clients sent to it directly."""
    return f"{parts_prefix(upload)}/whole"


def parts_prefix(upload: str) -> str:
    return f"parts/{upload}"
