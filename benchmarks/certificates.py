"""Certificates: altered ones let through, valid ones blocked, and how long answers take.

    python -m benchmarks.certificates [--valid 1000] [--altered 10000] [--seed 0] [--json]

The demo's graph and data are made in a temporary folder. Questions of every kind are put about its
statements; each answer's certificate must pass the checker. Then one thing is altered at a time, and the
certificate is sealed again with a right hash, as a forger with this software would. Where the alteration
is of a claim, its sentence is rendered anew for half of them, so that sentence and claim agree. Stale
graphs are real: a publication that an answer counts is retracted, and the answer is checked again.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError

from etiograph.api import KnowledgeGraph
from etiograph.demo import run_demo
from etiograph.settings import load
from graph.model import Rung, Statement
from graph.store import Store
from graph.stores import open_store
from llm_bridge import ask
from llm_bridge.certificates import Certificate
from llm_bridge.checker import check
from llm_bridge.checker.ledger import Ledger
from llm_bridge.claims import Answer, Claim, ClaimKind, Sentence, Verdict
from llm_bridge.render import render

_PAIR = (
    "Does {x} cause {y}?", "Does {x} prevent {y}?", "What happens to {y} if we give {x}?",
    "What happens to {y} if we inhibit {x}?", "Through what does {x} act on {y}?",
    "What confounds {x} and {y}?", "What is the evidence that {x} causes {y}?",
    "What contradicts that {x} causes {y}?", "How sure are you that {x} causes {y}?",
    "What would change your mind about {x} causing {y}?", "What is missing to know whether {x} causes {y}?",
    "Does {x} precede {y}?", "Does {x} raise {y} in rats?", "Is {x} associated with {y}?",
    "What is the direct effect of {x} on {y}?", "Would {y} have occurred if {x} had not been given?",
)  # fmt: skip
_ONE = (
    "What causes {y}?",
    "What lowers {y}?",
    "What treats {y}?",
    "What are the effects of {x}?",
    "What raises {y} most?",
)
_MORE = (
    "Should we adjust for {z} when estimating the effect of {x} on {y}?",
    "Which of {x} and {z} raises {y} more?", "What happens to {y} if we give {x} together with {z}?",
)  # fmt: skip
FORMS = (*_PAIR, *_ONE, *_MORE)
"""Questions of every kind about x, y and, some, z."""


def questions(store: Store, rng: random.Random) -> Iterator[str]:
    """Questions about what the graph holds, every kind, in random order, each once."""
    statements = sorted(store.statements(), key=lambda s: s.id)
    ids = sorted(e.id for e in store.entities())
    asked: set[str] = set()

    def about(s: Statement, form: str) -> str:
        z = rng.choice([i for i in ids if i not in (s.subject, s.object)])
        return form.format(x=s.subject, y=s.object, z=z)

    while True:
        form = rng.choice(FORMS)
        question = about(rng.choice(statements), form)
        if question not in asked:
            asked.add(question)
            yield question


# alterations: each returns an altered answer, or None where it does not apply ------------------

Alter = Callable[[Answer, random.Random], Answer | None]


def _with(answer: Answer, index: int, sentence: Sentence) -> Answer:
    every = list(answer.sentences)
    every[index] = sentence
    return answer.model_copy(update={"sentences": tuple(every)})


def _altered_claim(
    answer: Answer, rng: random.Random, change: Callable[[Claim], dict[str, Any] | None]
) -> Answer | None:
    order = list(range(len(answer.sentences)))
    rng.shuffle(order)
    for index in order:
        sentence = answer.sentences[index]
        changes = change(sentence.claim)
        if not changes:
            continue
        try:
            data = {n: getattr(sentence.claim, n) for n in type(sentence.claim).model_fields}
            claim = Claim.model_validate({**data, **changes})
            text = render(claim) if rng.random() < 0.5 else sentence.text
        except (ValidationError, KeyError, IndexError, AttributeError):
            continue
        if claim != sentence.claim:
            return _with(answer, index, Sentence(text=text, claim=claim))
    return None


def flipped_sign(answer: Answer, rng: random.Random) -> Answer | None:
    """The sign of a claim turned round, or its verdict, or its direction."""

    def change(c: Claim) -> dict[str, Any] | None:
        if c.sign:
            return {"sign": -c.sign}
        if c.turns and any(c.turns):
            return {"turns": tuple(-t for t in c.turns)}
        if c.verdict is Verdict.SUPPORTED:
            return {"verdict": Verdict.OPPOSED}
        if c.value is not None and c.ci_low is not None and c.ci_high is not None:
            return {"value": -c.value, "ci_low": -c.ci_high, "ci_high": -c.ci_low}
        return None

    return _altered_claim(answer, rng, change)


def changed_number(answer: Answer, rng: random.Random) -> Answer | None:
    """A count, a belief or an estimate made another number."""

    def change(c: Claim) -> dict[str, Any] | None:
        fields: list[dict[str, Any]] = []
        for name in ("n", "against"):
            value = getattr(c, name)
            if value is not None:
                fields.append({name: value + rng.choice([1, 2, 10])})
        if c.belief is not None:
            fields.append(
                {"belief": round(min(0.99, c.belief + 0.01) if c.belief < 0.98 else 0.5, 4)}
            )
        if c.value is not None:
            fields.append({"value": round(c.value * 1.01, 6)})
        if c.beliefs:
            fields.append({"beliefs": (round(abs(c.beliefs[0] - 0.02), 4), *c.beliefs[1:])})
        return rng.choice(fields) if fields else None

    return _altered_claim(answer, rng, change)


def upgraded_rung(answer: Answer, rng: random.Random) -> Answer | None:
    """Evidence passed off as worth more than it is."""

    def change(c: Claim) -> dict[str, Any] | None:
        if c.rung is None:
            return None
        better = [r for r in (Rung.INTERVENTION, Rung.GENETIC, Rung.CURATED) if r is not c.rung]
        return {"rung": rng.choice(better)}

    return _altered_claim(answer, rng, change)


def fake_paper(answer: Answer, rng: random.Random) -> Answer | None:
    """A publication that does not exist."""
    fake = f"pubmed:{rng.randrange(90_000_000, 99_999_999)}"

    def change(c: Claim) -> dict[str, Any] | None:
        if c.publications:
            return {"publications": (*c.publications[:-1], fake)}
        return {"publication": fake} if c.publication else None

    return _altered_claim(answer, rng, change)


def irrelevant_paper(answer: Answer, rng: random.Random, papers: list[str]) -> Answer | None:
    """A real publication on something else."""

    def change(c: Claim) -> dict[str, Any] | None:
        others = [p for p in papers if p not in c.publications and p != c.publication]
        if c.publications:
            return {"publications": (*c.publications, rng.choice(others)), "n": (c.n or 0) + 1}
        return {"publication": rng.choice(others)} if c.publication else None

    return _altered_claim(answer, rng, change)


def wrong_adjustment(answer: Answer, rng: random.Random) -> Answer | None:
    """Another adjustment set, another role, or another graph."""

    def change(c: Claim) -> dict[str, Any] | None:
        if c.estimand is None:
            return None
        if c.kind is ClaimKind.ADJUSTMENT:
            roles = ["enough", "optional", "harmful", "biasing", "insufficient", "loop"]
            return {"role": rng.choice([r for r in roles if r != c.role])}
        columns = [e for e, _ in c.estimand.entities]
        held = c.estimand.adjustment
        free = [
            x
            for x in columns
            if x not in held and x not in (c.estimand.treatment, c.estimand.outcome)
        ]
        kinds: list[dict[str, object]] = [
            {"adjustment": held[1:]} if held else {},
            {"adjustment": (*held, rng.choice(free))} if free else {},
        ]
        kinds += [{"edges": c.estimand.edges[1:]}, {"graph_hash": "cg-" + "0" * 32}]
        picked = rng.choice([k for k in kinds if k])
        return {"estimand": c.estimand.model_copy(update=picked)}

    return _altered_claim(answer, rng, change)


def edited_sentence(answer: Answer, rng: random.Random) -> Answer | None:
    """A sentence that says more, less or something else than its claim."""
    if not answer.sentences:
        return None
    index = rng.randrange(len(answer.sentences))
    sentence = answer.sentences[index]
    words = sentence.text.split(" ")
    k = rng.randrange(len(words))
    text = rng.choice(
        [
            " ".join([*words[:k], *words[k + 1 :]]),
            " ".join([*words[:k], "certainly", *words[k:]]),
            sentence.text + " It is safe to take.",
            sentence.text.replace("report", "prove", 1),
            sentence.text.replace("increases", "decreases", 1),
        ]
    )
    if text == sentence.text:
        return None
    return _with(answer, index, sentence.model_copy(update={"text": text}))


def left_out(answer: Answer, rng: random.Random) -> Answer | None:
    """A sentence left out with all that it rests on, or several, or the refusal, or the notes."""
    kept = list(answer.sentences)
    if answer.refused is not None and kept and rng.random() < 0.2:
        return answer.model_copy(update={"refused": None})
    if not kept:
        return None
    restricted = answer.query is not None and (answer.query.context or answer.query.personal)
    if restricted and rng.random() < 0.2:
        return answer.model_copy(update={"notes": ()})
    if rng.random() < 0.2:
        # all that speaks against it
        against = (ClaimKind.CONTRADICTION, ClaimKind.RETRACTED, ClaimKind.REJECTED)
        kept = [s for s in kept if s.claim.kind not in against and not s.claim.negated]
    if len(kept) == len(answer.sentences):
        del kept[rng.randrange(len(kept))]
    named = {id for s in kept for id in s.claim.evidence_ids}
    values = {s.claim.value for s in kept}
    changes = {
        "sentences": tuple(kept),
        "evidence": tuple(e for e in answer.evidence if e.id in named),
        "numbers": tuple(n for n in answer.numbers if n.value in values),
    }
    return answer.model_copy(update=changes)


def edited_evidence(answer: Answer, rng: random.Random) -> Answer | None:
    """A quoted sentence made to say something else."""
    if not answer.evidence:
        return None
    index = rng.randrange(len(answer.evidence))
    item = answer.evidence[index]
    other = item.model_copy(update={"text": (item.text or "x") + " This was proved beyond doubt."})
    every = (*answer.evidence[:index], other, *answer.evidence[index + 1 :])
    return answer.model_copy(update={"evidence": every})


def stale(store: Store, kept: list[Certificate], most: int, rng: random.Random) -> tuple[int, int]:
    """Retract one publication after another; return how many answers that count it were tried, and
    how many were let through all the same."""
    tried = passed = 0
    done: set[str] = set()
    papers = sorted({p for c in kept for s in c.answer.sentences for p in s.claim.publications})
    rng.shuffle(papers)
    for paper in papers:
        named = [
            c
            for c in kept
            if c.hash not in done
            and any(
                paper in s.claim.publications and s.claim.kind is ClaimKind.SUPPORT
                for s in c.answer.sentences
            )
        ]
        if not named:
            continue
        store.set_retracted({paper: "pubmed:1"})
        ledger = Ledger(store)
        for certificate in named:
            if tried == most:
                return tried, passed
            done.add(certificate.hash)
            tried += 1
            passed += check(certificate, store, ledger=ledger).ok
    return tried, passed


def measure(kg: KnowledgeGraph, valid: int, altered: int, seed: int) -> dict[str, Any]:
    """Return the counts and times."""
    rng = random.Random(seed)
    store = kg.store
    ledger = Ledger(store)
    kept: list[Certificate] = []
    blocked_valid: list[str] = []
    cpu, wall = [], []
    for question in questions(store, rng):
        began, clock = time.process_time(), time.perf_counter()
        answer = ask(store, question)
        cpu.append(time.process_time() - began)
        wall.append(time.perf_counter() - clock)
        if not answer.sentences:
            continue
        certificate = Certificate.loads(answer.certificate().dumps())
        result = check(certificate, store, ledger=ledger)
        if not result.ok or answer.removed:
            blocked_valid.append(question)
        kept.append(certificate)
        if len(kept) == valid:
            break
    papers = sorted(p.id for p in store.publications())
    ways: dict[str, Alter] = {
        "flipped sign": flipped_sign,
        "changed number": changed_number,
        "upgraded rung": upgraded_rung,
        "fake PMID": fake_paper,
        "irrelevant PMID": lambda a, r: irrelevant_paper(a, r, papers),
        "wrong adjustment set": wrong_adjustment,
        "edited sentence": edited_sentence,
        "sentence left out": left_out,
        "edited evidence": edited_evidence,
    }
    tried, passed = Counter[str](), Counter[str]()
    through: list[str] = []
    # one publication makes one answer stale only once: fewer of these can be had
    each = altered * 19 // (20 * len(ways))
    for name, alter in ways.items():
        misses = 0
        while tried[name] < each and misses < 50 * each:
            source = rng.choice(kept)
            forged = alter(source.answer, rng)
            if forged is None:
                misses += 1
                continue
            tried[name] += 1
            if check(forged.certificate(), store, ledger=ledger).ok:
                passed[name] += 1
                through.append(f"{name}: {source.answer.question}")
    tried["stale graph"], passed["stale graph"] = stale(
        store, kept, altered - sum(tried.values()), rng
    )
    return {
        "valid": len(kept),
        "valid_blocked": len(blocked_valid),
        "blocked_questions": blocked_valid[:10],
        "altered": sum(tried.values()),
        "let_through": sum(passed.values()),
        "by_kind": {n: [tried[n], passed[n]] for n in tried},
        "through": through[:20],
        "claims": dict(Counter(s.claim.kind.value for c in kept for s in c.answer.sentences)),
        "seconds": {
            what: {"p50": float(np.median(t)), "p95": float(np.quantile(t, 0.95)), "max": max(t)}
            for what, t in (("processor", cpu), ("wall", wall))
        },
    }


def main() -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(description="Alter certificates and see what is let through.")
    parser.add_argument("--valid", type=int, default=1_000)
    parser.add_argument("--altered", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings = load(None, store=Path(folder) / "graph", home=Path(folder) / "home").settings
        run_demo(settings, chosen=Path(folder) / "graph", quiet=True)
        with KnowledgeGraph(open_store(Path(folder) / "graph"), settings) as kg:
            found = measure(kg, arguments.valid, arguments.altered, arguments.seed)
    if arguments.json:
        print(json.dumps(found, indent=1))
        return 0
    print(f"valid certificates: {found['valid']:,}, blocked: {found['valid_blocked']}")
    print(f"altered certificates: {found['altered']:,}, let through: {found['let_through']}")
    for name, (n, through) in found["by_kind"].items():
        print(f"  {name:<22}{n:>7,}{through:>5}")
    for what, t in found["seconds"].items():
        print(
            f"answer, seconds of {what} time: p50 {t['p50']:.3f}, p95 {t['p95']:.3f}, max {t['max']:.3f}"
        )
    for line in found["blocked_questions"] + found["through"]:
        print("  !", line)
    return 0 if not found["valid_blocked"] and not found["let_through"] else 1


if __name__ == "__main__":
    sys.exit(main())
