"""Ids as the corpora and tools of the field write them, without our prefixes.

MeSH, NCBI Gene and NCBI Taxonomy ids stand alone (``D008687``, ``6528``, ``9606``), Cellosaurus and
dbSNP ids bring their own letters (``CVCL_0224``, ``rs7903146``), OMIM keeps its prefix
(``OMIM:261600``); the form of BC5CDR, BioRED and PubTator. Chemicals, diseases and genes that we know
by another vocabulary are written in these where their cross-references allow it.
"""

from __future__ import annotations

from graph.model import Category, Entity

__all__ = ["native"]

_BARE = ("mesh", "ncbigene", "ncbitaxon", "dbsnp", "hgvs", "pubtator")
_BY_MESH = frozenset(
    {Category.DISEASE, Category.PHENOTYPE, Category.THING, Category.ANATOMY,
     Category.PROCESS, Category.CELL, Category.PROCEDURE, Category.BEHAVIOR}
)  # fmt: skip
_BY_GENE = frozenset({Category.GENE, Category.PROTEIN})


def native(id: str, entity: Entity | None = None) -> str:
    """Return the id in its native form.

    Args:
        id: a CURIE; whatever has no prefix is returned as it is.
        entity: what is known of it; its cross-references are looked at.
    """
    prefix, colon, local = id.partition(":")
    if not colon:
        return id
    if entity is not None and prefix not in ("mesh", "ncbigene", "omim"):
        # a preferred vocabulary of each kind, then OMIM, as the corpora do
        wanted: tuple[str, ...] = ()
        if entity.category in _BY_GENE:
            wanted = ("ncbigene:",)
        elif entity.category is Category.CHEMICAL:
            wanted = ("mesh:",)
        elif entity.category in _BY_MESH:
            wanted = ("mesh:", "omim:")
        for start in wanted:
            known = [x for x in entity.xrefs if x.startswith(start)]
            if known:
                return native(min(known, key=lambda x: (len(x), x)))
    if prefix in _BARE:
        return local
    if prefix == "cellosaurus":
        return local if local.startswith("CVCL_") else f"CVCL_{local}"
    return f"{prefix.upper()}:{local}"
