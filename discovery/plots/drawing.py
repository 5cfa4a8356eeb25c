"""From a result to a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from graph.errors import InputError, UsageError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from discovery.result import Discovery

__all__ = [
    "BLUE",
    "GREY",
    "INK",
    "ORANGE",
    "YELLOW",
    "PlotKind",
    "check_file",
    "draw",
    "figure",
    "save",
]

PlotKind = Literal["graph", "stability", "conflicts"]

BLUE, ORANGE, YELLOW, GREY, INK = "#0072B2", "#D55E00", "#F0E442", "#8A8A8A", "#222222"

_ENDINGS = (".png", ".svg", ".pdf")
_STYLE = {
    "svg.hashsalt": "etiograph",
    "font.family": "DejaVu Sans",
    "font.size": 10,
    # a column may be named $x_1$
    "text.parse_math": False,
}


def check_file(file: str | Path) -> Path:
    """Return the path, if a picture can be written there.

    Raises:
        UsageError: another ending than .png, .svg, .pdf.
        InputError: the folder does not exist.
    """

    path = Path(file)
    if path.suffix.lower() not in _ENDINGS:
        raise UsageError(
            f"a plot cannot be drawn as {path.suffix or 'a file without ending'!r}",
            where=str(path),
            hint=f"Name a file that ends in {', '.join(_ENDINGS)}.",
        )
    if not path.parent.is_dir():
        raise InputError("there is no such folder", where=str(path.parent))
    return path


def draw(discovery: Discovery, file: str | Path, kind: PlotKind = "graph") -> Path:
    """Draw a result; see :meth:`discovery.result.Discovery.plot`.

    Raises:
        UsageError: an unknown kind or ending, or nothing to draw.
        InputError: the file cannot be written.
    """
    if kind not in get_args(PlotKind):
        raise UsageError(
            f"there is no plot {kind!r}", hint=f"There are {', '.join(get_args(PlotKind))}."
        )
    path = check_file(file)

    from discovery.plots import conflicts, graph, stability

    by_kind: dict[str, Callable[[Discovery], Figure]] = {
        "graph": graph.graph_figure,
        "stability": stability.stability_figure,
        "conflicts": conflicts.conflicts_figure,
    }
    return save(lambda: by_kind[kind](discovery), path)


def figure(width: float, height: float) -> Figure:
    """Return an empty figure of so many inches that no window or global state knows of."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), facecolor="white")


def save(make: Callable[[], Figure], path: Path) -> Path:
    """Make a figure under a fixed style and write it without a date.

    Raises:
        InputError: the file cannot be written.
    """
    import matplotlib

    ending = path.suffix.lower()
    metadata: dict[str, Any] = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}.get(
        ending, {"Software": None}
    )
    style: dict[Any, Any] = dict(matplotlib.rcParamsDefault.items())
    style = {k: v for k, v in style.items() if k.split(".")[0] in _PARTS} | _STYLE
    with matplotlib.rc_context(style):
        drawn = make()
        try:
            drawn.savefig(path, dpi=150, format=ending[1:], metadata=metadata)
        except OSError as error:
            raise InputError(f"the plot cannot be written: {error}", where=str(path)) from None
    return path


_PARTS = frozenset(
    {
        "axes",
        "figure",
        "font",
        "grid",
        "legend",
        "lines",
        "mathtext",
        "patch",
        "pdf",
        "savefig",
        "svg",
    }
    | {"text", "xtick", "ytick", "hatch", "image", "path"}
)
"""The parts of a user's matplotlib settings that would change a picture."""
