"""From the labels of other people's models to categories of the graph."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from graph.errors import UsageError
from graph.model import Category

__all__ = ["KNOWN", "category_map", "fingerprint"]

KNOWN: dict[str, Category] = {
    label: category
    for category, labels in {
        Category.CHEMICAL: "chemical chemicalentity simplechemical chebi drug chem chemicals compound "
        "aminoacid",
        Category.DISEASE: "disease diseaseorphenotypicfeature cancer diseases disorder "
        "pathologicalformation",
        Category.PHENOTYPE: "phenotype phenotypicfeature symptom signsymptom",
        Category.GENE: "gene geneorgeneproduct ggp genes geneprotein dna rna",
        Category.PROTEIN: "protein proteins",
        Category.VARIANT: "variant sequencevariant mutation dnamutation proteinmutation snp",
        Category.TAXON: "species taxon organismtaxon organism organisms",
        Category.CELL_LINE: "cellline",
        Category.CELL: "cell celltype cl",
        Category.ANATOMY: "anatomy anatomicalentity anatomicalsystem organ tissue multitissuestructure "
        "organismsubdivision immaterialanatomicalentity developinganatomicalstructure "
        "organismsubstance",
        Category.PROCESS: "process biologicalprocess",
    }.items()
    for label in labels.split()
}  # fmt: skip
"""labels (letters only, lower case) of the common models: scispaCy's ``bc5cdr``, ``bionlp13cg``, ``craft``
and ``jnlpba``, and what token classifiers trained on BioCreative and BioRED corpora say. Left out because
they mix categories: ``GO``, ``SO``, ``CELLULAR_COMPONENT``, and the ``ENTITY`` of the ``sci`` models."""

_NAMES = {
    "chemical": Category.CHEMICAL, "disease": Category.DISEASE, "gene": Category.GENE,
    "variant": Category.VARIANT, "species": Category.TAXON, "cell_line": Category.CELL_LINE,
}  # fmt: skip


def _category(name: str | Category) -> Category:
    if isinstance(name, Category):
        return name
    if name in _NAMES:
        return _NAMES[name]
    plain = name.removeprefix("biolink:")
    try:
        return Category(plain)
    except ValueError:
        known = ", ".join([*sorted(_NAMES), *(c.value for c in Category)])
        raise UsageError(f"{name!r} is no category", hint=f"Known: {known}.") from None


def category_map(
    found: Iterable[str], given: Mapping[str, str | Category] | None, *, where: str
) -> dict[str, Category]:
    """Return the category of each label of a model that has one.

    Args:
        found: the model's labels, without ``B-`` and ``I-``.
        given: label -> category, a name such as ``gene`` or ``OrganismTaxon``; then nothing else counts.
        where: the model, for messages.

    Raises:
        UsageError: if no label has a category, or a given one is not the model's.
    """
    labels = sorted(set(found))
    if given is not None:
        unknown = sorted(set(given) - set(labels))
        if unknown:
            raise UsageError(
                f"the model has no label {unknown[0]!r}", where=where, hint=f"Its labels: {', '.join(labels)}."
            )  # fmt: skip
        return {label: _category(name) for label, name in sorted(given.items())}
    mapped = {
        label: KNOWN[key] for label in labels if (key := re.sub(r"[\W\d_]", "", label).lower()) in KNOWN
    }  # fmt: skip
    if not mapped:
        raise UsageError(
            "none of the model's labels is known" if labels else "the model has no labels",
            where=where,
            hint=f"Say what they mean with labels={{LABEL: category}}. Its labels: {', '.join(labels)}.",
        )
    return mapped


def fingerprint(folder: Path) -> str:
    """Return a hash of all files of a model's folder."""
    digest = hashlib.sha256()
    for path in sorted(
        p for p in folder.rglob("*") if p.is_file() and "__pycache__" not in p.parts
    ):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0")
        with path.open("rb") as handle:
            while block := handle.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()[:12]
