"""``python -m models_app.evaluation.engine.train TEXT FOLDER``: the trainer as a process of its own.

Progress goes to stderr; stdout is one line of JSON, ``{"loss": nats per token}``.
"""

import argparse
import json
import logging
import sys
from pathlib import Path

from models_app.evaluation.engine.training import ARCHITECTURES, train_small


def main() -> None:
    parser = argparse.ArgumentParser(description="Train a small language model from nothing.")
    parser.add_argument("text", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--architecture", choices=ARCHITECTURES, default="gpt2")
    parser.add_argument("--steps", type=int, default=300)
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    loss = train_small(
        options.text.read_text(encoding="utf-8"),
        options.folder,
        architecture=options.architecture,
        steps=options.steps,
    )
    sys.stdout.write(json.dumps({"loss": loss}) + "\n")


if __name__ == "__main__":
    main()
