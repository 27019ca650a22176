"""Alice's model with content, as `uploads` writes it."""

import json
import struct
from hashlib import sha256

import pytest
from django.test import Client

from community.members.actors import Actor
from community.members.models import User
from models_app.blobs.services import store_lfs
from models_app.gitstore.repository import AddFile, AddPointer, Change, Pointer
from models_app.repos.models import Repo
from models_app.repos.services import create_repo
from models_app.uploads.grants import grant
from models_app.uploads.services import commit_changes

CARD = b"""---
license: apache-2.0
language: [en, zh]
pipeline_tag: text-generation
---
# Tiny

A *small* model. <script>alert(1)</script>
"""
CONFIG = {"architectures": ["GPT2LMHeadModel"], "model_type": "gpt2"}


def commit(actor: Actor, repo: Repo, *changes: Change, summary: str = "Upload", revision: str = "main") -> str:
    return commit_changes(
        actor=actor,
        repo=repo,
        revision=revision,
        parent=None,
        summary=summary,
        description="",
        changes=list(changes),
    )


def safetensors(**shapes: tuple[int, ...]) -> bytes:
    """A file of float32 zeros with one tensor for each shape."""
    header: dict[str, object] = {"__metadata__": {"format": "pt"}}
    offset = 0
    for name, shape in shapes.items():
        size = 4
        for side in shape:
            size *= side
        header[name] = {"dtype": "F32", "shape": list(shape), "data_offsets": [offset, offset + size]}
        offset += size
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + bytes(offset)


def add_large(actor: Actor, repo: Repo, path: str, content: bytes) -> str:
    blob = store_lfs(sha256=sha256(content).hexdigest(), size=len(content), chunks=[content])
    grant(repo, blob)
    return commit(actor, repo, AddPointer(path, Pointer(blob.sha256, blob.size)), summary=f"Upload {path}")


def make_model(owner: User, name: str, *, private: bool = False) -> Repo:
    actor = Actor(user=owner)
    repo = create_repo(actor=actor, kind="model", namespace=owner.username, name=name, private=private)
    commit(actor, repo, AddFile("README.md", CARD), AddFile("config.json", json.dumps(CONFIG).encode()))
    repo.refresh_from_db()
    return repo


@pytest.fixture
def tiny(alice: User) -> Repo:
    """Public: a card, a config and weights of 20 + 6 parameters."""
    repo = make_model(alice, "tiny")
    add_large(Actor(user=alice), repo, "model.safetensors", safetensors(weight=(4, 5), bias=(6,)))
    return repo


@pytest.fixture
def secret(alice: User) -> Repo:
    return make_model(alice, "secret", private=True)


@pytest.fixture
def as_alice(alice: User) -> Client:
    client = Client()
    client.force_login(alice)
    return client


@pytest.fixture
def as_bob(bob: User) -> Client:
    client = Client()
    client.force_login(bob)
    return client
