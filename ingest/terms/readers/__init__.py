"""Readers of terminology files, in the order in which their entities are taken: where two sources have
the same entity, the id of the earlier one stays."""

from __future__ import annotations

from ingest.terms.readers.base import FREE, Reader
from ingest.terms.readers.chebi import ChebiReader
from ingest.terms.readers.drugcentral import DrugCentralReader
from ingest.terms.readers.famplex import FamplexReader
from ingest.terms.readers.golabels import GoLabelReader
from ingest.terms.readers.hgnc import HgncReader
from ingest.terms.readers.mappings import MappingReader
from ingest.terms.readers.mesh import MeshReader
from ingest.terms.readers.ncbigene import NcbiGeneReader
from ingest.terms.readers.obo import OboReader
from ingest.terms.readers.ontologyjson import OntologyJsonReader
from ingest.terms.readers.owl import OwlReader
from ingest.terms.readers.table import TableReader
from ingest.terms.readers.uberon import UberonReader

__all__ = ["FREE", "READERS", "Reader"]

READERS: tuple[type[Reader], ...] = (
    HgncReader,
    NcbiGeneReader,
    MeshReader,
    OntologyJsonReader,
    OboReader,
    GoLabelReader,
    ChebiReader,
    FamplexReader,
    UberonReader,
    DrugCentralReader,
    OwlReader,
    MappingReader,
    TableReader,
)
