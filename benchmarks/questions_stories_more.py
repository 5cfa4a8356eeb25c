"""Further stories for :mod:`benchmarks.questions`: each batch was scored once, then developed on."""

from __future__ import annotations

from benchmarks.questions_stories import nonsense, story

__all__ = ["FOURTH", "THIRD"]

THIRD = (
    nonsense("nonsense_k", "collision", "X:grelf Y:mopsi C:tivan"),
    nonsense("nonsense_l", "frontdoor", "U:pello X:pellu M:drisk Y:vanth"),
    nonsense("nonsense_m", "arrowhead", "X:glorb Z:nabit M:quile Y:shrum"),
    story(
        "mill",
        "mediation",
        """
X | dam | the dam being built | the dam not being built | valleys with a dam | valleys with no dam | the dam is built | the dam is never built | the dam had never been built
M | river level | a high river | a low river | valleys with a high river | valleys with a low river | the river is high | the river is low
Y | millers' income | prosperous millers | impoverished millers | millers who prosper | millers who are impoverished | the millers prosper | the millers become impoverished
""",
    ),
    story(
        "literacy",
        "confounding",
        """
Z | schooling | attending school | missing school | villagers who attended school | villagers who never attended school | the villager attended school | the villager never attended school
X | literacy | being literate | being illiterate | literate villagers | illiterate villagers | the villager is literate | the villager is illiterate | the villager had been illiterate
Y | voting | voting in the election | abstaining from the election | villagers who vote in the election | villagers who abstain from the election | the villager votes in the election | the villager abstains from the election
""",
    ),
    story(
        "seatbelt",
        "fork",
        """
X | seat belt use | wearing a seat belt | riding unbelted | passengers who wear a seat belt | passengers who ride unbelted | the passenger wears a seat belt | the passenger rides unbelted | the passenger had ridden unbelted
Z | road condition | an icy road | a dry road | icy roads | dry roads | the road is icy | the road is dry
Y | injury | getting injured | escaping unharmed | passengers who get injured | passengers who escape unharmed | the passenger gets injured | the passenger escapes unharmed
""",
    ),
    story(
        "actors",
        "collision",
        """
X | acting skill | superb acting | mediocre acting | superb actors | mediocre actors | the actor acts superbly | the actor acts in a mediocre way
Y | beauty | beautiful looks | plain looks | beautiful actors | plain actors | the actor is beautiful | the actor is plain
C | fame | fame | obscurity | famous actors | obscure actors | the actor is famous | the actor is obscure
""",
    ),
    story(
        "caffeine",
        "chain",
        """
X | coffee intake | drinking at least three cups of coffee | drinking fewer than three cups of coffee | people who drink at least three cups of coffee | people who drink fewer than three cups of coffee | the person drinks at least three cups of coffee | the person drinks fewer than three cups of coffee | the person had drunk fewer than three cups of coffee
M | wakefulness | lying awake at night | falling asleep quickly | people who lie awake at night | people who fall asleep quickly | the person lies awake at night | the person falls asleep quickly
Y | mood | an irritable mood | a cheerful mood | irritable people | cheerful people | the person is irritable | the person is cheerful
""",
    ),
    story(
        "worms",
        "frontdoor",
        """
U | household hygiene | good hygiene | bad hygiene | children from clean homes | children from dirty homes | the home is clean | the home is dirty
X | shoes | going with shoes | going barefoot | children who wear shoes | barefoot children | the child wears shoes | the child goes barefoot | the child had gone barefoot
M | hookworm infection | being infected with hookworm | being free of hookworm | children infected with hookworm | children free of hookworm | the child is infected with hookworm | the child is free of hookworm
Y | growth | tall stature | short stature | tall children | short children | the child is tall | the child is short
""",
    ),
    story(
        "flyer",
        "IV",
        """
Z | letter of invitation | being invited by letter | not being invited by letter | women who were invited by letter | women who were not invited by letter | the woman was invited by letter | the woman was not invited by letter
U | anxiety | being anxious | being relaxed | anxious women | relaxed women | the woman is anxious | the woman is relaxed
X | screening | undergoing mammography | forgoing mammography | women who undergo mammography | women who forgo mammography | the woman undergoes mammography | the woman forgoes mammography | the woman had forgone mammography
Y | survival | surviving ten years | dying within ten years | women who survive ten years | women who die within ten years | the woman survives ten years | the woman dies within ten years
""",
    ),
    story(
        "factory",
        "diamond",
        """
X | the manager | the manager raising the alarm | the manager ignoring the smoke | managers who raise the alarm | managers who ignore the smoke | the manager raises the alarm | the manager ignores the smoke | the manager had ignored the smoke
M | the night watchman | the night watchman calling the brigade | the night watchman sleeping | night watchmen who call the brigade | night watchmen who sleep | the night watchman calls the brigade | the night watchman sleeps
W | the sprinkler | the sprinkler working | the sprinkler being broken | sprinklers that work | sprinklers that are broken | the sprinkler works | the sprinkler is broken
Y | the warehouse | the warehouse being saved | the warehouse burning down | warehouses that are saved | warehouses that burn down | the warehouse is saved | the warehouse burns down
""",
    ),
    story(
        "insurance",
        "diamondcut",
        """
Z | region | living in the north | living in the south | northerners | southerners | the person lives in the north | the person lives in the south
X | health insurance | being insured | being uninsured | insured people | uninsured people | the person is insured | the person is uninsured | the person had been uninsured
W | wage level | above-average wages | below-average wages | people with above-average wages | people with below-average wages | the person earns above-average wages | the person earns below-average wages
Y | dental health | healthy teeth | rotten teeth | people with healthy teeth | people with rotten teeth | the person has healthy teeth | the person has rotten teeth
""",
    ),
    story(
        "statin",
        "arrowhead",
        """
X | statin therapy | receiving a statin | receiving a placebo | patients on a statin | patients on placebo | the patient receives a statin | the patient receives a placebo | the patient had received a placebo
Z | baseline risk | high baseline risk | low baseline risk | patients at high baseline risk | patients at low baseline risk | the patient is at high baseline risk | the patient is at low baseline risk
M | LDL concentration | lowered LDL | unchanged LDL | patients whose LDL is lowered | patients whose LDL is unchanged | the LDL of the patient is lowered | the LDL of the patient is unchanged
Y | stroke | a stroke | no stroke | patients who have a stroke | patients who remain free of stroke | the patient has a stroke | the patient remains free of stroke
""",
    ),
    story(
        "pond",
        "confounding",
        """
Z | season | summer | winter | ponds in summer | ponds in winter | it is summer | it is winter
X | algae | an algal bloom | clear water | ponds with an algal bloom | ponds with clear water | the pond has an algal bloom | the water of the pond is clear | the water of the pond had been clear
Y | fish kill | fish dying | fish staying alive | ponds where fish die | ponds where fish stay alive | the fish die | the fish stay alive
""",
    ),
    story(
        "hiring",
        "mediation",
        """
X | gender | being a woman | being a man | female applicants | male applicants | the applicant is a woman | the applicant is a man | the applicant had been a man
M | choice of department | applying to a competitive department | applying to a non-competitive department | applicants to competitive departments | applicants to non-competitive departments | the applicant chooses a competitive department | the applicant chooses a non-competitive department
Y | admission | admission | rejection | admitted applicants | rejected applicants | the applicant is admitted | the applicant is rejected
""",
    ),
    story(
        "spouse",
        "chain",
        """
X | the neighbour | the neighbour mowing the lawn | the neighbour leaving the lawn alone | neighbours who mow the lawn | neighbours who leave the lawn alone | the neighbour mows the lawn | the neighbour leaves the lawn alone | the neighbour had left the lawn alone
M | the baby | the baby waking up | the baby sleeping on | babies who wake up | babies who sleep on | the baby wakes up | the baby sleeps on
Y | the mother | the mother being exhausted | the mother being well rested | exhausted mothers | well-rested mothers | the mother is exhausted | the mother is well rested
""",
    ),
    story(
        "bakers",
        "collision",
        """
X | flour quality | premium flour | cheap flour | bakers who use premium flour | bakers who use cheap flour | the baker uses premium flour | the baker uses cheap flour
Y | location | a central location | a remote location | bakeries in a central location | bakeries in a remote location | the bakery is centrally located | the bakery is remote
C | business success | staying in business | going bankrupt | bakeries that stay in business | bankrupt bakeries | the bakery stays in business | the bakery goes bankrupt
""",
    ),
    story(
        "cyclists",
        "IV",
        """
Z | distance to the velodrome | living near the velodrome | living far from the velodrome | residents who live near the velodrome | residents who live far from the velodrome | the resident lives near the velodrome | the resident lives far from the velodrome
U | genetic endowment | favourable genes | unfavourable genes | residents with favourable genes | residents with unfavourable genes | the resident has favourable genes | the resident has unfavourable genes
X | cycling | cycling regularly | seldom cycling | residents who cycle regularly | residents who seldom cycle | the resident cycles regularly | the resident seldom cycles | the resident had seldom cycled
Y | blood pressure | hypertension | normotension | hypertensive residents | normotensive residents | the resident is hypertensive | the resident is normotensive
""",
    ),
    story(
        "transplant",
        "frontdoor",
        """
U | tissue type | a matching tissue type | a mismatched tissue type | recipients with a matching tissue type | recipients with a mismatched tissue type | the tissue types match | the tissue types do not match
X | drug adherence | adhering to the drug regimen | non-adherence to the drug regimen | adherent recipients | non-adherent recipients | the recipient adheres to the drug regimen | the recipient does not adhere to the drug regimen | the recipient had not adhered to the drug regimen
M | immune suppression | a suppressed immune system | an active immune system | recipients whose immune system is suppressed | recipients whose immune system is active | the immune system is suppressed | the immune system is active
Y | graft | graft survival | graft loss | recipients whose graft survives | recipients who lose the graft | the graft survives | the graft is lost
""",
    ),
)

FOURTH = (
    nonsense("nonsense_n", "IV", "Z:ferp U:ferb X:unlo Y:disma"),
    nonsense("nonsense_o", "diamondcut", "Z:hilp X:hilpen W:nolk Y:untra"),
    story(
        "harbour",
        "mediation",
        """
X | tariff policy | imposing a tariff | free trade | countries that impose a tariff | countries that trade freely | the country imposes a tariff | the country trades freely | the country had traded freely
M | import volume | plentiful imports | scarce imports | countries with plentiful imports | countries with scarce imports | imports are plentiful | imports are scarce
Y | domestic steel production | flourishing steel production | collapsing steel production | countries whose steel production flourishes | countries whose steel production collapses | the steel production flourishes | the steel production collapses
""",
    ),
    story(
        "kidney",
        "confounding",
        """
Z | stone size | a large kidney stone | a small kidney stone | patients with a large kidney stone | patients with a small kidney stone | the kidney stone is large | the kidney stone is small
X | choice of treatment | open surgery | percutaneous treatment | patients operated on by open surgery | patients treated percutaneously | the patient undergoes open surgery | the patient is treated percutaneously | the patient had been treated percutaneously
Y | recovery | getting well again | remaining ill | patients who get well again | patients who remain ill | the patient gets well again | the patient remains ill
""",
    ),
    story(
        "goat",
        "fork",
        """
X | goat | the goat chewing through the fence | the goat leaving the fence alone | goats that chew through the fence | goats that leave the fence alone | the goat chews through the fence | the goat leaves the fence alone | the goat had left the fence alone
Z | gate latch | an unlocked latch | a locked latch | latches that are unlocked | latches that are locked | the latch is unlocked | the latch is locked
Y | vegetable patch | a ruined patch | an untouched patch | patches that are ruined | patches that are untouched | the patch is ruined | the patch is untouched
""",
    ),
    story(
        "hospital",
        "collision",
        """
X | diabetes | having diabetes | not having diabetes | diabetics | non-diabetics | the person has diabetes | the person does not have diabetes
Y | gallbladder condition | an inflamed gallbladder | a normal gallbladder | people with an inflamed gallbladder | people with a normal gallbladder | the gallbladder is inflamed | the gallbladder is normal
C | hospitalization | hospitalization | staying at home | hospitalized people | people who stay at home | the person is hospitalized | the person stays at home
""",
    ),
    story(
        "dogs",
        "chain",
        """
X | dog training | obedience training | no obedience training | dogs with obedience training | dogs without obedience training | the dog receives obedience training | the dog receives no obedience training | the dog had received no obedience training
M | barking | barking all night | being silent all night | dogs that bark all night | dogs that are silent all night | the dog barks all night | the dog is silent all night
Y | relations with the neighbours | friendly neighbours | hostile neighbours | dogs with friendly neighbours | dogs with hostile neighbours | the neighbours are friendly | the neighbours are hostile
""",
    ),
    story(
        "salt",
        "frontdoor",
        """
U | family background | growing up in a wealthy family | growing up in a poor family | children of wealthy families | children of poor families | the family is wealthy | the family is poor
X | breastfeeding | being breastfed | being bottle-fed | breastfed babies | bottle-fed babies | the baby is breastfed | the baby is bottle-fed | the baby had been bottle-fed
M | gut flora | a diverse gut flora | an impoverished gut flora | babies with a diverse gut flora | babies with an impoverished gut flora | the gut flora is diverse | the gut flora is impoverished
Y | eczema | developing eczema | having flawless skin | babies who develop eczema | babies with flawless skin | the baby develops eczema | the baby has flawless skin
""",
    ),
    story(
        "rainfall",
        "IV",
        """
Z | rainfall | heavy rainfall | drought | districts with heavy rainfall | districts with drought | it rains heavily | there is a drought
U | quality of government | an efficient government | a corrupt government | efficiently governed districts | corruptly governed districts | the government is efficient | the government is corrupt
X | economic growth | a growing economy | a shrinking economy | districts with a growing economy | districts with a shrinking economy | the economy grows | the economy shrinks | the economy had shrunk
Y | civil conflict | an outbreak of fighting | lasting peace | districts where fighting breaks out | districts with lasting peace | fighting breaks out | peace lasts
""",
    ),
    story(
        "pirates",
        "diamond",
        """
X | captain | the captain ringing the bell | the captain leaving the bell untouched | captains who ring the bell | captains who leave the bell untouched | the captain rings the bell | the captain leaves the bell untouched | the captain had left the bell untouched
M | first mate | the first mate lowering the sails | the first mate hoisting the sails | first mates who lower the sails | first mates who hoist the sails | the first mate lowers the sails | the first mate hoists the sails
W | helmsman | the helmsman turning the wheel | the helmsman holding the wheel steady | helmsmen who turn the wheel | helmsmen who hold the wheel steady | the helmsman turns the wheel | the helmsman holds the wheel steady
Y | ship | the ship evading the reef | the ship hitting the reef | ships that evade the reef | ships that hit the reef | the ship evades the reef | the ship hits the reef
""",
    ),
    story(
        "beetle",
        "diamondcut",
        """
Z | altitude | a mountain forest | a lowland forest | mountain forests | lowland forests | the forest is in the mountains | the forest is in the lowlands
X | logging | clear-cutting | selective logging | forests that are clear-cut | forests that are logged selectively | the forest is clear-cut | the forest is logged selectively | the forest had been logged selectively
W | soil type | sandy soil | clay soil | forests on sandy soil | forests on clay soil | the soil is sandy | the soil is clay
Y | beetle population | abundant beetles | few beetles | forests with abundant beetles | forests with few beetles | beetles are abundant | beetles are few
""",
    ),
    story(
        "shift",
        "arrowhead",
        """
X | work schedule | working night shifts | working day shifts | nurses on night shifts | nurses on day shifts | the nurse works night shifts | the nurse works day shifts | the nurse had worked day shifts
Z | age | being over fifty | being under fifty | nurses over fifty | nurses under fifty | the nurse is over fifty | the nurse is under fifty
M | melatonin secretion | suppressed melatonin | undisturbed melatonin | nurses with suppressed melatonin | nurses with undisturbed melatonin | the melatonin is suppressed | the melatonin is undisturbed
Y | breast tumour | a breast tumour | no breast tumour | nurses with a breast tumour | nurses without a breast tumour | the nurse has a breast tumour | the nurse does not have a breast tumour
""",
    ),
    story(
        "court",
        "mediation",
        """
X | ethnicity of the defendant | a minority defendant | a majority defendant | minority defendants | majority defendants | the defendant belongs to the minority | the defendant belongs to the majority | the defendant had belonged to the majority
M | legal counsel | a private lawyer | a public defender | defendants with a private lawyer | defendants with a public defender | the defendant hires a private lawyer | the defendant is given a public defender
Y | verdict | a conviction | an acquittal | convicted defendants | acquitted defendants | the defendant is convicted | the defendant is acquitted
""",
    ),
    story(
        "mice",
        "chain",
        """
X | gene Abx1 | knocking out Abx1 | leaving Abx1 intact | Abx1 knockout mice | wild-type mice | Abx1 is knocked out | Abx1 is left intact | Abx1 had been left intact
M | insulin secretion | impaired insulin secretion | normal insulin secretion | mice with impaired insulin secretion | mice with normal insulin secretion | insulin secretion is impaired | insulin secretion is normal
Y | blood glucose | hyperglycaemia | normal blood glucose | hyperglycaemic mice | mice with normal blood glucose | the mouse is hyperglycaemic | the blood glucose of the mouse is normal
""",
    ),
    story(
        "startup",
        "collision",
        """
X | quality of the product | an excellent product | a shoddy product | startups with an excellent product | startups with a shoddy product | the product is excellent | the product is shoddy
Y | network of the founder | a well-connected founder | a founder without connections | startups with a well-connected founder | startups whose founder lacks connections | the founder is well connected | the founder lacks connections
C | venture funding | being funded | being turned down by investors | funded startups | startups turned down by investors | the startup is funded | the startup is turned down by investors
""",
    ),
    story(
        "sunburn",
        "confounding",
        """
Z | skin type | fair skin | dark skin | fair-skinned bathers | dark-skinned bathers | the bather has fair skin | the bather has dark skin
X | sunscreen | applying sunscreen | forgetting the sunscreen | bathers who apply sunscreen | bathers who forget the sunscreen | the bather applies sunscreen | the bather forgets the sunscreen | the bather had forgotten the sunscreen
Y | skin damage | sunburnt skin | undamaged skin | sunburnt bathers | bathers with undamaged skin | the bather gets sunburnt | the skin of the bather stays undamaged
""",
    ),
    story(
        "schoolmeal",
        "arrowhead",
        """
X | breakfast | eating breakfast | going to school hungry | pupils who eat breakfast | pupils who go to school hungry | the pupil eats breakfast | the pupil goes to school hungry | the pupil had gone to school hungry
Z | parents' occupation | self-employed parents | salaried parents | pupils of self-employed parents | pupils of salaried parents | the parents are self-employed | the parents are salaried
M | attention | paying attention in class | daydreaming in class | attentive pupils | daydreaming pupils | the pupil pays attention in class | the pupil daydreams in class
Y | grades | top grades | failing grades | pupils with top grades | pupils with failing grades | the pupil gets top grades | the pupil gets failing grades
""",
    ),
)
