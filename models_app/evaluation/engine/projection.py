"""Logits only where they are needed: the vocabulary projection is the largest matrix of a small model."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from transformers import PreTrainedModel


@contextmanager
def only_positions(model: PreTrainedModel, rows: torch.Tensor, columns: torch.Tensor) -> Iterator[None]:
    """Within, the model's logits have shape (1, len(rows), vocabulary): those of hidden states [rows, columns].

    The hidden states are picked in front of the projection, so that whatever an architecture does to its logits
    afterwards (scaling, capping) still happens.
    """

    def pick(_module: torch.nn.Module, inputs: tuple[Any, ...]) -> tuple[torch.Tensor]:
        return (inputs[0][rows, columns][None],)

    handle = model.get_output_embeddings().register_forward_pre_hook(pick)
    try:
        yield
    finally:
        handle.remove()


def logits_of(output: Any) -> torch.Tensor:
    """The language model's logits; a model with several heads calls them otherwise."""
    logits: torch.Tensor = output.prediction_logits if "prediction_logits" in output else output.logits
    return logits


def log_probabilities(
    logits: torch.Tensor, targets: torch.Tensor, rows: torch.Tensor | None = None, chunk: int = 512
) -> tuple[torch.Tensor, torch.Tensor]:
    """Log-probabilities in float32 of `targets` (n), each under its row of `logits` (`rows`; None: in their order), and
    whether each is the likeliest.

    In chunks: a float32 copy of all logits would double the largest tensor there is.
    """
    rows = torch.arange(len(targets), device=logits.device) if rows is None else rows
    totals, best = [], []
    for part in logits.split(chunk):
        totals.append(part.float().logsumexp(dim=1))
        best.append(part.argmax(dim=1))
    return logits[rows, targets].float() - torch.cat(totals)[rows], torch.cat(best)[rows] == targets
