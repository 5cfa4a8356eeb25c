"""What the data must be like before a search, and a report of what was found.

Nothing is changed silently: a column, row or value that is not used as it came is named in the report.
"""

from discovery.data.encode import Encode
from discovery.data.impute import imputations
from discovery.data.prepare import Missing, Transform, prepare
from discovery.data.report import DataReport, Issue
from discovery.data.roles import Targets
from discovery.data.table import Kind, Table
from discovery.data.transform import nonparanormal

__all__ = [
    "DataReport",
    "Encode",
    "Issue",
    "Kind",
    "Missing",
    "Table",
    "Targets",
    "Transform",
    "imputations",
    "nonparanormal",
    "prepare",
]
