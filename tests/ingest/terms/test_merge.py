"""Merging: one entity per thing, never two of one source, whatever the order."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etiograph.cli import main
from graph.model import Category
from ingest.terms import Terminology, core
from ingest.terms.build import build, build_pack
from ingest.terms.byhand import read_species, species_cues
from ingest.terms.merge import Merged, merge
from ingest.terms.records import Replaced, Same, Term


def _term(id: str, name: str, *names: str, xrefs: tuple[str, ...] = (), former: tuple[str, ...] = (),
          category: Category = Category.DISEASE) -> Term:  # fmt: skip
    return Term(id, category, name, list(names), set(xrefs), set(former))


def _merge(
    *terms: Term, same: tuple[Same, ...] = (), replaced: tuple[Replaced, ...] = ()
) -> Merged:
    return merge([(0, t) for t in terms], same, replaced)


def test_by_name_and_by_cross_reference() -> None:
    done = _merge(
        _term("mesh:D000001", "Big Pain", "Pain, Big"),
        _term("DOID:1", "big pain", "grand pain", former=("DOID:9",)),
        _term("mesh:D000002", "Small Pain"),
        _term("DOID:2", "tiny pain", xrefs=("MSH:D000002", "UMLS_CUI:C0000002")),
        _term("MONDO:0000003", "little ache", xrefs=("DOID:2",)),
    )
    assert sorted(done.terms) == ["mesh:D000001", "mesh:D000002"]
    assert done.aliases == {
        "doid:1": "mesh:D000001", "doid:9": "mesh:D000001", "doid:2": "mesh:D000002",
        "mondo:0000003": "mesh:D000002",
    }  # fmt: skip
    assert done.terms["mesh:D000002"].names == ["tiny pain", "little ache"]
    assert done.conflicts == []


def test_mappings_join_what_no_name_joins() -> None:
    terms = _term("doid:1", "pain"), _term("efo:0000001", "dolor")
    assert len(_merge(*terms).terms) == 2
    done = _merge(*terms, same=(Same("EFO:0000001", "DOID:1"),))
    assert list(done.terms) == ["doid:1"]


def test_two_of_one_source_are_never_one_entity() -> None:
    done = _merge(
        _term("mesh:D000001", "Pain"),
        _term("doid:1", "left pain", xrefs=("mesh:D000001",)),
        _term("doid:2", "right pain", xrefs=("mesh:D000001",)),
    )
    assert set(done.terms) == {"mesh:D000001", "doid:1", "doid:2"}
    (conflict,) = done.conflicts
    assert conflict.id == "mesh:D000001"
    assert conflict.others == ("doid:1", "doid:2")


def test_a_name_against_a_cross_reference_is_reported() -> None:
    done = _merge(
        _term("mesh:D000001", "Pain"),
        _term("mesh:D000002", "Ache"),
        _term("doid:1", "pain", xrefs=("mesh:D000002",)),
    )
    assert set(done.terms) == {"mesh:D000001", "mesh:D000002"}
    assert [c.id for c in done.conflicts] == ["doid:1"]


def test_kinds_stay_apart() -> None:
    done = _merge(
        _term("hgnc:1", "ABCD1", category=Category.GENE),
        _term("mesh:D000001", "ABCD1", category=Category.DISEASE),
        _term("uberon:0000001", "ABCD1", category=Category.ANATOMY),
    )
    assert len(done.terms) == 3


def test_replaced_ids_follow_chains_and_survive_circles() -> None:
    done = _merge(
        _term("hgnc:1", "ABC1", category=Category.GENE),
        _term("doid:5", "pain"),
        replaced=(
            Replaced("DOID:1", "DOID:2"), Replaced("DOID:2", "DOID:5"), Replaced("DOID:7", "DOID:8"),
            Replaced("DOID:8", "DOID:7"), Replaced("HGNC:3", "symbol:ABC1"), Replaced("doid:9", "doid:404"),
        ),
    )  # fmt: skip
    assert done.aliases == {"doid:1": "doid:5", "doid:2": "doid:5", "hgnc:3": "hgnc:1"}


def test_ids_that_are_none_are_counted_and_own_prefixes_kept() -> None:
    done = _merge(_term("nothing", "x y"), _term("mesh:!!", "z z"), _term("Own.1:a-b", "w w"))
    assert list(done.terms) == ["own.1:a-b"]
    assert done.left_out["no valid id"] == 2


IDS = [f"{p}:{n}" for p in ("doid", "mesh:D00000", "mondo:000000", "chebi") for n in range(1, 4)]
IDS = [i.replace("D00000:", "D00000").replace("000000:", "000000") for i in IDS]
TERMS = st.dictionaries(
    st.sampled_from(IDS),
    st.tuples(
        st.sampled_from(["pain", "Ache", "big pain", "dolor", "red", "blue"]),
        st.lists(st.sampled_from(["pain", "smart", "ache", "rouge", "azure"]), max_size=2),
        st.lists(st.sampled_from([*IDS, "umls:C0000001", "umls:C0000002"]), max_size=2),
    ),
    max_size=9,
)  # fmt: skip


def _made(content: dict[str, tuple[str, list[str], list[str]]]) -> list[Term]:
    return [
        _term(id, name, *names, xrefs=tuple(x for x in xrefs if x != id),
              category=Category.CHEMICAL if id.startswith("chebi") else Category.DISEASE)
        for id, (name, names, xrefs) in content.items()
    ]  # fmt: skip


def _key(done: Merged) -> object:
    terms = [(t.id, t.name, t.names, sorted(t.xrefs)) for _, t in sorted(done.terms.items())]
    return terms, sorted(done.aliases.items()), done.conflicts, done.left_out


@settings(max_examples=150, deadline=None)
@given(TERMS, st.randoms())
def test_merging_in_general(content: dict[str, tuple[str, list[str], list[str]]], random) -> None:  # type: ignore[no-untyped-def]
    done = _merge(*_made(content))
    shuffled = _made(content)
    random.shuffle(shuffled)
    assert _key(_merge(*shuffled)) == _key(done)
    # every alias leads to an entity, no id is both
    assert set(done.aliases.values()) <= set(done.terms)
    assert not set(done.aliases) & set(done.terms)
    # by names alone, no entity swallowed two terms of one source
    bare = _merge(*_made({i: (n, ns, []) for i, (n, ns, _) in content.items()}))
    for id in bare.terms:
        joined = [a.partition(":")[0] for a, to in bare.aliases.items() if to == id]
        assert len({id.partition(":")[0], *joined}) == 1 + len(joined)
    # merged again, nothing joins any more
    again = _merge(
        *[_term(t.id, t.name, *t.names, category=t.category) for t in done.terms.values()]
    )
    assert set(again.terms) <= set(done.terms)


# the pack -----------------------------------------------------------------------------------

TABLE = "id\tcategory\tname\tsynonyms\txrefs\nown:1\tChemicalEntity\tzorbicine\tZB-17|lithium\tmesh:D008094\nbroken\n"


def test_the_pack_of_a_users_table(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "mine.tsv").write_text(TABLE, encoding="utf-8")
    report = build_pack(tmp_path / "in", tmp_path / "mine.etg")
    assert report.sources[0].dropped == 1
    assert report.entities == {"ChemicalEntity": 1}
    again = build_pack(tmp_path / "in", tmp_path / "again.etg")
    assert again.size == report.size
    assert (tmp_path / "mine.etg").read_bytes() == (tmp_path / "again.etg").read_bytes()
    mine = Terminology.load(tmp_path / "mine.etg")
    assert mine.lookup("zb 17")[0].entity.id == "own:1"
    both = Terminology.layered([mine, core()])
    assert {c.entity.id for c in both.exact("lithium")} == {"own:1", "mesh:D008094"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("doid:557", "mesh:D007674"),  # merged by cross-reference
        ("ncbigene:7124", "hgnc:11892"),
        ("uniprot:P01375", "hgnc:11892"),
        ("hgnc:6", "hgnc:12469"),  # a withdrawn symbol: see UBA1
        ("mesh:D008094", "mesh:D008094"),
        ("doid:9999999", None),
    ],
)
def test_old_and_other_ids_of_the_bundled_pack(old: str, new: str | None) -> None:
    assert core().resolve(old) == new


def test_every_alias_of_the_bundled_pack_leads_to_an_entity() -> None:
    (pack,) = core().packs
    count = 0
    for old, new in pack.aliases():
        count += 1
        if count % 500 == 0:
            assert new in core()
            assert old not in core()
            assert core().resolve(old) == new
    assert count > 50_000


def test_sources_of_the_bundled_pack_may_be_shipped() -> None:
    (pack,) = core().packs
    assert pack.about["sources"]
    for source in pack.about["sources"]:
        assert source.endswith(
            ("(CC0 1.0)", "(CC BY 3.0)", "(CC BY 4.0)", "(U.S. Government work)")
        )


def test_species_and_their_cues() -> None:
    species = read_species()
    assert len(species) >= 60
    assert len({s.id for s in species}) == len(species)
    cues = species_cues()
    assert cues["murine"] == "ncbitaxon:10090"
    assert cues["volunteers"] == "ncbitaxon:9606"
    assert cues["wistar"] == "ncbitaxon:10116"
    assert core().exact("volunteers") == []
    for one in species:
        assert core().entity(one.id) is not None


# the same answers as the table that was searched before ------------------------------------


def test_the_older_table_gives_the_same_answers(tmp_path: Path) -> None:
    import gzip

    rows = [r for n, r in enumerate(core().rows()) if n % 40 == 0]
    lines = ["#etiograph-terms 1"]
    lines += ["\t".join((r.id, r.category.value, r.name, "|".join(r.synonyms), "|".join(r.xrefs))) for r in rows]  # fmt: skip
    path = tmp_path / "old.tsv.gz"
    path.write_bytes(gzip.compress(("\n".join(lines) + "\n").encode()))
    table = Terminology.load(path)
    assert len(table) == len(rows)
    for row in rows[::20]:
        assert table.entity(row.id) == core().entity(row.id)
        wanted = [c for c in core().exact(row.name) if c.entity.id in table]
        assert table.exact(row.name) == wanted


# the command line ---------------------------------------------------------------------------

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    for name in os.environ:
        if name.startswith(("ETIOGRAPH_", "NEO4J_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("ETIOGRAPH_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)

    def run_(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["etiograph", "terms", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        code = ended.value.code
        return (code if isinstance(code, int) else 0), said.out, said.err

    return run_


def test_lookup_on_the_command_line(run: Run) -> None:
    code, out, _ = run("lookup", "TNF alpha")
    assert code == 0
    assert "hgnc:11892" in out
    assert "synonym" in out
    code, out, _ = run("lookup", "doid:557", "--json")
    (found,) = json.loads(out)
    assert (found["id"], found["how"], found["score"]) == ("mesh:D007674", "id", 1.0)
    code, out, _ = run("lookup", "litium", "--json", "-n", "2")
    assert json.loads(out)[0]["how"] == "similar"
    code, out, _ = run("lookup", "lithium", "--category", "chemicalentity", "--json")
    assert {c["category"] for c in json.loads(out)} == {"ChemicalEntity"}
    assert run("lookup", "qqqqzzzzxxxx", "--json")[:2] == (0, "[]\n")
    assert run("lookup", "x", "--category", "nonsense")[0] == 2


def test_build_and_info_on_the_command_line(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "mine.tsv").write_text(TABLE, encoding="utf-8")
    (tmp_path / "in" / "unknown.bin").write_bytes(b"\x00\x01")
    code, out, _ = run("build", "--from", "in", "-o", "mine.etg", "--json")
    said = json.loads(out)
    assert (code, said["unknown"], said["sources"][0]["terms"]) == (0, ["unknown.bin"], 1)
    code, out, _ = run("build", "--from", "in", "-o", "mine.etg", "--strict", "--conflicts")
    assert code == 3
    assert "1 records set aside" in out
    assert run("build", "--from", "absent")[0] == 2
    assert "zorbicine" in run("lookup", "ZB17", "--terms", "mine.etg")[1]
    assert "zorbicine" not in run("lookup", "ZB17")[1]
    monkeypatch.setenv("ETIOGRAPH_TERMS", json.dumps([str(tmp_path / "mine.etg")]))
    assert "zorbicine" in run("lookup", "ZB17")[1]
    code, out, _ = run("info", "mine.etg", "--check", "--json")
    assert json.loads(out)[0]["entities"] == 1
    assert "CC0" in run("info")[1]
    (tmp_path / "mine.etg").write_bytes((tmp_path / "mine.etg").read_bytes()[:-8])
    code, _, err = run("info", "mine.etg")
    assert code == 3
    assert "damaged" in err
    assert "etiograph terms build" in err


@pytest.mark.slow
def test_a_pack_of_everything_in_the_shared_data(shared_data: Path) -> None:
    merged, report = build(shared_data / "terms")
    assert report.problems == []
    assert {"EFO", "Human Phenotype Ontology", "DrugCentral"} <= {s.reader for s in report.sources}
    assert len(merged.terms) > 90_000


def test_a_family_is_no_gene_that_shares_its_name() -> None:
    merged = merge(
        [
            (
                0,
                Term(
                    "hgnc:1756", Category.GENE, "CDH17", ["cadherin 17", "cadherin"], set(), set()
                ),
            ),
            (1, Term("mesh:D015820", Category.PROTEIN, "Cadherins", ["Cadherin"], set(), set())),
            (2, Term("fplx:Cadherin", Category.PROTEIN, "Cadherin", [], {"mesh:D015820"}, set())),
        ]
    )
    assert sorted(merged.terms) == ["hgnc:1756", "mesh:D015820"]
    assert merged.terms["mesh:D015820"].xrefs == {"fplx:Cadherin"}
    assert not merged.terms["hgnc:1756"].xrefs
