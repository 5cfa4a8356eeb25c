"""The main job, end to end, on a corpus written for it and a real data table."""

from __future__ import annotations

import json
import shutil
import sys
import time
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from etiograph.settings import Settings

if TYPE_CHECKING:
    from rich.console import Console

    from etiograph.api import KnowledgeGraph

__all__ = ["DATA", "demo_store", "run_demo"]

DATA = Path(str(files("etiograph"))) / "data"
"""Where the bundled corpus and table are."""

_MARK = "etiograph-demo"


def demo_store(settings: Settings, chosen: Path | None = None) -> Path:
    """Return the folder the demo may write to: never one that holds somebody's own graph.

    The chosen folder, else the store in force when it is new or an earlier demo, else ``demo`` under
    home.
    """
    if chosen is not None:
        return chosen
    path = settings.store_path
    if not path.exists() or (path / _MARK).exists() or not any(path.iterdir()):
        return path
    return settings.home / "demo"


def _shown(path: Path) -> str:
    """Return a path as a person here would type it."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


class _Printer:
    """Prints the demo's story, or nothing for --json."""

    def __init__(self, out: Console | None) -> None:
        self.out = out
        self.step = 0

    def heading(self, text: str) -> None:
        self.step += 1
        if self.out:
            self.out.print()
            self.out.rule(f"[bold]{self.step}. {text}[/bold]", align="left", style="dim")

    def say(self, text: str = "", style: str | None = None) -> None:
        if self.out:
            self.out.print(text, style=style, markup=False)

    def command(self, text: str) -> None:
        self.say(f"$ {text}", style="cyan")


def run_demo(
    settings: Settings,
    *,
    chosen: Path | None = None,
    out: Console | None = None,
    quiet: bool = False,
) -> dict[str, Any]:
    """Run the demo and return what it found, ``ok`` among it.

    Args:
        out: where to tell the story; None tells nothing.
    """
    from etiograph.api import KnowledgeGraph
    from etiograph.cli.common import progress
    from graph.stores import open_store

    started = time.perf_counter()
    path = demo_store(settings, chosen)
    option = "" if path == settings.store_path and not settings.neo4j_uri else f" --store {path}"
    tell = _Printer(out)
    tell.say("etiograph demo: from abstracts and a data table to checked answers.", style="bold")
    tell.say(
        "The abstracts were written for this demonstration and describe no real study; the table is\n"
        f"real (Sachs et al. 2005). The graph is kept in {path}."
    )
    with KnowledgeGraph(open_store(path), settings) as kg:
        (path / _MARK).touch()
        report: dict[str, Any] = {"store": str(path)}
        with progress("demo", quiet=quiet) as update:
            report["ingest"] = _ingest(kg, tell, update)
            report["graph"] = _explore(kg, tell)
            report["discovery"] = _discover(kg, tell, update)
            report["proposals"] = _proposals(kg, tell)
        report["answers"] = _ask(kg, tell)
    report["seconds"] = round(time.perf_counter() - started, 1)
    report["ok"] = all(a["checked"] and a["as_expected"] for a in report["answers"])
    tell.heading("Where to go next")
    tell.say(f"All of this took {report['seconds']} s. The graph stays; go on with:")
    script = Path(sys.argv[0])
    if shutil.which("etiograph") is None and (script.parent / "activate").is_file():
        tell.command(f". {_shown(script.parent / 'activate')}")
    for command in (
        f'etiograph ask "Does ascorbic acid prevent nephropathy?"{option}   # its paper was retracted',
        f"etiograph query list{option and '   # then: etiograph query run NAME' + option}",
        f"etiograph cypher{option}   # a prompt; try: MATCH (d:Disease) RETURN d.name LIMIT 5;",
        f"etiograph proposals list{option}",
        "etiograph ingest YOUR-PUBMED-FILE.xml.gz --store ./my-graph",
    ):
        tell.command(command)
    return report


def _ingest(kg: KnowledgeGraph, tell: _Printer, update: Any) -> dict[str, Any]:
    from etiograph.reports import job_text

    tell.heading("Read the literature")
    corpus = DATA / "demo" / "corpus.xml"
    tell.command(f"etiograph ingest {_shown(corpus)}")
    job = kg.ingest(corpus, progress=update)
    tell.say(job_text(job))
    said: dict[str, Any] = job.to_json()
    return said


def _explore(kg: KnowledgeGraph, tell: _Printer) -> dict[str, Any]:
    from etiograph.tables import print_result

    tell.heading("Look at the graph")
    counts = kg.stats()
    tell.command("etiograph query run hubs limit=5")
    hubs = kg.query("hubs", limit=5)
    if tell.out:
        print_result(tell.out, hubs, "table")
    return counts


def _discover(kg: KnowledgeGraph, tell: _Printer, update: Any) -> dict[str, Any]:
    tell.heading("Propose edges from data, under priors from the literature")
    table = DATA / "sachs" / "sachs.csv"
    tell.command(f"etiograph discover {_shown(table)} --bootstraps 20")
    found = kg.discover(table, bootstraps=20, progress=update)
    tell.say(found.to_text(max_conflicts=3))
    said: dict[str, Any] = found.to_json()
    return said


def _proposals(kg: KnowledgeGraph, tell: _Printer) -> list[dict[str, Any]]:
    from etiograph.proposals import proposals_table, summarise

    rows = summarise(kg)
    tell.say()
    tell.say(
        "They are written as proposals: no algorithm can assert anything. A person accepts or rejects."
    )
    tell.command("etiograph proposals list")
    if tell.out:
        tell.out.print(proposals_table(rows[:5]))
    if len(rows) > 5:
        tell.say(f"... and {len(rows) - 5} more")
    return rows


def _ask(kg: KnowledgeGraph, tell: _Printer) -> list[dict[str, Any]]:
    from etiograph.reports import check_text

    tell.heading("Ask; every sentence is recomputed by a separate checker")
    questions = json.loads((DATA / "demo" / "questions.json").read_text(encoding="utf-8"))
    answers = []
    for question in questions:
        tell.say()
        tell.say(question["shows"], style="italic")
        tell.command(f'etiograph ask "{question["question"]}"')
        answer = kg.ask(question["question"])
        checked = kg.verify(answer)
        tell.say(answer.to_text())
        if answer.answered:
            tell.say(check_text(checked), style="green" if checked.ok else "red")
        answers.append(
            {
                "question": question["question"],
                "refused": answer.refused is not None,
                "checked": checked.ok,
                "as_expected": (answer.refused is not None) == question["refused"],
                "answer": answer.to_json(),
            }
        )
    return answers
