"""What hf_xet does with the hub, call by call."""

from typing import Any

from community.members.actors import Actor
from community.members.models import User
from models_app.blobs.store import object_store
from models_app.gitstore.objects import AddPointer, Pointer
from models_app.repos.models import Repo
from models_app.uploads.services import commit_changes
from tests.models_app.blobs.conftest import CONTENTS
from tests.models_app.blobs.recording_store import Recording
from tests.models_app.hfapi.caller import Caller, body_of

TOKEN = "/api/models/alice/tiny/xet-write-token/main"
READ_TOKEN = "/api/models/alice/tiny/xet-read-token/main"


def machine_of(owner: Caller, path: str = TOKEN) -> Caller:
    """What hf_xet is given: a token for one repo."""
    return Caller(owner.get(path).json()["accessToken"])


def cas(below: str) -> str:
    return f"/cas/{object_store().generation()}{below}"


def send_xorbs(machine: Caller, recording: Recording) -> None:
    for name, body in recording.xorbs.items():
        answer = machine.call("POST", cas(f"/v1/xorbs/default/{name}"), raw=body)
        assert (answer.status_code, answer.json()) == (200, {"was_inserted": True})


def send_shard(machine: Caller, body: bytes, version: int = 2) -> Any:
    return machine.call("POST", cas(f"/v{version}/shards"), raw=body)


def upload(user: User, caller: Caller, repo: Repo, recording: Recording) -> None:
    """Send `CONTENTS` to `repo` by Xet, and commit them as 0.bin, 1.bin and 2.bin."""
    machine = machine_of(caller, TOKEN.replace("alice/tiny", repo.full_id))
    send_xorbs(machine, recording)
    body_of(send_shard(machine, recording.shards[0]))
    sizes = zip(recording.sha256s, map(len, CONTENTS), strict=True)
    commit_changes(
        actor=Actor(user=user),
        repo=repo,
        revision="main",
        parent=None,
        summary="Add",
        description="",
        changes=[AddPointer(f"{number}.bin", Pointer(*sized)) for number, sized in enumerate(sizes)],
    )
