"""Who and what the demo community consists of."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import chain, zip_longest

from hub.embedded.demo.stories import stories

ORGANIZATION = "open-garden"
ORGANIZATION_NAME = "Open Garden 开放花园"
DATASET = f"{ORGANIZATION}/little-stories"
COLLECTION = ("Little storytellers 小故事", "Small models that one core trains in minutes, each on one kind of text.")
STORIES = 3000  # in each language; about a megabyte
OUR_STORIES = f"[{DATASET}](/datasets/{DATASET})"


@dataclass(frozen=True)
class Person:
    """A demo member; `admin` may do everything on the hub."""

    name: str
    full_name: str
    bio: str
    admin: bool = False


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint that `author` trains on `text` and uploads as `repo_id` under `licence`."""

    repo_id: str
    author: str
    architecture: str
    licence: str
    languages: tuple[str, ...]
    summary: str
    positions: str
    text: Callable[[], str]
    source: str
    datasets: tuple[str, ...]
    prompt: str
    steps: int = 200
    pipeline_tag: str = "text-generation"


def _told(language: str) -> Iterable[str]:
    return stories(language, count=STORIES, seed=0)


def _in_turns() -> Iterable[str]:
    return (story for story in chain.from_iterable(zip_longest(_told("en"), _told("zh"))) if story)


def _python_reference() -> str:
    """The language reference that every Python carries for its own ``help()``."""
    from pydoc_data.topics import topics

    return "\n\n".join(topics[name] for name in sorted(topics))


PEOPLE = (
    Person("ada", "Ada", "Keeps this hub running. Likes small models that one can understand.", admin=True),
    Person("lin", "小林", "教小模型讲故事。I teach small models to tell stories."),
    Person("noor", "Noor", "Reads manuals for fun."),
)
# Who only talks and votes.
NEIGHBOURS = (
    Person("mei", "美", "在实验室里用小模型。"),
    Person("kofi", "Kofi", "Tokenizers, mostly."),
    Person("sofia", "Sofía", "Crosswords and models."),
    Person("yuto", "Yuto", "Has a cat."),
)

CHECKPOINTS = (
    Checkpoint(
        repo_id="lin/little-stories-llama",
        author="lin",
        architecture="llama",
        licence="apache-2.0",
        languages=("en", "zh"),
        summary="Tells little stories in English and Chinese. 用中文和英文讲小故事。",
        positions="rotary",
        text=lambda: "\n".join(_in_turns()),
        source=OUR_STORIES,
        datasets=(DATASET,),
        prompt="Once upon a time",
    ),
    Checkpoint(
        repo_id="noor/python-reference-gpt2",
        author="noor",
        architecture="gpt2",
        licence="mit",
        languages=("en",),
        summary="Writes in the voice of the Python language reference.",
        positions="absolute",
        text=_python_reference,
        source="the Python language reference, as `help()` shows it (PSF-2.0)",
        datasets=(),
        prompt="The statement",
        steps=300,
    ),
    Checkpoint(
        repo_id=f"{ORGANIZATION}/stories-zh-neox",
        author="lin",
        architecture="gpt_neox",
        licence="gpl-3.0",
        languages=("zh",),
        summary="只会讲中文小故事。Tells little stories in Chinese only.",
        positions="rotary on a quarter of each head",
        text=lambda: "\n".join(_told("zh")),
        source=OUR_STORIES,
        datasets=(DATASET,),
        prompt="从前，",
    ),
    Checkpoint(
        repo_id=f"{ORGANIZATION}/stories-en-bloom",
        author="ada",
        architecture="bloom",
        licence="openrail",
        languages=("en",),
        summary="Tells little stories in English only.",
        positions="none; ALiBi slopes in the attention",
        text=lambda: "\n".join(_told("en")),
        source=OUR_STORIES,
        datasets=(DATASET,),
        prompt="Long ago, by the river,",
    ),
    Checkpoint(
        repo_id="noor/stories-en-t5",
        author="noor",
        architecture="t5",
        licence="apache-2.0",
        languages=("en",),
        summary="Reads the beginning of a little story and writes how it goes on.",
        positions="relative, in buckets",
        text=lambda: "\n".join(_told("en")),
        source=OUR_STORIES,
        datasets=(DATASET,),
        prompt="Once upon a time",
        pipeline_tag="text2text-generation",
    ),
    Checkpoint(
        repo_id=f"{ORGANIZATION}/stories-en-xlnet",
        author="ada",
        architecture="xlnet",
        licence="apache-2.0",
        languages=("en",),
        summary="Tells little stories in English, by a query stream that knows the place but not the word.",
        positions="relative",
        text=lambda: "\n".join(_told("en")),
        source=OUR_STORIES,
        datasets=(DATASET,),
        prompt="Long ago, by the river,",
        steps=250,
    ),
)
