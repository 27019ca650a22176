"""Parameter counts and shapes of a commit's safetensors files, from their headers alone."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hub.core.errors import NotFound
from models_app.architectures.rules import Outline
from models_app.blobs.reader import open_blob
from models_app.gitstore.objects import Entry
from models_app.gitstore.repository import GitRepository
from models_app.repos.models import Repo
from models_app.uploads.queries import blob_of
from models_app.uploads.rules import LENGTH_BYTES, count_parameters, load_mapping, read_tensors

_INDEX = "model.safetensors.index.json"
_SINGLE = "model.safetensors"
_MAX_INDEX = 16 * 1024 * 1024
_MAX_HEADER = 32 * 1024 * 1024
_MAX_SHARDS = 1000
_MAX_HEADERS = 64 * 1024 * 1024


@dataclass(frozen=True)
class Weights:
    """`parameters` is {dtype: count}, `outline` an `Outline.facet`; both are empty without safetensors."""

    parameters: dict[str, int]
    outline: dict[str, Any]


NO_WEIGHTS = Weights({}, {})


def read_weights(repo: Repo, git: GitRepository, files: Mapping[str, Entry]) -> Weights:
    """What the headers of the checkpoint's shards say. Raises ValueError for lying ones."""
    total: Counter[str] = Counter()
    outline = Outline()
    for path in weight_paths(repo, git, files):
        entry = files.get(path)
        if entry is None:
            raise ValueError(f"{_INDEX} names {path[:200]!r}, which is not there")
        try:
            tensors = read_tensors(read_header(repo, git, entry), file_size=entry.size)
        except ValueError as error:
            raise ValueError(f"{path[:200]}: {error}") from None
        total.update(count_parameters(tensors.values()))
        for name, tensor in tensors.items():
            outline.add(name, tensor.shape)
    return Weights(dict(total), outline.facet())


def weight_paths(repo: Repo, git: GitRepository, files: Mapping[str, Entry]) -> list[str]:
    """The shards that the index names, or the single file; else the only safetensors file at the root."""
    index = files.get(_INDEX)
    if index is not None:
        return _shards(repo, git, index)
    if _SINGLE in files:
        return [_SINGLE]
    at_root = [path for path in files if path.endswith(".safetensors") and "/" not in path]
    return at_root if len(at_root) == 1 else []


def index_headers(repo: Repo, git: GitRepository, sha: str, path: str) -> tuple[Any, dict[str, Any]]:
    """(the ``metadata`` of the index at `path` in commit `sha`, {shard: header}); shards lie beside their index.

    Raises `EntryNotFound`, and ValueError for an index or shard that is none, or more headers than an answer holds.
    """
    index = git.entry(sha, path)
    content = _index(repo, git, index)
    headers, room = {}, _MAX_HEADERS
    for shard in _named_shards(content):
        header = read_header(repo, git, git.entry(sha, f"{path.rpartition('/')[0]}/{shard}".lstrip("/")))
        room -= len(header)
        if room < 0:
            raise ValueError("its headers are too large for one answer")
        headers[shard] = load_mapping(header, max_nodes=4_000_000)
    return content.get("metadata"), headers


def _shards(repo: Repo, git: GitRepository, index: Entry) -> list[str]:
    return _named_shards(_index(repo, git, index))


def _index(repo: Repo, git: GitRepository, index: Entry) -> dict[str, Any]:
    if index.kind != "file":
        raise ValueError("it is a folder")
    return load_mapping(_read(repo, git, index, 0, min(index.size, _MAX_INDEX)), max_nodes=1_000_000)


def _named_shards(content: Mapping[str, Any]) -> list[str]:
    weight_map = content.get("weight_map")
    if not isinstance(weight_map, dict) or not all(isinstance(path, str) for path in weight_map.values()):
        raise ValueError(f"{_INDEX} has no weight_map")
    shards = sorted(set(weight_map.values()))
    if len(shards) > _MAX_SHARDS:
        raise ValueError(f"{_INDEX} names more than {_MAX_SHARDS} files")
    return shards


def read_header(repo: Repo, git: GitRepository, entry: Entry) -> bytes:
    """The JSON header of a safetensors file. Raises ValueError if it is none, or its bytes are missing."""
    length = int.from_bytes(_read(repo, git, entry, 0, LENGTH_BYTES), "little")
    if not 0 < length <= min(_MAX_HEADER, entry.size - LENGTH_BYTES):
        raise ValueError("it is not a safetensors file")
    return _read(repo, git, entry, LENGTH_BYTES, LENGTH_BYTES + length)


def _read(repo: Repo, git: GitRepository, entry: Entry, start: int, end: int) -> bytes:
    """Bytes [start, end) of a file, whether it lies in git or among the large objects."""
    if entry.lfs is None:
        return git.read(entry.oid)[start:end]
    try:
        return b"".join(open_blob(blob_of(repo, entry), start, end))
    except NotFound as error:
        raise ValueError(error.message) from None
