"""A model card for each trained model, and the picture of its training."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from discovery.embeddings.trained import Trained
from discovery.embeddings.triples import Triples
from graph.errors import UsageError

__all__ = ["draw_history", "model_card", "write_card"]


def model_card(
    trained: Trained,
    *,
    valid: Triples | None = None,
    evaluation: Mapping[str, Any] | None = None,
    audit: Mapping[str, Any] | None = None,
    calibration_error: float | None = None,
    features: Mapping[str, int] | None = None,
) -> dict[str, Any]:
    """Return what a reader needs to judge a model, as plain data (after Mitchell et al. 2019).

    Args:
        evaluation: metrics with intervals on held-out edges (``Evaluation.to_json``).
        features: how many entities have each modality, if the model read any.
        audit: what the leakage auditor found, None if it was not run; the card says so.
    """
    import torch

    graph = trained.triples
    counts = np.bincount(graph.edges_relation, minlength=graph.r)
    last = trained.history[-1] if trained.history else None
    best = max((e.valid for e in trained.history if e.valid is not None), default=None)
    return {
        "model": trained.config.model,
        "config": trained.config.to_json(),
        "data": {
            "snapshot": graph.hash,
            "validation_snapshot": None if valid is None else valid.hash,
            "entities": graph.n,
            "edges": len(graph),
            "relations": {n: int(c) for n, c in zip(graph.relations, counts, strict=True)},
            "features": None if features is None else dict(features),
            "limits": list(graph.problems()),
        },
        "training": {
            "epochs": len(trained.history),
            "finished": trained.finished,
            "seconds": round(trained.seconds, 2),
            "edges_per_second": round(
                float(np.median([e.edges_per_second for e in trained.history]))
            )
            if trained.history
            else None,
            "memory_mib": None if last is None else round(last.memory, 1),
            "parameters": sum(int(p.numel()) for p in trained.model.parameters()),
            "device": str(trained.device),
            "loss": None if last is None else last.loss,
            "validation_mrr": best,
            "notes": list(trained.notes),
        },
        "evaluation": None if evaluation is None else dict(evaluation),
        "calibration_error": calibration_error,
        "audit": None if audit is None else dict(audit),
        "use": "Ranks edges that may be missing. A high score is no evidence that an edge is true: "
        "proposals are written with rung 'predicted' and are never trained on unless a person accepts "
        "them.",
        "software": {"python": platform.python_version(), "torch": str(torch.__version__)},
    }


def write_card(card: Mapping[str, Any], folder: str | Path) -> Path:
    """Write ``card.json`` and ``card.md`` and return the second."""
    path = Path(folder)
    path.mkdir(parents=True, exist_ok=True)
    (path / "card.json").write_text(json.dumps(card, indent=2, default=str) + "\n", "utf-8")
    data, training = card["data"], card["training"]
    lines = [
        f"# {card['model']}", "", card["use"], "", "## Data", "",
        f"- snapshot `{data['snapshot']}`: {data['entities']} entities, {data['edges']} edges",
        *(f"- {name}: {count} edges" for name, count in data["relations"].items()),
        *(f"- features, {name}: {count} entities" for name, count in (data["features"] or {}).items()),
        *(f"- {limit}" for limit in data["limits"]), "", "## Training", "",
        *(f"- {k.replace('_', ' ')}: {v}" for k, v in training.items() if k != "notes"),
        *(f"- {n}" for n in training["notes"]), "", "## Settings", "",
        *(f"- {k}: {v}" for k, v in card["config"].items()), "", "## Held-out edges", "",
    ]  # fmt: skip
    found = card["evaluation"]
    if found is None:
        lines.append("Not evaluated: no edges were held out for a test.")
    else:
        for name in ("mrr", "amri", "auprc"):
            one = found.get(name)
            if one:
                lines.append(
                    f"- {name.upper()} {one['value']:.3f} [{one['low']:.3f}, {one['high']:.3f}]"
                )
    if card["calibration_error"] is not None:
        lines.append(f"- expected calibration error {card['calibration_error']:.3f}")
    lines += ["", "## Leakage audit", ""]
    audit = card["audit"]
    if audit is None:
        lines.append("Not audited: run `etiograph embed audit`.")
    else:
        lines += [f"- {k}: {v}" for k, v in audit.items() if not isinstance(v, (dict, list))]
    file = path / "card.md"
    file.write_text("\n".join(lines) + "\n", "utf-8")
    return file


def draw_history(trained: Trained, file: str | Path) -> Path:
    """Draw loss and validation MRR by epoch (.png, .svg or .pdf).

    Raises:
        UsageError: another ending, or nothing was trained.
    """
    path = Path(file)
    if path.suffix not in (".png", ".svg", ".pdf"):
        raise UsageError(f"cannot draw to '{path.name}'", hint="Use .png, .svg or .pdf.")
    if not trained.history:
        raise UsageError("there is no training to draw")
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 3.5), layout="constrained")
    left = figure.add_subplot()
    epochs = [e.number for e in trained.history]
    left.plot(epochs, [e.loss for e in trained.history], color="#0072B2", label="loss")
    left.set_xlabel("epoch")
    left.set_ylabel("loss")
    seen = [(e.number, e.valid) for e in trained.history if e.valid is not None]
    if seen:
        right = left.twinx()
        right.plot(*zip(*seen, strict=True), color="#D55E00", marker="o", label="validation MRR")
        right.set_ylabel("validation MRR")
        right.set_ylim(0, 1)
    figure.legend(loc="outside upper center", ncols=2)
    left.set_title(trained.config.model)
    figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)
    return path
