"""Xet downloads: what they give, and to whom."""

import re
import time
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import override_settings

from community.members.capabilities import issue_capability
from models_app.blobs.index_cache import IndexCache
from models_app.blobs.models import Blob, BlobSegment, Xorb
from models_app.blobs.store import object_store
from models_app.hfapi import xet_links
from models_app.repos.models import Repo
from tests.models_app.blobs.conftest import CONTENTS
from tests.models_app.blobs.recording_store import Recording
from tests.models_app.hfapi.caller import Caller, body_of, refusal
from tests.models_app.hfapi.conftest import WEIGHTS, FillByXet, MakeRepo
from tests.models_app.hfapi.xet_machine import READ_TOKEN, cas, machine_of, send_shard


def follow(url: str, **headers: str) -> Any:
    parts = urlsplit(url)
    return Caller().get(f"{parts.path}?{parts.query}", **headers)


# What clients are told


def test_files_in_xorbs_say_so(filled: Repo, nobody: Caller, recording: Recording) -> None:
    for answer in (nobody.head("/alice/tiny/resolve/main/0.bin"), nobody.get("/alice/tiny/resolve/main/0.bin")):
        assert answer["X-Xet-Hash"] == recording.hashes[0]
        address = re.fullmatch(r'<(.*)>; rel="xet-auth"', answer["Link"])
        assert address is not None
        assert urlsplit(address[1]).path == f"/api/models/alice/tiny/xet-read-token/{answer['X-Repo-Commit']}"
    tree = {item["path"]: item for item in nobody.get("/api/models/alice/tiny/tree/main").json()}
    assert tree["1.bin"]["xetHash"] == recording.hashes[1]
    assert "xetHash" not in tree["weights.bin"]
    (info,) = nobody.call(
        "POST",
        "/api/models/alice/tiny/paths-info/main",
        raw=b"paths=2.bin",
        content_type="application/x-www-form-urlencoded",
    ).json()
    assert info["xetHash"] == recording.hashes[2]


def test_flat_files_do_not(filled: Repo, nobody: Caller) -> None:
    answer = nobody.get("/alice/tiny/resolve/main/weights.bin")
    assert body_of(answer) == WEIGHTS
    assert "X-Xet-Hash" not in answer
    assert "Link" not in answer


def test_a_file_that_came_flat_and_by_xet_stays_plain(filled: Repo, nobody: Caller, recording: Recording) -> None:
    Blob.objects.filter(xet_hash=recording.hashes[0]).update(flat=True)
    assert "X-Xet-Hash" not in nobody.head("/alice/tiny/resolve/main/0.bin")
    assert machine_of(nobody, READ_TOKEN).get(cas(f"/v2/reconstructions/{recording.hashes[0]}")).status_code == 404


def test_a_pointer_to_what_the_repo_does_not_have_says_nothing(
    make_repo: MakeRepo, fill_by_xet: FillByXet, nobody: Caller
) -> None:
    fill_by_xet(make_repo("hidden", private=True))
    sha256 = Blob.objects.exclude(xet_hash="").first().sha256  # type: ignore[union-attr]
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{sha256}\nsize 5\n"
    make_repo("open", files={"stolen.bin": pointer.encode()})
    assert "X-Xet-Hash" not in nobody.head("/alice/open/resolve/main/stolen.bin")
    tree = {item["path"]: item for item in nobody.get("/api/models/alice/open/tree/main").json()}
    assert "xetHash" not in tree["stolen.bin"]


# Reconstruction


@pytest.mark.parametrize("version", [1, 2])
def test_a_whole_file(filled: Repo, nobody: Caller, recording: Recording, version: int) -> None:
    reader = machine_of(nobody, READ_TOKEN)
    answer = reader.get(cas(f"/v{version}/reconstructions/{recording.hashes[0]}")).json()
    assert answer["offset_into_first_range"] == 0
    assert sum(term["unpacked_length"] for term in answer["terms"]) == len(CONTENTS[0])
    ((name, body),) = recording.xorbs.items()
    if version == 1:
        ((found,),) = (answer["fetch_info"][name],)
        asked = found["url_range"]
    else:
        ((found,),) = (answer["xorbs"][name],)
        (asked,) = (one["bytes"] for one in found["ranges"])
    part = follow(found["url"], Range=f"bytes={asked['start']}-{asked['end']}")
    assert (part.status_code, body_of(part)) == (206, body[asked["start"] : asked["end"] + 1])
    assert part["Content-Range"] == f"bytes {asked['start']}-{asked['end']}/{len(body)}"


@pytest.mark.parametrize("older", ["reconstructions", "reconstruction"])
def test_a_whole_file_by_older_clients(filled: Repo, nobody: Caller, recording: Recording, older: str) -> None:
    machine = machine_of(nobody, READ_TOKEN)
    answers = [machine.get(cas(f"/{name}/{recording.hashes[0]}")).json() for name in ("v1/reconstructions", older)]
    assert answers[0]["terms"] == answers[1]["terms"] != []
    assert answers[0].keys() == answers[1].keys()


def test_ranges_of_a_file(filled: Repo, nobody: Caller, recording: Recording) -> None:
    reader, path = machine_of(nobody, READ_TOKEN), cas(f"/v2/reconstructions/{recording.hashes[0]}")
    answer = reader.get(path, Range="bytes=200000-200009").json()
    (term,) = answer["terms"]
    assert 0 < answer["offset_into_first_range"] < term["unpacked_length"] <= 128 * 1024
    past = reader.get(path, Range=f"bytes={len(CONTENTS[0])}-")
    assert refusal(past)[0] == 416


def test_many_spans_share_addresses(
    filled: Repo, nobody: Caller, recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file whose chunks lie apart in its xorb: several ranges behind one address."""
    ((name, body),) = recording.xorbs.items()
    blob = Blob.objects.get(xet_hash=recording.hashes[0])
    index = IndexCache().get(name)
    blob.segments.all().delete()
    start = 0
    for position, chunk in enumerate(range(0, len(index), 2)):
        size = index.raw_at(chunk + 1) - index.raw_at(chunk)
        BlobSegment.objects.create(
            blob=blob, position=position, xorb_id=name, first_chunk=chunk, last_chunk=chunk + 1, start=start, size=size
        )
        start += size
    Blob.objects.filter(pk=blob.pk).update(size=start)
    monkeypatch.setattr(xet_links, "_SPANS_PER_LINK", 3)
    found = machine_of(nobody, READ_TOKEN).get(cas(f"/v2/reconstructions/{blob.xet_hash}")).json()["xorbs"][name]
    assert [len(one["ranges"]) for one in found[:-1]] == [3] * (len(found) - 1)
    asked = [one["bytes"] for one in found[0]["ranges"]]
    wanted = ",".join(f"{one['start']}-{one['end']}" for one in asked)
    answer = follow(found[0]["url"], Range=f"bytes={wanted}")
    assert answer.status_code == 206
    boundary = answer["Content-Type"].removeprefix("multipart/byteranges; boundary=")
    content = body_of(answer)
    assert int(answer["Content-Length"]) == len(content)
    parts = content.split(f"--{boundary}".encode())
    assert (parts[0], parts[-1], len(parts)) == (b"", b"--\r\n", 5)
    for one, part in zip(asked, parts[1:-1], strict=True):
        head, _, data = part.partition(b"\r\n\r\n")
        assert f"Content-Range: bytes {one['start']}-{one['end']}/{len(body)}".encode() in head
        assert data == body[one["start"] : one["end"] + 1] + b"\r\n"


@pytest.mark.parametrize("name", ["0" * 64, "x"])
def test_unknown_files(filled: Repo, nobody: Caller, name: str) -> None:
    assert refusal(machine_of(nobody, READ_TOKEN).get(cas(f"/v2/reconstructions/{name}")))[0] == 404


def test_a_read_token_reads_its_repo_alone(
    make_repo: MakeRepo,
    fill_by_xet: FillByXet,
    filled: Repo,
    owner: Caller,
    stranger: Caller,
    nobody: Caller,
    recording: Recording,
) -> None:
    make_repo("empty")
    hidden = make_repo("hidden", private=True)
    path = cas(f"/v2/reconstructions/{recording.hashes[0]}")
    for by in (owner, stranger, nobody):
        assert machine_of(by, READ_TOKEN).get(path).status_code == 200
        assert machine_of(by, READ_TOKEN.replace("tiny", "empty")).get(path).status_code == 404
    fill_by_xet(hidden)
    assert machine_of(owner, READ_TOKEN.replace("tiny", "hidden")).get(path).status_code == 200
    missing = READ_TOKEN.replace("tiny", "missing")
    for by in (stranger, nobody):
        assert refusal(by.get(READ_TOKEN.replace("tiny", "hidden"))) == refusal(by.get(missing))


def test_who_may_read_from_the_store(filled: Repo, owner: Caller, nobody: Caller, recording: Recording) -> None:
    path = cas(f"/v2/reconstructions/{recording.hashes[0]}")
    elsewhere, over, gone = (
        Caller("cap_" + issue_capability(subject=subject, right="read", seconds=seconds))
        for subject, seconds in ((f"repo:{filled.pk}", 60), (f"xet:{filled.pk}::", -1), ("xet:999999::", 60))
    )
    callers = (nobody, owner, elsewhere, over, gone, machine_of(owner))
    assert [by.get(path).status_code for by in callers] == [401, 403, 403, 401, 404, 403]


def test_a_read_token_does_not_write(filled: Repo, owner: Caller, recording: Recording) -> None:
    ((name, body),) = recording.xorbs.items()
    reader = machine_of(owner, READ_TOKEN)
    assert reader.call("POST", cas(f"/v1/xorbs/default/{name}"), raw=body).status_code == 403
    assert send_shard(reader, recording.shards[0]).status_code == 403


# Addresses of bytes


@pytest.fixture
def link(filled: Repo, nobody: Caller, recording: Recording) -> tuple[str, int, int]:
    """The address of a part of a xorb, and the first and last byte of that part."""
    answer = machine_of(nobody, READ_TOKEN).get(
        cas(f"/v2/reconstructions/{recording.hashes[0]}"), Range="bytes=200000-200009"
    )
    ((found,),) = answer.json()["xorbs"].values()
    ((asked,),) = (found["ranges"],)
    return found["url"], asked["bytes"]["start"], asked["bytes"]["end"]


def test_an_address_opens_its_bytes_alone(link: tuple[str, int, int], recording: Recording) -> None:
    url, start, end = link
    ((_, body),) = recording.xorbs.items()
    inner = follow(url, Range=f"bytes={start + 1}-{end - 1}")
    assert (inner.status_code, body_of(inner)) == (206, body[start + 1 : end])
    for header in (f"bytes={start - 1}-{end}", f"bytes={start}-{end + 1}", f"bytes={start}-{end},0-5", "bytes=0-", ""):
        assert refusal(follow(url, Range=header))[0] == 403, header


def test_addresses_that_are_over_or_forged_are_answered_403(
    link: tuple[str, int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client takes 403, and no other status, as "fetch new addresses"."""
    url, start, end = link
    header = f"bytes={start}-{end}"
    address, _, token = url.partition("?token=")
    name = address.rpartition("/")[2]
    elsewhere = issue_capability(subject=f"lfs:{name}:0-99999999", right="read", seconds=60)
    for forged in (address, f"{address}?token={token}x", f"{address}?token={elsewhere}", url.replace(name, "0" * 64)):
        assert refusal(follow(forged, Range=header))[0] == 403
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 3599)
    body_of(follow(url, Range=header))
    monkeypatch.setattr(time, "time", lambda: now + 3601)
    assert refusal(follow(url, Range=header))[0] == 403


def test_nginx_may_send_the_bytes(link: tuple[str, int, int], recording: Recording) -> None:
    url, start, end = link
    ((name, _),) = recording.xorbs.items()
    with override_settings(ACCEL_PREFIX="/_objects/"):
        answer = follow(url, Range=f"bytes={start}-{end}")
        assert answer["X-Accel-Redirect"] == f"/_objects/xorbs/{name[:2]}/{name[2:4]}/{name}"
        assert refusal(follow(url, Range="bytes=0-"))[0] == 403


def test_bytes_that_are_lost(link: tuple[str, int, int]) -> None:
    url, start, end = link
    ((name),) = Xorb.objects.values_list("pk", flat=True)
    object_store().delete(f"xorbs/{name}")
    assert refusal(follow(url, Range=f"bytes={start}-{end}"))[0] == 404
