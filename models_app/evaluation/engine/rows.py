"""Token rows to be scored: one context with one or more continuations that do not see each other."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import torch

TokenIds = Sequence[int]


@dataclass
class Row:
    """`tokens` at `positions`; token i sees token j ≤ i of the context (branch 0) and of its own branch.

    `targets` lists what is to be predicted: (index of the token that predicts, token id, number of the request).
    """

    tokens: list[int]
    positions: list[int]
    branches: list[int]
    targets: list[tuple[int, int, int]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.tokens)

    @classmethod
    def of(cls, tokens: TokenIds, *, context: int | None = None) -> "Row":
        """`tokens` in their order, without targets; those after the first `context` ones (None: all) are a branch."""
        context = len(tokens) if context is None else context
        return cls(list(tokens), list(range(len(tokens))), [0] * context + [1] * (len(tokens) - context))

    @classmethod
    def plain(cls, context: TokenIds, continuation: TokenIds, request: int, *, limit: int) -> "Row":
        """One continuation. Of too long a pair the last `limit` + 1 tokens are kept, as lm-eval does."""
        row = cls.of([*context, *continuation][-(limit + 1) :][:-1])
        kept = continuation[-len(row) :]
        first = len(row) - len(kept)
        row.targets = [(first + index, token, request) for index, token in enumerate(kept)]
        return row

    def add_branch(self, context_length: int, continuation: TokenIds, request: int) -> None:
        """Append another continuation of the first `context_length` tokens."""
        branch = self.branches[-1] + 1
        last = context_length - 1
        for index, token in enumerate(continuation):
            self.targets.append((last, token, request))
            if index < len(continuation) - 1:
                last = len(self.tokens)
                self.tokens.append(token)
                self.positions.append(context_length + index)
                self.branches.append(branch)


@dataclass(frozen=True)
class Pair:
    """A request: log P(continuation | context), both as token ids. Neither is empty."""

    context: TokenIds
    continuation: TokenIds


def plain_rows(pairs: Sequence[Pair], *, limit: int) -> list[Row]:
    """One row a pair."""
    return [Row.plain(pair.context, pair.continuation, index, limit=limit) for index, pair in enumerate(pairs)]


def packed_rows(pairs: Sequence[Pair], *, limit: int) -> list[Row]:
    """Pairs with the same context share a row of at most `limit` tokens, where that saves work; the others are plain.

    A shared row costs attention between all its tokens, so the context must be longer than what follows it.
    """
    groups: dict[tuple[int, ...], list[int]] = {}
    for index, pair in enumerate(pairs):
        groups.setdefault(tuple(pair.context), []).append(index)
    return [row for group in groups.values() for row in _pack(pairs, group, limit)]


def _pack(pairs: Sequence[Pair], group: Sequence[int], limit: int) -> Iterator[Row]:
    """What all continuations begin with belongs to the shared context, though it is asked for."""
    context, continuations = pairs[group[0]].context, [pairs[index].continuation for index in group]
    common = _common(continuations)
    start = [*context, *continuations[0][:common]]
    longest = max(map(len, continuations)) - common
    shared = len(group) > 1 and longest <= len(start) <= limit - longest
    row: Row | None = None
    for index, continuation in zip(group, continuations, strict=True):
        if not shared:
            yield Row.plain(context, continuation, index, limit=limit)
            continue
        if row is None or len(row) + len(continuation) - common - 1 > limit:
            if row is not None:
                yield row
            row = Row.of(start)
        row.targets += [(len(context) - 1 + at, token, index) for at, token in enumerate(continuation[:common])]
        row.add_branch(len(start), continuation[common:], index)
    if row is not None:
        yield row


def _common(texts: Sequence[TokenIds]) -> int:
    """How many first tokens all of `texts` share, at least one short of the shortest."""
    most = min(map(len, texts)) - 1
    return next((at for at in range(most) if len({text[at] for text in texts}) > 1), most)


def pad_right(sequences: Sequence[Sequence[int]], value: int = 0) -> torch.Tensor:
    """(rows, longest) int64 tensor."""
    width = max(map(len, sequences))
    return torch.tensor([[*sequence, *[value] * (width - len(sequence))] for sequence in sequences])


def shown(sequences: Sequence[Sequence[object]]) -> torch.Tensor:
    """(rows, longest) int64 tensor: 1 where `pad_right` has a token, 0 where it has padding."""
    return pad_right([[1] * len(sequence) for sequence in sequences])


def pad_left(sequences: Sequence[Sequence[int]]) -> tuple[torch.Tensor, torch.Tensor]:
    """(rows, longest) int64 tensors: the tokens, and 1 where there is one."""
    width = max(map(len, sequences))
    pads = [width - len(sequence) for sequence in sequences]
    tokens = torch.tensor([[0] * pad + list(sequence) for pad, sequence in zip(pads, sequences, strict=True)])
    return tokens, (torch.arange(width)[None] >= torch.tensor(pads)[:, None]).long()


def branch_mask(branches: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """Additive attention mask (rows, 1, length, length) of `branches` (rows, length; -1 is padding).

    Padding sees itself, so that no row of the softmax is empty.
    """
    length = branches.shape[1]
    seen = (branches[:, None, :] == 0) | (branches[:, None, :] == branches[:, :, None])
    seen &= torch.ones(length, length, dtype=torch.bool, device=branches.device).tril()
    seen |= torch.eye(length, dtype=torch.bool, device=branches.device)
    mask = torch.zeros(seen.shape, dtype=dtype, device=branches.device)
    return mask.masked_fill_(~seen, torch.finfo(dtype).min)[:, None]
