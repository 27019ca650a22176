"""What a file is examined as, and what its findings amount to: pure functions, also for the examining process."""

from collections.abc import Iterable
from pathlib import PurePosixPath

PICKLE, SAFETENSORS, OTHER = "pickle", "safetensors", "other"
# Files that somebody may open with `pickle`, `torch.load`, `joblib.load` or `numpy.load`.
_PICKLE_SUFFIXES = {
    ".bin", ".ckpt", ".dat", ".data", ".joblib", ".npy", ".npz", ".ot", ".pickle", ".pkl", ".pt", ".pth", ".zip",
}  # fmt: skip
SAFETY_LEVELS = ("innocuous", "suspicious", "dangerous")
ISSUES = ("caution", "suspicious", "unsafe")


def read_as(path: str) -> str:
    """How the file at `path` is examined: the same bytes are harmless as a text and dangerous as a pickle."""
    suffix = PurePosixPath(path).suffix.lower()
    if suffix in _PICKLE_SUFFIXES:
        return PICKLE
    return SAFETENSORS if suffix == ".safetensors" else OTHER


def highest_safety(imports: Iterable[dict[str, str]]) -> str:
    """The worst level of `imports` ({"module", "name", "safety"}); innocuous if there are none."""
    return max((item["safety"] for item in imports), key=SAFETY_LEVELS.index, default=SAFETY_LEVELS[0])


def status_of(*, imports: Iterable[dict[str, str]], problem: str, virus: str, examined: bool) -> str:
    """One word for a file that was scanned; `examined` is False where a scanner gave no answer."""
    safety = highest_safety(imports)
    if virus or safety == "dangerous":
        return "unsafe"
    if safety == "suspicious":
        return "suspicious"
    if not examined:
        return "error"
    return "caution" if problem else "safe"
