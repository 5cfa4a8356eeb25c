"""Paraphrases: questions in many wordings, read into the typed query, compared field by field.

    python -m benchmarks.paraphrases [--show] [--json] [FILE.tsv ...]

The tables lie in ``tests/llm_bridge``: ``paraphrases.tsv`` is what the grammar was developed on, each
``paraphrases_held*.tsv`` was written before the grammar was changed, and scored after. A row is right
when kind, relation, every name, direction, negation, measure and every qualifier are. ``--show`` prints
the rows read otherwise; a table that was shown is held apart no longer.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from llm_bridge import parse
from llm_bridge.query import Query

__all__ = ["FOLDER", "fields", "main", "rows", "wanted"]

FOLDER = Path(__file__).parent.parent / "tests" / "llm_bridge"

Fields = dict[str, str]


def rows(path: Path) -> list[dict[str, str]]:
    """Read a table: question, kind, relation, subject, object, direction, more."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def wanted(row: dict[str, str]) -> Fields:
    """What a row says the question means; fields that it leaves empty are left out."""
    plain = {k: row[k] for k in ("kind", "relation", "subject", "object", "direction") if row[k]}
    return plain | dict(part.split("=", 1) for part in row["more"].split(";") if part)


def fields(query: Query) -> Fields:
    """The same of a query; ``direction`` is the net one of what is done to the subject."""
    asked, subject = query.qualifiers, query.subject
    found = {
        "kind": query.kind.value,
        "relation": query.relation.value,
        "subject": subject.text if subject else "",
        "object": query.object.text if query.object else "",
        "direction": str(query.direction * (subject.direction if subject else 1)),
        "others": "|".join(("-" if t.direction < 0 else "") + t.text for t in query.others),
        "measure": query.measure.value if query.measure.value != "total" else "",
        "species": asked.species,
        "tissue": asked.tissue,
        "population": asked.population,
        "dose": asked.dose.text if asked.dose else "",
        "unit": "1" if asked.unit else "",
        "negated": "1" if query.negated else "",
        "also": " + ".join(
            " ".join([q.kind.value, q.relation.value, *(t.text for t in q.terms)])
            for q in query.also
        ),
    }
    return {k: v for k, v in found.items() if v}


def main(arguments: Sequence[str] | None = None) -> int:
    """Score the tables one by one."""
    parser = argparse.ArgumentParser(description="Questions read into the typed query.")
    parser.add_argument("tables", nargs="*", type=Path, help="by default all of tests/llm_bridge")
    parser.add_argument("--show", action="store_true", help="print the rows read otherwise")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(arguments)
    found = []
    for path in given.tables or sorted(FOLDER.glob("paraphrases*.tsv")):
        table = rows(path)
        read = [(row, parse(row["question"])) for row in table]
        wrong = [
            (row["question"], q) for row, q in read
            if not isinstance(q, Query) or fields(q) != wanted(row)
        ]  # fmt: skip
        refused = sum(not isinstance(q, Query) for _, q in wrong)
        found.append(
            {"table": path.stem, "rows": len(table), "exact": len(table) - len(wrong),
             "refused": refused, "misread": len(wrong) - refused}
        )  # fmt: skip
        if not given.json:
            print(
                f"{path.stem:<20} {len(table) - len(wrong):>4} of {len(table)} exact, "
                f"{refused} refused, {len(wrong) - refused} read otherwise"
            )
        if given.show:
            for question, q in wrong:
                told = fields(q) if isinstance(q, Query) else q.reason.value
                print(f"  {question}\n    {told}", file=sys.stderr)
    if given.json:
        print(json.dumps(found, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
