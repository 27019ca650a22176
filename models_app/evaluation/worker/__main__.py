"""``leyuan-worker --hub URL --token-file FILE``: evaluate for a hub, from any machine.

Needs no Django settings, no database and no broker: only the address of the hub and a token that may do
``evaluation.work``. The options set the variables of `settings.WorkerSettings`, which may be given instead.
"""

import argparse
import logging
import os
import sys
from collections.abc import Sequence

from django.core.exceptions import ImproperlyConfigured

from models_app.evaluation.worker.errors import WorkerError
from models_app.evaluation.worker.gpus import serve_each, visible_gpus
from models_app.evaluation.worker.loop import EvaluationWorker
from models_app.evaluation.worker.serving import Serving
from models_app.evaluation.worker.settings import WorkerSettings

_VARIABLES = {
    "hub": "HUB_EVALUATION_URL",
    "token": "HUB_EVALUATION_TOKEN",
    "token_file": "HUB_EVALUATION_TOKEN_FILE",
    "name": "HUB_EVALUATION_NAME",
    "folder": "HUB_EVALUATION_DIR",
    "memory_bytes": "HUB_EVALUATION_MEMORY_BYTES",
    "threads": "HUB_EVALUATION_THREADS",
    "texts_only": "HUB_EVALUATION_TEXTS_ONLY",
}
log = logging.getLogger(__name__)


def main(arguments: Sequence[str] | None = None) -> int:
    """Gives the exit code: 0 after a signal, 1 where hub or machine refuse."""
    options = _parser().parse_args(arguments)
    chosen = {_VARIABLES[key]: str(value) for key, value in vars(options).items() if key in _VARIABLES and value}
    os.environ.update(chosen)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stdout)
    logging.getLogger("httpx2").setLevel(logging.WARNING)  # a line for each request says nothing
    try:
        settings = WorkerSettings.from_environment()
        gpus = visible_gpus(os.environ)
        if len(gpus) > 1:
            return serve_each(gpus, _command(options), os.environ, name=settings.name, threads=settings.threads)
        log.info("%s works for %s with %d threads", settings.name, settings.hub_url, settings.threads)
        serving = Serving(EvaluationWorker(settings), poll_seconds=options.poll, grace_seconds=options.grace)
        serving.run(until_idle=options.until_idle)
    except (WorkerError, ImproperlyConfigured) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _command(options: argparse.Namespace) -> list[str]:
    """What each GPU's process is started with, beside the variables."""
    command = [sys.executable, "-m", "models_app.evaluation.worker", "--poll", str(options.poll)]
    command += ["--grace", str(options.grace)]
    return [*command, "--until-idle"] if options.until_idle else command


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("leyuan-worker", description="Evaluate checkpoints for a Leyuan hub.")
    add = parser.add_argument
    add("--hub", metavar="URL", help="address of the hub (HUB_EVALUATION_URL)")
    token = parser.add_mutually_exclusive_group()
    token.add_argument(
        "--token-file",
        type=os.path.abspath,
        metavar="FILE",
        help="file with the access token (HUB_EVALUATION_TOKEN_FILE)",
    )
    token.add_argument("--token", help="the access token itself, which others on this machine may then see")
    add("--name", help="how pages call this worker; default: the host name")
    add("--folder", type=os.path.abspath, help="scratch space of runs; default: one in the temporary folder")
    add("--memory-bytes", type=int, help="memory of a run; default: three quarters of the machine's")
    add("--threads", type=int, help="threads of a run; default: all cores")
    add("--poll", type=float, default=5.0, metavar="SECONDS", help="between two questions for work (%(default)s)")
    add("--grace", type=float, default=600.0, metavar="SECONDS", help="to finish a run after SIGTERM (%(default)s)")
    add("--texts-only", action="store_true", help="compute attention only: texts then wait for no evaluation")
    add("--until-idle", action="store_true", help="end once there is nothing to do")
    return parser


if __name__ == "__main__":
    sys.exit(main())
