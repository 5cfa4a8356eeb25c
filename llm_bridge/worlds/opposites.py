"""General English words on scales with two ends, and attributes with the words for their values.

A line is one scale: words of one end, a bar, words of the other. They are stems as
:func:`llm_bridge.worlds.words.stem` makes them or whole words; nothing here is about any one world.
Only which words oppose each other matters, not which end is better.
"""

from __future__ import annotations

from functools import lru_cache

__all__ = ["attributes", "poles"]

SCALES = """
high tall elevated higher upper top | low lower bottom reduced
large big great larger bigger huge many numerous | small little few smaller fewer tiny
long lengthy longer | short brief shorter
more increase rise raise grow gain increased rising growing | less decrease fall drop decline reduce lose reduced falling shrinking
more extra | less fewer
strong powerful | weak feeble
heavy overweight obese fat | light slim thin normal lean underweight skinny
fast quick rapid early prompt | slow late delayed tardy
early punctual prompt ontime time ahead | late lateness tardy delayed behind
old elderly aged senior older | young youthful junior new younger
new modern novel recent | old ancient outdated
hot warm | cold cool freezing chilly
wet damp rainy soaked rain moist slippery | dry arid sunny drought
rain rainy storm stormy | sun sunny clear
bright light lit illuminated | dark dim unlit
on lit | off
open opened unlocked | close closed shut locked
full filled crowded busy packed | empty vacant quiet deserted
rich wealthy affluent | poor impoverished needy
wealth affluence | poverty
expensive costly dear | cheap inexpensive affordable
clean pure clear fresh | dirty polluted contaminated impure foul filthy muddy
safe secure harmless | dangerous risky unsafe hazardous
healthy well fit | sick ill unhealthy diseased ailing unwell
health | illness sickness disease
live alive survive survival living survivor lived | die dead death mortality deceased died kill killed perish
recover recovery heal cure cured healed improve improved | die death worsen deteriorate relapse dying
better improve best | worse worsen worst deteriorate
good nice fine excellent positive favourable favorable great | bad poor terrible negative unfavourable unfavorable awful
happy cheerful glad joyful content joy happiness | sad unhappy gloomy miserable depressed sadness misery
kind friendly nice gentle kindness generous | mean cruel unfriendly rude nasty unkind meanness hostile
calm relaxed peaceful | anxious nervous stressed tense agitated angry
brave bold courageous | cowardly timid afraid fearful
attractive beautiful handsome pretty | unattractive ugly plain
smart clever intelligent bright talented skilled able gifted | stupid dumb dull unskilled untalented unable foolish
talent | incompetence
hard difficult tough competitive challenging | easy simple effortless
hardworking diligent industrious | lazy idle slack
work working employed employ hired hire job | unemployed jobless fired idle layoff dismissed fire
hire retain keep kept stay retained remain | fire dismiss leave quit fired dismissed leaving
pass passed succeed success win winning won victory | fail failed failure lose losing lost defeat
accept accepted acceptance admit admitted admission approve approval approved grant granted allow allowed | reject rejected rejection refuse refused refusal deny denied denial decline declined turned
take taken taking get got getting receive received receiving obtain accept use using given | refuse refused refusing refusal avoid avoided avoiding skip skipped skipping decline declined abstain miss missed withheld
give gave giving | take took taking
buy purchase bought | sell sold
start begin started beginning | stop end finish quit stopped cease ended
arrive came come arrival arriving | leave depart departure leaving
enter inside indoors indoor in | exit outside outdoors outdoor out
near close local nearby | far distant global remote foreign
local domestic | global international foreign
urban city | rural countryside village country
public state | private
inside resident | outside nonresident
married spouse wed relationship coupled taken | single unmarried divorced bachelor
male man boy men husband father brother son | female woman girl women wife mother sister daughter
man male men | woman female women
day daytime | night nighttime
morning | evening
summer | winter
north | south
east | west
left | right
up upward upstairs | down downward downstairs
black | white
sweet | bitter sour
loud noisy ring ringing | quiet silent silence mute
alarm | silence
awake up waking wake | asleep sleep sleeping
active running run exercise exercising athletic | inactive idle sedentary resting
present presence exist existing occur occurrence happen | absent absence missing nonexistence
with have having possess own | without lack lacking
true right correct | false wrong incorrect
above over | below under
always often frequent regular frequently regularly | never rarely seldom infrequent irregular occasionally
all every always | none no never
clear sharp | blurry cloudy vague
thick dense | thin sparse
wide broad | narrow
deep | shallow
smooth even straight | rough uneven curly wavy
straight | curly
hard solid firm | soft liquid tender
tight | loose
pregnant | barren
literate educated | illiterate uneducated
college university graduate higher | highschool lower dropout
legal lawful allowed permitted | illegal unlawful forbidden banned prohibited
guilty convicted | innocent acquitted
honest truthful | dishonest lying deceitful
agree agreed support | disagree disagreed oppose
love like loved enjoy | hate dislike hated
remember | forget forgot
build construct | destroy demolish
burn burned fire burning ablaze | extinguish extinguished unburnt intact
broken broke break damaged | intact whole repaired working unbroken
fix repair | break damage
working functional functioning | broken malfunctioning faulty
sick infected contagious contaminated infection | healthy uninfected
positive | negative
natural organic | artificial synthetic
raw | cooked
ripe fresh | rotten stale spoiled
fertile | infertile sterile
profit gain surplus profitable | loss deficit
excess abundant abundance plenty surplus rich | shortage scarce scarcity lack deficient deficiency insufficient
sufficient enough adequate | insufficient deficient inadequate
famous celebrity known popular fame | unknown obscure unpopular
major | minor
maximum | minimum
permanent | temporary
voluntary | forced compulsory
formal | informal
first | last
smoker smoke smoking | nonsmoker abstainer
vaccinated vaccine | unvaccinated
drunk | sober
insured | uninsured
citizen | alien immigrant
tame domesticated | wild
treated treatment therapy | untreated placebo control
experimental | control standard placebo
encouraged encouragement | discouraged
friend ally | enemy foe
peace | war
dawn sunrise | dusk sunset
shoot shoots fired | spare spares
attend attended present | skip skipped absent
sunny sunlit | overcast cloudy rainy shady shaded
well | badly poorly ill
strict severe stern harsh stringent | lenient mild gentle lax permissive
storm stormy windy rough turbulent | calm still quiet
visit come approach attend flock | away avoid shun absent
normal ordinary usual typical regular | abnormal unusual elevated irregular odd
healthy intact functional | failure fail diseased impaired
outgoing extroverted sociable extraverted | shy introverted withdrawn reserved
patient | impatient
ambitious motivated driven eager | unambitious unmotivated lazy apathetic
rested fresh energetic awake refreshed | tired exhausted fatigued weary sleepy
satisfied content pleased | dissatisfied displeased disappointed
boil boiling boiled | cold frozen
melt melted liquid | freeze frozen solid
speak talk | silent
drum play sound blow | silent mute quiet
save saved | lose lost waste wasted
score scored hit | miss missed
hit | miss
catch caught | miss missed drop
order give | refuse withhold
stay remain | leave go
keep kept retain | discard lose throw
add added | remove removed
include included | exclude excluded
appear | disappear vanish
create | destroy
connect connected attached | disconnected detached separate
together | apart alone separately
crowd crowded | alone lonely
alone lonely | accompanied together
careful cautious prudent | careless reckless rash negligent
conscious aware mindful | careless unaware unconscious oblivious
prepared ready | unprepared
experienced expert veteran | inexperienced novice beginner
trained skilled | untrained
certain sure | uncertain doubtful unsure
complete completed finish finished | incomplete unfinished abandon quit skip skipped
join joined member enrolled | quit leave
agree | refuse
obey comply | disobey violate
follow followed | ignore ignored
win | lose
lead ahead | trail behind
elected | defeated
promoted promotion | demoted
reward rewarded bonus | punish punished penalty fine
free | paid captive imprisoned jailed
released | arrested detained jailed
innocent | guilty
defend | attack
protect protected shielded covered | exposed unprotected uncovered bare
covered dressed | bare naked uncovered
lock | unlock
wear wearing | bare without
clean washed | dirty unwashed
sharpened | blunt
stable steady | unstable shaky volatile
balanced | unbalanced
fertile | barren
bloom blooming flowering | wilt wilted wither withered
alive | extinct
common frequent | rare infrequent
real genuine | fake
true | fake
visible | invisible hidden
plenty | none
success successful | failure unsuccessful
grow growth | shrink shrinkage stunted
expand expansion | contract contraction
optimistic hopeful | pessimistic hopeless
proud | ashamed
polite | rude
loyal faithful | disloyal unfaithful
fair just | unfair unjust biased
flexible | rigid stiff
transparent clear | opaque
hungry starving | full fed
thirsty | hydrated
hydrated | dehydrated
fed | hungry starved
lucky fortunate | unlucky unfortunate
rising | setting
breathing | suffocating
conscious | unconscious
acidic | alkaline basic
salty | fresh
heavy intense | light mild slight
mild moderate | severe serious acute
benign | malignant
chronic | acute
approve like | disapprove
online | offline
remote home | office onsite
indoor | outdoor
vegetarian vegan | meat carnivore
monolingual | bilingual
liberal left | conservative right
republican | democrat
winner | loser
buyer | seller
senior | junior
upstream | downstream
positive | none
clockwise | counterclockwise anticlockwise
heads | tails
even | odd
plus | minus
"""

BROAD = """
high higher large larger big great greater more many much increase increased increasing rise risen rising raise raised grow growing growth gain strong stronger elevated abundant abundance plentiful heavy intense surplus excess expand expanded maximum long tall wide deep up boost boosted upward full extra frequent often above over expensive sufficient enough ample strengthen | low lower small smaller little less few fewer decrease decreased decreasing fall fallen falling drop dropped dropping decline declined declining reduce reduced reducing reduction shrink shrunk shrinking weak weaker weaken scarce scarcity scant sparse light slight shortage deficit contract minimum short narrow shallow down cut downward empty rare rarely seldom below under cheap insufficient deficient limited meager modest diminished diminish slim poor
good better best well excellent fine great healthy health alive live lives survive survives survived survival recover recovers recovered recovery heal heals healed cure cured win wins won winning pass passes passed succeed succeeds succeeded success accept accepted acceptance admit admitted admission approve approved approval hire hired employed promoted safe secure clean pure fresh happy glad satisfied joy rich wealthy lucky free released acquitted strong correct right works working intact whole fertile ripe thrive thrives bloom blooms flourish kind friendly smart talented attractive beautiful early punctual | bad worse worst badly ill poor sick disease unhealthy dead die dies died death kill killed perish perishes mortality relapse lose loses lost losing loss fail fails failed failure reject rejected rejection refuse refused deny denied denial dismiss dismissed fired layoff unemployed demoted dangerous unsafe hazard dirty polluted contaminated spoiled rotten sad unhappy unsatisfied dissatisfied misery impoverished unlucky jailed imprisoned convicted weak wrong incorrect broken faulty damaged infertile barren wither withers wilt wilts suffer suffers mean cruel rude stupid dumb ugly late delayed tardy
presence present exist exists existing have has having with take takes taking use uses using get gets getting receive receives received accept do does yes on active open start starts begin begins happen happens occur occurs appear appears | absence absent lack lacks lacking without none avoid avoids refuse refuses skip skips miss misses decline off inactive closed shut stop stops end ends cease ceases vanish disappear remain remains stay stays keep keeps free never no
"""

ATTRIBUTES = """
gender sex | male female man woman men women boy girl
age | old young elderly older younger aged senior junior years
marital relationship | married single divorced
income salary wage pay earnings wealth | rich poor paid earn earning
education schooling | college school degree university graduate educated diploma literate
weight | obese overweight slim thin heavy fat underweight
temperature | hot cold warm cool
weather | rain rainy sunny wet dry storm cloud cloudy snow
season | summer winter spring autumn dry rainy
mood happiness | happy sad cheerful
personality character temperament friendliness sociability kindness | outgoing shy sociable kind mean friendly nice rude extroverted introverted
appearance looks beauty | attractive ugly beautiful handsome pretty
health condition | healthy sick ill unhealthy
mortality survival lifespan longevity | die death dead survive alive live
disease illness | recover recovering die dying sick infected cured contract
outcome recovery | recover cured die
admission application | accepted rejected admitted acceptance rejection
employment job work | employed unemployed jobless hired fired
effort diligence | hardworking lazy diligent
talent skill ability | talented skilled untalented unskilled able gifted
fame | famous celebrity unknown
residency residence | resident live state local
location place | urban rural city country near far
speed | fast slow
size | large small big
price cost costs expense bill | expensive cheap high low
traffic | jam congested busy heavy
punctuality | late early ontime
respiratory lung breathing | breathing asthma
room | dark bright lit
ground floor | wet dry slippery
exercise activity fitness | active exercising sedentary running
diet nutrition | eat eating vegan meat vegetarian
vaccination immunization | vaccine vaccinated
medication drug treatment therapy medicine | taking treated taken dose
"""


NUMBER_BROAD = len(BROAD.strip().splitlines())
"""scales of magnitude, of good and bad, of presence: only asked where no closer scale holds two words"""


@lru_cache(maxsize=1)
def poles() -> dict[str, tuple[tuple[int, int], ...]]:
    """Return word -> (scale, end), end +1 or -1, for every word of every scale; broad ones come first."""
    found: dict[str, list[tuple[int, int]]] = {}
    for number, line in enumerate((*BROAD.strip().splitlines(), *SCALES.strip().splitlines())):
        for end, side in zip((1, -1), line.split("|"), strict=True):
            for word in side.split():
                found.setdefault(word, []).append((number, end))
    return {word: tuple(places) for word, places in found.items()}


@lru_cache(maxsize=1)
def attributes() -> dict[str, frozenset[str]]:
    """Return attribute -> words for its values."""
    found: dict[str, set[str]] = {}
    for line in ATTRIBUTES.strip().splitlines():
        names, values = line.split("|")
        for name in names.split():
            found.setdefault(name, set()).update(values.split())
    return {name: frozenset(values) for name, values in found.items()}
