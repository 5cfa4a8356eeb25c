"""The rules: what a folded sentence claims, as (subject, predicate, object) with their wording."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from dataclasses import dataclass

from graph.model import Predicate
from ingest.relations.chunks import CHUNK, Folded
from ingest.relations.lexicon import GERUND, PASSIVE, TRIGGERS, VERB_FORMS, alternation, trigger

__all__ = ["Claim", "find_claims"]


@dataclass(frozen=True, slots=True)
class Claim:
    """One match of a rule.

    ``turn`` is -1 when the wording turns the predicate's sign, ``sign`` the sign of an association;
    ``before`` and ``inside`` are the words that negation and hedging are looked for in;
    ``presupposed`` claims hold whatever the sentence says (``X-induced Y``); ``people`` when a
    population may be an argument; ``improves`` when a healthy process can be the object; ``pair`` when
    the subject's own two mentions are the arguments (``association between X and Y``);
    ``place`` the trigger's offsets in the document when the folded text has changed since.
    """

    rule: str
    subject: str
    predicate: Predicate
    object: str
    trigger: tuple[int, int]
    weight: float
    before: str = ""
    inside: str = ""
    turn: int = 1
    sign: int = 0
    presupposed: bool = False
    people: bool = False
    improves: bool = False
    pair: bool = False
    place: tuple[int, int] | None = None


_UP = r"increased|elevated|enhanced|higher|greater|raised|augmented|exaggerated|accelerated|improved|more|excess"
_DOWN = r"decreased|reduced|lower|lowered|diminished|attenuated|impaired|suppressed|less|fewer|decreasing|reducing"
_CHANGED = rf"(?:(?:an?|the|significantly|markedly|both) )?(?:(?P<up>{_UP})|(?P<down>{_DOWN}))"

# words that may stand before a finite verb
_AUX = (
    r"(?:(?:is|are|was|were|be|been|being|has|have|had|do|does|did|may|might|can|could|will|would|"
    r"should|must|not|never|no longer|cannot|also|even|both|only|not only|further|then|thus|therefore|"
    r"still|often|sometimes|usually|always|ever|generally|indeed|consistently|alone|either|directly|in turn|however|too|itself|alone|\w+ly|"
    r"(?:known|shown|found|reported|demonstrated|thought|believed|considered|suggested|likely|unlikely|"
    r"able|unable|expected|proposed|said|suspected|proven|observed|seen|postulated|hypothesized|"
    r"assumed|supposed|presumed) to(?: be)?|(?:appears?|appeared|seems?|seemed|tends?|tended|"
    r"fails?|failed|serves?|used|ability|capacity|potential) to|"
    r"don't|doesn't|didn't|can't|couldn't|won't)\b,? )"
)
# a prepositional aside between the subject and its verb
_ASIDE = (
    rf"(?:, (?:an?|the|but not|and not|unlike|like|compared (?:with|to)|together with|in contrast to|one of the) [^,;]{{1,60}},"
    r"|,? (?:in|at|for|from|during|after|within|over|on|to|via|through|as)"
    rf"(?: (?!(?:{alternation(VERB_FORMS)}|that|which|and|was|were|is|are)\b)[\w%./-]+,?){{1,7}}?(?= )"
    r"|,? (?:alone|itself)(?= ))?"
)
_THAT = r"(?:,? (?:which|that|who),?)?"
_STOP_WORDS = (
    r"in|on|at|of|for|with|to|by|from|into|and|or|but|nor|as|than|that|which|who|whose|when|while|whereas|"
    r"although|because|if|whether|is|are|was|were|be|been|has|have|had|may|might|can|could|will|would|do|"
    r"does|did|not|no|after|before|during|between|among|through|via|without|within|under|over|against|"
    r"per|only|through|compared|we|they|it|he|she|there|versus|vs|both|either|neither|its"
)
# words that may stand between a verb and its object
_FILL = (
    rf"(?:(?!(?:{_STOP_WORDS}|{alternation(VERB_FORMS)}|{_UP}|{_DOWN})\b)[A-Za-z][\w'-]* ){{0,2}}"
)
# what may follow an argument that is the head of its phrase
_HEAD_END = (
    rf"(?=$|[.,;:?!]| (?:{_STOP_WORDS}|both|also|all|more|most|even|up|except|due|following|"
    rf"{alternation(VERB_FORMS)}|occurs?|remains?|develops?|became|becomes?|\w+ly|\w+ing|\w+ed|seen|shown|found|caused|then|so|where|rather|too|"
    rf"together|leading|thus|alone|therapy|patients|using|unless|until|upon|since|\w+wise)\b| [{CHUNK[1:-1]}–—-]| - )"
)
_CLAUSE = re.compile(
    r"(?:^|[,;:.–—]\s*|\b(?:that|and|but|whether|because|which|while|whereas|when|if|how|where|then|"
    r"although|since|or|than|as|hypothesis|conclusion|yet|both|either|neither|whereby|indeed|"
    r"by which|for which|through which) )"
    r"(?:(?!(?:of|in|with|for|to|from|by|on|at|after|during|between|among|into|through|against|under|"
    rf"without|via|before|within|following|per|than|is|are|was|were|{alternation(VERB_FORMS)})\b)"
    rf"[\w'%/.{CHUNK[1:-1]}-]+,? ){{0,4}}$",
    re.I,
)

_ACTIVE = re.compile(
    rf"(?P<s>{CHUNK}){_ASIDE}{_THAT} (?P<aux>{_AUX}{{0,5}})(?P<v>{alternation(TRIGGERS)})"
    rf"(?: \w+ly)? (?:{_CHANGED} )?{_FILL}(?P<o>{CHUNK}){_HEAD_END}",
    re.I,
)
_MORE = re.compile(
    rf",?(?: (?:and|but|or))? (?P<aux>(?:also |thereby |thus |not |did not |does not |\w+ly |even )*)"
    rf"(?P<v>{alternation((*TRIGGERS, *GERUND))}) (?:{_CHANGED} )?{_FILL}(?P<o>{CHUNK}){_HEAD_END}",
    re.I,
)
_PASSIVE = re.compile(
    rf"(?P<o>{CHUNK}){_ASIDE}{_THAT} (?P<aux>{_AUX}{{1,6}})(?P<v>{alternation(PASSIVE)})"
    rf"(?: \w+ly)?(?: and \w+ed)?(?: (?:in|of) (?:\w+ ){{1,4}}?)? ?"
    rf"(?:by|with(?=.treat)|after|following) {_FILL}(?P<s>{CHUNK}){_HEAD_END}",
    re.I,
)
_REDUCED = re.compile(
    rf"(?P<o>{CHUNK}),? (?P<aux>)(?:that (?:is|are|was|were) )?(?P<v>caused|induced|triggered|provoked|"
    rf"produced|evoked|elicited|mediated|precipitated|stimulated) (?:\w+ly )?by {_FILL}(?P<s>{CHUNK}){_HEAD_END}",
    re.I,
)
_MORE_PASSIVE = re.compile(
    rf",?(?: (?:and|but))? (?P<aux>(?:also |not |was |were |\w+ly )*)(?P<v>{alternation(PASSIVE)}) by "
    rf"{_FILL}(?P<s>{CHUNK}){_HEAD_END}",
    re.I,
)
_DUE = re.compile(
    rf"(?P<o>{CHUNK}),?(?P<aux>(?: (?:is|are|was|were|not|may be|might be|could be|\w+ly|been|be|mainly))*) "
    rf"(?P<v>due to|secondary to|resulting from|attributed to|attributable to|as a (?:result|consequence) of|"
    rf"a (?:result|consequence) of|results? from|resulted from|arising from|because of) {_FILL}(?P<s>{CHUNK}){_HEAD_END}",
    re.I,
)
_COMPOUND = re.compile(
    rf"(?P<s>{CHUNK})[-–](?P<v>induced|evoked|triggered|stimulated|provoked|elicited|mediated|dependent|"
    rf"associated|related) (?P<fill>(?:(?!(?:{_STOP_WORDS})\b)[A-Za-z][\w'-]* ){{0,2}})(?P<o>{CHUNK}){_HEAD_END}",
    re.I,
)
_IS_A = re.compile(
    rf"(?P<s>{CHUNK})(?:,| (?P<aux>(?:{_AUX}){{1,4}}(?:as )?)|(?P<as> as))?,? ?(?:(?:an?|the|one of the|its|another) |(?<=are )|(?<=were ))(?:(?!(?:{_STOP_WORDS})\b)[\w-]+ ){{0,4}}?"
    rf"(?P<v>causes?|inducers?|activators?|agonists?|stimulators?|promoters?|inhibitors?|antagonists?|"
    rf"blockers?|suppressors?|risk factors?|treatments?|therapy|therapies|remedy|drugs?|agents?|predictors?|"
    rf"markers?|complications?|side effects?|adverse effects?|consequences?|manifestations?|mediators?|"
    rf"regulators?|medications?|determinants?|symptoms?|features?|sequelae?) "
    rf"(?P<p>of|for|in|to) (?P<t>(?:the )?(?:treatment|management|prevention|prophylaxis|treating|preventing)(?: of)? |(?:the )?development of )?{_FILL}(?P<o>{CHUNK}){_HEAD_END}",
    re.I,
)
_TREATMENT = re.compile(
    rf"\b(?P<v>treatment|management|therapy|prophylaxis|prevention|treating|preventing|managing|treat|prevent|reversal|"
    rf"alleviation|amelioration) (?:of |for |against )?(?P<o>{CHUNK})(?: patients?| symptoms)?(?P<aux>) (?:with|by|using) {_FILL}(?P<s>{CHUNK}){_HEAD_END}",
    re.I,
)
_FOR_TREATMENT = re.compile(
    rf"(?P<s>{CHUNK}){_ASIDE}(?P<aux>(?: (?:is|are|was|were|has been|have been|been|be|may be|can be|might be|not|an?|the|"
    rf"widely|commonly|often|frequently|currently|\w+ly|used|effective|efficacious|useful|beneficial|indicated|"
    rf"approved|recommended|given|prescribed|administered|employed|proven|shown to be|mainstay|drug|option|"
    rf"choice|first-line|therapy|treatment|agent|of choice|safe|and|well tolerated|highly|promising|alone))*,?) "
    rf"(?P<v>(?:in|for|as|against|to) (?:a |an |the )?(?:\w+ )?(?:treatment|management|prophylaxis|prevention|treat|prevent|"
    rf"therapy|control|treating|preventing)(?: of| for| against| in)?|(?<=effective )(?:in|for|against)|(?<=useful )(?:in|for|against)|"
    rf"(?<=beneficial )(?:in|for|against)|(?<=efficacious )(?:in|for|against)|(?<=indicated )for|(?<=used )(?:for|in|against)) {_FILL}(?P<o>{CHUNK}){_HEAD_END}",
    re.I,
)
_THERAPY_FOR = re.compile(
    rf"(?P<s>{CHUNK})(?P<aux>) (?P<v>for|of|in) (?P<o>{CHUNK}){_HEAD_END}", re.I
)
_TREATED_WITH = re.compile(
    rf"(?P<o>{CHUNK})(?P<aux>(?: (?:is|are|was|were|being|been|has|have|can|be|may|not|successfully|effectively|who))*),? "
    rf"(?P<v>treated) (?:\w+ly )?with {_FILL}(?P<s>{CHUNK}){_HEAD_END}",
    re.I,
)
_ASSOCIATED = re.compile(
    rf"(?P<s>{CHUNK}){_ASIDE}{_THAT} ?(?P<aux>(?:{_AUX}|(?:be|been) ){{0,6}})"
    rf"(?P<v>(?:associated|correlated|linked|related|correlates?|"
    rf"connected|associates)(?: (?:positively|inversely|negatively|directly))?) (?:\w+ly )?(?:with|to) "
    rf"(?:{_CHANGED} )?{_FILL}(?P<o>{CHUNK}){_HEAD_END}",
    re.I,
)
_BETWEEN = re.compile(
    rf"\b(?:(?P<way>positive|inverse|negative) )?(?P<v>association|associations|relationship|correlation|link|relation)"
    rf"(?: was| were| is)?(?: (?:found|observed|seen|shown|demonstrated))? between (?P<s>{CHUNK})(?P<aux>)(?: (?:and|with) {_FILL}(?P<o>{CHUNK}))?{_HEAD_END}",
    re.I,
)
_RISK = re.compile(
    rf"(?P<o>{CHUNK})(?P<aux>) (?P<v>(?:associated|in association|related|linked) (?:with|to)) {_FILL}(?P<s>{CHUNK}){_HEAD_END}",
    re.I,
)
_NOMINAL = re.compile(rf"(?P<o>{CHUNK})(?P<aux>) (?P<v>by) {_FILL}(?P<s>{CHUNK}){_HEAD_END}", re.I)
_EFFECT = re.compile(
    rf"(?:\b(?P<adj>inhibitory|suppressive|protective|stimulatory|beneficial|antagonistic) )?\b(?P<v>effects?|action|influence|impact) "
    rf"of (?P<s>{CHUNK})(?P<aux>) (?:on|against|in|upon) {_FILL}(?P<o>{CHUNK}){_HEAD_END}",
    re.I,
)
_HAD_EFFECT = re.compile(
    rf"(?P<s>{CHUNK}){_ASIDE}{_THAT} (?P<aux>{_AUX}{{0,4}})(?:had|has|have|exerts?|exerted|showed|shows|produced) "
    rf"(?P<neg>no |little or no |not? )?(?:an? |the )?(?:\w+ly )?(?:(?P<adj>inhibitory|suppressive|protective|stimulatory|antagonistic|"
    rf"significant|direct|marked|major|clear) ){{0,2}}(?P<v>effects?|influence|impact|actions?) (?:on|against|upon) (?:the )?{_FILL}(?P<o>{CHUNK}){_HEAD_END}",
    re.I,
)
_APPOSED = re.compile(
    rf"(?P<o>{CHUNK})(?P<aux>),? (?P<s>{CHUNK})(?=$|[.,;:?!]| )", re.I
)  # "the COX-2 inhibitor celecoxib"
_APPOSED_AFTER = re.compile(
    rf"(?P<s>{CHUNK}),(?P<aux>)(?: (?:an?|the))?(?: (?:\w+ly )?(?:selective|specific|potent|novel|known|direct|competitive|irreversible))* "
    rf"(?P<o>{CHUNK})(?=$|[.,;:?!])",
    re.I,
)
_TOXIC_WORDS = re.compile(r"(?:nephropath|nephrotoxic|neurotoxic|cardiotoxic|hepatotoxic|ototoxic|cardiomyopath|neuropath|myopath|embryopath|retinopath|encephalopath|toxicity$)", re.I)  # fmt: skip
_ADJACENT = re.compile(rf"(?P<s>{CHUNK})(?P<aux>) (?P<o>{CHUNK}){_HEAD_END}")

_CHANGED_AFTER = re.compile(
    rf"(?P<o>{CHUNK}) (?P<aux>(?:was|were|has|have|been|not|did|also|significantly|markedly|\w+ly|be) ){{0,4}}"
    rf"(?P<v>increased|increases|rose|rises|decreased|decreases|fell|falls|declined|elevated|"
    rf"reduced|lowered|increase|decrease|rise|fall|decline)(?: \w+ly)? (?:after|following|during|with|in response to|"
    rf"upon) {_FILL}(?P<s>{CHUNK}){_HEAD_END}",
    re.I,
)

_NOUNS: dict[str, tuple[Predicate, int, float]] = {
    "cause": (Predicate.CAUSES, 1, 0.8), "inducer": (Predicate.INCREASES, 1, 0.75),
    "activator": (Predicate.INCREASES, 1, 0.8), "agonist": (Predicate.INCREASES, 1, 0.8),
    "stimulator": (Predicate.INCREASES, 1, 0.75), "promoter": (Predicate.INCREASES, 1, 0.5),
    "inhibitor": (Predicate.DECREASES, 1, 0.85), "antagonist": (Predicate.DECREASES, 1, 0.8),
    "blocker": (Predicate.DECREASES, 1, 0.8), "suppressor": (Predicate.DECREASES, 1, 0.75),
    "risk factor": (Predicate.ASSOCIATED_WITH, 1, 0.75), "predictor": (Predicate.ASSOCIATED_WITH, 0, 0.6),
    "marker": (Predicate.ASSOCIATED_WITH, 0, 0.6), "determinant": (Predicate.ASSOCIATED_WITH, 0, 0.6),
    "complication": (Predicate.CAUSES, -1, 0.7), "side effect": (Predicate.CAUSES, -1, 0.75),
    "adverse effect": (Predicate.CAUSES, -1, 0.75), "consequence": (Predicate.CAUSES, -1, 0.7),
    "manifestation": (Predicate.CAUSES, -1, 0.6), "sequela": (Predicate.CAUSES, -1, 0.65),
    "symptom": (Predicate.CAUSES, -1, 0.6), "feature": (Predicate.ASSOCIATED_WITH, 0, 0.5),
    "mediator": (Predicate.AFFECTS, 1, 0.65), "regulator": (Predicate.AFFECTS, 1, 0.65),
}  # fmt: skip
_REMEDY_NOUNS = frozenset(
    {"treatment", "therapy", "therapie", "remedy", "drug", "agent", "medication"}
)


def find_claims(folded: Folded) -> Iterator[Claim]:
    """Yield what every rule reads in a folded sentence. Claims may repeat one another.

    Compounds (``X-induced Y``) are read first and then folded into their head, so that the sentence
    around them is read as if it said only ``Y``; ``folded`` is changed by that.
    """
    if len(folded.chunks) < 2:
        if folded.chunks:
            yield from _associations(folded)
        return
    yield from _compounds(folded)
    text = folded.text
    for match in _each(_ACTIVE, text):
        if _CLAUSE.search(text[: match.start()]):
            yield from _verbal("active", text, match)
            yield from _continued(text, match)
    for rule, pattern in (("passive", _PASSIVE), ("reduced", _REDUCED)):
        for match in _each(pattern, text):
            yield from _verbal(rule, text, match)
            if more := _MORE_PASSIVE.match(text, match.end("s")):
                what = trigger(more.group("v"))
                yield Claim(
                    "passive, continued", more.group("s"), what.predicate, match.group("o"),
                    more.span("v"), what.weight * 0.9, before=text[: match.start()],
                    inside=more.group("aux"),
                )  # fmt: skip
    for match in _each(_CHANGED_AFTER, text):
        falls = match.group("v").lower().startswith(("decr", "fall", "fell", "decl", "red", "low"))
        predicate = Predicate.DECREASES if falls else Predicate.INCREASES
        yield _claim("changed after", text, match, predicate, 0.6)
    for match in _each(_DUE, text):
        yield _claim("due to", text, match, Predicate.CAUSES, 0.75)
    yield from _is_a(text)
    yield from _treatments(folded)
    yield from _associations(folded)
    yield from _effects(text)
    yield from _chunk_nouns(folded)


_CHUNK = re.compile(CHUNK)


def _each(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """Matches of a rule that begins with an argument, tried at every argument but the last."""
    places = [m.start() for m in _CHUNK.finditer(text)]
    for place in places[:-1]:
        if match := pattern.match(text, place):
            yield match


def _any(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """Matches of a rule that begins with a word."""
    position = 0
    while match := pattern.search(text, position):
        yield match
        position = match.start() + 1


def _claim(
    rule: str,
    text: str,
    match: re.Match[str],
    predicate: Predicate,
    weight: float,
    **more: object,
) -> Claim:
    first, last = sorted((match.start("s"), match.start("o")))
    settings: dict[str, object] = {
        "before": text[: min(first, match.start("v"))]
        if match.start("v") < first
        else text[:first],
        "inside": text[first + 1 : last],
        "trigger": match.span("v"),
        **more,
    }
    return Claim(
        rule=rule, subject=match.group("s"), predicate=predicate, object=match.group("o"),
        weight=weight, **settings,  # type: ignore[arg-type]
    )  # fmt: skip


def _turn(match: re.Match[str]) -> int:
    groups = match.groupdict()
    return -1 if groups.get("down") else 1


def _verbal(rule: str, text: str, match: re.Match[str]) -> Iterator[Claim]:
    verb = match.group("v").lower()
    what = trigger(verb)
    improves = verb.startswith(("improv", "restor"))
    yield _claim(
        rule, text, match, what.predicate, what.weight, turn=_turn(match), improves=improves,
    )  # fmt: skip


def _continued(text: str, first: re.Match[str]) -> Iterator[Claim]:
    """``X reduced A and increased B``: the second verb has the same subject."""
    position = first.end("o")
    inside_from = first.start("s") + 1
    for _ in range(3):
        match = _MORE.match(text, position)
        if match is None:
            return
        what = trigger(match.group("v"))
        yield Claim(
            "active, continued", first.group("s"), what.predicate, match.group("o"),
            match.span("v"), what.weight * 0.9, before=text[: inside_from - 1],
            inside=first.group("aux").replace("not ", "") + match.group("aux"), turn=_turn(match),
        )  # fmt: skip
        position = match.end("o")


_COMPOUNDS: dict[str, tuple[Predicate, float]] = {
    "mediated": (Predicate.AFFECTS, 0.6), "dependent": (Predicate.AFFECTS, 0.55),
    "associated": (Predicate.ASSOCIATED_WITH, 0.65), "related": (Predicate.ASSOCIATED_WITH, 0.6),
}  # fmt: skip


def _compounds(folded: Folded) -> Iterator[Claim]:
    while match := _COMPOUND.search(folded.text):
        word = match.group("v").lower()
        predicate, weight = _COMPOUNDS.get(word, (Predicate.CAUSES, 0.85))
        down = re.search(rf"\b(?:{_DOWN}|inhibition|suppression)\b", match.group("fill"), re.I)
        claim = _claim(
            "compound",
            folded.text,
            match,
            predicate,
            weight,
            presupposed=True,
            turn=-1 if down else 1,
        )
        span = folded.span(*claim.trigger)
        yield dataclasses.replace(claim, place=span)
        folded.text = folded.text[: match.start("s")] + folded.text[match.start("o") :]
        del folded.spans[match.start("s") : match.start("o")]
    for match in _each(_ADJACENT, folded.text):
        chunk, other = folded.chunks[match.group("s")], folded.chunks[match.group("o")]
        words = other.mentions[0].text.split()
        if not chunk.suffix and len(words) <= 2 and _TOXIC_WORDS.search(words[-1]):
            settings = {"trigger": match.span("o"), "presupposed": True}
            yield Claim(
                "toxicity", match.group("s"), Predicate.CAUSES, match.group("o"), weight=0.65,
                **settings,  # type: ignore[arg-type]
            )  # fmt: skip


def _is_a(text: str) -> Iterator[Claim]:
    for match in _each(_IS_A, text):
        noun = match.group("v").lower()
        noun = noun if noun.endswith("therapy") else noun.removesuffix("s")
        noun = "sequela" if noun == "sequelae" else noun
        purpose = (match.group("t") or "").lower()
        if noun in _REMEDY_NOUNS or "treat" in purpose or "manag" in purpose:
            if noun not in _REMEDY_NOUNS and noun not in ("blocker", "inhibitor"):
                continue
            prevents = "prevent" in purpose or "prophyl" in purpose
            predicate = Predicate.PREVENTS if prevents else Predicate.TREATS
            yield _claim("is a", text, match, predicate, 0.7)
            continue
        if noun not in _NOUNS or (
            match.group("p") in ("in", "to") and noun not in ("cause", "risk factor")
        ):
            continue
        predicate, direction, weight = _NOUNS[noun]
        if direction > 0:
            yield _claim("is a", text, match, predicate, weight, sign=int(noun == "risk factor"))
        elif predicate is Predicate.CAUSES:
            claim = _claim("is a", text, match, predicate, weight)
            yield Claim(
                claim.rule, claim.object, predicate, claim.subject, claim.trigger, weight,
                claim.before, claim.inside,
            )  # fmt: skip
        else:
            yield _claim("is a", text, match, predicate, weight)


def _treatments(folded: Folded) -> Iterator[Claim]:
    text = folded.text
    for match in _any(_TREATMENT, text):
        prevents = (
            match.group("v").lower().startswith("prev") or match.group("v").lower() == "prophylaxis"
        )
        predicate = Predicate.PREVENTS if prevents else Predicate.TREATS
        yield _claim("treatment of", text, match, predicate, 0.75, people=True)
    for match in _each(_FOR_TREATMENT, text):
        words = match.group("v").lower()
        prevents = "prevent" in words or "prophyl" in words
        predicate = Predicate.PREVENTS if prevents else Predicate.TREATS
        yield _claim("for treatment", text, match, predicate, 0.7)
    for match in _each(_THERAPY_FOR, text):
        suffix = folded.chunks[match.group("s")].suffix.lower()
        if suffix in ("therapy", "treatment", "prophylaxis", "monotherapy"):
            predicate = Predicate.PREVENTS if suffix == "prophylaxis" else Predicate.TREATS
            yield _claim("therapy for", text, match, predicate, 0.65)
    for match in _each(_TREATED_WITH, text):
        yield _claim("treated with", text, match, Predicate.TREATS, 0.6, people=True)


_WAYS = {"positively": 1, "directly": 1, "positive": 1, "inversely": -1, "negatively": -1, "inverse": -1, "negative": -1}  # fmt: skip


def _associations(folded: Folded) -> Iterator[Claim]:
    text = folded.text
    for match in _each(_ASSOCIATED, text):
        wording = f"{match.group('aux')} {match.group('v')}".lower()
        sign = next((s for w, s in _WAYS.items() if w in wording), 0)
        if match.group("up") or match.group("down"):
            sign = sign or 1
        yield _claim(
            "associated with", text, match, Predicate.ASSOCIATED_WITH, 0.75, sign=sign,
            turn=_turn(match),
        )  # fmt: skip
    for match in _any(_BETWEEN, text):
        sign = _WAYS.get((match.group("way") or "").lower(), 0)
        if match.group("o"):
            yield _claim(
                "association between", text, match, Predicate.ASSOCIATED_WITH, 0.75, sign=sign
            )
            continue
        mark = match.group("s")
        if len(folded.chunks[mark].mentions) == 2:
            yield Claim(
                "association between", mark, Predicate.ASSOCIATED_WITH, mark, match.span("v"),
                0.75, before=text[: match.start("v")], sign=sign, pair=True,
            )  # fmt: skip
    for match in _each(_RISK, text):
        yield _claim("associated with", text, match, Predicate.ASSOCIATED_WITH, 0.65)


_EFFECTS = {
    "inhibitory": (Predicate.DECREASES, 0.75), "suppressive": (Predicate.DECREASES, 0.75),
    "antagonistic": (Predicate.DECREASES, 0.65), "protective": (Predicate.PREVENTS, 0.7),
    "stimulatory": (Predicate.INCREASES, 0.75), "beneficial": (Predicate.TREATS, 0.6),
}  # fmt: skip


def _effects(text: str) -> Iterator[Claim]:
    for match in _each(_HAD_EFFECT, text):
        adjective = (match.group("adj") or "").lower()
        predicate, weight = _EFFECTS.get(adjective, (Predicate.AFFECTS, 0.65))
        yield _claim("had an effect on", text, match, predicate, weight)
    for match in _any(_EFFECT, text):
        adjective = (match.group("adj") or "").lower()
        if adjective in _EFFECTS:
            predicate, weight = _EFFECTS[adjective]
            yield _claim("effect of", text, match, predicate, weight)


def _chunk_nouns(folded: Folded) -> Iterator[Claim]:
    """``inhibition of Y by X``, and inhibitors named by what they inhibit."""
    text = folded.text
    for match in _each(_NOMINAL, text):
        if folded.chunks[match.group("o")].change:
            # the chunk's flip says the direction: inhibition of Y is less Y
            yield _claim("noun by", text, match, Predicate.INCREASES, 0.75)
    for pattern in (_APPOSED, _APPOSED_AFTER):
        for match in _each(pattern, text):
            named, actor = folded.chunks[match.group("o")], folded.chunks[match.group("s")]
            if named.agent and not actor.agent and not actor.suffix and len(named.mentions) == 1:
                settings = {"trigger": match.span("o"), "presupposed": True, "turn": -1}
                # the chunk's own flip stands for "inhibitor": the drug lowers what is inhibited
                yield Claim(
                    "inhibitor", match.group("s"), Predicate.DECREASES, match.group("o"), weight=0.8,
                    **settings,  # type: ignore[arg-type]
                )  # fmt: skip
