"""How far the demo community has come, kept beside the data: an interrupted demo goes on at the next start."""

import os
import secrets
from pathlib import Path

ADMINISTRATOR = "ada"


class DemoState:
    """Files in ``demo/`` of a data folder."""

    def __init__(self, data_dir: Path) -> None:
        self.folder = data_dir / "demo"
        self._password = self.folder / "password"
        self._finished = self.folder / "finished"

    @property
    def begun(self) -> bool:
        return self._password.exists()

    @property
    def finished(self) -> bool:
        return self._finished.exists()

    def wanted(self, *, empty: bool) -> bool:
        """Whether the demo should run: on an `empty` hub, or because it was interrupted."""
        return not self.finished and (self.begun or empty)

    def begin(self) -> str:
        """The password of all demo members: a new one at the first call."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not self.begun:
            descriptor = os.open(self._password, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(secrets.token_urlsafe(9))
        return self._password.read_text(encoding="utf-8")

    def finish(self) -> None:
        self._finished.touch()

    def sign_in_line(self) -> str:
        """How to sign in as a demo member."""
        password = self._password.read_text(encoding="utf-8")
        return f"sign in as {ADMINISTRATOR} (administrator) with the password {password}"
