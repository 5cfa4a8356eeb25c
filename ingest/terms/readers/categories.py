"""What the terms of an ontology are, and under which licence it comes, by the prefix of its ids."""

from __future__ import annotations

from graph.model import Category

__all__ = ["BY_NAMESPACE", "CATEGORIES", "LICENCES", "TITLES"]

CATEGORIES = {
    "doid": Category.DISEASE, "mondo": Category.DISEASE, "orphanet": Category.DISEASE,
    "orpha": Category.DISEASE, "orphanet.ordo": Category.DISEASE, "omim": Category.DISEASE,
    "hp": Category.PHENOTYPE, "mp": Category.PHENOTYPE, "symp": Category.PHENOTYPE,
    "chebi": Category.CHEMICAL, "drugcentral": Category.CHEMICAL, "drugbank": Category.CHEMICAL,
    "uberon": Category.ANATOMY, "fma": Category.ANATOMY, "bto": Category.ANATOMY,
    "cl": Category.CELL, "clo": Category.CELL_LINE, "cellosaurus": Category.CELL_LINE,
    "ncbitaxon": Category.TAXON, "pr": Category.PROTEIN, "go": Category.PROCESS,
    "hgnc": Category.GENE, "ncbigene": Category.GENE, "fplx": Category.PROTEIN,
}  # fmt: skip
"""prefix -> category; terms of other prefixes are ``NamedThing``"""

BY_NAMESPACE = {
    "biological_process": Category.PROCESS,
    "cellular_component": Category.ANATOMY,
    "molecular_function": None,
}
"""what the ``namespace`` of an OBO term overrules; None leaves the term out"""

TITLES = {
    "doid": "Disease Ontology", "mondo": "Mondo", "go": "Gene Ontology", "chebi": "ChEBI",
    "uberon": "UBERON", "cl": "Cell Ontology", "hp": "Human Phenotype Ontology", "efo": "EFO",
    "ncbitaxon": "NCBI Taxonomy",
}  # fmt: skip
"""prefix -> name of the ontology"""

LICENCES = {
    "doid": "CC0 1.0", "mondo": "CC BY 4.0", "go": "CC BY 4.0", "chebi": "CC BY 4.0",
    "uberon": "CC BY 3.0", "cl": "CC BY 4.0", "hp": "its own licence", "efo": "Apache-2.0",
    "ncbitaxon": "U.S. Government work",
}  # fmt: skip
