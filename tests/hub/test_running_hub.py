import urllib.request

import pytest

from tests.running_hub import RunningHub

pytestmark = pytest.mark.slow


def test_it_answers(hub_server: RunningHub) -> None:
    with urllib.request.urlopen(f"{hub_server.url}/api/schema", timeout=10) as answer:
        assert answer.status == 200
