from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from etiograph.binding import readings, suggest, write_suggestions
from graph.dataset import Dataset, Variable, read_bindings
from graph.model import Batch, Category, Entity
from graph.store import Store


def of(*columns: str, bound: tuple[Variable, ...] = ()) -> Dataset:
    return Dataset(pd.DataFrame({c: [1.0, 2.0] for c in columns}), bound)


@pytest.mark.parametrize(
    ("column", "reading"),
    [
        ("serum_glucose_mg_dl", "glucose"),
        ("log2_TP53_expression", "TP53"),
        ("pERK1_T202", "ERK1"),
        ("p-AKT", "AKT"),
        ("EGFR_Y1068", "EGFR"),
        ("HbA1c (%)", "HbA1c"),
        ("bloodPressure", "blood Pressure"),
        ("hdl.cholesterol", "hdl cholesterol"),
    ],
)
def test_names_of_columns_are_read_in_several_forms(column: str, reading: str) -> None:
    found = readings(column)
    assert found[0] == (column.replace("_", " ").strip(" ()%"), 1.0)
    assert reading in dict(found)
    trusts = [trust for _, trust in found]
    assert trusts == sorted(trusts, reverse=True)


def test_plain_names_get_their_entity() -> None:
    found = {
        item.column: item.chosen.entity.id if item.chosen else None
        for item in suggest(
            of("mek", "PIP2", "IL6", "serum_glucose_mg_dl", "pjnk", "smoking", "x1")
        )
    }
    assert found == {
        "mek": "hgnc:6840", "PIP2": "mesh:D019269", "IL6": "hgnc:6018",
        "serum_glucose_mg_dl": "mesh:D005947", "pjnk": "hgnc:6881", "smoking": "mesh:D012907", "x1": None,
    }  # fmt: skip


def test_what_fits_several_is_left_to_a_person() -> None:
    (item,) = suggest(of("raf"))
    assert item.chosen is None
    assert {c.entity.id for c in item.alternatives} >= {"hgnc:9829", "mesh:D048490"}
    assert "several" in item.note
    (item,) = suggest(of("raf"), prefer=Category.GENE)
    assert item.chosen is not None
    assert item.chosen.entity.id == "hgnc:9829"


def test_an_entity_is_proposed_for_one_column_only() -> None:
    first, second = suggest(of("pmek", "mek"))
    assert first.chosen is None
    assert "'mek'" in first.note
    assert first.alternatives[0].entity.id == "hgnc:6840"
    assert second.chosen is not None
    bound = (Variable("one", "hgnc:6840"),)
    (item,) = suggest(of("one", "mek", bound=bound))
    assert item.column == "mek"
    assert item.chosen is None
    assert "'one'" in item.note


def test_entities_of_the_graph_go_first(embedded_store: Store) -> None:
    kinases = Entity("mesh:D048490", "raf Kinases", Category.CHEMICAL)
    own = Entity("lab:77", "our biomarker", Category.CHEMICAL)
    embedded_store.write(Batch(entities=(kinases, own)))
    raf, ours = suggest(of("raf", "our_biomarker"), embedded_store)
    assert raf.chosen is not None
    assert (raf.chosen.entity.id, raf.chosen.in_graph) == ("mesh:D048490", True)
    assert ours.chosen is not None
    assert ours.chosen.entity.id == "lab:77"


def test_the_table_is_read_back_as_bindings(tmp_path: Path) -> None:
    path = tmp_path / "b.csv"
    data = of("mek", "raf", "x1")
    write_suggestions(suggest(data), path)
    text = pd.read_csv(path, dtype=str).fillna("")
    assert list(text["column"]) == ["mek", "raf", "x1"]
    assert "hgnc:9829 RAF1" in text["alternatives"][1]
    assert read_bindings(path)[0] == Variable("mek", "hgnc:6840")
    text.loc[1, "entity"] = "hgnc:9829"  # what a person does
    text.to_csv(path, index=False)
    again = Dataset(data.frame, read_bindings(path))
    assert again.entity_of == {"mek": "hgnc:6840", "raf": "hgnc:9829"}


def test_the_command_line_writes_the_table_and_keeps_an_edited_one(tmp_path: Path) -> None:
    from etiograph.cli import app

    data, out = tmp_path / "cells.csv", tmp_path / "b.csv"
    of("mek", "erk").frame.to_csv(data, index=False)
    call = [
        "discover",
        str(data),
        "--suggest-bindings",
        str(out),
        "--store",
        str(tmp_path / "s"),
        "--json",
    ]
    done = CliRunner().invoke(app, call)
    assert done.exit_code == 0, done.output
    rows = json.loads(done.stdout)
    assert [r["entity"] for r in rows] == ["hgnc:6840", "hgnc:6871"]
    assert out.read_text().startswith("column,entity,")
    before = out.read_text()
    again = CliRunner().invoke(app, call)
    assert again.exit_code != 0
    assert out.read_text() == before
