"""Commands and code that people copy from the pages, each with this hub's own address in it."""

from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _

from hub.core.paths import public_url
from models_app.repos.addresses import repo_path
from models_app.repos.models import Repo, RepoKind

_AUTO_CLASSES = {
    "text-generation": "AutoModelForCausalLM",
    "fill-mask": "AutoModelForMaskedLM",
    "text-classification": "AutoModelForSequenceClassification",
    "token-classification": "AutoModelForTokenClassification",
    "question-answering": "AutoModelForQuestionAnswering",
    "translation": "AutoModelForSeq2SeqLM",
    "summarization": "AutoModelForSeq2SeqLM",
    "text2text-generation": "AutoModelForSeq2SeqLM",
}


@dataclass(frozen=True)
class Snippet:
    """`key` is stable (for anchors), `label` is read by people, `code` is copied as it is."""

    key: str
    label: str
    code: str


def endpoint_line() -> str:
    """The one setting that points stock clients at this hub."""
    return f"export HF_ENDPOINT={settings.PUBLIC_URL}"


def use_snippets(repo: Repo) -> list[Snippet]:
    """Ways to fetch `repo`, the most used one first."""
    others = [Snippet("hf", "hf", download_commands(repo)), Snippet("git", "git", clone_commands(repo))]
    if repo.kind == RepoKind.MODEL:
        return [Snippet("transformers", "transformers", _transformers(repo)), *others]
    if repo.kind == RepoKind.SPACE:
        return others
    load = f'# {endpoint_line()}\nfrom datasets import load_dataset\n\ndata = load_dataset("{repo.full_id}")'
    return [Snippet("datasets", "datasets", load), *others]


def download_commands(repo: Repo, revision: str = "") -> str:
    """The stock client's way to fetch `repo`, as it is or at `revision`."""
    at = f" --revision {revision}" if revision else ""
    return f"{endpoint_line()}\nhf download {_typed(repo)}{repo.full_id}{at}"


def clone_commands(repo: Repo) -> str:
    """Git's way to fetch `repo`; without git-lfs its large files would be pointers."""
    once = _("once; large files come by git-lfs")
    return f"git lfs install  # {once}\ngit clone {public_url(repo_path(repo))}"


def push_commands(repo: Repo, revision: str) -> str:
    """The stock client's way to send a folder to `revision` of `repo`."""
    return f"{endpoint_line()}\nhf upload {_typed(repo)}{repo.full_id} ./folder --revision {revision}"


def upload_commands(full_id: str, kind: str = RepoKind.MODEL, *, proposing: bool = False) -> str:
    """The stock client's way to send a folder to `full_id`, or to propose it there."""
    typed = "" if kind == RepoKind.MODEL else f" --repo-type {kind}"
    pull = " --create-pr" if proposing else ""
    token = _("a write token of yours")
    lines = [
        "pip install -U huggingface_hub",
        endpoint_line(),
        f"export HF_TOKEN=hf_…  # {token}",
        f"hf upload {full_id} ./folder{typed}{pull}",
    ]
    return "\n".join(lines)


def _typed(repo: Repo) -> str:
    return "" if repo.kind == RepoKind.MODEL else f"--repo-type {repo.kind} "


def _transformers(repo: Repo) -> str:
    auto_class = _AUTO_CLASSES.get(repo.pipeline_tag or "text-generation", "AutoModel")
    return (
        f"# {endpoint_line()}\n"
        f"from transformers import AutoTokenizer, {auto_class}\n\n"
        f'tokenizer = AutoTokenizer.from_pretrained("{repo.full_id}")\n'
        f'model = {auto_class}.from_pretrained("{repo.full_id}")'
    )


def badge_snippets(repo: Repo) -> list[Snippet]:
    """The badge of the overall score of `repo`, for cards and for pages."""
    picture = public_url(f"{repo_path(repo)}/badge.svg?task=overall")
    page, text = public_url(f"{repo_path(repo)}/evaluation"), f"{settings.HUB_NAME}: {repo.full_id}"
    return [
        Snippet("markdown", "Markdown", f"[![{text}]({picture})]({page})"),
        Snippet("html", "HTML", f'<a href="{page}"><img src="{picture}" alt="{text}"></a>'),
    ]
