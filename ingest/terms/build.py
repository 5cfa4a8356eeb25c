"""Build the bundled core pack from official files.

``python -m ingest.terms.build --from DIR [--out FILE]`` reads HGNC, NCBI Gene, MeSH, the Disease
Ontology, Gene Ontology and ChEBI files and writes one gzip table, the same bytes every time.

Preferred identifiers: genes ``hgnc``; chemicals ``mesh`` (``chebi`` for those MeSH has not);
diseases ``mesh`` (``doid`` for those MeSH has not); processes ``mesh`` (``go`` for those MeSH has
not); anatomy, cells, procedures and behaviours ``mesh``; protein families without a gene ``mesh``.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path

from graph.errors import InputError
from graph.model import Category
from ingest.terms.normal import key, uninverted
from ingest.words import words

__all__ = ["FORMAT", "SOURCES", "build", "main", "write"]

FORMAT = "etiograph-terms 1"
SOURCES = (
    "HGNC (CC0 1.0)", "NCBI Gene (U.S. Government work)", "MeSH (U.S. Government work)",
    "Disease Ontology (CC0 1.0)", "Gene Ontology (CC BY 4.0)", "ChEBI (CC BY 4.0)",
)  # fmt: skip

_PROCEDURE = re.compile(r"E0[24]\.")
_PROCESS = re.compile(r"G(?:0[2-5]|0[7-9]|1[0-2])\.")
_PROTEIN = re.compile(r"D12\.776|D08\.811|D12\.644\.276|D23\.529|D12\.644\.541")
_SKIPPED_TREES = re.compile(r"C23\.550\.291|D26|D27\.720|E02\.(?:760|950)|C22")
_GO_LAST = words("""process pathway transport secretion signaling proliferation differentiation migration
    autophagy phagocytosis angiogenesis biosynthesis metabolism catabolism adhesion cascade
    inflammation coagulation contraction assembly repair replication transcription translation
    homeostasis development morphogenesis endocytosis exocytosis reabsorption excretion uptake
    import export localization activation aging conduction""")
_CANCER = re.compile(r"(?:cancer|tumou?r|neoplasm)$")
_JUNK = re.compile(r"epididymis|HEL-|\bputative\b|^hypothetical|uncharacterized|readthrough|OTTHUM")


@dataclass(slots=True)
class Term:
    """One entity while the pack is being built; ``names`` are in order of preference."""

    id: str
    category: Category
    name: str
    names: list[str] = field(default_factory=list)
    xrefs: set[str] = field(default_factory=set)


def _rows(path: Path, *, skip_header: bool) -> Iterator[list[str]]:
    try:
        with path.open(encoding="utf-8", newline="") as handle:
            for number, line in enumerate(handle):
                if not (skip_header and number == 0):
                    yield line.rstrip("\r\n").split("\t")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read it: {error}", where=str(path)) from error


class _Builder:
    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.terms: dict[str, Term] = {}
        self.by_key: dict[str, set[str]] = defaultdict(set)

    def add(self, term: Term) -> None:
        self.terms[term.id] = term
        for name in (term.name, *term.names):
            self.by_key[key(name)].add(term.id)

    def extend(self, id: str, names: Iterable[str], xrefs: Iterable[str] = ()) -> None:
        term = self.terms[id]
        term.names.extend(names)
        term.xrefs.update(xrefs)
        for name in names:
            self.by_key[key(name)].add(id)

    def unique(self, names: Iterable[str], categories: tuple[Category, ...]) -> str:
        """The one entity of these categories that has one of the names, or nothing."""
        for name in names:
            found = {
                i for i in self.by_key.get(key(name), ()) if self.terms[i].category in categories
            }
            if len(found) == 1:
                return found.pop()
        return ""

    # sources ----------------------------------------------------------------------------

    def genes(self) -> dict[str, str]:
        """HGNC genes, with names from NCBI Gene. Returns NCBI gene id -> HGNC id."""
        entrez: dict[str, str] = {}
        for row in _rows(self.directory / "hgnc_entries.tsv", skip_header=True):
            row += [""] * (7 - len(row))
            id, symbol, name, status, synonyms, gene, uniprot = row[:7]
            if status != "Approved" or "pseudogene" in name:
                continue
            xrefs = {f"ncbigene:{gene}"} if gene else set()
            xrefs |= {f"uniprot:{u}" for u in uniprot.split(", ") if u}
            names = [name, *(s.strip() for s in synonyms.split(", ") if s.strip())]
            self.add(Term(id.lower(), Category.GENE, symbol, names, xrefs))
            entrez[gene] = id.lower()
        path = self.directory / "entrez_gene/download/Homo_sapiens.gene_info.gz"
        if path.exists():
            for line in gzip.decompress(path.read_bytes()).decode("utf-8").splitlines()[1:]:
                row = line.split("\t")
                if row[9] == "protein-coding" and row[1] in entrez:
                    names = [
                        n for n in row[13].split("|") if 6 < len(n) < 60 and not _JUNK.search(n)
                    ]
                    self.extend(entrez[row[1]], [n for n in names if n != "-"])
        return entrez

    def mesh(self) -> None:
        """MeSH descriptors of the trees that can take part in a relation."""
        trees: dict[str, list[str]] = defaultdict(list)
        for id, _, tree in _rows(self.directory / "mesh2015/tree-numbers.tsv", skip_header=True):
            trees[id].append(tree)
        xrefs: dict[str, set[str]] = defaultdict(set)
        genes: dict[str, set[str]] = defaultdict(set)
        extra: dict[str, tuple[str, str]] = {}
        for row in _rows(self.directory / "mesh_mappings.tsv", skip_header=False):
            _, id, name, prefix, other, _ = row
            if prefix == "HGNC":
                genes[id].add(f"hgnc:{other}")
            elif prefix in ("CHEBI", "DOID", "GO", "UBERON", "CL"):
                xrefs[id].add(other.lower())
                if id.startswith("C") and prefix in ("CHEBI", "DOID"):
                    extra[id] = (name, prefix)
        for row in _rows(self.directory / "mesh_id_label_mappings.tsv", skip_header=False):
            id, name, synonyms = row
            category = _mesh_category(trees.get(id, []))
            if category is None:
                continue
            names = sorted({uninverted(s) for s in (name, *synonyms.split("|")) if s} - {name})
            if category is Category.PROTEIN:
                known = {g for g in genes.get(id, ()) if g in self.terms}
                gene = known.pop() if len(known) == 1 else ""
                gene = gene or self.unique([name], (Category.GENE,))
                if gene:
                    self.extend(gene, [name, *names], [f"mesh:{id}"])
                    continue
            self.add(Term(f"mesh:{id}", category, name, names, set(xrefs.get(id, ()))))
        for id, (name, prefix) in sorted(extra.items()):
            category = Category.CHEMICAL if prefix == "CHEBI" else Category.DISEASE
            if not self.unique([name], (category,)):
                self.add(Term(f"mesh:{id}", category, uninverted(name), [], set(xrefs[id])))

    def diseases(self) -> None:
        """Disease Ontology: names for MeSH diseases, and the diseases that MeSH has not."""
        entries = json.loads((self.directory / "doid.json").read_text(encoding="utf-8"))
        claims: dict[str, list[str]] = defaultdict(list)
        for entry in entries:
            for xref in _mesh_xrefs(entry):
                claims[xref].append(entry["id"])
        for entry in entries:
            if entry["name"].startswith("obsolete") or not entry["id"].startswith("DOID:"):
                continue
            names = [n for n in (entry["name"], *entry["synonyms"]) if "|" not in n]
            mesh = [m for m in _mesh_xrefs(entry) if m in self.terms]
            target = self.unique([entry["name"]], (Category.DISEASE, Category.PHENOTYPE))
            if not target and len(mesh) == 1:
                # "lung cancer" is what MeSH calls "Lung Neoplasms"
                neoplasm = _CANCER.sub("neoplasms", entry["name"])
                if key(neoplasm) == key(uninverted(self.terms[mesh[0]].name)):
                    target = mesh[0]
            if not target and len(mesh) == 1 and claims[mesh[0]] == [entry["id"]]:
                target = mesh[0]
            id = entry["id"].lower()
            if target and (not mesh or target in mesh):
                self.extend(target, names, [id])
            elif not target:
                xrefs = {x.lower() for x in entry["xrefs"] if re.fullmatch(r"OMIM:\d+", x)}
                self.add(Term(id, Category.DISEASE, entry["name"], names[1:], xrefs))

    def processes(self) -> None:
        """Gene Ontology names of processes, the short ones that occur in prose."""
        kinds = (Category.PROCESS, Category.DISEASE, Category.PHENOTYPE)
        for id, name in _rows(self.directory / "go_id_label_mappings.tsv", skip_header=False):
            parts = name.split()
            if (
                len(parts) > 5
                or parts[0] in ("obsolete", "regulation", "positive", "negative")
                or "involved in" in name
                or parts[-1] not in _GO_LAST
            ):
                continue
            names = [name.removesuffix(" process")] if name.endswith("tic process") else []
            if name.endswith("signaling pathway"):
                names = [name.removesuffix(" pathway"), name.replace("signaling", "signalling")]
            target = self.unique([name], kinds)
            if target:
                self.extend(target, names, [id.lower()])
            else:
                self.add(Term(id.lower(), Category.PROCESS, name, names))

    def chemicals(self) -> None:
        """ChEBI names: those of MeSH chemicals as cross-references, the others on their own."""
        names: dict[str, list[str]] = defaultdict(list)
        for _, id, kind, name in _rows(self.directory / "chebi_names.tsv", skip_header=True):
            if kind in ("NAME", "INN") and "|" not in name:
                names[f"chebi:{id}"].append(name)
        mapped = {x: t.id for t in self.terms.values() for x in t.xrefs if x.startswith("chebi:")}
        for id, own in sorted(names.items()):
            target = mapped.get(id) or self.unique(
                own, (Category.CHEMICAL, Category.GENE, Category.PROTEIN)
            )
            if target:
                if self.terms[target].category is Category.CHEMICAL:
                    self.extend(target, own, [id])
            elif len(own[0]) <= 60:
                self.add(Term(id, Category.CHEMICAL, own[0], own[1:]))

    def supplement(self) -> None:
        """Names that the sources lack, and the few entities of our own choice. A name given here means
        only what it is given for: other entities lose it as a synonym."""
        rows = read_supplement()
        owner = {_claim(name): row.id for row in rows for name in row.names}
        for term in self.terms.values():
            term.names = [n for n in term.names if owner.get(_claim(n), term.id) == term.id]
        for row in rows:
            names = list(row.names)
            if row.id not in self.terms:
                self.add(Term(row.id, row.category, row.name, names))
            else:
                self.terms[row.id].category = row.category
                self.extend(row.id, names)


@dataclass(frozen=True, slots=True)
class Supplement:
    """A row of ``supplement.tsv``."""

    id: str
    category: Category
    name: str
    names: tuple[str, ...]


def read_supplement() -> list[Supplement]:
    """Read the hand-written additions that come with the package."""
    text = resources.files("ingest.terms").joinpath("supplement.tsv").read_text(encoding="utf-8")
    rows = csv.reader(
        (line for line in io.StringIO(text) if line.strip() and not line.startswith("#")),
        delimiter="\t",
        quoting=csv.QUOTE_NONE,
    )
    return [
        Supplement(id, Category(category), name, tuple(n for n in names.split("|") if n))
        for id, category, name, names in rows
    ]


def _claim(name: str) -> str:
    return name.casefold() if len(name) > 5 else name


def _mesh_xrefs(entry: dict[str, list[str]]) -> list[str]:
    return sorted(x.replace("MESH:", "mesh:") for x in entry["xrefs"] if x.startswith("MESH:D"))


def _mesh_category(trees: list[str]) -> Category | None:
    kept = [t for t in trees if not _SKIPPED_TREES.match(t)]
    if not kept:
        return None
    letters = "".join(sorted({t[0] for t in kept}))
    if "C" in letters or any(t.startswith("F03") for t in kept):
        symptom = all(t.startswith("C23.888") for t in kept if t[0] == "C") and "C" in letters
        return Category.PHENOTYPE if symptom else Category.DISEASE
    if "D" in letters:
        chemical = [t for t in kept if t[0] == "D"]
        return Category.PROTEIN if any(_PROTEIN.match(t) for t in chemical) else Category.CHEMICAL
    if any(t.startswith("A11") for t in kept):
        return (
            Category.CELL_LINE if any(t.startswith("A11.251.210") for t in kept) else Category.CELL
        )
    if any(re.match(r"A0[1-9]|A10|A1[2-7]", t) for t in kept):
        return Category.ANATOMY
    if any(t.startswith("F01.145") for t in kept):
        return Category.BEHAVIOR
    if any(_PROCESS.match(t) for t in kept):
        return Category.PROCESS
    if any(_PROCEDURE.match(t) for t in kept):
        return Category.PROCEDURE
    return None


def build(directory: Path) -> list[Term]:
    """Read the source files and return the terms, sorted by id, names without repeats.

    Raises:
        InputError: if a source file is missing or cannot be read.
    """
    builder = _Builder(directory)
    builder.genes()
    builder.mesh()
    builder.diseases()
    builder.processes()
    builder.chemicals()
    builder.supplement()
    for term in builder.terms.values():
        seen = {term.name.casefold()}
        kept: list[str] = []
        for name in term.names:
            name = " ".join(name.split())
            if not name or "|" in name or "\t" in name or len(name) > 100:
                continue
            if name.casefold() not in seen:
                seen.add(name.casefold())
                kept.append(name)
        term.names = sorted(kept)
    return [builder.terms[id] for id in sorted(builder.terms)]


def write(terms: Iterable[Term], out: Path) -> int:
    """Write the pack (gzip, no time stamp) and return its size in bytes."""
    lines = [f"#{FORMAT}\t{'; '.join(SOURCES)}"]
    lines += [
        "\t".join((t.id, t.category.value, t.name, "|".join(t.names), "|".join(sorted(t.xrefs))))
        for t in terms
    ]
    buffer = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=buffer, compresslevel=9, mtime=0) as handle:
        handle.write(("\n".join(lines) + "\n").encode("utf-8"))
    out.write_bytes(buffer.getvalue())
    return len(buffer.getvalue())


def main(arguments: list[str] | None = None) -> int:
    """Command line: ``--from DIR [--out FILE]``."""
    parser = argparse.ArgumentParser(prog="python -m ingest.terms.build", description=__doc__)
    parser.add_argument("--from", dest="source", type=Path, required=True, metavar="DIR")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("core.tsv.gz"))
    options = parser.parse_args(arguments)
    try:
        terms = build(options.source)
        size = write(terms, options.out)
    except (InputError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    counts: dict[str, int] = defaultdict(int)
    for term in terms:
        counts[term.category.value] += 1
    for name, count in sorted(counts.items()):
        print(f"{name:<22}{count:>8,}")
    print(f"{len(terms):,} entities, {size / 1e6:.2f} MB in {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
