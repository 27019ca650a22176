"""For whom bytes on their way are, as a word that signed rights carry."""

from models_app.repos.models import Repo
from models_app.uploads.grants import Destination


def proposer_word(destination: Destination) -> str:
    """Empty for bytes that go to the repo itself."""
    return str(destination.proposer_id or "")


def destination_named(repo: Repo, proposer: str) -> Destination:
    return Destination(repo, int(proposer) if proposer else None)
