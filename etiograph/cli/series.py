"""``etiograph discover`` over time, and for one pair of columns."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from etiograph.cli.common import console, emit_json, open_kg, progress
from graph.errors import UsageError

if TYPE_CHECKING:
    from discovery import Knowledge
    from discovery.priors import Priors

__all__ = ["is_series", "pair", "refuse", "series"]


def is_series(algorithm: str) -> bool:
    """Whether this is an algorithm over time."""
    from discovery.series import ALGORITHMS

    return algorithm in ALGORITHMS


def refuse(what: str, given: Mapping[str, object]) -> None:
    """Refuse options that would be ignored.

    Raises:
        UsageError: naming them.
    """
    named = [name for name, value in given.items() if value not in (None, False, (), [])]
    if named:
        raise UsageError(f"{what} takes no {', '.join(named)}", hint="Leave it out.")


def series(
    data: Path,
    algorithm: str,
    *,
    time: str | None,
    unit: str | None,
    max_lag: int | None,
    bind: Path | None,
    read: Mapping[str, Any],
    priors: Priors | None,
    knowledge: Knowledge | None,
    missing: str,
    settings: Mapping[str, Any],
    propose: bool,
    store: Path | None,
    json_: bool,
    quiet: bool,
) -> None:
    """Learn links over time and print them."""
    if missing not in ("refuse", "drop"):
        raise UsageError(
            f"{algorithm} cannot use --missing {missing}", hint="Choose refuse or drop."
        )
    more: dict[str, Any] = {} if max_lag is None else {"max_lag": max_lag}
    with open_kg(store, create=True) as kg, progress("discovering", quiet=quiet) as update:
        found = kg.discover_series(
            data,
            algorithm,
            time=time,
            unit=unit,
            bind=bind,
            read=read,
            priors=priors,
            knowledge=knowledge,
            propose=propose,
            missing=missing,
            progress=update,
            **more,
            **settings,
        )
    if json_:
        emit_json(found.to_json())
    else:
        console().print(found.to_text(), markup=False)


def pair(
    data: Path,
    columns: str,
    *,
    read: Mapping[str, Any],
    weights: str | None,
    settings: Mapping[str, Any],
    json_: bool,
) -> None:
    """Print which of two columns acts on the other, or that it is not known.

    Raises:
        UsageError: not two columns of the data.
    """
    from discovery.pairwise import direction
    from etiograph.datasets import load_dataset

    frame = load_dataset(data, (), **read).frame
    names = [c.strip() for c in columns.split(",")]
    if len(names) != 2 or names[0] == names[1]:
        raise UsageError(f"--pair {columns!r} is not two columns", hint="Give --pair FIRST,SECOND.")
    for name in (*names, *([weights] if weights else [])):
        if name not in frame.columns:
            raise UsageError(
                f"the data have no column {name!r}",
                where=str(data),
                hint=f"Its columns are {', '.join(map(str, frame.columns))}.",
            )
    x, y = names
    found = direction(
        frame[x], frame[y], None if weights is None else frame[weights].to_numpy(), **settings
    )
    if json_:
        emit_json({"x": x, "y": y, **found.to_json()})
        return
    said = {"-->": f"{x} --> {y}", "<--": f"{y} --> {x}", "": "not decided"}[found.direction]
    console().print(
        f"{said}  (probability of {x} --> {y}, if one acts on the other: {found.forward:.2f}; "
        f"dependence p {found.dependence:.2g}; {found.rows} rows, {found.kind})",
        markup=False,
    )
    for note in found.notes:
        console().print(f"note: {note}", markup=False)
