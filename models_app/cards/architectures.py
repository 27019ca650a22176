"""The task that a checkpoint's class names, for cards that leave `pipeline_tag` out."""

from typing import Any

# Ending of a transformers class name → pipeline tag; the first that fits wins.
_HEADS = (
    ("ForCausalLM", "text-generation"),
    ("LMHeadModel", "text-generation"),
    ("ForMaskedLM", "fill-mask"),
    ("ForSequenceClassification", "text-classification"),
    ("ForTokenClassification", "token-classification"),
    ("ForQuestionAnswering", "question-answering"),
    ("ForMultipleChoice", "multiple-choice"),
    ("ForImageClassification", "image-classification"),
    ("ForObjectDetection", "object-detection"),
    ("ForSemanticSegmentation", "image-segmentation"),
    ("ForAudioClassification", "audio-classification"),
    ("ForCTC", "automatic-speech-recognition"),
    ("ForSpeechSeq2Seq", "automatic-speech-recognition"),
)
# Encoder-decoder text models share the ending ForConditionalGeneration with speech and vision models.
_SEQ2SEQ = {
    "bart": "text2text-generation",
    "mbart": "translation",
    "marian": "translation",
    "m2m_100": "translation",
    "mt5": "text2text-generation",
    "pegasus": "summarization",
    "t5": "text2text-generation",
    "umt5": "text2text-generation",
    "whisper": "automatic-speech-recognition",
}


def pipeline_tag_of(config: dict[str, Any]) -> str:
    """The pipeline tag that `config` (a config.json as data) implies, or ""."""
    architectures = config.get("architectures")
    name = architectures[0] if isinstance(architectures, list) and architectures else ""
    if not isinstance(name, str):
        return ""
    if name.endswith(("ForConditionalGeneration", "MarianMTModel")):
        return _SEQ2SEQ.get(str(config.get("model_type")), "")
    return next((tag for ending, tag in _HEADS if name.endswith(ending)), "")
