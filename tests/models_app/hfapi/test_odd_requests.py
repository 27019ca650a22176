"""Whatever is asked for, the answer is an answer: never an error page, never a 500."""

import json
from typing import Any
from urllib.parse import quote, urlencode

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models_app.repos.models import Repo
from tests.models_app.hfapi.caller import Caller, body_of

SUBROUTES = [
    "", "revision", "settings", "auth-check", "auth-check/write", "tree", "paths-info", "commits", "refs", "branch",
    "tag", "preupload", "commit", "xet-write-token", "discussions", "like",
]  # fmt: skip
TEXT = st.text(max_size=12) | st.sampled_from(
    ["main", "HEAD", "refs/heads/main", "..", ".", "%", "\0", "README.md", "nested"]
)
SEGMENT = TEXT.map(lambda text: quote(text.encode(errors="surrogatepass"), safe="")).filter(lambda text: text)
ID = st.sampled_from(["alice/tiny", "alice/none"]) | st.tuples(SEGMENT, SEGMENT).map("/".join)
API = st.builds(
    lambda kind, full_id, route, rest: "/".join(["/api", kind, full_id, *filter(None, [route]), *rest]),
    st.sampled_from(["models", "datasets", "spaces"]),
    ID,
    st.sampled_from(SUBROUTES),
    st.lists(SEGMENT, max_size=2),
)
FILE = st.builds(
    lambda full_id, way, rest: "/".join(["", full_id, way, *rest]),
    ID,
    st.sampled_from(["resolve", "raw"]),
    st.lists(SEGMENT, min_size=2, max_size=3),
)
QUERY = st.dictionaries(
    st.sampled_from(["cursor", "limit", "expand", "recursive", "filter", "search", "sort", "create_pr", "author"]),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=10),
    max_size=3,
).map(urlencode)
BODY = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["name", "type", "files", "path", "size", "sample", "tag", "private"]), inner, max_size=3
        )
    ),
    max_leaves=6,
)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    method=st.sampled_from(["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"]),
    address=API
    | FILE
    | st.sampled_from(["/api/models", "/api/repos/create", "/api/repos/delete", "/api/validate-yaml"]),
    query=QUERY,
    body=BODY | st.binary(max_size=20),
    caller=st.sampled_from(["nobody", "owner"]),
)
def test_every_request_has_an_answer(
    nobody: Caller, owner: Caller, repo: Repo, method: str, address: str, query: str, body: Any, caller: str
) -> None:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    response = {"nobody": nobody, "owner": owner}[caller].call(method, f"{address}?{query}", raw=raw)
    content = body_of(response)
    assert response.status_code < 500
    if response.status_code >= 400 and method != "HEAD" and address.startswith("/api"):
        told = json.loads(content)["error"]
        assert told
        assert response.get("X-Error-Message", told) == told
