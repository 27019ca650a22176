"""Spoilt checkpoints in the real sandbox: ``python -m tests.fuzz [MINUTES]`` looks for endings that must not be.

Real small checkpoints, one a family, whose config, tokenizer and safetensors header are changed in one to three places
by Hypothesis, are evaluated under a suite of a few rows. Each run ends with a result or with a known failure class and
a sentence, never `internal`; nothing of the checkpoint runs; the zygote lives on. The gate runs a few
(`tests/models_app/evaluation_engine/test_fuzz.py`).
"""

import json
import shutil
import struct
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models_app.evaluation.engine.errors import BY_CLASS, EvaluationFailure
from models_app.evaluation.engine.sandbox.client import Sandbox
from models_app.evaluation.suites.definitions import SUITES_DIR, dump_yaml, load_yaml
from models_app.evaluation.worker.folders import run_folder
from tests.models_app.evaluation_engine.checkpoints import save_checkpoint

ARCHITECTURES = ("gpt2", "llama", "bert", "xlnet", "t5")
SECONDS = 30.0  # of a run; a spoilt checkpoint may use them up, never more
LIMITS = {"memory_bytes": 2**30, "cpu_seconds": 40, "gpu": False}
CANARY = "canary-that-must-not-sing"
_CODE = f"import os, pathlib\nos.write(2, b'{CANARY}')\npathlib.Path('{CANARY}').touch()\n"
_ROWS = 2  # of each task and split

# What a config could hold instead: sizes, types, names of files, of code and of other repos.
VALUES: list[Any] = [
    None, True, -1, 0, 1, 2, 3, 7, 2**31, 2**63, 10**30, 1e-320, 1e308, float("nan"), float("inf"), 0.5,
    "", "a", "os.system", "../../../etc/passwd", "/etc/passwd", "evil/kernel", "evil.Evil", "<mask>", "\ud800", "\0",
    "(a+)+$", "{{ range(10**9) | list }}", "x" * 100_000, [], {}, [[]], [None], {"a": {"b": []}}, [2**40, 2**40],
]  # fmt: skip
ADDITIONS: list[tuple[str, Any]] = [
    (
        "auto_map",
        {"AutoConfig": "evil.Evil", "AutoModelForCausalLM": "evil.Evil", "AutoTokenizer": ["evil.Evil", None]},
    ),
    ("custom_generate", "evil"),
    ("attn_implementation", "evil/kernel"),
    ("_attn_implementation", "evil/kernel"),
    ("quantization_config", {"quant_method": "evil"}),
    ("tokenizer_class", "Evil"),
    ("processor_class", "evil.Evil"),
    ("chat_template", "{% for a in range(10**9) %}{{ cycler.__init__.__globals__.os.system('true') }}{% endfor %}"),
    ("use_kernels", True),
    ("torchscript", True),
    ("pruned_heads", {"0": [0, 1, 2, 3]}),
    ("num_labels", 2**31),
    ("id2label", {"0": "a"}),
    ("tie_word_embeddings", False),
    ("rope_scaling", {"rope_type": "evil", "factor": -1}),
    ("rope_parameters", {"rope_type": "dynamic", "factor": 0, "rope_theta": 0}),
    ("hidden_act", "evil"),
    ("model_type", "bert"),
    ("model_type", "gpt2"),
    ("architectures", ["Evil"]),
    ("is_encoder_decoder", True),
    ("add_cross_attention", True),
    ("is_decoder", True),
    ("chunk_size_feed_forward", 3),
    ("output_hidden_states", True),
    ("return_dict", False),
    ("use_cache", "no"),
    ("dtype", "float8"),
    ("sliding_window", 1),
    ("layer_types", ["full_attention"] * 7),
    ("max_position_embeddings", 3),
    ("normalizer", {"type": "Replace", "pattern": {"Regex": "."}, "content": "ab" * 5000}),
    ("pre_tokenizer", {"type": "Split", "pattern": {"Regex": "(a|a)*(.*)*b"}, "behavior": "Isolated", "invert": False}),
    ("post_processor", {"type": "TemplateProcessing", "single": [], "pair": [], "special_tokens": {}}),
    ("truncation", {"direction": "Right", "max_length": 1, "strategy": "LongestFirst", "stride": 0}),
    ("padding", {"strategy": {"Fixed": 10**6}, "direction": "Right", "pad_id": 0, "pad_type_id": 0, "pad_token": "a"}),
    ("model_max_length", -5),
    ("extra_special_tokens", {"a": "b"}),
    ("add_bos_token", "yes"),
    ("eos_token", {"content": "x", "__type": "AddedToken"}),
]
JSON_FILES = ("config.json", "tokenizer.json", "tokenizer_config.json")
HEADER = "model.safetensors"


@dataclass(frozen=True)
class Change:
    """One spoilt place: `path` picks keys and items of the JSON tree by number; `what` says what happens there."""

    file: str
    what: str  # set, add, delete, bytes, cut
    path: tuple[int, ...] = ()
    value: Any = None

    def apply(self, folder: Path) -> None:
        path = folder / self.file
        if not path.is_file():
            return
        raw = path.read_bytes()
        if self.what in {"bytes", "cut"}:
            at = self.path[0] % (len(raw) + 1)
            path.write_bytes(raw[:at] + (b"" if self.what == "cut" else bytes([self.path[1] % 256]) + raw[at + 1 :]))
            return
        header = self.file == HEADER
        length = struct.unpack("<Q", raw[:8])[0] if header else 0
        try:
            tree = json.loads(raw[8 : 8 + length] if header else raw)
        except ValueError:
            return  # an earlier change of this run broke it
        text = json.dumps(self._changed(tree)).encode()
        path.write_bytes(struct.pack("<Q", len(text)) + text + raw[8 + length :] if header else text)

    def _changed(self, tree: Any) -> Any:
        if self.what == "add":
            return {**tree, self.value[0]: self.value[1]} if isinstance(tree, dict) else tree
        place, key = _place(tree, self.path)
        if place is None:
            return self.value
        if self.what == "delete":
            del place[key]
        else:
            place[key] = self.value
        return tree


def _place(tree: Any, path: tuple[int, ...]) -> tuple[Any, Any]:
    """The container that `path` leads to, and the key in it; the walk ends early at a leaf."""
    place: Any = None
    key: Any = None
    for number in path:
        if not isinstance(tree, dict | list) or not tree:
            break
        place, key = tree, list(tree)[number % len(tree)] if isinstance(tree, dict) else number % len(tree)
        tree = place[key]
    return place, key


_numbers = st.integers(0, 2**20)
_tree_changes = st.builds(
    Change,
    file=st.sampled_from((*JSON_FILES, *JSON_FILES[:1] * 2, HEADER)),
    what=st.sampled_from(["set", "set", "delete"]),
    path=st.lists(_numbers, min_size=1, max_size=5).map(tuple),
    value=st.sampled_from(VALUES) | st.integers() | st.text(max_size=20) | st.floats(),
)
_additions = st.builds(Change, file=st.sampled_from(JSON_FILES), what=st.just("add"), value=st.sampled_from(ADDITIONS))
_byte_changes = st.builds(
    Change,
    file=st.sampled_from((*JSON_FILES, HEADER)),
    what=st.sampled_from(["bytes", "cut"]),
    path=st.tuples(_numbers, _numbers),
)
changes = st.lists(_tree_changes | _tree_changes | _additions | _byte_changes, min_size=1, max_size=3)


@dataclass
class Fuzzer:
    """Good checkpoints, a small suite and a warm sandbox. `endings` counts failure classes ("done" for a result)."""

    base: Path
    sandbox: Sandbox
    endings: Counter[str] = field(default_factory=Counter)
    good: dict[str, Path] = field(default_factory=dict)

    def run(self, architecture: str, spoilt: list[Change]) -> str:
        """How an evaluation of the spoilt checkpoint ends. Raises `AssertionError` where it ends as it must not."""
        folder, logs = self._checkpoint(architecture), [""]
        with run_folder(self.base / "runs") as place:
            snapshot = place / "snapshot"
            shutil.copytree(folder, snapshot, dirs_exist_ok=True)
            _add_code(snapshot)
            for change in spoilt:
                change.apply(snapshot)
            _write_suite(place / "suites")
            request = {
                "snapshot": str(snapshot),
                "readable": [str(place / "suites")],
                "scratch": str(place / "scratch"),
                "limits": LIMITS,
                "threads": 1,
                "precision": "float32",
                "suite": {"name": "tiny", "version": 1, "root": str(place / "suites")},
            }
            zygote = self.sandbox._process
            ending = self._ending(request, logs)
            assert not list(place.rglob(f"*{CANARY}*")), "code of the checkpoint wrote a file"
        assert CANARY not in logs[0], "code of the checkpoint ran"
        assert zygote is None or self.sandbox._process is zygote, "the zygote died"
        self.endings[ending] += 1
        return ending

    def _ending(self, request: dict[str, Any], logs: list[str]) -> str:
        def hear(_progress: Mapping[str, Any], log: str) -> None:
            logs[0] += log

        try:
            result = self.sandbox.run(request, seconds=SECONDS, stop=threading.Event(), on_progress=hear)
        except EvaluationFailure as failure:
            end = failure
        else:
            assert result["scores"]
            json.dumps(result, allow_nan=False)
            return "done"
        logs[0] += end.log_tail
        assert end.failure_class in BY_CLASS.keys() - {"internal"}, f"{end.reason}\n{end.log_tail[-3000:]}"
        assert end.reason.endswith("."), end.reason
        assert "\n" not in end.reason, end.reason
        return end.failure_class

    def _checkpoint(self, architecture: str) -> Path:
        if architecture not in self.good:
            self.good[architecture] = save_checkpoint(self.base / architecture, architecture)
        return self.good[architecture]


def _add_code(snapshot: Path) -> None:
    """Python that a loader could be led to."""
    for name in ("evil.py", "modeling_evil.py", "custom_generate/generate.py", "kernel/__init__.py"):
        (snapshot / name).parent.mkdir(exist_ok=True)
        (snapshot / name).write_text(_CODE)


def _write_suite(root: Path) -> None:
    """The standard suite with a few rows of each task, one prompt, and one epoch of fine-tuning."""
    source, target = SUITES_DIR / "standard" / "2", root / "tiny" / "1"
    content = load_yaml((source / "suite.yaml").read_bytes()) | {"suite": "tiny", "version": 1, "max_new_tokens": 3}
    content["fine_tuning"] |= {"seeds": [1, 2], "epochs": 1}
    for several in ("prompts", "fills", "sources"):
        if several in content:
            content[several] = dict(list(content[several].items())[:1])
    shutil.copytree(source / "tasks", target / "tasks")
    (target / "data").mkdir()
    for entry in content["tasks"].values():
        _shorten(source / entry["data"]["path"], target / entry["data"]["path"])
    (target / "suite.yaml").write_bytes(dump_yaml(content))


def _shorten(source: Path, target: Path) -> None:
    kept: Counter[str] = Counter()
    with source.open(encoding="utf-8") as lines, target.open("w", encoding="utf-8") as short:
        for line in lines:
            split = json.loads(line).get("split", "")
            kept[split] += 1
            if kept[split] <= _ROWS:
                short.write(line)


@contextmanager
def fuzzer() -> Iterator[Fuzzer]:
    with tempfile.TemporaryDirectory() as name:
        base = Path(name)
        base.chmod(0o711)
        sandbox = Sandbox("models_app.evaluation.engine.run")
        try:
            yield Fuzzer(base, sandbox)
        finally:
            sandbox.close()


def main() -> None:
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 5.0
    end = time.monotonic() + 60 * minutes
    with fuzzer() as found:

        @settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck), database=None)
        @given(st.sampled_from(ARCHITECTURES), changes)
        def one(architecture: str, spoilt: list[Change]) -> None:
            if time.monotonic() < end:
                found.run(architecture, spoilt)

        while time.monotonic() < end:
            one()
            sys.stdout.write(f"{dict(found.endings)}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
