"""What the annotations of a file mean: categories of their types, CURIEs of their ids."""

from __future__ import annotations

import re
from functools import lru_cache

from graph.curie import normalize
from graph.errors import InputError
from graph.model import Category
from ingest.document import Mention

__all__ = ["category", "entities", "mentions"]

_CATEGORIES = {
    "chemical": Category.CHEMICAL,
    "chemicalentity": Category.CHEMICAL,
    "drug": Category.CHEMICAL,
    "disease": Category.DISEASE,
    "diseaseorphenotypicfeature": Category.DISEASE,
    "specificdisease": Category.DISEASE,
    "diseaseclass": Category.DISEASE,
    "modifier": Category.DISEASE,
    "compositemention": Category.DISEASE,
    "phenotype": Category.PHENOTYPE,
    "gene": Category.GENE,
    "geneorgeneproduct": Category.GENE,
    "protein": Category.GENE,
    "species": Category.TAXON,
    "organism": Category.TAXON,
    "organismtaxon": Category.TAXON,
    "mutation": Category.VARIANT,
    "variant": Category.VARIANT,
    "sequencevariant": Category.VARIANT,
    "dnamutation": Category.VARIANT,
    "proteinmutation": Category.VARIANT,
    "dnaacidchange": Category.VARIANT,
    "proteinaminoacidchange": Category.VARIANT,
    "snp": Category.VARIANT,
    "cellline": Category.CELL_LINE,
    "cell": Category.CELL,
    "celltype": Category.CELL,
}
# which database a bare id is of: by the file's own word for it, else by category and form
_DATABASES = {
    "mesh": "mesh", "ncbimesh": "mesh", "gene": "ncbigene", "ncbigene": "ncbigene",
    "entrezgene": "ncbigene", "geneid": "ncbigene", "taxonomy": "ncbitaxon",
    "ncbitaxonomy": "ncbitaxon", "ncbitaxon": "ncbitaxon", "taxid": "ncbitaxon",
    "omim": "omim", "mim": "omim", "chebi": "chebi", "dbsnp": "dbsnp", "litvar": "dbsnp",
    "tmvar": "dbsnp", "cellosaurus": "cellosaurus", "cvcl": "cellosaurus",
}  # fmt: skip
_NUMBERS = {Category.GENE: "ncbigene", Category.TAXON: "ncbitaxon"}
_MESH = re.compile(r"[CD]\d{4,}")
_CELLOSAURUS = re.compile(r"(?:cellosaurus:)?CVCL[_:]([A-Z0-9]{4})", re.I)
_RS = re.compile(r"(?:^|[;,|\s#])rs#?:?\s*(\d+)", re.I)
_SPECIES = re.compile(r"\(Tax:\d+\)$", re.I)
_PREFIXED = re.compile(r"([A-Za-z][A-Za-z._ -]*):(.+)")
_PLAIN = {"ncbigene": r"\d+", "ncbitaxon": r"\d+", "omim": r"\d+", "chebi": r"\d+"}


def _squeezed(text: str) -> str:
    return re.sub(r"[^a-z]", "", text.casefold())


def category(kind: str) -> Category:
    """Return the category of an annotation type of PubTator or BioC, ``THING`` if unknown."""
    return _CATEGORIES.get(_squeezed(kind), Category.THING)


@lru_cache(maxsize=65_536)
def entities(kind: Category, identifier: str, database: str = "") -> tuple[str, ...]:
    """Return the CURIEs that an annotation's id field names, in order, none if none is known.

    MeSH, NCBI Gene, NCBI Taxonomy, dbSNP, Cellosaurus, OMIM and ChEBI ids are recognised by the
    database that the file names, by their prefix, or by their form together with the category.
    Ids of variants hold ``|`` themselves and give one ``rs`` number or nothing.
    """
    identifier = identifier.strip()
    if kind is Category.VARIANT:
        found = _RS.search(identifier)
        return (f"dbsnp:rs{found.group(1)}",) if found else ()
    pieces = re.split(r"[|,;+]", identifier)
    curies = [_entity(kind, piece.strip(), database) for piece in pieces]
    return tuple(dict.fromkeys(c for c in curies if c))


def _entity(kind: Category, id: str, database: str) -> str:
    id = id.removeprefix("*")
    if not id or id in ("-", "-1", "None", "null"):
        return ""
    if found := _CELLOSAURUS.fullmatch(id):
        return f"cellosaurus:{found.group(1).upper()}"
    if kind is Category.GENE:
        id = _SPECIES.sub("", id)
    source = _DATABASES.get(_squeezed(database), "")
    if prefixed := _PREFIXED.fullmatch(id):
        source = _DATABASES.get(_squeezed(prefixed.group(1)), "")
        if not source:
            return _other(id)
        id = prefixed.group(2).strip()
    if _MESH.fullmatch(id) and source in ("", "mesh"):
        return f"mesh:{id}"
    if not source and id.isdigit() and kind in _NUMBERS:
        source = _NUMBERS[kind]
    if source in _PLAIN and re.fullmatch(_PLAIN[source], id, re.A):
        return f"{source}:{id}"
    return ""


def _other(curie: str) -> str:
    try:
        return normalize(curie)
    except InputError:
        return ""


def mentions(
    start: int, end: int, text: str, kind: str, identifier: str, database: str, source: str
) -> list[Mention]:
    """Return the mentions of one annotation: one for each entity, or one without an entity."""
    known = category(kind)
    found = entities(known, identifier, database)
    if not found:
        # an id in no form that has a CURIE (of a variant, mostly) stays readable for scoring
        given = identifier.strip()
        details = (("given_id", given),) if given not in ("", "-", "-1") else ()
        return [Mention(start, end, text, known, None, 1.0, source, details)]
    return [Mention(start, end, text, known, entity, 1.0, source) for entity in found]
