"""Worlds written for :mod:`benchmarks.questions`: stories whose values are worded in many ways.

A story is a graph with roles (X cause, Y outcome, others by their place) and, for each variable, its name
and the wordings of its two values: as an event, as a group, as a clause, and of X as an unreal condition.
Questions on them are made by :mod:`benchmarks.questions_made`.
``WRITTEN_FIRST`` were looked at while the reader was written, ``WRITTEN_LAST`` were scored only at the end.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "GRAPHS", "WRITTEN_FIRST", "WRITTEN_LAST", "Story", "Variable", "nonsense", "stories", "story",
]  # fmt: skip

GRAPHS = {
    "chain": ("XM MY", ""),
    "mediation": ("XM XY MY", ""),
    "confounding": ("ZX ZY XY", ""),
    "fork": ("XY ZY", ""),
    "collision": ("XC YC", ""),
    "frontdoor": ("UX UY XM MY", "U"),
    "IV": ("ZX UX UY XY", "U"),
    "diamond": ("XM XW MY WY", ""),
    "diamondcut": ("ZX ZW XY WY", ""),
    "arrowhead": ("XM XY ZM ZY MY", ""),
}


@dataclass(frozen=True)
class Variable:
    """Wordings: name; event, group and clause of both values; an unreal condition of value 0."""

    name: str
    event: tuple[str, str]  # value 1, value 0, and so on
    group: tuple[str, str]
    clause: tuple[str, str]
    had: str = ""


@dataclass(frozen=True)
class Story:
    """A graph's name and its variables by role."""

    id: str
    graph: str
    variables: dict[str, Variable]
    nonsense: bool = False


def story(id_: str, graph: str, text: str) -> Story:
    """Read lines of role | name | event 1 | event 0 | group 1 | group 0 | clause 1 | clause 0 [| had 0]."""
    variables = {}
    for line in text.strip().splitlines():
        role, name, e1, e0, g1, g0, c1, c0, *had = (part.strip() for part in line.split("|"))
        variables[role] = Variable(name, (e1, e0), (g1, g0), (c1, c0), had[0] if had else "")
    return Story(id_, graph, variables)


def nonsense(id_: str, graph: str, names: str) -> Story:
    """Make a story of names that mean nothing, as role:name."""
    variables = {}
    for role, word in (pair.split(":") for pair in names.split()):
        variables[role] = Variable(
            word, (word, f"not {word}"), (f"those who are {word}", f"those who are not {word}"),
            (f"the individual is {word}", f"the individual is not {word}"),
            f"the individual had not been {word}",
        )  # fmt: skip
    return Story(id_, graph, variables, nonsense=True)


WRITTEN_FIRST = (
    nonsense("nonsense_a", "mediation", "X:zory M:glimx Y:muvy"),
    nonsense("nonsense_b", "IV", "Z:bexo U:kwap X:trul Y:snib"),
    nonsense("nonsense_c", "arrowhead", "X:yomx Z:kwox M:jyka Y:yupt"),
    nonsense("nonsense_d", "frontdoor", "U:vubr X:xevo M:gyzp Y:uvzi"),
    nonsense("nonsense_e", "collision", "X:rixq Y:zuph C:swoq"),
    nonsense("nonsense_f", "diamond", "X:kraz M:lirg W:hwax Y:ovim"),
    story(
        "rent",
        "mediation",
        """
X | job training | completing the training | skipping the training | people who completed the training | people who skipped the training | the person completed the training | the person skipped the training | the person had skipped the training
M | employment status | employed | unemployed | employed people | unemployed people | the person is employed | the person is unemployed
Y | rent payment | paying the rent on time | falling behind on rent | people who pay the rent on time | people who fall behind on rent | the person pays the rent on time | the person falls behind on rent
""",
    ),
    story(
        "ferry",
        "confounding",
        """
Z | weather | stormy weather | calm weather | days with a storm | calm days | there is a storm | the day is calm
X | ferry traffic | ferries running | ferries staying in the harbour | days on which ferries run | days on which ferries stay in the harbour | the ferries run | the ferries stay in the harbour | the ferries had stayed in the harbour
Y | tourism | many tourists | few tourists | days with many tourists | days with few tourists | many tourists come | few tourists come
""",
    ),
    story(
        "garden",
        "fork",
        """
X | watering | the gardener watering the plants | the gardener not watering the plants | gardeners who water the plants | gardeners who do not water the plants | the gardener waters the plants | the gardener does not water the plants | the gardener had not watered the plants
Z | sunlight | a sunny spot | a shady spot | plants in a sunny spot | plants in a shady spot | the spot is sunny | the spot is shady
Y | harvest | a good harvest | a poor harvest | gardens with a good harvest | gardens with a poor harvest | the harvest is good | the harvest is poor
""",
    ),
    story(
        "choir",
        "collision",
        """
X | musical training | having had piano lessons | never having had piano lessons | people who had piano lessons | people who never had piano lessons | the person had piano lessons | the person never had piano lessons
Y | friendliness | outgoing character | shy character | outgoing people | shy people | the person is outgoing | the person is shy
C | choir membership | singing in the choir | not singing in the choir | people who sing in the choir | people who do not sing in the choir | the person sings in the choir | the person does not sing in the choir
""",
    ),
    story(
        "bees",
        "chain",
        """
X | pesticide spraying | spraying pesticides | no spraying | orchards that are sprayed | orchards that are not sprayed | the farmer sprays pesticides | the farmer does not spray | the orchard had not been sprayed
M | bee visits | bees visiting the orchard | bees staying away from the orchard | orchards that bees visit | orchards that bees stay away from | bees visit the orchard | bees stay away from the orchard
Y | apple yield | a large apple crop | a small apple crop | orchards with a large apple crop | orchards with a small apple crop | the apple crop is large | the apple crop is small
""",
    ),
    story(
        "tar",
        "frontdoor",
        """
U | inherited trait | the inherited trait | absence of the inherited trait | people with the inherited trait | people without the inherited trait | the person has the inherited trait | the person does not have the inherited trait
X | pipe habit | being a pipe smoker | not being a pipe smoker | pipe smokers | people who do not smoke a pipe | the person smokes a pipe | the person does not smoke a pipe | the person had not smoked a pipe
M | tar deposit | high tar deposit | no tar deposit | people with a high tar deposit | people with no tar deposit | the person has a high tar deposit | the person has no tar deposit
Y | curly hair | curly hair | straight hair | people with curly hair | people with straight hair | the person has curly hair | the person has straight hair
""",
    ),
    story(
        "coupon",
        "IV",
        """
Z | coupon mailing | receiving a coupon | receiving no coupon | households that received a coupon | households that received no coupon | the household received a coupon | the household received no coupon
U | wealth | being rich | being poor | rich households | poor households | the household is rich | the household is poor
X | gym membership | joining the gym | not joining the gym | households that joined the gym | households that did not join the gym | the household joined the gym | the household did not join the gym | the household had not joined the gym
Y | sleep quality | sleeping well | sleeping badly | households that sleep well | households that sleep badly | the household sleeps well | the household sleeps badly
""",
    ),
    story(
        "guards",
        "diamond",
        """
X | queen | the queen giving the order | the queen not giving the order | queens who give the order | queens who do not give the order | the queen gives the order | the queen does not give the order | the queen had not given the order
M | drummer | the drummer drumming | the drummer keeping silent | drummers who drum | drummers who keep silent | the drummer drums | the drummer keeps silent
W | trumpeter | the trumpeter blowing the trumpet | the trumpeter not blowing the trumpet | trumpeters who blow the trumpet | trumpeters who do not blow the trumpet | the trumpeter blows the trumpet | the trumpeter does not blow the trumpet
Y | gate | the gate being open | the gate being closed | gates that are open | gates that are closed | the gate opens | the gate stays closed
""",
    ),
    story(
        "exam",
        "diamondcut",
        """
Z | teacher | the teacher being strict | the teacher being lenient | strict teachers | lenient teachers | the teacher is strict | the teacher is lenient
X | homework | doing more than five exercises a week | doing at most five exercises a week | students who do more than five exercises a week | students who do at most five exercises a week | the student does more than five exercises a week | the student does at most five exercises a week | the student had done at most five exercises a week
W | classroom noise | a quiet classroom | a loud classroom | quiet classrooms | loud classrooms | the classroom is quiet | the classroom is loud
Y | exam result | passing the exam | failing the exam | students who pass the exam | students who fail the exam | the student passes the exam | the student fails the exam
""",
    ),
    story(
        "bread",
        "arrowhead",
        """
X | bread and butter consumption | eating bread and butter | not eating bread and butter | people who eat bread and butter | people who do not eat bread and butter | the person eats bread and butter | the person does not eat bread and butter | the person had not eaten bread and butter
Z | place of residence | living in the city | living in the countryside | city dwellers | country dwellers | the person lives in the city | the person lives in the countryside
M | cholesterol | elevated cholesterol | normal cholesterol | people with elevated cholesterol | people with normal cholesterol | the person has elevated cholesterol | the person has normal cholesterol
Y | heart condition | heart failure | a healthy heart | people with heart failure | people with a healthy heart | the person has heart failure | the person has a healthy heart
""",
    ),
)

WRITTEN_LAST = (
    nonsense("nonsense_g", "chain", "X:plimb M:trosk Y:quand"),
    nonsense("nonsense_h", "confounding", "Z:wibo X:wibat Y:fros"),
    nonsense("nonsense_i", "diamondcut", "Z:duxi X:tuvo W:maqe Y:lorp"),
    nonsense("nonsense_j", "fork", "X:ziblo Z:enkt Y:aphu"),
    story(
        "library",
        "mediation",
        """
X | library card | owning a library card | not owning a library card | children who own a library card | children who own no library card | the child owns a library card | the child owns no library card | the child had not owned a library card
M | reading habit | reading every day | rarely reading | children who read every day | children who rarely read | the child reads every day | the child rarely reads
Y | spelling skills | spelling without mistakes | making spelling mistakes | children who spell without mistakes | children who make spelling mistakes | the child spells without mistakes | the child makes spelling mistakes
""",
    ),
    story(
        "hotel",
        "confounding",
        """
Z | holiday season | the holiday season | the off season | hotels in the holiday season | hotels in the off season | it is the holiday season | it is the off season
X | room price | an expensive room | a cheap room | guests who book an expensive room | guests who book a cheap room | the guest books an expensive room | the guest books a cheap room | the guest had booked a cheap room
Y | guest satisfaction | satisfied guests | dissatisfied guests | satisfied guests | dissatisfied guests | the guest is satisfied | the guest is dissatisfied
""",
    ),
    story(
        "penalty",
        "fork",
        """
X | goalkeeper | the goalkeeper jumping to the left | the goalkeeper jumping to the right | goalkeepers who jump to the left | goalkeepers who jump to the right | the goalkeeper jumps to the left | the goalkeeper jumps to the right | the goalkeeper had jumped to the right
Z | striker | the striker being tired | the striker being rested | tired strikers | rested strikers | the striker is tired | the striker is rested
Y | penalty kick | the penalty being missed | the penalty being scored | penalties that are missed | penalties that are scored | the penalty is missed | the penalty is scored
""",
    ),
    story(
        "loan",
        "collision",
        """
X | credit history | a clean credit history | a tainted credit history | applicants with a clean credit history | applicants with a tainted credit history | the applicant has a clean credit history | the applicant has a tainted credit history
Y | left-handedness | being left-handed | being right-handed | left-handed applicants | right-handed applicants | the applicant is left-handed | the applicant is right-handed
C | loan decision | loan approval | loan denial | applicants whose loan is approved | applicants whose loan is denied | the loan is approved | the loan is denied
""",
    ),
    story(
        "kettle",
        "chain",
        """
X | kettle switch | switching the kettle on | leaving the kettle off | people who switch the kettle on | people who leave the kettle off | the person switches the kettle on | the person leaves the kettle off | the person had left the kettle off
M | water temperature | boiling water | cold water | people with boiling water | people with cold water | the water boils | the water stays cold
Y | tea | strong tea | weak tea | people who drink strong tea | people who drink weak tea | the tea is strong | the tea is weak
""",
    ),
    story(
        "vitamin",
        "frontdoor",
        """
U | health awareness | being health-conscious | being careless about health | health-conscious people | people who are careless about health | the person is health-conscious | the person is careless about health
X | supplement use | taking supplements | taking no supplements | people who take supplements | people who take no supplements | the person takes supplements | the person takes no supplements | the person had taken no supplements
M | vitamin level | sufficient vitamin D | vitamin D deficiency | people with sufficient vitamin D | people with vitamin D deficiency | the person has sufficient vitamin D | the person has vitamin D deficiency
Y | peanut allergy | being allergic to peanuts | not being allergic to peanuts | people who are allergic to peanuts | people who are not allergic to peanuts | the person is allergic to peanuts | the person is not allergic to peanuts
""",
    ),
    story(
        "lottery",
        "IV",
        """
Z | draft number | a low draft number | a high draft number | men with a low draft number | men with a high draft number | the man has a low draft number | the man has a high draft number
U | ambition | being ambitious | being unambitious | ambitious men | unambitious men | the man is ambitious | the man is unambitious
X | military service | serving in the army | not serving in the army | men who served in the army | men who did not serve in the army | the man served in the army | the man did not serve in the army | the man had not served in the army
Y | later earnings | high earnings | low earnings | men with high earnings | men with low earnings | the man has high earnings | the man has low earnings
""",
    ),
    story(
        "kitchen",
        "diamond",
        """
X | head chef | the head chef ordering fish | the head chef ordering no fish | head chefs who order fish | head chefs who order no fish | the head chef orders fish | the head chef orders no fish | the head chef had ordered no fish
M | cook | the cook frying the fish | the cook not frying the fish | cooks who fry the fish | cooks who do not fry the fish | the cook fries the fish | the cook does not fry the fish
W | waiter | the waiter setting the table | the waiter leaving the table bare | waiters who set the table | waiters who leave the table bare | the waiter sets the table | the waiter leaves the table bare
Y | guest | the guest being happy | the guest being unhappy | happy guests | unhappy guests | the guest is happy | the guest is unhappy
""",
    ),
    story(
        "asthma",
        "arrowhead",
        """
X | cat ownership | having a cat | having no cat | people who have a cat | people who have no cat | the person has a cat | the person has no cat | the person had not had a cat
Z | air quality | polluted air | clean air | people who breathe polluted air | people who breathe clean air | the air is polluted | the air is clean
M | asthma | asthma | no asthma | asthmatics | people without asthma | the person has asthma | the person does not have asthma
Y | sport | playing football | not playing football | people who play football | people who do not play football | the person plays football | the person does not play football
""",
    ),
)


def stories() -> dict[str, Story]:
    """Return all stories by id."""
    return {s.id: s for s in (*WRITTEN_FIRST, *WRITTEN_LAST)}
