"""What the processes of a hub say: on the terminal with a coloured name in front, in files that rotate."""

import logging
import sys
from logging.handlers import RotatingFileHandler
from pathlib import Path

_COLOURS = {"hub": 35, "valkey": 90, "web": 34, "worker": 32, "evaluation": 36, "attention": 35, "demo": 33}
_NAME_WIDTH = max(map(len, _COLOURS))
FILE_BYTES = 5 << 20
FILES_KEPT = 3


class _TerminalFormatter(logging.Formatter):
    """``evaluation │ text``, coloured where a person watches."""

    def __init__(self, *, colour: bool) -> None:
        super().__init__()
        self._colour = colour

    def format(self, record: logging.LogRecord) -> str:
        name = f"{record.name:<{_NAME_WIDTH}} │"
        if self._colour:
            name = f"\033[{_COLOURS.get(record.name, 37)}m{name}\033[0m"
        return f"{name} {record.getMessage()}"


class Logs:
    """One logger per process name, apart from Django's own logging."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._terminal = logging.StreamHandler(sys.stdout)
        self._terminal.setFormatter(_TerminalFormatter(colour=sys.stdout.isatty()))
        self._loggers: dict[str, logging.Logger] = {}

    def say(self, name: str, text: str, *, quiet: bool = False) -> None:
        """Log one line of process `name`; with `quiet` into its file only."""
        if name not in self._loggers:
            self._loggers[name] = self._logger(name, quiet=quiet)
        self._loggers[name].info("%s", text)

    def close(self) -> None:
        for logger in self._loggers.values():
            for handler in logger.handlers:
                handler.close()

    def _logger(self, name: str, *, quiet: bool) -> logging.Logger:
        logger = logging.Logger(name, logging.INFO)  # noqa: LOG001 (outside of the tree that Django configures)
        file = RotatingFileHandler(
            self._folder / f"{name}.log", maxBytes=FILE_BYTES, backupCount=FILES_KEPT, encoding="utf-8"
        )
        file.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
        logger.addHandler(file)
        if not quiet:
            logger.addHandler(self._terminal)
        return logger
