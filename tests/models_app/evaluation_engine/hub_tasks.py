"""Rows in the columns of the well-known tasks, invented here, and where lm-eval keeps its own files of these tasks."""

from pathlib import Path
from typing import Any

import lm_eval

LM_EVAL_TASKS = Path(lm_eval.__file__).parent / "tasks"
_STORY = {
    "story_id": "1",
    "input_sentence_1": "Tom woke up late.",
    "input_sentence_2": "He ran to the bus.",
    "input_sentence_3": "The bus was gone.",
    "input_sentence_4": "He began to walk.",
    "sentence_quiz1": "He came too late.",
    "sentence_quiz2": "He went to sleep on the bus.",
    "answer_right_ending": 1,
}
_STORY_ZH = {
    "story_id": "2",
    "input_sentence_1": "小明起晚了。",
    "input_sentence_2": "他跑去坐车。",
    "input_sentence_3": "车已经开走了。",
    "input_sentence_4": "他只好走路。",
    "sentence_quiz1": "他在车上睡着了。",
    "sentence_quiz2": "他迟到了。",
    "answer_right_ending": 2,
}
_ARC = {
    "id": "Q1",
    "question": "Which of these is hot?",
    "choices": {"text": ["ice", "snow", "fire", "rain"], "label": ["A", "B", "C", "D"]},
    "answerKey": "C",
}
# Task → rows: as the datasets have them, with columns that no task needs.
ROWS: dict[str, list[dict[str, Any]]] = {
    "hellaswag": [
        {
            "ind": 1,
            "activity_label": "Baking bread",
            "ctx_a": "[header] How to bake [title] Take flour.  Add water.",
            "ctx_b": "a baker",
            "ctx": "unused",
            "endings": [" kneads it. [substeps] Wait.", "sings.", "eats  the oven.", "runs [title] far."],
            "label": "0",
        },
        {
            "ind": 2,
            "activity_label": "Rowing",
            "ctx_a": "A man sits in a boat.",
            "ctx_b": "",
            "ctx": "unused",
            "endings": ["He rows.", "He flies.", 'It\'s "fine".', "He cooks."],
            "label": "2",
        },
    ],
    "arc_easy": [
        _ARC,
        _ARC | {"question": "2 + 2?", "choices": {"text": ["3", "4"], "label": ["1", "2"]}, "answerKey": "2"},
    ],
    "arc_challenge": [_ARC | {"question": "Why is the sky blue?", "answerKey": "A"}],
    "piqa": [
        {"goal": "Open a jar", "sol1": "Turn the lid.", "sol2": "Ask the lid's owner.", "label": 0},
        {"goal": "Dry a plate", "sol1": "Wet it", "sol2": "Wipe it", "label": 1},
    ],
    "winogrande": [
        {
            "sentence": "The cup did not fit the box as _ was too big.",
            "option1": "the cup",
            "option2": "the box",
            "answer": "1",
        },
        {
            "sentence": "Ann gave Eve a book because _ likes to read _ aloud.",
            "option1": "Ann",
            "option2": "Eve",
            "answer": "2",
        },
    ],
    "openbookqa": [
        {
            "id": "7",
            "question_stem": "Plants need",
            "choices": {"text": ["light", "stones", "songs", "shoes"], "label": ["A", "B", "C", "D"]},
            "answerKey": "A",
        }
    ],
    "boolq": [
        {"question": "is ice cold", "passage": "Ice is frozen water.", "idx": 0, "label": 1},
        {"question": "do fish fly", "passage": "Most fish swim.", "idx": 1, "label": 0},
    ],
    "lambada_openai": [
        {"text": "She took the key and opened the door"},
        {"text": "He looked for his hat, but nobody had seen the hat"},
    ],
    "mmlu": [
        {
            "question": "What beats? ",
            "subject": "college_biology",
            "choices": ["lung", "heart", "skin", "bone"],
            "answer": 1,
        },
        {"question": "1 + 1?", "subject": "anatomy", "choices": ["1", "2", "3", "4"], "answer": 1},
    ],
    "xstorycloze_en": [_STORY],
    "xstorycloze_zh": [_STORY_ZH],
    "xcopa_zh": [
        {
            "premise": "她打开了伞。",
            "choice1": "下雨了。",
            "choice2": "天晴了。",
            "question": "cause",
            "label": 0,
            "idx": 0,
            "changed": False,
        },
        {
            "premise": "他吃得太多。",
            "choice1": "他饿了。",
            "choice2": "Ta肚子疼。",
            "question": "effect",
            "label": 1,
            "idx": 1,
            "changed": False,
        },
    ],
    "xwinograd_zh": [
        {"sentence": "杯子放不进箱子，因为_太大了。", "option1": "杯子", "option2": "箱子", "answer": "1"},
    ],
    "belebele_zho_hans": [
        {
            "flores_passage": "早上下了雨，中午出了太阳。",
            "question": "早上怎么样？ ",
            "mc_answer1": "下雨",
            "mc_answer2": "下雪",
            "mc_answer3": "刮风",
            "mc_answer4": "晴天",
            "correct_answer_num": "1",
            "dialect": "zho_Hans",
        }
    ],
}
# Task → lm-eval's file of it. MMLU has one for each subject: its parts are in `MMLU`.
ORIGINALS = {
    "hellaswag": "hellaswag/hellaswag.yaml",
    "arc_easy": "arc/arc_easy.yaml",
    "arc_challenge": "arc/arc_challenge.yaml",
    "piqa": "piqa/piqa.yaml",
    "winogrande": "winogrande/default.yaml",
    "openbookqa": "openbookqa/openbookqa.yaml",
    "boolq": "super_glue/boolq/default.yaml",
    "lambada_openai": "lambada/lambada_openai.yaml",
    "xstorycloze_en": "xstorycloze/default_en.yaml",
    "xstorycloze_zh": "xstorycloze/default_zh.yaml",
    "xcopa_zh": "xcopa/default_zh.yaml",
    "xwinograd_zh": "xwinograd/xwinograd_zh.yaml",
    "belebele_zho_hans": "belebele/belebele_zho_Hans.yaml",
}
MMLU = "mmlu/default/mmlu_{subject}.yaml"
