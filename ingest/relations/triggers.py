"""Words that speak for or against a relation, by what they say."""

from __future__ import annotations

from ingest.words import words

__all__ = ["CLASSES", "classes_of"]

CLASSES: dict[str, frozenset[str]] = {
    "cause": words("""induced induces induce inducing induction caused causes cause causing produced
        produces produce producing provoked provoke provokes elicited elicit elicits evoked evoke
        precipitated precipitate triggered trigger triggers led lead leads leading resulted results
        resulting result contribute contributes contributed attributed attributable due secondary
        owing complication complications complicated mediated aggravated exacerbated worsened"""),
    "time": words("""after following during developed develops develop developing occurred occurs
        occurring experienced appeared onset receiving received taking ingestion exposure overdose
        administration administered given treated undergoing while subsequent began observed"""),
    "harm": words("""toxicity toxic adverse side reaction reactions effects intoxication poisoning
        risk incidence abuse withdrawal injury damage deficits dysfunction impairment event events
        fatal severe acute hypersensitivity neurotoxicity nephrotoxicity cardiotoxicity"""),
    "treat": words("""treatment treatments treat treating therapy therapeutic management prevented
        prevent prevents prevention preventing prophylaxis protect protects protected protective
        protection attenuated attenuates attenuate ameliorated ameliorates ameliorate alleviated
        reversed reverses reversal improved improves improvement relief relieve effective efficacy
        efficacious against antagonized abolished blocked controlled response indicated"""),
    "people": words("""patients patient with suffering diagnosed history who subjects women men
        children cases case mice rats"""),
    "up": words("""increase increased increases increasing elevated elevates elevation enhanced
        enhances enhance potentiated potentiates upregulated upregulation stimulated stimulates
        stimulation activated activates activation higher promoted promotes promote raised
        overexpression induces induced accelerated activator agonist agonists gain"""),
    "down": words("""decrease decreased decreases decreasing reduced reduces reduction reduce lower
        lowered suppressed suppresses suppression suppress inhibited inhibits inhibition inhibit
        inhibitor inhibitors inhibitory blockade blocker blockers antagonist antagonists attenuated
        downregulated downregulation diminished depleted depletion deficiency loss impaired knockdown
        silencing deletion abolished prevented blocks block blocking"""),
    "bind": words("""bind binds binding bound interact interacts interaction interactions complex
        ligand affinity receptor associates coimmunoprecipitation interacting"""),
    "link": words("""associated association associations related relationship correlated correlation
        correlate linked link susceptibility predisposition polymorphism polymorphisms variant
        variants mutation mutations mutated mutant carriers allele alleles genotype risk marker
        predict predictor role involved implicated between"""),
    "compare": words("compared versus vs than comparison compare comparing unlike whereas"),
    "combine": words("combination combined plus coadministration concomitant together added addition"),
    "no": words("no not without absence lack neither nor failed fail did cannot negative unaffected"),
    "ask": words("whether determine investigate investigated examine examined evaluate evaluated assess"),
}  # fmt: skip
"""name -> words (lower case)"""

_OF: dict[str, tuple[int, ...]] = {}
for _number, _words in enumerate(CLASSES.values()):
    for _word in _words:
        _OF[_word] = (*_OF.get(_word, ()), _number)


def classes_of(word: str) -> tuple[int, ...]:
    """Return the numbers of the classes that a word is in."""
    return _OF.get(word, ())
