"""Counterfactual questions, taken apart into what is supposed and what is asked of it.

"Had the patient not been given X, would he have developed Y?": one clause with "if", "had" or
"without" supposes that something was or was not done to X, the other, with "would ... have", asks of Y.
What is left of a clause after its verb, its person and its small words is the name in it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from llm_bridge import lexicon as lex
from llm_bridge.patterns import Capture, Token, words_of
from llm_bridge.places import SPECIES, person, somebody
from llm_bridge.query import Kind, Query, Relation

__all__ = ["blamed", "read", "without_subjects"]

Build = Callable[[list[Token], Kind, Capture], Query | None]


_OPENINGS = words_of("if had without suppose supposing assuming provided were")
_NOT = words_of("not never no neither")
_SMALL = words_of(
    "have has had been be being was were is are did do does would could might still also ever anyway even "
    "nonetheless nevertheless then all the same regardless just already to on with up from of for at by "
    "a an the any this that these those it there so in case first place actually instead off not never no after down earlier sooner later "
    "back again under out against as or into onto"
)
_PEOPLE = words_of(
    "he she they i we him her them me us his hers their my our one someone somebody patient patients man "
    "woman men women child children boy girl baby infant person people mother father mum mom dad wife "
    "husband son daughter brother sister uncle aunt grandmother grandfather grandma friend neighbour "
    "neighbor colleague cousin niece nephew partner individual lady gentleman case twin subject subjects "
    "victim newborn animal mouse rat dog cat pig monkey rabbit horse volunteer participant donor recipient"
)
_PLAIN_PEOPLE = words_of(
    "they people patients we one someone somebody them us me i subjects men women children"
)
_DONE = words_of(
    "given received taken used prescribed administered started put exposed treated offered had got stayed "
    "continued infused injected ingested consumed smoked drunk eaten undergone vaccinated worn tried "
    "applied kept dosed supplied gotten chosen added done met encountered inhaled worked lived performed "
    "present raised increased activated take receive taking receiving contracted caught"
)
_UNDONE = words_of(
    "avoided withheld omitted skipped stopped withdrawn discontinued removed blocked inhibited deleted "
    "declined refused prevented spared lowered reduced silenced missing absent lacking quit foregone "
    "forgone ceased missed escaped treated_away cured knocked"
)
_HAVING = words_of(
    "developed had suffered got gotten experienced shown contracted acquired become ended come died "
    "formed grown burst spread struck caught sustained presented diagnosed occurred happened appeared arisen existed emerged set begun started "
    "resulted followed escaped avoided prevented averted spared lacked taken place gone progressed faced "
    ""
)
_LEVELS = words_of(
    "lower higher different better worse less more greater smaller reduced increased like high low changed"
)


@cache
def _done() -> dict[str, int]:
    found = dict.fromkeys(_DONE, 1) | dict.fromkeys(_UNDONE, -1)
    for words, way in lex.intervention_forms("ed").items():
        if len(words) == 1 and way in (1, -1):
            found.setdefault(words[0], int(str(way)))
    return found


def read(tokens: list[Token], build: Build) -> Query | None:
    """Return the counterfactual query that the words make, or None when they make none.

    Args:
        tokens: the words of the question.
        build: makes the query of a kind from tokens and captures.
    """
    words = [t.low for t in tokens]
    if "would" not in words or not (_OPENINGS & set(words) or words[:2] == ["but", "for"]):
        return None
    if "have" not in words[words.index("would") :] and words[words.index("would") :][-1:] != ["be"]:
        return None
    for supposed, asked in _clauses(tokens, words):
        cause, outcome = _supposed(supposed), _asked(asked)
        if cause is None or outcome is None:
            continue
        (x, way), (y, level) = cause, outcome
        every = [*x, Token("would", 0, 0), *y, *(t for t in tokens if t not in x and t not in y)]
        capture: Capture = {
            "x": (0, len(x)), "y": (len(x) + 1, len(x) + 1 + len(y)), "turn": way,
            "relation": Relation.AFFECT if level else Relation.CAUSE,
        }  # fmt: skip
        return build(every, Kind.COUNTERFACTUAL, capture)
    return None


def _clauses(tokens: list[Token], words: list[str]) -> list[tuple[list[Token], list[Token]]]:
    """The two clauses, supposition first; the "if" may begin the sentence or stand inside."""
    would = words.index("would")
    if (
        words[:2] == ["but", "for"]
        or words[0] in _OPENINGS
        or (words[0] in {"in", "but"} and would > 2 and _OPENINGS & set(words[:would]))
    ):
        return [(tokens[:would], tokens[would:])]
    cuts = [
        k for k in range(would + 2, len(words))
        if words[k] in {"if", "without", "supposing", "assuming"}
        or (words[k] == "had" and k + 1 < len(words) and words[k - 1] != "have")
        or (words[k] == "but" and words[k + 1 : k + 2] == ["for"])
    ]  # fmt: skip
    return [(tokens[cut:], tokens[:cut]) for cut in cuts]


def _name(tokens: list[Token], drop: frozenset[str]) -> list[Token] | None:
    """What is left without the words to drop at either end, and people; None when it is broken."""
    tokens = [t for t in tokens if not (t.low.endswith("'s") and somebody(t.low[:-2]))]
    last = len(tokens) - 1
    kept = [
        k for k, t in enumerate(tokens)
        if (t.low not in drop and not person(t.low)) or (t.low == "a" and k and tokens[k - 1].low not in drop and (k == last or tokens[k + 1].low in drop))  # "bisphenol A"
    ]  # fmt: skip
    if not kept:
        return None
    inside = tokens[kept[0] : kept[-1] + 1]
    broken = {t.low for t in inside} & (
        drop - {"of", "the", "a", "to", "in", "with", "from", "for"}
    )
    verbal = (
        len(inside) == 1
        and inside[0].low.endswith("ed")
        and not {"become", "occurred"} & {t.low for t in tokens}
    )  # "would she have miscarried"
    return None if broken or verbal or len(inside) > 8 else inside


def _supposed(tokens: list[Token]) -> tuple[list[Token], int] | None:
    words = [t.low for t in tokens]
    if {"vaccinated", "immunised", "immunized"} & set(words) and "with" not in words:
        return None  # against what, and not with what
    if "without" in words or words[:2] == ["but", "for"] or words[:2] == ["if", "but"]:
        name = _name(tokens, _SMALL | _PEOPLE | {"without", "but", "if"})
        return None if name is None or set(words) & set(_done()) else (name, -1)
    verbs = [
        k for k, w in enumerate(words) if w in _done() and not (w == "had" and k + 1 < len(words))
    ]
    way = _done()[words[verbs[0]]] if verbs else 1
    if not verbs:
        verbs = [k for k, w in enumerate(words) if w == "been" or w == "had"]
    if not verbs or len(verbs) > 2:
        return None
    if _NOT & set(words):
        way = -way
    taken = frozenset(words[k] for k in verbs) | _SMALL | _PEOPLE | _OPENINGS
    name = _name(tokens, taken)
    return (name, way) if name is not None else None


def _asked(tokens: list[Token]) -> tuple[list[Token], bool] | None:
    words = [t.low for t in tokens]
    if {"recovered", "survived", "responded", "improved", "benefited", "healed"} & set(words):
        return None  # what would have happened to whom is no outcome of its own
    level = bool(_LEVELS & set(words)) and "been" in words
    drop = _SMALL | _PEOPLE | _HAVING | {"what", "how", "would", "if", "diagnosed"}
    drop = drop | _LEVELS if level or words[:1] in (["what"], ["how"]) else drop
    name = _name(tokens, drop)
    return (name, level or words[:1] in (["what"], ["how"])) if name is not None else None


_ANYBODY = frozenset("people patients persons subjects individuals folk folks".split())


def without_subjects(question: str, tokens: list[Token]) -> tuple[list[Token], str] | None:
    """ "Had the zebrafish not been given X" is asked in zebrafish; None without such a subject."""
    for k in range(1, min(len(tokens), 14)):
        ahead = (
            tokens[k - 1].low
            if tokens[k - 1].low not in {"the", "these", "those"}
            else tokens[k - 2].low
        )
        low = tokens[k].low
        named = low in SPECIES and not somebody(low)
        named = named or (person(low) and low not in _ANYBODY)
        if named and ahead in {"had", "would", "if"}:
            return [*tokens[:k], *tokens[k + 1 :]], question[tokens[k].start : tokens[k].end]
    return None


def blamed(query: Query, tokens: list[Token]) -> Query:
    """ "Was X the cause of my mother's Y" asks whether Y would have been without X."""
    words = [t.low for t in tokens]
    own = any(
        w in {"his", "her"}
        or (w.endswith(("'s", "s'")) and somebody(w[:-2]))
        or (a in {"my", "this", "our", "that", "the"} and somebody(w) and b in {"in", "of", "to", "gave", "give"})
        for b, a, w in zip(["", *words], words, words[1:], strict=False)
    )  # fmt: skip
    if query.kind is Kind.COUNTERFACTUAL and own and not query.qualifiers.unit:
        return query.model_copy(
            update={"qualifiers": query.qualifiers.model_copy(update={"unit": True})}
        )
    blamed = words[0] in {"could", "might"} and {"responsible", "blame", "behind", "fault"} & set(
        words
    )
    past = words[0] in {"was", "were", "is", "are", "did"} or "have" in words[:6] or bool(blamed)
    if (
        query.kind is not Kind.EXISTENCE
        or query.relation is not Relation.CAUSE
        or not (own and past)
    ):
        return query
    asked = query.qualifiers.model_copy(update={"unit": True})
    way = -1 if query.direction > 0 else 1
    return query.model_copy(
        update={"kind": Kind.COUNTERFACTUAL, "direction": way, "qualifiers": asked}
    )
