"""The architecture card of a model: what it is built like, in words and as a drawing."""

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from models_app.architectures.rules import Architecture, Layers, architecture
from models_app.pages.schematic import Schematic, draw
from models_app.repos.models import Repo

_STACKS = {
    "encoder": gettext_lazy("encoder"),
    "decoder": gettext_lazy("decoder"),
    "both": gettext_lazy("encoder and decoder"),
}
_POSITIONS = {
    "absolute": gettext_lazy("absolute"),
    "relative": gettext_lazy("relative"),
    "rotary": gettext_lazy("rotary"),
    "alibi": "ALiBi",
}
_ATTENTION = {
    "bidirectional": gettext_lazy("bidirectional"),
    "causal": gettext_lazy("causal"),
    "permutation": gettext_lazy("permutation"),
    "cross": gettext_lazy("cross"),
}


@dataclass(frozen=True)
class Fact:
    label: str
    value: str  # "" where it is not known


@dataclass(frozen=True)
class ArchitectureCard:
    """`checked`: the sizes were compared with the headers of the weights."""

    model_type: str
    facts: list[Fact]
    schematic: Schematic
    checked: bool


def architecture_card(repo: Repo) -> ArchitectureCard | None:
    """The card of `repo`, a model; None where its architecture is not in the table. No query, no file is read."""
    found = architecture(repo.config, repo.outline)
    if found is None:
        return None
    return ArchitectureCard(found.model_type, _facts(found, repo.parameters), draw(found), found.checked)


def _facts(found: Architecture, parameters: dict[str, int]) -> list[Fact]:
    attention = [str(_ATTENTION[kind]) for part in found.parts for kind in part.attention]
    facts = [
        Fact(_("Stack"), str(_STACKS[found.stack])),
        Fact(_("Layers"), _of_each(found, lambda part: _number(part.count))),
        Fact(_("Heads"), _of_each(found, _heads)),
        Fact(_("Head size"), _of_each(found, lambda part: _number(part.head_size))),
        Fact(_("Hidden size"), _number(found.hidden_size)),
        Fact(_("Feed-forward width"), _of_each(found, lambda part: _number(part.feed_forward))),
        Fact(_("Activation"), _activation(found)),
        Fact(_("Attention"), ", ".join(attention)),
        Fact(_("Positions"), str(_POSITIONS[found.positions])),
        Fact(_("Vocabulary"), _number(found.vocabulary)),
        Fact(_("Context"), _("without end") if found.has_no_end else _number(found.context)),
        Fact(_("Tied embeddings"), _("yes") if found.tied else _("no")),
    ]
    if found.window is not None:
        facts.append(Fact(_("Attention window"), _number(found.window)))
    return facts + [
        Fact(_("Parameters in %(dtype)s") % {"dtype": dtype}, _number(n)) for dtype, n in parameters.items()
    ]


def _of_each(found: Architecture, value: Callable[[Layers], str]) -> str:
    """What is said of the encoder and of the decoder: once if it is the same."""
    values = [value(part) for part in found.parts]
    return values[0] if len(set(values)) == 1 else " + ".join(each or "?" for each in values)


def _heads(part: Layers) -> str:
    if part.heads is None or part.kv_heads in {None, part.heads}:
        return _number(part.heads)
    return _("%(heads)d, keys and values %(kv_heads)d") % {"heads": part.heads, "kv_heads": part.kv_heads}


def _activation(found: Architecture) -> str:
    if found.activation is None:
        return ""
    return _("%(activation)s, gated") % {"activation": found.activation} if found.gated else found.activation


def _number(size: int | None) -> str:
    return "" if size is None else intcomma(size)
