"""How long files and functions are: for the eye, never a gate. We aim at 95 % below 300 and 40 lines."""

import ast
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]


def main() -> None:
    listed = subprocess.run(["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    files, functions = [], []
    for name in listed.splitlines():
        path = ROOT / name
        if "migrations" in path.parts or not path.exists() or not path.stat().st_size:
            continue
        text = path.read_text(encoding="utf-8")
        files.append((len(text.splitlines()), name))
        functions += [
            ((node.end_lineno or node.lineno) - node.lineno + 1, f"{name}:{node.lineno} {node.name}")
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        ]
    _show("files", files)
    _show("functions", functions)


def _show(kind: str, sizes: list[tuple[int, str]]) -> None:
    sizes.sort()
    median, most = sizes[len(sizes) // 2][0], sizes[len(sizes) * 95 // 100][0]
    print(f"{len(sizes)} {kind}: median {median} lines, 95 % up to {most}; the longest:")
    for size, name in sizes[:-4:-1]:
        print(f"  {size:4} {name}")


if __name__ == "__main__":
    main()
