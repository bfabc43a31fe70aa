"""Attention plans: which trie nodes attend to which, as index tensors on the model's device.

Every node attends to the nodes of the common prefix and to its own ancestors below it. A plan can be
restricted to the nodes whose output is needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from evenband.encoders.local.engines.trie import Layout, merge

PADDING_PER_GROUP = 2**19
"""Key elements that can be gathered as padding in the time that one more group costs in kernel calls.

Measured on a CPU. On an H200, 2 and 30 times as many made no difference beyond the noise.
"""


@dataclass(frozen=True)
class QueryGroup:
    """Nodes that attend together, in batched products.

    Attributes:
        nodes: the n nodes, as a slice or as (n,) indices.
        ancestors: (n, a) nodes below the common prefix that each attends to; 0 where padded.
        padding: (n, a) true where an ancestor is padding; ``None`` without padding.
    """

    nodes: slice | Tensor
    ancestors: Tensor
    padding: Tensor | None

    def __len__(self) -> int:
        """Return the number of nodes."""
        return len(self.ancestors)

    def select(self, rows: slice | Tensor, nodes: slice | Tensor) -> QueryGroup:
        """Return the group restricted to the given nodes."""
        return QueryGroup(nodes, self.ancestors[rows], None if self.padding is None else self.padding[rows])

    def split(self, step: int) -> Iterator[QueryGroup]:
        """Yield consecutive parts of at most ``step`` nodes."""
        for first in range(0, len(self), step):
            last = min(first + step, len(self))
            if isinstance(self.nodes, slice):
                nodes: slice | Tensor = slice(self.nodes.start + first, self.nodes.start + last)
            else:
                nodes = self.nodes[first:last]
            yield self.select(slice(first, last), nodes)


@dataclass(frozen=True)
class AttentionPlan:
    """The nodes that attend, and what each attends to.

    Attributes:
        prefix_length: number of nodes of the common prefix, which come before all groups.
        prefix_queries: the nodes of the common prefix that attend; ``None`` where all do.
        groups: the nodes below the common prefix that attend.
        max_depth: position of the deepest node.
    """

    prefix_length: int
    prefix_queries: Tensor | None
    groups: tuple[QueryGroup, ...]
    max_depth: int

    @classmethod
    def from_layout(cls, layout: Layout, device: torch.device, key_width: int) -> AttentionPlan:
        """Build the plan in which every node attends.

        Args:
            layout: the trie.
            device: the model's device.
            key_width: number of key elements per token, over all key heads.
        """
        groups = []
        for group in merge(layout.groups, PADDING_PER_GROUP // key_width):
            ancestors = torch.from_numpy(group.ancestors).to(device)
            # The first node is the shallowest: if it needs no padding, none does.
            padding = ancestors < 0 if group.ancestors[0, 0] < 0 else None
            nodes = slice(group.start, group.stop)
            groups.append(
                QueryGroup(nodes, ancestors if padding is None else ancestors.clamp(min=0), padding)
            )
        return cls(layout.prefix_length, None, tuple(groups), int(layout.depths[-1]))

    def restrict(self, nodes: Tensor) -> AttentionPlan:
        """Return the plan in which only the given nodes attend. Shape: (n,) ascending."""
        groups = []
        for group in self.groups:
            assert isinstance(group.nodes, slice)
            selected = nodes[(nodes >= group.nodes.start) & (nodes < group.nodes.stop)]
            if len(selected):
                groups.append(group.select(selected - group.nodes.start, selected))
        prefix_queries = nodes[nodes < self.prefix_length]
        return AttentionPlan(self.prefix_length, prefix_queries, tuple(groups), self.max_depth)

    @property
    def query_count(self) -> int:
        """Number of nodes that attend."""
        in_prefix = self.prefix_length if self.prefix_queries is None else len(self.prefix_queries)
        return in_prefix + sum(len(group) for group in self.groups)
