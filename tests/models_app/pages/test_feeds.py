"""New models as feeds; a private one is in none, not even for its owner."""

from django.test import Client

from models_app.repos.models import Repo


def test_public_models_alone(client: Client, as_alice: Client, tiny: Repo, secret: Repo):
    for visitor in (client, as_alice):
        for address in ("/feeds/models", "/feeds/models/alice"):
            response = visitor.get(address)
            assert response["Content-Type"] == "application/atom+xml; charset=utf-8"
            feed = response.content.decode()
            assert "<title>alice/tiny</title>" in feed
            assert "secret" not in feed
    assert client.get("/feeds/models/nobody").status_code == 404
