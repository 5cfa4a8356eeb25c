"""Triples as PyKEEN and PyTorch Geometric tensors."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

from discovery.embeddings.triples import Triples
from graph.extras import needs

__all__ = ["to_hetero", "to_pykeen"]


def to_pykeen(triples: Triples) -> Any:
    """Return a PyKEEN factory: see :meth:`Triples.to_pykeen`."""
    with needs("a PyKEEN factory", "gnn"):
        import torch
        from pykeen.triples import TriplesFactory
    rows = np.stack([triples.heads, triples.edges_relation, triples.tails], axis=1)
    if triples.sign.any() and len(rows):
        rows = np.unique(rows, axis=0)
    return TriplesFactory(
        mapped_triples=torch.from_numpy(np.ascontiguousarray(rows)),
        entity_to_id=dict(triples.index),
        relation_to_id={name: i for i, name in enumerate(triples.relations)},
        create_inverse_triples=False,
    )


def to_hetero(triples: Triples, features: Mapping[str, Any] | None = None) -> Any:
    """Return a PyG graph: see :meth:`Triples.to_hetero`."""
    with needs("a PyG graph", "gnn"), warnings.catch_warnings():
        # PyG uses what this PyTorch calls deprecated: nothing that whoever exports could change
        warnings.simplefilter("ignore", FutureWarning)
        import torch
        from torch_geometric.data import HeteroData
    names, kind = triples.type_ids
    order = np.argsort(kind, kind="stable")
    starts = np.searchsorted(kind[order], np.arange(len(names) + 1))
    local = np.empty(triples.n, np.int64)
    data = HeteroData()
    for i, name in enumerate(names):
        ids = order[starts[i] : starts[i + 1]]
        local[ids] = np.arange(len(ids))
        data[name].num_nodes = len(ids)
        data[name].node_id = torch.from_numpy(ids.copy())
        for key, values in (features or {}).items():
            data[name][key] = torch.from_numpy(np.ascontiguousarray(values[ids]))
    types = len(names)
    group = (kind[triples.heads] * triples.r + triples.edges_relation) * types + kind[triples.tails]
    by_group = np.argsort(group, kind="stable")
    found, first = np.unique(group[by_group], return_index=True)
    attributes = np.stack(
        [triples.sign, triples.belief, np.log1p(triples.evidence), triples.year], axis=1
    ).astype(np.float32)
    for code, edges in zip(found, np.split(by_group, first[1:]), strict=True):
        rest, tail = divmod(int(code), types)
        head, relation = divmod(rest, triples.r)
        store = data[names[head], triples.relations[relation], names[tail]]
        store.edge_index = torch.from_numpy(
            np.stack([local[triples.heads[edges]], local[triples.tails[edges]]])
        )
        store.edge_attr = torch.from_numpy(attributes[edges])
        store.edge_id = torch.from_numpy(edges)
        store.relation = relation
    return data
