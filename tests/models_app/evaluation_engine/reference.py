"""The plainest way to score: one request at a time, all logits, no mask, no cache. What the adapter must agree with."""

import torch
from lm_eval.api.instance import Instance
from lm_eval.utils import get_rolling_token_windows, make_disjoint_window

from models_app.evaluation.engine.causal import CausalAdapter, cut


class Reference:
    """Batch size 1. Only tokenization is shared with the `adapter` under test."""

    def __init__(self, adapter: CausalAdapter) -> None:
        self.adapter = adapter
        self.model = adapter.model

    @torch.inference_mode()
    def score(self, context: list[int], continuation: list[int]) -> tuple[float, bool]:
        tokens = torch.tensor([(context + continuation)[-(self.adapter.max_length + 1) :]])
        logprobs = self.model(tokens[:, :-1], use_cache=False).logits[0].float().log_softmax(-1)
        targets = tokens[0, -len(continuation) :]
        last = logprobs[-len(continuation) :]
        return last.gather(1, targets[:, None]).sum().item(), bool((last.argmax(-1) == targets).all())

    def loglikelihood(self, requests: list[Instance]) -> list[tuple[float, bool]]:
        pairs = [self._pair(*request.args) for request in requests]
        return [self.score(*pair) for pair in pairs]

    def loglikelihood_rolling(self, requests: list[Instance]) -> list[float]:
        totals = []
        for request in requests:
            tokens = self.adapter.tok_encode(request.args[0])
            windows = get_rolling_token_windows(tokens, self.adapter.prefix_token_id, self.adapter.max_length, 1)
            totals.append(sum(self.score(*make_disjoint_window(window))[0] for window in windows))
        return totals

    @torch.inference_mode()
    def generate_until(self, requests: list[Instance]) -> list[str]:
        texts = []
        for request in requests:
            context, settings = request.args
            tokens = torch.tensor([self.adapter.tok_encode(context)])
            start = tokens.shape[1]
            for _ in range(settings["max_gen_toks"]):
                best = self.model(tokens, use_cache=False).logits[0, -1].argmax()
                if best == self.adapter.eot_token_id:
                    break
                tokens = torch.cat([tokens, best[None, None]], dim=1)
            texts.append(cut(self.adapter.text_of(tokens[0, start:].tolist()), settings["until"]))
        return texts

    def _pair(self, context: str, continuation: str) -> tuple[list[int], list[int]]:
        if not context:
            return [self.adapter.prefix_token_id], self.adapter.tok_encode(continuation)
        tokens: list[int] = self.adapter.tok_encode(context.rstrip())
        continuation = context[len(context.rstrip()) :] + continuation
        rest = self.adapter.tok_encode(context.rstrip() + continuation)[len(tokens) :]
        return tokens, rest or self.adapter.tok_encode(continuation)
