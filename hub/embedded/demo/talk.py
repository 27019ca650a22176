"""What the demo members asked in the forum, and what the administrator answered. It may be done again.

Whoever asked something that others settled has contributed, and may vote from then on.
"""

from dataclasses import dataclass

from community.discussions.models import Thread, ThreadStatus
from community.discussions.services import open_thread, set_status
from community.forum.models import Category
from community.forum.subject import KIND
from hub.embedded.demo.catalogue import PEOPLE
from hub.embedded.demo.people import actor_called


@dataclass(frozen=True)
class Question:
    author: str
    room: str
    title: str
    text: str
    answer: str


QUESTIONS = (
    Question(
        "lin",
        "help",
        "How long may a card be? 模型卡可以写多长？",
        "I would like to show ten stories in full. 我想完整展示十个故事。",
        "Ten stories fit with ease. Put the rest into a file beside it and link there.",
    ),
    Question(
        "noor",
        "general",
        "Who runs the evaluations?",
        "My model was measured minutes after I pushed it. On whose machine?",
        "On this one, for now. Members can donate workers: see [the queue](/queue).",
    ),
    Question(
        "mei",
        "help",
        "怎样把模型下载到没有网络的机器上？",
        "我的实验室不能上网。",
        "先在别处运行 `hf download`，再把整个文件夹拷过去：`from_pretrained` 接受本地路径。",
    ),
    Question(
        "kofi",
        "help",
        "Perplexity went up after I changed the tokenizer",
        "Same data, same steps, and it is twice as high. Did I break something?",
        "Tokens became longer, so there is more to guess in each. Compare bits per byte, which the model's page has.",
    ),
    Question(
        "sofia",
        "show-and-tell",
        "A crossword made of model outputs",
        "Every clue is a sentence that a small model wrote. Who solves it?",
        "Solved, and 7 down is a gem. Closed, so that nobody sees the answers by accident.",
    ),
    Question(
        "yuto",
        "meta",
        "Dark pages at night, please",
        "The white ones wake the cat.",
        "There is a switch at the top of every page; it can follow your system too.",
    ),
)


def talk() -> None:
    answering = actor_called(PEOPLE[0].name)
    for question in QUESTIONS:
        asking = actor_called(question.author)
        if Thread.objects.filter(author=asking.user, title=question.title).exists():
            continue
        room = Category.objects.get(slug=question.room)
        thread = open_thread(actor=asking, kind=KIND, key=room.pk, title=question.title, text=question.text)
        set_status(actor=answering, thread=thread, status=ThreadStatus.CLOSED, text=question.answer)
