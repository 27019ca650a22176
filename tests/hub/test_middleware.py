import http.client

import pytest
from django.test import Client

from tests.running_hub import RunningHub


@pytest.mark.slow
@pytest.mark.parametrize("path", ["/healthz", "/no/body/resolve/main/config.json"])
def test_head_has_the_headers_of_get_and_no_body(hub_server: RunningHub, path: str) -> None:
    answers = []
    for method in ("GET", "HEAD"):
        connection = http.client.HTTPConnection(hub_server.url.removeprefix("http://"), timeout=10)
        connection.request(method, path)
        response = connection.getresponse()
        names = {name for name, _ in response.getheaders() if name not in {"Date", "X-Request-Id", "Connection"}}
        answers.append((response.status, names, response.headers["Content-Length"], len(response.read())))
        connection.close()
    (get_status, get_names, get_length, _), (status, names, length, body) = answers
    assert (status, names, length, body) == (get_status, get_names, get_length, 0)
    assert "no-body response" not in hub_server.log()


@pytest.mark.django_db
def test_request_id_is_the_callers_or_a_new_one(client: Client) -> None:
    assert client.get("/healthz", headers={"X-Amzn-Trace-Id": "Root=1;x"})["X-Request-Id"] == "Root=1;x"
    made = client.get("/healthz", headers={"X-Request-Id": "two\nlines"})["X-Request-Id"]
    assert len(made) == 36
