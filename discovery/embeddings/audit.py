"""Audit an evaluation: find what leaks, remove it, and say what each leak was worth.

A leak is worth the drop of a reference scorer's MRR when the leak is taken away. Where training edges give
the test away, those go and the test stays; where nothing single does (a closure, a shared sentence), the
test edges go. Two controls say what degree alone can do: untrue edges of the same degree, and the same
scorer fitted to a rewired graph.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from discovery.embeddings import registry
from discovery.embeddings.leaks import Leak, find
from discovery.embeddings.metrics import Estimate, Evaluation, evaluate
from discovery.embeddings.splits import Split
from discovery.embeddings.triples import I64, Triples
from graph.errors import DataError

__all__ = ["Audit", "Finding", "audit", "plant", "sampled"]

Progress = Callable[[int, int | None, str], None]
_QUICK: Mapping[str, Mapping[str, Any]] = {
    "rules": {"longest": 2, "most": 60, "negatives": 30, "l2": 3.0},
    "dwpc": {"longest": 2, "most": 200},
    "dwpc-logistic": {"longest": 2, "most": 60},
}


@dataclass(frozen=True)
class Finding:
    """One kind of leak, counted and weighed.

    ``worth`` is the reference's MRR with the leak less without it; ``None`` if there is no such leak, or
    nothing would be left of the test.
    """

    kind: str
    says: str
    test_edges: int
    removed_train: int
    removed_test: int
    worth: float | None
    pairs: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Audit:
    """What was found, and the split without it.

    Attributes:
        before, after: the reference scorer on the split as it was, and as ``cleaned``.
        degree: ``auprc`` of degree alone against untrue edges drawn evenly and of the same degree;
            ``mrr`` of degree alone; ``rewired``: the reference fitted to a rewired graph.
        notes: what about the graph limits all of this.
    """

    findings: tuple[Finding, ...]
    before: Evaluation
    after: Evaluation
    degree: Mapping[str, Any]
    cleaned: Split
    reference: str
    notes: tuple[str, ...]

    @property
    def inflation(self) -> float:
        """The reference's MRR before less after."""
        return self.before.mrr.value - self.after.mrr.value

    def to_json(self) -> dict[str, Any]:
        """Return what was found, without the split's edges."""
        return {
            "reference": self.reference,
            "before": self.before.to_json(),
            "after": self.after.to_json(),
            "inflation": self.inflation,
            "leaks": [
                {
                    "kind": f.kind,
                    "says": f.says,
                    "test_edges": f.test_edges,
                    "removed_train": f.removed_train,
                    "removed_test": f.removed_test,
                    "worth": f.worth,
                    "pairs": list(f.pairs),
                }
                for f in self.findings
            ],
            "degree": dict(self.degree),
            "split": self.cleaned.to_json(),
            "notes": list(self.notes),
        }

    def to_text(self) -> str:
        """Return what was found in lines."""
        lines = [f"Reference scorer: {self.reference}. MRR as split {self.before.mrr}."]
        for f in self.findings:
            lines.append(f"{f.kind}: {f.says}.")
            if f.pairs:
                more = f" and {len(f.pairs) - 5} more" if len(f.pairs) > 5 else ""
                lines.append(f"    {'; '.join(f.pairs[:5])}{more}")
            if f.worth is not None:
                what = [
                    f"{n} {part} edges"
                    for n, part in ((f.removed_train, "training"), (f.removed_test, "test"))
                    if n
                ]
                lines.append(
                    f"    removed {' and '.join(what)}; it was worth {f.worth:+.3f} of MRR"
                )
        lines.append(f"Without all of them: MRR {self.after.mrr}; inflation {self.inflation:+.3f}.")
        d = self.degree
        lines.append(
            f"Degree alone: MRR {d['mrr']:.3f}; AUPRC {d['auprc_even']:.3f} against untrue edges drawn "
            f"evenly, {d['auprc_matched']:.3f} against those of the same degree (chance {d['chance']:.3f})."
        )
        lines.append(
            f"The reference on a rewired graph with the same degrees: MRR {d['rewired']:.3f}; "
            f"{100 * d['share']:.0f} % of its MRR is degree."
        )
        return "\n".join([*lines, *self.notes])


def sampled(split: Split, most: int, seed: int = 0) -> Split:
    """Return the split with at most ``most`` test and validation edges each."""
    rng = np.random.default_rng(seed)
    masks = []
    for part in (split.valid, split.test):
        drop = np.ones(len(part), np.bool_)
        drop[rng.permutation(len(part))[:most]] = False
        masks.append(drop)
    return split.without(np.zeros(len(split.train), np.bool_), *masks)


def audit(
    split: Split,
    labels: Mapping[str, str] | None = None,
    *,
    reference: str = "rules",
    most: int = 1000,
    seed: int = 0,
    progress: Progress | None = None,
    options: Mapping[str, Any] | None = None,
) -> Audit:
    """Find and remove leaks, and weigh each.

    Args:
        labels: names of entities: those with the same words are near-duplicates.
        reference: name of the scorer whose MRR weighs a leak, with quick settings unless ``options``
            says others.
        most: test edges that the reference ranks, drawn at random; the finders look at all of them.

    Raises:
        DataError: nothing is left of the test.
    """
    leaks = find(split, labels)
    steps = 4 + sum(bool(leak.given.any()) for leak in leaks)
    state = [0]

    def tick(what: str) -> None:
        if progress is not None:
            progress(state[0], steps, what)
        state[0] += 1

    settings = dict(_QUICK.get(reference, {}) if options is None else options)

    def measured(asked: Split, train: Triples | None = None) -> Evaluation:
        seen = sampled(asked, most, seed)
        scorer = registry.fit(
            reference, train or seen.train, valid=seen.valid, seed=seed, **settings
        )
        return evaluate(scorer, seen, bootstraps=300, seed=seed)

    tick("the split as it is")
    before = measured(split)
    findings = []
    for leak in leaks:
        worth = None
        if leak.given.any() and not leak.test.all():
            tick(f"without {leak.kind} leaks")
            worth = _worth(split, leak, before, measured)
        findings.append(
            Finding(
                leak.kind,
                leak.says,
                int(leak.given.sum()),
                int(leak.train.sum()),
                int(leak.test.sum()),
                worth,
                leak.pairs,
            )
        )
    train = np.any([leak.train for leak in leaks], axis=0)
    test = np.any([leak.test for leak in leaks], axis=0)
    if test.all():
        raise DataError("every test edge leaks: nothing is left to test", hint="Split otherwise.")
    cleaned = split.without(train, None, test)
    tick("without all leaks")
    after = measured(cleaned)
    tick("degree")
    degree = _degree(cleaned, after.mrr, measured, most, seed)
    return Audit(tuple(findings), before, after, degree, cleaned, reference, split.train.problems())


def _worth(
    split: Split, leak: Leak, before: Evaluation, measured: Callable[..., Evaluation]
) -> float:
    """Return the reference's MRR with a leak less without it."""
    return before.mrr.value - measured(split.without(leak.train, None, leak.test)).mrr.value


def _degree(
    split: Split, real: Estimate, measured: Callable[..., Evaluation], most: int, seed: int
) -> dict[str, Any]:
    """Return what degree alone can do."""
    from discovery.embeddings.selection import rewire

    seen = sampled(split, most, seed)
    scorer = registry.fit("degree", seen.train)
    even = evaluate(scorer, seen, negatives=10, bootstraps=50, seed=seed)
    matched = evaluate(scorer, seen, negatives=10, matched=True, bootstraps=50, seed=seed)
    control = measured(split, rewire(split.train, seed)).mrr.value
    if even.auprc is None or matched.auprc is None:
        raise DataError("no untrue edges can be drawn: the graph is complete")
    return {
        "mrr": even.mrr.value,
        "auprc_even": even.auprc.value,
        "auprc_matched": matched.auprc.value,
        "chance": 1 / 11,
        "rewired": control,
        "share": min(control / real.value, 1.0) if real.value else 0.0,
    }


def plant(
    triples: Triples, count: int, *, relations: tuple[str, ...] | None = None, seed: int = 0
) -> tuple[Triples, dict[str, I64]]:
    """Add leaks to a graph on purpose, to see that the auditor finds them.

    Args:
        count: how many edges of each kind.
        relations: that they are made of; default: all.

    Returns:
        The graph with new relations ``planted:inverse`` and ``planted:duplicate`` (each edge of some
        relation turned around, or said again) and one new entity, ``planted:twin``, with every edge of the
        head that has most of that relation; and the places of what was planted by kind.

    Raises:
        DataError: the graph has fewer than ``count`` edges.
    """
    rng = np.random.default_rng(seed)
    ids = [triples.relation_id(name) for name in relations or triples.relations]
    able = np.flatnonzero(np.isin(triples.edges_relation, ids) & (triples.heads != triples.tails))
    sizes = np.bincount(triples.edges_relation[able], minlength=triples.r)
    relation = int(np.argmax(sizes))
    able = able[triples.edges_relation[able] == relation]
    original = int(np.argmax(np.bincount(triples.heads[able], minlength=triples.n)))
    mine = (triples.heads == original) | (triples.tails == original)
    # the twin is to have all its neighbours: nothing else is planted at the original
    able = able[~mine[able]]
    if len(able) < count or count < 1:
        raise DataError(f"{count} leaks cannot be planted among {len(able)} edges of one relation")
    chosen = {
        name: np.sort(rng.choice(able, count, replace=False)) for name in ("inverse", "duplicate")
    }
    twin = np.flatnonzero(mine & (triples.heads != triples.tails))
    n, r = triples.n, triples.r

    def other(ends: I64) -> I64:
        return np.where(ends[twin] == original, n, ends[twin])

    heads = [
        triples.heads,
        triples.tails[chosen["inverse"]],
        triples.heads[chosen["duplicate"]],
        other(triples.heads),
    ]
    tails = [
        triples.tails,
        triples.heads[chosen["inverse"]],
        triples.tails[chosen["duplicate"]],
        other(triples.tails),
    ]
    kinds = [
        triples.edges_relation,
        np.full(count, r),
        np.full(count, r + 1),
        triples.edges_relation[twin],
    ]
    taken = np.concatenate([np.arange(len(triples)), chosen["inverse"], chosen["duplicate"], twin])
    found = Triples.from_ids(
        [*triples.entities, "planted:twin"],
        [*triples.relations, "planted:inverse", "planted:duplicate"],
        np.concatenate(heads),
        np.concatenate(kinds),
        np.concatenate(tails),
        types=[*triples.types, triples.types[original]],
        sign=triples.sign[taken],
        belief=triples.belief[taken],
        evidence=triples.evidence[taken],
        year=triples.year[taken],
    )
    m = len(triples)
    places = {
        "inverse": np.arange(m, m + count),
        "duplicate": np.arange(m + count, m + 2 * count),
        "near-duplicate": np.arange(m + 2 * count, len(found)),
    }
    return found, places
