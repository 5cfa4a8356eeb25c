"""The last stories for :mod:`benchmarks.questions`: each batch was scored once, then developed on."""

from __future__ import annotations

from benchmarks.questions_stories import nonsense, story

__all__ = ["FIFTH", "SIXTH"]

FIFTH = (
    story(
        "signal",
        "diamond",
        """
X | the dispatcher | the dispatcher sending the signal | the dispatcher being silent | dispatchers who send the signal | dispatchers who are silent | the dispatcher sends the signal | the dispatcher is silent | the dispatcher had been silent
M | engine one | engine one departing | engine one waiting at the station | engines that depart | engines that wait at the station | engine one departs | engine one waits at the station
W | engine two | engine two departing | engine two waiting in the depot | second engines that depart | second engines that wait in the depot | engine two departs | engine two waits in the depot
Y | the fire | the fire being put out | the fire spreading | fires that are put out | fires that spread | the fire is put out | the fire spreads
""",
    ),
    story(
        "twins",
        "confounding",
        """
Z | marital status of the mother | a married mother | an unmarried mother | children of married mothers | children of unmarried mothers | the mother is married | the mother is unmarried
X | preschool | attendance of a preschool | care at home | children who attend a preschool | children cared for at home | the child attends a preschool | the child is cared for at home | the child had been cared for at home
Y | vocabulary | a rich vocabulary | a limited vocabulary | children with a rich vocabulary | children with a limited vocabulary | the vocabulary of the child is rich | the vocabulary of the child is limited
""",
    ),
    story(
        "coast",
        "fork",
        """
X | sea wall | an intact sea wall | a crumbling sea wall | villages behind an intact sea wall | villages behind a crumbling sea wall | the sea wall is intact | the sea wall is crumbling | the sea wall had been crumbling
Z | tide | spring tide | neap tide | days of spring tide | days of neap tide | there is a spring tide | there is a neap tide
Y | flooding | flooded cellars | dry cellars | villages with flooded cellars | villages with dry cellars | the cellars are flooded | the cellars are dry
""",
    ),
    story(
        "peerreview",
        "collision",
        """
X | novelty | a novel idea | a stale idea | papers with a novel idea | papers with a stale idea | the idea is novel | the idea is stale
Y | rigour | a rigorous method | a sloppy method | papers with a rigorous method | papers with a sloppy method | the method is rigorous | the method is sloppy
C | publication | publication in the journal | rejection by the journal | published papers | rejected papers | the paper is published | the paper is rejected by the journal
""",
    ),
    story(
        "compost",
        "chain",
        """
X | compost | adding compost | adding nothing | fields to which compost is added | fields to which nothing is added | the farmer adds compost | the farmer adds nothing | the farmer had added nothing
M | earthworms | numerous earthworms | hardly any earthworms | fields with numerous earthworms | fields with hardly any earthworms | the earthworms are numerous | there are hardly any earthworms
Y | drainage | fast drainage | waterlogging | fields with fast drainage | waterlogged fields | the field drains fast | the field is waterlogged
""",
    ),
    story(
        "aspirin",
        "frontdoor",
        """
U | frailty | being frail | being robust | frail patients | robust patients | the patient is frail | the patient is robust
X | aspirin | daily aspirin | no aspirin | aspirin users | patients who use no aspirin | the patient uses aspirin daily | the patient uses no aspirin | the patient had used no aspirin
M | platelet aggregation | inhibited platelets | uninhibited platelets | patients with inhibited platelets | patients with uninhibited platelets | the platelets are inhibited | the platelets are uninhibited
Y | thrombosis | thrombosis | freedom from thrombosis | patients with thrombosis | thrombosis-free patients | the patient suffers a thrombosis | the patient stays free of thrombosis
""",
    ),
    story(
        "scholarship",
        "IV",
        """
Z | lottery | winning the lottery for a place | losing the lottery for a place | lottery winners | lottery losers | the pupil wins the lottery | the pupil loses the lottery
U | parental support | supportive parents | indifferent parents | pupils with supportive parents | pupils with indifferent parents | the parents are supportive | the parents are indifferent
X | school type | going to a charter school | going to a state school | charter school pupils | state school pupils | the pupil goes to a charter school | the pupil goes to a state school | the pupil had gone to a state school
Y | graduation | graduating | dropping out | graduates | dropouts | the pupil graduates | the pupil drops out
""",
    ),
    story(
        "noise",
        "diamondcut",
        """
Z | flight path | a house under the flight path | a house away from the flight path | residents under the flight path | residents away from the flight path | the house lies under the flight path | the house lies away from the flight path
X | double glazing | windows with double glazing | windows with single glazing | residents with double glazing | residents with single glazing | the windows have double glazing | the windows have single glazing | the windows had had single glazing
W | rent | a low rent | a high rent | residents who pay a low rent | residents who pay a high rent | the rent is low | the rent is high
Y | sleep disturbance | disturbed sleep | sound sleep | residents with disturbed sleep | residents with sound sleep | the sleep of the resident is disturbed | the resident sleeps soundly
""",
    ),
    story(
        "iodine",
        "arrowhead",
        """
X | iodine supply | iodized salt | non-iodized salt | villages with iodized salt | villages with non-iodized salt | the village uses iodized salt | the village uses non-iodized salt | the village had used non-iodized salt
Z | geography | a village near the sea | a village far inland | coastal villages | inland villages | the village lies by the sea | the village lies far inland
M | thyroid function | hypothyroidism | normal thyroid function | villages with hypothyroidism | villages with normal thyroid function | hypothyroidism is found in the village | thyroid function is normal in the village
Y | goitre | widespread goitre | rare goitre | villages where goitre is widespread | villages where goitre is rare | goitre is widespread | goitre is rare
""",
    ),
    story(
        "pension",
        "mediation",
        """
X | retirement age | early retirement | late retirement | workers who retire early | workers who retire late | the worker retires early | the worker retires late | the worker had retired late
M | social contacts | many friends | loneliness | workers with many friends | lonely workers | the worker has many friends | the worker is lonely
Y | dementia | dementia | mental clarity | workers with dementia | mentally clear workers | the worker becomes demented | the worker stays mentally clear
""",
    ),
    story(
        "hatch",
        "chain",
        """
X | incubator | a warm incubator | a cold incubator | eggs in a warm incubator | eggs in a cold incubator | the incubator is warm | the incubator is cold | the incubator had been cold
M | sex of the hatchling | a male hatchling | a female hatchling | eggs with a male hatchling | eggs with a female hatchling | the hatchling is male | the hatchling is female
Y | aggression | aggressive behaviour | docile behaviour | aggressive turtles | docile turtles | the turtle behaves aggressively | the turtle behaves docilely
""",
    ),
    story(
        "podcast",
        "mediation",
        """
X | sponsorship | a sponsored podcast | an independent podcast | sponsored podcasts | independent podcasts | the podcast is sponsored | the podcast is independent | the podcast had been independent
M | audio equipment | professional microphones | amateur microphones | podcasts with professional microphones | podcasts with amateur microphones | the microphones are professional | the microphones are amateur
Y | audience | a huge audience | a tiny audience | podcasts with a huge audience | podcasts with a tiny audience | the audience is huge | the audience is tiny
""",
    ),
    story(
        "vending",
        "fork",
        """
X | coin | inserting a coin | keeping the coin | customers who insert a coin | customers who keep the coin | the customer inserts a coin | the customer keeps the coin | the customer had kept the coin
Z | power supply | the machine being plugged in | the machine being unplugged | machines that are plugged in | machines that are unplugged | the machine is plugged in | the machine is unplugged
Y | drink | a dispensed drink | an empty tray | customers who get a drink | customers who find an empty tray | the drink is dispensed | the tray stays empty
""",
    ),
    story(
        "migraine",
        "IV",
        """
Z | physician preference | a physician who favours triptans | a physician who favours painkillers | patients of physicians who favour triptans | patients of physicians who favour painkillers | the physician favours triptans | the physician favours painkillers
U | severity | severe attacks | mild attacks | patients with severe attacks | patients with mild attacks | the attacks are severe | the attacks are mild
X | prescription | a triptan prescription | a painkiller prescription | patients prescribed a triptan | patients prescribed a painkiller | the patient is prescribed a triptan | the patient is prescribed a painkiller | the patient had been prescribed a painkiller
Y | relief | complete relief | persisting pain | patients with complete relief | patients with persisting pain | the pain is completely relieved | the pain persists
""",
    ),
    story(
        "elephants",
        "arrowhead",
        """
X | poaching | intense poaching | little poaching | parks with intense poaching | parks with little poaching | poaching is intense | there is little poaching | there had been little poaching
Z | tourism revenue | ample revenue from tourism | meagre revenue from tourism | parks with ample revenue from tourism | parks with meagre revenue from tourism | revenue from tourism is ample | revenue from tourism is meagre
M | herd structure | orphaned calves | calves with their mothers | herds with orphaned calves | herds whose calves are with their mothers | the calves are orphaned | the calves are with their mothers
Y | crop raiding | raided fields | spared fields | herds that raid fields | herds that spare the fields | the herd raids the fields | the herd spares the fields
""",
    ),
    nonsense("nonsense_p", "mediation", "X:inrup M:inrupo Y:desk"),
)

SIXTH = (
    nonsense("nonsense_q", "frontdoor", "U:kelm X:kelma M:kelmo Y:anti"),
    story(
        "orchestra",
        "mediation",
        """
X | concert hall | a renovated concert hall | a dilapidated concert hall | orchestras in a renovated hall | orchestras in a dilapidated hall | the hall is renovated | the hall is dilapidated | the hall had been dilapidated
M | ticket sales | sold-out concerts | half-empty concerts | orchestras with sold-out concerts | orchestras with half-empty concerts | the concerts are sold out | the concerts are half empty
Y | conductor's contract | a prolonged contract | a terminated contract | orchestras that prolong the contract | orchestras that terminate the contract | the contract is prolonged | the contract is terminated
""",
    ),
    story(
        "hives",
        "confounding",
        """
Z | pollen count | a high pollen count | a low pollen count | weeks with a high pollen count | weeks with a low pollen count | the pollen count is high | the pollen count is low
X | mask | masked face | uncovered face | weeks in which people wear masks | weeks in which people wear no masks | people wear masks | people wear no masks | people had worn no masks
Y | hay fever | sneezing | absence of sneezing | weeks in which people sneeze | weeks in which nobody sneezes | people sneeze | nobody sneezes
""",
    ),
    story(
        "bridge",
        "fork",
        """
X | truck | an overloaded truck | a truck within the weight limit | overloaded trucks | trucks within the weight limit | the truck is overloaded | the truck is within the weight limit | the truck had been within the weight limit
Z | rust | rusty cables | cables free of rust | bridges with rusty cables | bridges with cables free of rust | the cables are rusty | the cables are free of rust
Y | bridge | the bridge collapsing | the bridge holding | bridges that collapse | bridges that hold | the bridge collapses | the bridge holds
""",
    ),
    story(
        "museum",
        "collision",
        """
X | age of the painting | an old painting | a recent painting | old paintings | recent paintings | the painting is old | the painting is recent
Y | provenance | documented provenance | undocumented provenance | paintings with documented provenance | paintings with undocumented provenance | the provenance is documented | the provenance is undocumented
C | exhibition | being exhibited | being kept in storage | exhibited paintings | paintings kept in storage | the painting is exhibited | the painting is kept in storage
""",
    ),
    story(
        "yoga",
        "chain",
        """
X | yoga | practising yoga | never practising yoga | women who practise yoga | women who never practise yoga | the woman practises yoga | the woman never practises yoga | the woman had never practised yoga
M | back flexibility | a flexible back | a stiff back | women with a flexible back | women with a stiff back | the back is flexible | the back is stiff
Y | back pain | back pain | a painless back | women with back pain | women with a painless back | the woman has back pain | the woman has a painless back
""",
    ),
    story(
        "grain",
        "frontdoor",
        """
U | farm wealth | a rich farm | a poor farm | rich farms | poor farms | the farm is rich | the farm is poor
X | fertilizer | fertilizing the field | leaving the field unfertilized | fertilized fields | unfertilized fields | the field is fertilized | the field is left unfertilized | the field had been left unfertilized
M | nitrogen in the soil | nitrogen-rich soil | nitrogen-poor soil | fields with nitrogen-rich soil | fields with nitrogen-poor soil | the soil is rich in nitrogen | the soil is poor in nitrogen
Y | wheat harvest | a bumper harvest | a meagre harvest | fields with a bumper harvest | fields with a meagre harvest | the harvest is a bumper one | the harvest is meagre
""",
    ),
    story(
        "reminder",
        "IV",
        """
Z | text message | getting a reminder | getting no reminder | donors who got a reminder | donors who got no reminder | the donor got a reminder | the donor got no reminder
U | altruism | being altruistic | being selfish | altruistic donors | selfish donors | the donor is altruistic | the donor is selfish
X | blood donation | donating blood | withholding blood | donors who gave blood | donors who gave no blood | the donor gave blood | the donor gave no blood | the donor had given no blood
Y | iron store | depleted iron stores | replete iron stores | donors with depleted iron stores | donors with replete iron stores | the iron stores are depleted | the iron stores are replete
""",
    ),
    story(
        "castle",
        "diamond",
        """
X | scout | the scout lighting the beacon | the scout falling asleep | scouts who light the beacon | scouts who fall asleep | the scout lights the beacon | the scout falls asleep | the scout had fallen asleep
M | archers | the archers taking position | the archers staying in the barracks | archers who take position | archers who stay in the barracks | the archers take position | the archers stay in the barracks
W | gatekeeper | the gatekeeper raising the drawbridge | the gatekeeper leaving the drawbridge down | gatekeepers who raise the drawbridge | gatekeepers who leave the drawbridge down | the gatekeeper raises the drawbridge | the gatekeeper leaves the drawbridge down
Y | castle | the castle being defended | the castle being captured | castles that are defended | castles that are captured | the castle is defended | the castle is captured
""",
    ),
    story(
        "lead",
        "diamondcut",
        """
Z | age of the house | an old house | a newly built house | families in an old house | families in a newly built house | the house is old | the house is newly built
X | water pipes | lead pipes | plastic pipes | families with lead pipes | families with plastic pipes | the pipes are made of lead | the pipes are made of plastic | the pipes had been made of plastic
W | neighbourhood | a noisy neighbourhood | a quiet neighbourhood | families in a noisy neighbourhood | families in a quiet neighbourhood | the neighbourhood is noisy | the neighbourhood is quiet
Y | school performance | good marks | bad marks | families whose children get good marks | families whose children get bad marks | the children get good marks | the children get bad marks
""",
    ),
    story(
        "dialysis",
        "arrowhead",
        """
X | vaccine | being vaccinated against hepatitis | being unvaccinated against hepatitis | vaccinated patients | unvaccinated patients | the patient is vaccinated against hepatitis | the patient is unvaccinated against hepatitis | the patient had been unvaccinated against hepatitis
Z | immune status | immunodeficiency | immunocompetence | immunodeficient patients | immunocompetent patients | the patient is immunodeficient | the patient is immunocompetent
M | antibodies | detectable antibodies | undetectable antibodies | patients with detectable antibodies | patients with undetectable antibodies | antibodies are detectable | antibodies are undetectable
Y | hepatitis | catching hepatitis | staying clear of hepatitis | patients who catch hepatitis | patients who stay clear of hepatitis | the patient catches hepatitis | the patient stays clear of hepatitis
""",
    ),
    story(
        "chess",
        "chain",
        """
X | chess lessons | weekly chess lessons | no chess lessons | girls with weekly chess lessons | girls without chess lessons | the girl has weekly chess lessons | the girl has no chess lessons | the girl had had no chess lessons
M | patience | a patient temper | an impatient temper | patient girls | impatient girls | the girl is patient | the girl is impatient
Y | mathematics | loving mathematics | hating mathematics | girls who love mathematics | girls who hate mathematics | the girl loves mathematics | the girl hates mathematics
""",
    ),
    story(
        "cows",
        "mediation",
        """
X | pasture | grazing on pasture | being kept in the barn | grazing cows | barn-kept cows | the cow grazes on pasture | the cow is kept in the barn | the cow had been kept in the barn
M | rumen bacteria | fibre-digesting bacteria | starch-digesting bacteria | cows with fibre-digesting bacteria | cows with starch-digesting bacteria | the bacteria digest fibre | the bacteria digest starch
Y | methane | copious methane | little methane | cows that emit copious methane | cows that emit little methane | the cow emits copious methane | the cow emits little methane
""",
    ),
    story(
        "drunk",
        "confounding",
        """
Z | day of the week | weekend | weekday | drivers at the weekend | drivers on weekdays | it is the weekend | it is a weekday
X | alcohol level | driving drunk | driving sober | drunk drivers | sober drivers | the driver is drunk | the driver is sober | the driver had been sober
Y | accident | a crash | a safe arrival | drivers who crash | drivers who arrive safely | the driver crashes | the driver arrives safely
""",
    ),
)
