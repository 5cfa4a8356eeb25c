"""The command line. Each command is a function in a module of this package; :func:`main` runs it
and turns errors into messages and exit codes."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from etiograph.cli import (
    agent,
    ask,
    bounding,
    causal,
    chat,
    counterfactual,
    curate,
    cypher,
    demo,
    diff,
    discover,
    embed,
    embed_train,
    estimating,
    explain,
    extract,
    hypotheses,
    identifying,
    ingest,
    jobs,
    mcp,
    proposals,
    store,
    terms,
)
from etiograph.cli.common import EXIT_CODES, JsonOption, StoreOption, emit_json, shared
from graph.errors import EtiographError

__all__ = ["app", "main"]

_EPILOG = "[bold]Exit codes[/bold]\n\n" + "\n\n".join(
    f"[bold]{code}[/bold]  {meaning}" for code, meaning in EXIT_CODES.items()
)

app = typer.Typer(
    name="etiograph",
    help="A causal knowledge graph of biomedicine, read from the literature and from data, "
    "that answers 'what happens if we intervene?' with a proof attached.",
    epilog=_EPILOG,
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def _before(
    config: Annotated[
        Path | None, typer.Option("--config", metavar="FILE", help="TOML file with settings.")
    ] = None,
    store: StoreOption = None,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="No progress and no notes on standard error.")
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the full traceback when something fails.")
    ] = False,
) -> None:
    shared.config, shared.store, shared.quiet = config, store, quiet
    shared.debug = shared.debug or debug


@app.command("version", epilog="[dim]$[/dim] etiograph version --json")
def version(json_: JsonOption = False) -> None:
    """Print the version."""
    import platform

    import etiograph

    if json_:
        emit_json({"etiograph": etiograph.__version__, "python": platform.python_version()})
    else:
        typer.echo(f"etiograph {etiograph.__version__}")


app.command("demo", epilog=demo.EPILOG)(demo.demo)
app.command("ingest", epilog=ingest.EPILOG)(ingest.ingest)
app.add_typer(jobs.jobs_app, name="jobs")
app.command("diff", epilog=diff.EPILOG)(diff.diff)
app.command("extract", epilog=extract.EPILOG)(extract.extract)
app.command("ask", epilog=ask.ASK_EPILOG)(ask.ask)
app.command("agent", epilog=agent.EPILOG)(agent.agent)
app.command("verify", epilog=ask.VERIFY_EPILOG)(ask.verify)
app.command("curate", epilog=curate.EPILOG)(curate.curate)
app.command("chat", epilog=chat.EPILOG)(chat.chat)
app.add_typer(ask.keys_app, name="keys")
app.command("mcp", epilog=mcp.EPILOG)(mcp.mcp)
app.command("cypher", epilog=cypher.CYPHER_EPILOG)(cypher.cypher)
app.add_typer(cypher.query_app, name="query")
app.command("discover", epilog=discover.EPILOG)(discover.discover)
app.add_typer(proposals.proposals_app, name="proposals")
app.add_typer(embed.embed_app, name="embed")
embed.embed_app.command("train", epilog=embed_train.TRAIN_EPILOG)(embed_train.train)
embed.embed_app.command("propose", epilog=embed_train.PROPOSE_EPILOG)(embed_train.propose)
app.command("hypotheses", epilog=hypotheses.EPILOG)(hypotheses.hypotheses)
app.command("identify", epilog=identifying.EPILOG)(identifying.identify)
app.command("bound", epilog=bounding.EPILOG)(bounding.bound)
app.command("estimate", epilog=estimating.EPILOG)(estimating.estimate)
app.command("counterfactual", epilog=counterfactual.EPILOG)(counterfactual.counterfactual)
app.command("next-evidence", epilog=causal.NEXT_EPILOG)(causal.next_evidence)
app.command("explain", epilog=explain.EPILOG)(explain.explain)
app.command("triangulate", epilog=explain.TRIANGULATE_EPILOG)(explain.triangulate)
app.command("what-if", epilog=causal.WHAT_IF_EPILOG)(causal.what_if)
app.command("mr", epilog=causal.MR_EPILOG)(causal.mr)
app.add_typer(store.store_app, name="store")
app.add_typer(terms.terms_app, name="terms")
app.command("stats", epilog=store.STATS_EPILOG)(store.stats)
app.command("config", epilog=store.CONFIG_EPILOG)(store.config)


def main() -> None:
    """Run the command line (the ``etiograph`` script)."""
    # --debug may stand anywhere, so that it can be added to the end of a failed command
    arguments = [a for a in sys.argv[1:] if a != "--debug"]
    shared.debug = len(arguments) < len(sys.argv) - 1
    try:
        app(args=arguments, prog_name="etiograph", standalone_mode=True)
    except EtiographError as error:
        if shared.debug:
            raise
        _report(error)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:
        # the reader went away (| head): say nothing more, not even at interpreter exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:
        if shared.debug:
            raise
        print(f"error: {type(error).__name__}: {error}", file=sys.stderr)
        print("  this is a defect in etiograph; add --debug to see where", file=sys.stderr)
        sys.exit(1)


def _report(error: EtiographError) -> None:
    print(f"error: {error.message}", file=sys.stderr)
    if error.where:
        print(f"  where: {error.where}", file=sys.stderr)
    if error.hint:
        print(f"  to do: {error.hint}", file=sys.stderr)
