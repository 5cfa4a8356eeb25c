"""Pictures: the same bytes for the same result, whatever the user's matplotlib is set to; nothing overlaps."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import discovery
from discovery import ConflictKind, EdgeClaim, Knowledge
from discovery.plots import check_file, draw_reliability
from discovery.plots.layout import lay_out
from discovery.plots.stability import shares
from discovery.stability import reliability
from graph.errors import InputError, UsageError
from tests.discovery.helpers import dataset_of

KINDS = ("graph", "stability", "conflicts")


@pytest.fixture(scope="module")
def found() -> discovery.Discovery:
    rng = np.random.default_rng(0)
    a, b, e = rng.normal(size=(3, 800))
    c = a - b + rng.normal(size=800)
    d = c + rng.normal(size=800)
    data = dataset_of(np.column_stack([a, b, c, d, e]), ("a$_1$", "b", "c", "d", "e"))
    known = Knowledge(
        required=[EdgeClaim("e", "d", ("st-1",), 0.9)],
        expected=[EdgeClaim("b", "c", ("st-2",), 0.8, 1, 3)],
    )
    return discovery.learn(data, "pc", known, bootstraps=5)


def rendered(drawn: Any) -> Any:
    """Draw a figure and return what measured its texts."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas = FigureCanvasAgg(drawn)
    canvas.draw()
    return canvas.get_renderer()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("ending", [".png", ".svg", ".pdf"])
def test_the_same_file_each_time(
    found: discovery.Discovery, tmp_path: Path, kind: discovery.plots.PlotKind, ending: str
) -> None:
    import matplotlib

    one = found.plot(tmp_path / f"one{ending}", kind).read_bytes()
    with matplotlib.rc_context({"font.size": 30, "svg.hashsalt": "mine", "axes.facecolor": "red"}):
        two = found.plot(tmp_path / f"two{ending}", kind).read_bytes()
    assert one == two
    assert len(one) > 5_000
    magic = {".png": b"\x89PNG", ".svg": b"<?xml", ".pdf": b"%PDF"}[ending]
    assert one.startswith(magic)


def test_the_graph_says_what_the_result_says(found: discovery.Discovery, tmp_path: Path) -> None:
    from discovery.plots.graph import graph_figure

    drawn = graph_figure(found)
    said = {t.get_text() for t in drawn.axes[0].texts}
    assert {"a$_1$", "b", "c", "d", "e"} <= said
    assert sum(t.get_text() == "!" for t in drawn.axes[0].texts) == sum(
        bool(e.conflicts) for e in found.edges
    )
    legend = {t.get_text() for t in drawn.legends[0].get_texts()}
    assert {
        "raises (blue, arrow)",
        "lowers (orange, bar)",
        "data and literature disagree",
    } <= legend
    assert "only by knowledge or prior" in legend
    assert "circle: this end not known" not in legend
    assert any(c.kind is ConflictKind.REQUIRED_ABSENT for c in found.conflicts)


def test_labels_and_legend_do_not_overlap(found: discovery.Discovery) -> None:
    from discovery.plots.graph import graph_figure

    drawn = graph_figure(found)
    renderer = rendered(drawn)
    boxes = [t.get_window_extent(renderer) for t in drawn.axes[0].texts if t.get_text() != "!"]
    boxes += [drawn.legends[0].get_window_extent(renderer)]
    boxes += [t.get_window_extent(renderer) for t in drawn.texts]
    assert not any(a.overlaps(b) for a, b in combinations(boxes, 2))
    page = drawn.bbox
    assert all(page.x0 <= b.x0 and b.x1 <= page.x1 and page.y0 <= b.y0 for b in boxes)


def test_the_table_of_conflicts_fits(found: discovery.Discovery) -> None:
    from discovery.plots.conflicts import conflicts_figure

    drawn = conflicts_figure(found)
    renderer = rendered(drawn)
    boxes = [t.get_window_extent(renderer) for t in drawn.axes[0].texts]
    assert len(boxes) > 10
    assert not any(a.overlaps(b) for a, b in combinations(boxes, 2))
    assert all(b.x1 <= drawn.bbox.x1 for b in boxes)


def test_shares_by_hand(found: discovery.Discovery) -> None:
    columns = [str(n) for n in found.graph.nodes]
    adjacent, directed = shares(found, columns)
    assert (adjacent == adjacent.T).all()
    for edge in found.edges:
        i, j = columns.index(edge.source), columns.index(edge.target)
        if edge.kind == "-->":
            assert directed[i, j] == edge.stability
        assert adjacent[i, j] >= directed[i, j] + directed[j, i] - 1e-12


def test_refusals(found: discovery.Discovery, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"'\.gif'"):
        found.plot(tmp_path / "a.gif")
    with pytest.raises(UsageError, match="no plot 'pie'"):
        found.plot(tmp_path / "a.png", "pie")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="no such folder"):
        found.plot(tmp_path / "nowhere" / "a.png")
    bare = discovery.learn(found.dataset, "pc")
    with pytest.raises(UsageError, match="no bootstrap"):
        bare.plot(tmp_path / "a.png", "stability")
    assert bare.plot(tmp_path / "a.png", "conflicts").exists()
    assert check_file("a.SVG").name == "a.SVG"


def test_a_graph_without_edges_is_drawn(tmp_path: Path) -> None:
    data = dataset_of(np.random.default_rng(7).normal(size=(60, 3)))
    assert discovery.learn(data, "pc", alpha=1e-9).plot(tmp_path / "a.png").exists()


@given(st.integers(0, 10**6), st.integers(2, 14), st.integers(0, 25))
@settings(max_examples=60, deadline=None)
def test_layout(seed: int, p: int, number: int) -> None:
    rng = np.random.default_rng(seed)
    nodes = [f"n{i}" for i in range(p)]
    pairs = {}
    for _ in range(number):
        i, j = sorted(rng.choice(p, 2, replace=False).tolist())
        pairs[i, j] = bool(rng.random() < 0.7)
    edges = [(nodes[i], nodes[j], d) for (i, j), d in pairs.items()]
    widths = dict.fromkeys(nodes, 1.0)
    found = lay_out(nodes, edges, widths)
    assert set(nodes) <= set(found.at)
    places = [found.at[n] for n in nodes]
    for (x, k), (y, m) in combinations(places, 2):
        assert k != m or abs(x - y) > 0.999
    for a, b, directed in edges:
        if directed:  # n0 < n1 < ... : no cycle, so every directed edge points down
            assert found.at[a][1] < found.at[b][1]
            assert (a, b) in found.paths
    for path in found.paths.values():
        layers = [found.at[n][1] for n in path]
        assert layers == list(range(layers[0], layers[-1] + 1))
    again = lay_out(nodes[::-1], edges[::-1], widths)
    assert again == found


def test_reliability(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    predicted = rng.random(5000)
    good = reliability(predicted, rng.random(5000) < predicted)
    bold = reliability(predicted, rng.random(5000) < 0.25 + predicted / 2)
    curves = {"good": good, "too bold": bold}
    one = draw_reliability(curves, tmp_path / "one.png").read_bytes()
    two = draw_reliability(curves, tmp_path / "two.png").read_bytes()
    assert one == two
    assert one != draw_reliability({"good": good}, tmp_path / "three.png").read_bytes()
    with pytest.raises(UsageError, match="nothing to draw"):
        draw_reliability({"none": ()}, tmp_path / "four.png")
    with pytest.raises(UsageError, match="at most four"):
        draw_reliability(dict.fromkeys("abcde", good), tmp_path / "four.png")
