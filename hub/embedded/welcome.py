"""What a newcomer reads once the hub is up."""

import os
import sys
from pathlib import Path

from hub.embedded.demo.state import DemoState


def welcome(public_url: str, data_dir: Path, *, seconds: float, demo: bool) -> list[str]:
    """The lines that say where the hub is, how to sign in, and where its data lies."""
    python = os.path.relpath(sys.executable)
    lines = [
        "",
        f"The hub is up after {seconds:.1f} s:  {public_url}",
        f"Sign up at {public_url}/join. An administrator: {python} manage.py add_member NAME --admin",
        f"Upload: HF_ENDPOINT={public_url} hf upload YOU/MODEL ./folder  (a token: {public_url}/settings/tokens)",
        f"Data and logs are in {data_dir}. Ctrl-C stops everything.",
    ]
    state = DemoState(data_dir)
    if demo:
        lines.append("Loading the demo community: some minutes of training on this machine (DEMO=0 leaves it out).")
    elif state.finished:
        lines.append(f"Demo members: {state.sign_in_line()}")
    return [*lines, ""]
