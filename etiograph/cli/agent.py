"""``etiograph agent``: a question answered with tools, under a plan that is shown first."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from etiograph.cli.assisted import (
    DryRunOption,
    LangOption,
    ProviderOption,
    ProviderUrlOption,
    ReaderOption,
    show_dry_run,
)
from etiograph.cli.common import (
    JsonOption,
    QuietOption,
    StoreOption,
    console,
    emit_json,
    examples,
    note,
    open_kg,
)
from graph.errors import RefusedError, UsageError

if TYPE_CHECKING:
    from llm_bridge.agent import Agent
    from llm_bridge.agent.plan import Plan

EPILOG = examples(
    'etiograph agent "Does lithium cause polyuria?"',
    'etiograph agent "What happens to polyuria if we give lithium?" --provider ollama:llama3.1 --explore 5',
    'etiograph agent "Does lithium cause polyuria?" --provider openai:MODEL --dry-run',
    "etiograph agent --runs    [dim]# then: --resume RUN, --cancel RUN, --replay RUN, --log RUN[/dim]",
)


def price(text: str | None) -> tuple[float, float] | None:
    """Read ``SENT,RECEIVED`` per million tokens.

    Raises:
        UsageError: if it is not of that form.
    """
    if text is None:
        return None
    try:
        sent, received = (float(p) for p in text.split(","))
    except ValueError:
        raise UsageError(
            f"--price {text} is not SENT,RECEIVED", hint="For instance --price 2.5,10."
        ) from None
    return sent, received


def agent(
    question: Annotated[str | None, typer.Argument(help="A causal question.")] = None,
    provider: ProviderOption = None,
    provider_url: ProviderUrlOption = None,
    lang: LangOption = "en",
    reader: ReaderOption = None,
    explore: Annotated[
        int, typer.Option("--explore", min=0, max=20, help="Reading calls a model may add.")
    ] = 0,
    hypotheses: Annotated[
        int,
        typer.Option(
            "--hypotheses", min=0, max=10, help="Links a model may propose; they need approval."
        ),
    ] = 0,
    allow_writes: Annotated[
        bool,
        typer.Option(
            "--allow-writes", help="Let the model plan proposals; each still needs your approval."
        ),
    ] = False,
    ask_first: Annotated[
        bool, typer.Option("--ask-first", help="Approve every plan, not only those that write.")
    ] = False,
    conversation: Annotated[
        str, typer.Option("--conversation", metavar="NAME", help="Go on with earlier questions.")
    ] = "",
    calls: Annotated[int, typer.Option("--calls", min=0, help="Calls of the model at most.")] = 20,
    tokens: Annotated[int, typer.Option("--tokens", min=0, help="Tokens at most.")] = 50_000,
    seconds: Annotated[float, typer.Option("--seconds", min=1, help="Time at most.")] = 300,
    money: Annotated[
        float | None, typer.Option("--money", min=0, help="Money at most; needs --price.")
    ] = None,
    price_: Annotated[
        str | None,
        typer.Option("--price", metavar="SENT,RECEIVED", help="Money per million tokens."),
    ] = None,
    dry_run: DryRunOption = False,
    runs: Annotated[bool, typer.Option("--runs", help="List the runs.")] = False,
    resume: Annotated[
        str | None,
        typer.Option(
            "--resume", metavar="RUN", help="Go on after a crash, a cancel or a wait for approval."
        ),
    ] = None,
    approve: Annotated[
        str | None,
        typer.Option(
            "--approve", metavar="HASH", help="With --resume: approve the plan of this hash."
        ),
    ] = None,
    cancel: Annotated[
        str | None, typer.Option("--cancel", metavar="RUN", help="Stop a run elsewhere.")
    ] = None,
    replay: Annotated[
        str | None, typer.Option("--replay", metavar="RUN", help="Does it still find the same?")
    ] = None,
    log: Annotated[
        str | None, typer.Option("--log", metavar="RUN", help="Show what was done and sent.")
    ] = None,
    store: StoreOption = None,
    json_: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Answer a question with tools: a plan first, then exactly the plan, then a try to refute the answer.

    Works without a language model. With one, it never sees names, sentences or rows of the graph or of
    data; nothing is written without approval: asked on a terminal, else given with --resume RUN
    --approve HASH. Exit code 7: the question was refused, or the run waits, was denied or was stopped.
    """
    from etiograph.agent import make_agent, provider_spec
    from llm_bridge.providers import Budget

    with open_kg(store) as kg:
        options = {"base_url": provider_url, "price": price(price_)}
        spec = provider_spec(kg, provider, **options)
        if dry_run and (question is None or spec is None):
            raise UsageError("a dry run needs a question and --provider")
        if spec is not None and not spec.local and not dry_run:
            note(
                f"the question goes to {spec.name}; --dry-run shows what would be sent", quiet=quiet
            )

        def budget() -> Budget:
            return Budget(calls, 50, tokens, money, seconds, price(price_))

        with make_agent(
            kg, provider, show=None if quiet else _show, approve=_approve if _on_terminal() else None,
            options=options, budget=budget, reader=reader, explore=explore, hypotheses=hypotheses,
            language=lang, may_write=allow_writes, ask_first=ask_first,
        ) as made:  # fmt: skip
            if dry_run and question is not None and spec is not None:
                from llm_bridge.agent.audit import questions
                from llm_bridge.agent.showing import what_would_be_sent

                shown = what_would_be_sent(
                    made.abilities, question, spec, language=lang, reader=reader, explore=explore,
                    hypotheses=hypotheses, earlier=questions(made.log.asked_in(conversation)),
                )  # fmt: skip
                show_dry_run(shown, json_)
                return
            if _about(made, runs=runs, cancel=cancel, replay=replay, log=log, json_=json_):
                return
            try:
                if resume is not None:
                    run = made.resume(resume, approve=approve)
                elif question is not None:
                    run = made.run(question, conversation=conversation)
                else:
                    raise UsageError(
                        "there is no question", hint="Or one of --runs, --resume, --log."
                    )
            except KeyboardInterrupt:
                note(f"stopped; to go on: etiograph agent --resume {made.running}", quiet=quiet)
                raise
        if json_:
            emit_json(run.to_json())
        else:
            console().print(run.to_text(), markup=False)
            if run.status == "waiting" and run.plan is not None:
                note(f"to approve: etiograph agent --resume {run.id} --approve {run.plan.hash}")
        if run.status != "done" or run.answer is None or not run.answer.answered:
            raise typer.Exit(RefusedError.exit_code)


def _on_terminal() -> bool:
    """Whether a person can be asked; where none can, a plan that writes waits."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def _show(plan: Plan) -> None:
    console(stderr=True).print(plan.to_text() + "\n", markup=False)


def _approve(plan: Plan) -> bool:
    return typer.confirm("Do this?", default=False, err=True)


def _about(
    made: Agent, *, runs: bool, cancel: str | None, replay: str | None, log: str | None, json_: bool
) -> bool:
    """Do what is about earlier runs; whether anything was asked for."""
    if runs:
        found = [{"run": r, "at": at, "question": q} for r, at, q in made.log.runs()]
        told = [f"{f['run']}  {f['at']}  {f['question']}" for f in found]
    elif cancel:
        made.cancel(cancel)
        found, told = [{"run": cancel, "at": "", "question": ""}], [f"asked {cancel} to stop"]
    elif replay:
        steps = made.replay(replay)
        if json_:
            emit_json([{"step": s.model_dump(mode="json"), "same": same} for s, same, _ in steps])
            return True
        told = [f"{'same   ' if same else 'CHANGED'} {s.to_text()}" for s, same, _ in steps]
        console().print("\n".join(told) or "no steps", markup=False)
        return True
    elif log:
        entries = made.log.entries(log)
        problems = made.log.problems()
        if json_:
            told_ = [{"at": e.at, "kind": e.kind, "body": e.body, "hash": e.hash} for e in entries]
            emit_json({"entries": told_, "problems": problems})
            return True
        told = [f"{e.at}  {e.kind:<10} {str(dict(e.body))[:300]}" for e in entries]
        told += [f"the chain of the log: {'; '.join(problems) or 'whole'}"]
        console().print("\n".join(told), markup=False)
        return True
    else:
        return False
    if json_:
        emit_json(found)
    else:
        console().print("\n".join(told) or "no runs", markup=False)
    return True
