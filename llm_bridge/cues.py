"""Words by what they betray about a question: the families that the last reading scores by.

A family is a list of word beginnings ("contradict" stands for "contradicts", "contradictory" too); a
beginning with ``$`` is a whole word. Word lists only.
"""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache

from llm_bridge import lexicon as lex

__all__ = ["Cue", "cues", "plain"]


class Cue(StrEnum):
    """What a word points to."""

    AGAINST = "against"
    CHANGE = "change"
    MISSING = "missing"
    KNOWING = "knowing"
    SURE = "sure"
    SOURCE = "source"
    WAY = "way"
    CONFOUND = "confound"
    ADJUST = "adjust"
    TREAT = "treat"
    PREVENT = "prevent"
    CAUSE = "cause"
    RESULT = "result"
    FIRST = "first"
    LATER = "later"
    COMPARE = "compare"
    MOST = "most"
    TRUE = "true"


_FAMILIES: dict[Cue, str] = {
    Cue.AGAINST: (
        "contradict conflict clash disagree dispute disput refut contest controvers oppos inconsisten "
        "disprov disproof debat challeng counter-evid counterevid counterarg counterex $deny $denies $denied doubt discrepan diverg $against undermin reject "
        "disagre objection $object $objects $otherwise divided $split $variance inconclusive discordan incompatib "
        "$mixed $fail $fails $failed $null $cut $cuts critici sceptic skeptic contrary dissent $false debunk"
    ),
    Cue.CHANGE: (
        "overturn abandon $change $changes $changed $changing $alter $alters revis falsif retract persuad convinc "
        "reconsider rethink revers overthrow topple weaken $shake $budge $mind $minds $drop $dropped "
        "$give_up relinquish $discard $withdraw sway $overrule rebut $wrong invalidat $flip $update"
    ),
    Cue.MISSING: (
        "missing lack $need $needs $needed requir necessary $measure $measured $measuring measurement $further "
        "additional $gap $gaps unknown unanswered unclear unmeasured untested unresolved $yet $remain $remains "
        "remaining absent $take $experiment experiments $more $other $next $collect collected $done $carried "
        "$still $open uncertain unsettled $hole $holes outstanding $run $perform performed conduct"
    ),
    Cue.KNOWING: (
        "$shown $know $knowing $known $tell $find $determin determine $settle settled $establish $decide deciding $answer resolve resolving "
        "$learn $conclude $clarify $prove proving $sort ascertain $out $demonstrate $show $pin $verify $confirm $replicate $reproduce "
        "$judge $judging $see settling"
    ),
    Cue.SURE: (
        "uncertain $odds $chance $chances $sure certain confiden $likely $unlikely likelihood probab reliab trust believ belief credib plausib credence solid shaky $settled $strong $tight "
        "$firm firmly robust secure $degree $extent $strongly doubtful faith $safe $safely well-established "
        "well-founded $founded $grounded $convinced"
    ),
    Cue.SOURCE: (
        "evidence $case $proof $proofs $paper $papers $study $studies $trial $trials literature reference $cite $cites $citation "
        "citations $source $sources publication published $article $articles support $data $show $shows $shown "
        "$showed demonstrat $back $report $reports $reported $basis $ground $grounds $found $finding $findings $says $said $saying "
        "$claims $claimed document $author $authors $abstract $abstracts backing $backs $backed substantiat corroborat "
        "$showing $reporting $claiming $stating $states $state $concluding $concludes $confirms $confirmed $result $results observ discover $proven $proved research experiment statement testif pubmed $pmid "
        "$pmids $group $groups $rest $rests rely relies underpin meta-analys $review $reviews cohort $indicate $indicates suggest"
    ),
    Cue.WAY: (
        "mechanis pathway $route $routes $steps $step $how $why $way $ways process $processes $means $chain cascade "
        "intermedia mediat $biology $sequence signalling signaling $path $paths $through $via explain explanation "
        "$reason manner"
    ),
    Cue.CONFOUND: (
        "confound covariat $third $lurking $hidden $common $shared spurious $bias biases biasing biased $backdoor back-door "
        "explain"
    ),
    Cue.ADJUST: "adjust control $condition conditioning conditioned conditional stratif $correct correcting corrected correction account match include $model $regression",
    Cue.TREAT: (
        "$standard $care treat therap $drug $drugs $medicine $medicines $medication $medications remed cure $cures $give $given $gives $prescribe prescribed prescribing $use $used $using "
        "$take $taken $choose $chosen recommend $offer offered manage $help $helps $done $try $tried $option $options $anything "
        "$something $work $works effective alleviat reliev $relief intervention antidote $available prefer indicated $fix "
        "$handle tackle combat"
    ),
    Cue.PREVENT: "prevent prophyla protect $avoid",
    Cue.CAUSE: (
        "$cause $causes $reason $reasons trigger culprit driver etiolog aetiolog $risk $factor $factors origin $root "
        "$responsible $behind $blame determinant precipitant source predispos $underlie $underlies $underlying"
    ),
    Cue.RESULT: (
        "$effect $effects consequence $harm $harms complication sequela $downstream $impact impacts danger benefit toxicit "
        "hazard repercussion aftermath $outcome $outcomes adverse side side-effect implication $influence after-effect "
        "fallout $result $results $happen $happens $risks"
    ),
    Cue.FIRST: "$first $earlier $sooner $earliest $before preced predat antedat $prior $order $sequence $ahead chronolog",
    Cue.LATER: "$after follow $later $subsequent subsequently postdat $afterwards",
    Cue.COMPARE: (
        "$better $more $vs $versus superior compar prefer $less $inferior stronger weaker $worse $than $greater $between $larger $faster"
    ),
    Cue.MOST: "$most $best strongest greatest largest $top $biggest highest",
    Cue.TRUE: "$true $case $possible $correct conceivable $fact $known thinkable $right imaginable establish",
}  # fmt: skip

_PLAIN = frozenset(
    (
        "judgement judgment stance events event came come comes occur occurs occurred appear appears appeared happen happens happened arise arises arose develop develops developed start starts "
        "started begin begins began emerge emerges set sets manifest manifests visible detectable seen present information knowledge "
        "insight insights detail details introduce introducing introduced biological molecular mechanistic physiological first last time temporally usually always am of for on in to by from with about over regarding concerning at into upon as a an the any some all both each "
        "every such other another one ones this that these those it its there what which who whom whose why how when where "
        "if whether is are was were be been being do does did done has have had having can could will would may might "
        "should must shall need not no never i we you they he she me us them my your our their and or but so than then "
        "kind kinds sort sorts type types new single different present current claim claims idea hypothesis "
        "statement notion assertion theory view belief assumption conclusion proposition verdict position opinion "
        "answer question matter subject issue topic exist exists existing made make makes get gets got put say said "
        "think thought consider considered considering look looking looks arrive point turn come comes arise up out off "
        "estimate estimates estimating estimated estimation studying study analysing analyzing analysis assess assessing "
        "assessment model regression design evaluate evaluating quantify quantifying measuring examine examining investigate "
        "investigating compute computing identify identifying observed observational causal supposed alleged apparent potential "
        "possible real actual scientific published clinical experimental main best strong good solid supervisor reviewer boss "
        "says colleague professor interested writing thesis paper project working wondering want wants like "
        "know yet still also only people patients patient person someone anyone scientists researchers world point "
        "your randomised randomized controlled human animal recent large high-quality peer-reviewed convincing compelling conclusive epidemiological mistake ok okay wise sensible advisable appropriate valid right wrong correct harmful useful important "
        "goes go rct rcts speak speaks talk talks hold holds stand stands truth merit scale weak strong solid shaky sound ample enough piece pieces "
        "kind anyone's firm robust good bad standard trustworthy literature worth worthwhile quality amount much many few several enough either variable variables factor factors things thing "
        "while before during without within because since given according under what's us already now just even ever "
        "really actually sufficient reason reasons far well bring tell told provide list name please able rather else "
        "between among against per via way hand whole part anywhere somewhere nothing anything something everything "
        "cause causes link linked connection correlation related connected associated correlated relationship association effect impact influence direct indirect "
        "explain explained exactly possibly likely level levels degree"
    ).split()
)
"""Words that stand around what is asked and name nothing."""


@lru_cache(maxsize=20_000)
def cues(word: str) -> frozenset[Cue]:
    """Return the families a word is of."""
    found = set()
    for cue, text in _FAMILIES.items():
        for stem in text.split():
            if word == stem[1:] if stem.startswith("$") else word.startswith(stem):
                found.add(cue)
                break
    return frozenset(found)


@lru_cache(maxsize=20_000)
def plain(word: str) -> bool:
    """Whether a word can stand beside what is asked: it names no entity."""
    return word in _PLAIN or word in lex.FILLERS or bool(cues(word))
