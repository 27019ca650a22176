# ruff: noqa: INP001 - a folder that is named for its version cannot be a package
"""Write the suite's data files again: ``python generate.py``. The same bytes every time.

Everything here was written for this suite. The prose (``prose/``) and the translations (``pairs/``) had not been
published before, so no checkpoint older than the suite was trained on them; the other tasks are drawn from the small
grammars below.
"""

import json
import random
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
SEED = 20261124
Row = dict[str, Any]

ANIMATE = [
    ("teacher", "teachers"),
    ("pilot", "pilots"),
    ("farmer", "farmers"),
    ("doctor", "doctors"),
    ("child", "children"),
    ("woman", "women"),
    ("painter", "painters"),
    ("sailor", "sailors"),
]
THINGS = [
    ("key", "keys"),
    ("letter", "letters"),
    ("window", "windows"),
    ("picture", "pictures"),
    ("box", "boxes"),
    ("knife", "knives"),
    ("leaf", "leaves"),
    ("bell", "bells"),
]
PLACES = ["garden", "station", "cabinet", "village", "harbour", "kitchen"]
PARTICIPLES = [
    ("written", "wrote"),
    ("taken", "took"),
    ("broken", "broke"),
    ("chosen", "chose"),
    ("stolen", "stole"),
    ("forgotten", "forgot"),
    ("hidden", "hid"),
    ("drawn", "drew"),
]
COLOURS = ["red", "blue", "green", "white", "black", "yellow", "brown", "grey"]
WORDS = [
    "apple",
    "river",
    "stone",
    "lamp",
    "bread",
    "horse",
    "cloud",
    "paper",
    "glass",
    "wheel",
    "spoon",
    "chair",
    "coat",
    "boat",
    "drum",
    "rope",
    "fish",
    "bird",
]
FRAMES_ZH = ["桌子旁边的画上有一", "他昨天看见了一", "那个故事里讲到一"]
CLASSIFIERS = {
    "本": ["书", "词典", "小说", "杂志", "日记"],
    "张": ["纸", "桌子", "地图", "照片", "床"],
    "把": ["椅子", "雨伞", "剪刀", "钥匙"],
    "条": ["河", "裤子", "毛巾", "小路", "蛇"],
    "只": ["猫", "鸟", "兔子", "老虎"],
    "辆": ["汽车", "自行车", "卡车"],
    "件": ["衬衫", "毛衣", "大衣"],
    "棵": ["树", "白菜", "松树"],
    "座": ["山", "桥", "塔"],
    "头": ["牛", "猪", "大象"],
    "双": ["鞋", "筷子", "袜子"],
    "首": ["诗", "歌"],
    "封": ["信"],
    "朵": ["玫瑰", "云"],
}
# Wrong with every noun above, but for the pairs named in MAYBE_RIGHT.
DISTRACTORS = ["匹", "朵", "首", "封", "棵", "辆", "本"]
MAYBE_RIGHT = {"玫瑰": "棵", "诗": "本", "地图": "本", "照片": "本", "纸": "本封", "信": "本", "歌": "本"}

# Of each topic the first ten words train, the next four validate, the last six test: what a test row is about can only
# be known from pre-training.
TOPICS = {
    "en": {
        "food": "bread soup butter onion cheese pepper rice honey flour garlic"
        " potato carrot sugar mushroom vinegar cabbage sausage lemon pancake jam",
        "weather": "rain snow fog wind thunder frost hail sunshine storm drizzle"
        " lightning cloud breeze heat ice mist drought rainbow blizzard dew",
        "music": "violin piano trumpet song drum flute choir melody guitar concert"
        " rhythm cello tune orchestra harp opera clarinet waltz lullaby organ",
        "clothes": "coat shirt hat scarf glove shoe sock dress belt sweater"
        " boot skirt jacket apron button collar sleeve cap blouse trousers",
    },
    "zh": {
        "食物": "面包 米饭 豆腐 白菜 土豆 鸡蛋 面条 苹果 蜂蜜 牛奶 饺子 萝卜 花生 西瓜 包子 黄瓜 茶叶 香蕉 月饼 蘑菇",
        "天气": "大雨 雪花 浓雾 北风 雷声 霜冻 冰雹 阳光 台风 乌云 闪电 寒潮 彩虹 高温 暴风 露水 阴天 晴空 沙尘 小雪",
        "音乐": "钢琴 小提琴 二胡 歌声 鼓点 笛子 合唱 旋律 吉他 演奏 古筝 节奏 曲子 乐队 琵琶 歌剧 口琴 唢呐 民歌 喇叭",
        "衣服": "衬衫 毛衣 裤子 帽子 围巾 手套 鞋子 袜子 裙子 大衣 外套 腰带 棉袄 皮靴 领带 旗袍 背心 披风 拖鞋 睡衣",
    },
}
TOPIC_SPLITS = {"train": (slice(0, 10), 24), "validation": (slice(10, 14), 10), "test": (slice(14, 20), 24)}
TOPIC_FRAMES = {
    "en": [
        "All evening they talked about the {} and the {}.",
        "She wrote a long letter about the {} and the {}.",
        "The picture shows the {} and then the {}.",
        "He remembered the {} better than the {}.",
    ],
    "zh": ["他们整个晚上都在谈{}和{}。", "她在信里写到了{}和{}。", "画上先是{}，然后是{}。", "他记得{}，不记得{}。"],
}
SPOTS = [
    "in the garden",
    "behind the station",
    "under the bridge",
    "near the harbour",
    "beside the mill",
    "on the roof",
    "at the market",
    "inside the cabinet",
]
DEEDS = [("left", "leave"), ("found", "find"), ("hid", "hide"), ("drew", "draw"), ("dropped", "drop")]
ANSWER_SPLITS = {"train": 72, "validation": 24, "test": 72}


def prose(language: str) -> Iterator[Row]:
    """One document a line."""
    for line in (FOLDER / "prose" / f"{language}.txt").read_text(encoding="utf-8").splitlines():
        yield {"text": line}


def translations(source: str, target: str) -> Iterator[Row]:
    """Pairs of sentences, asked for from `source` to `target`; ``task`` is what T5's configs call such a task."""
    for line in (FOLDER / "pairs" / "en-zh.tsv").read_text(encoding="utf-8").splitlines():
        texts = dict(zip(("en", "zh"), line.split("\t"), strict=True))
        yield {"task": f"translation_{source}_to_{target}", "source": texts[source], "target": texts[target]}


def _next_sentences(language: str, end: str) -> Callable[[random.Random], Iterator[Row]]:
    """Neighbours in a text of the prose, and as many pairs whose second sentence stands in another text."""
    texts = [[part + end for part in row["text"].split(end) if part] for row in prose(language)]

    def rows(rng: random.Random) -> Iterator[Row]:
        for number, sentences in enumerate(texts):
            for first, second in pairwise(sentence.strip() for sentence in sentences):
                yield {"first": first, "second": second, "follows": True}
                other = rng.choice(texts[:number] + texts[number + 1 :])
                yield {"first": first, "second": rng.choice(other).strip(), "follows": False}

    return rows


def _agreement(rng: random.Random) -> tuple[str, str]:
    head, other = rng.choice(THINGS), rng.choice(ANIMATE)
    plural = bool(rng.randrange(2))
    subject, near = (head[1], other[0]) if plural else (head[0], other[1])
    right, wrong = ("are", "is") if plural else ("is", "are")
    rest = f"in the {rng.choice(PLACES)}."
    return (f"The {subject} of the {near} {right} {rest}", f"The {subject} of the {near} {wrong} {rest}")


def _determiner(rng: random.Random) -> tuple[str, str]:
    noun = rng.choice(THINGS)
    plural = bool(rng.randrange(2))
    right, wrong = ("these", "this") if plural else ("this", "these")
    start, end = f"The {rng.choice(ANIMATE)[0]} looked at", f"{noun[plural]} in the {rng.choice(PLACES)}."
    return (f"{start} {right} {end}", f"{start} {wrong} {end}")


def _reflexive(rng: random.Random) -> tuple[str, str]:
    people, place = rng.choice(ANIMATE)[1], rng.choice(PLACES)
    verb = rng.choice(["hurt", "saw", "hid", "praised"])
    return (f"The {people} {verb} themselves near the {place}.", f"The {people} {verb} itself near the {place}.")


def _polarity(rng: random.Random) -> tuple[str, str]:
    people, place = rng.choice(ANIMATE)[1], rng.choice(PLACES)
    return (f"No {people} have ever been to the {place}.", f"Some {people} have ever been to the {place}.")


def _participle(rng: random.Random) -> tuple[str, str]:
    (right, wrong), person, thing = rng.choice(PARTICIPLES), rng.choice(ANIMATE)[0], rng.choice(THINGS)[1]
    return (f"The {person} has {right} the {thing}.", f"The {person} has {wrong} the {thing}.")


def _word_order(rng: random.Random) -> tuple[str, str]:
    person, thing, place = rng.choice(ANIMATE)[0], rng.choice(THINGS)[0], rng.choice(PLACES)
    end = f"the {thing} of the {place}?"
    return (f"Where did the {person} put {end}", f"Where did put the {person} {end}")


PAIRS = 20  # of each paradigm
PARADIGMS: list[Callable[[random.Random], tuple[str, str]]] = [
    _agreement,
    _determiner,
    _reflexive,
    _polarity,
    _participle,
    _word_order,
]


def grammar_en(rng: random.Random) -> Iterator[Row]:
    """Minimal pairs after BLiMP (Warstadt et al. 2020): the whole sentence is scored."""
    for paradigm in PARADIGMS:
        pairs: set[tuple[str, str]] = set()
        while len(pairs) < PAIRS:
            pairs.add(paradigm(rng))
        for right, wrong in sorted(pairs):
            label = rng.randrange(2)
            choices = [wrong, right] if label else [right, wrong]
            yield {"paradigm": paradigm.__name__.strip("_"), "choices": choices, "label": label}


def classifiers_zh(rng: random.Random) -> Iterator[Row]:
    """Which measure word goes with the noun: one right, three wrong.

    Whole sentences are scored: a tokenizer may join characters across any place where one could be cut in two.
    """
    for right, nouns in CLASSIFIERS.items():
        for noun in nouns:
            for frame in rng.sample(FRAMES_ZH, 2):
                wrong = [word for word in DISTRACTORS if word != right and word not in MAYBE_RIGHT.get(noun, "")]
                words = [right, *rng.sample(wrong, 3)]
                rng.shuffle(words)
                choices = [f"{frame}{word}{noun}。" for word in words]
                yield {"choices": choices, "label": words.index(right)}


def binding_en(rng: random.Random) -> Iterator[Row]:
    """Four boxes, four things: which thing is in the box that is asked for."""
    for _ in range(100):
        colours, things = rng.sample(COLOURS, 4), rng.sample(WORDS, 4)
        told = " ".join(f"The {c} box holds the {t}." for c, t in zip(colours, things, strict=True))
        label = rng.randrange(4)
        yield {"context": f"{told} In the {colours[label]} box there is the", "choices": things, "label": label}


def addition(rng: random.Random) -> Iterator[Row]:
    """Sums of two numbers below 100; every third has one digit only."""
    for index in range(60):
        limit = 10 if index % 3 == 0 else 100
        a, b = rng.randrange(limit), rng.randrange(limit)
        yield {"question": f"{a} + {b} =", "answer": str(a + b)}


def copying(rng: random.Random) -> Iterator[Row]:
    """A list of three to five words that is to be said again."""
    for index in range(40):
        words = " ".join(rng.sample(WORDS, 3 + index % 3))
        yield {"question": words, "answer": words}


def _topics(language: str) -> Callable[[random.Random], Iterator[Row]]:
    """Which of four topics a sentence is about: two words of it, none of which stands in another split."""

    def rows(rng: random.Random) -> Iterator[Row]:
        for split, (part, count) in TOPIC_SPLITS.items():
            for number in range(count):
                for label, words in TOPICS[language].items():
                    frame = TOPIC_FRAMES[language][number % len(TOPIC_FRAMES[language])]
                    yield {"split": split, "text": frame.format(*rng.sample(words.split()[part], 2)), "label": label}

    return rows


def answers_en(rng: random.Random) -> Iterator[Row]:
    """Who did what where: three deeds, and a question whose answer is a part of one. `start` counts characters."""
    for split, count in ANSWER_SPLITS.items():
        for number in range(count):
            people = [singular for singular, _ in rng.sample(ANIMATE, 3)]
            facts = list(zip(people, rng.sample(WORDS, 3), rng.sample(SPOTS, 3), rng.sample(DEEDS, 3), strict=True))
            told = [f"The {person} {did} the {thing} {spot}." for person, thing, spot, (did, _) in facts]
            which = rng.randrange(3)
            person, thing, spot, (did, do) = facts[which]
            question, answer = [
                (f"Where did the {person} {do} the {thing}?", spot),
                (f"Who {did} the {thing} {spot}?", f"The {person}"),
                (f"What did the {person} {do} {spot}?", f"the {thing}"),
            ][number % 3]
            start = sum(len(fact) + 1 for fact in told[:which]) + told[which].index(answer)
            yield {"split": split, "question": question, "context": " ".join(told), "answer": answer, "start": start}


def write_all(folder: Path = FOLDER / "data") -> None:
    """Write every data file below `folder` as JSON Lines."""
    folder.mkdir(exist_ok=True)
    tasks = {
        "prose_en": prose("en"),
        "prose_zh": prose("zh"),
        "translation_en_zh": translations("en", "zh"),
        "translation_zh_en": translations("zh", "en"),
    }
    for make in (grammar_en, classifiers_zh, binding_en, addition, copying, answers_en):
        tasks[make.__name__] = make(random.Random(f"{SEED} {make.__name__}"))  # noqa: S311 - a fixed draw, no secret
    for language, end in (("en", "."), ("zh", "。")):
        name = f"next_sentence_{language}"
        tasks[name] = _next_sentences(language, end)(random.Random(f"{SEED} {name}"))  # noqa: S311 - as above
        name = f"topics_{language}"
        tasks[name] = _topics(language)(random.Random(f"{SEED} {name}"))  # noqa: S311 - as above
    for name, rows in tasks.items():
        lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in rows]
        (folder / f"{name}.jsonl").write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    write_all()
