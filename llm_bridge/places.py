"""Words for who and where: species, tissues, people, and times of life.

Word lists only, with the endings that mark people ("non-smokers", "miners") where a list cannot be
complete.
"""

from __future__ import annotations

from functools import lru_cache

from llm_bridge.patterns import words_of

__all__ = [
    "PERSONS",
    "RELATIVES",
    "SPECIES",
    "STAGES",
    "TISSUES",
    "person",
    "populations",
    "somebody",
    "tissue_word",
]


SPECIES = words_of(
    "mouse mice murine rat rats human humans zebrafish dog dogs canine canines pig pigs piglets porcine monkey monkeys "
    "primates macaque macaques yeast rabbit rabbits rodent rodents drosophila flies worms nematodes cat cats feline felines "
    "cattle cows calves sheep goats lambs hamster hamsters gerbils chicken chickens chicks frogs xenopus animals horse "
    "horses ponies ferret ferrets baboons marmosets chimpanzees elegans mosquitoes bees fish poultry ruminants livestock "
    "foals puppies kittens bats guinea-pigs"
)
TISSUES = words_of(
    "brain liver kidney kidneys heart lung lungs muscle muscles skin blood plasma serum bone spleen pancreas colon "
    "intestine intestines gut stomach retina hippocampus cortex hypothalamus cerebellum thyroid placenta testis testes ovary "
    "ovaries uterus prostate breast bladder adipose fat cartilage endothelium epithelium hepatocytes neurons astrocytes "
    "microglia monocytes macrophages fibroblasts lymphocytes neutrophils platelets keratinocytes cardiomyocytes "
    "myocytes adipocytes osteoblasts osteoclasts podocytes cell cells culture cultures organoids tissue tissues vitro "
    "vivo islets marrow tubules glomeruli hela hepg2 hek293 mcf7 a549 amygdala striatum thalamus brainstem midbrain "
    "neurones chondrocytes erythrocytes eosinophils basophils myotubes oocytes sperm spheroids explants "
    "biopsies oligodendrocytes enterocytes melanocytes thymocytes splenocytes jejunum ileum duodenum rectum oesophagus "
    "esophagus trachea bronchi airways airway cornea lens sclera aorta arteries artery veins vein capillaries "
    "myocardium ventricle atrium tendon tendons ligaments synovium joints teeth gums saliva urine csf nerve nerves "
    "cord ganglia tumours tumors xenografts mucosa epidermis dermis mitochondria nucleus cytoplasm "
    "medulla nephrons myofibres myofibers vessels endometrium adrenals pituitary tonsils thymus"
)
_PEOPLE = words_of(
    "patients people adults children women men elderly infants neonates newborns adolescents smokers population populations "
    "cohort cohorts subjects individuals mothers fathers males females participants volunteers babies teenagers "
    "teens persons users schoolchildren toddlers students athletes veterans workers nurses offspring seniors boys "
    "girls survivors pensioners vegetarians vegans twins siblings adults inpatients outpatients guests residents recipients "
    "carriers diabetics asthmatics alcoholics drinkers runners swimmers cyclists soldiers miners farmers firefighters "
    "painters welders drivers pilots teachers doctors physicians surgeons employees prisoners inmates migrants refugees "
    "immigrants travellers travelers pilgrims donors kids youngsters youths youth preschoolers pupils "
    "centenarians octogenarians nonagenarians septuagenarians sexagenarians parents grandparents couples families preemies "
    "hypertensives epileptics haemophiliacs hemophiliacs non-smokers never-smokers ex-smokers nonsmokers africans "
    "asians europeans americans caucasians hispanics japanese chinese koreans indians finns danes swedes "
    "caregivers carers addicts clients consumers eaters takers dieters obese overweight homeless "
    "multiparas primigravidas postmenopausal premature preterms lactating folk folks everyone breastfeeders "
    "singers dancers musicians footballers gamers commuters divers climbers sailors astronauts gardeners hairdressers "
    "bakers cleaners builders labourers laborers technicians radiologists dentists midwives elders widows bachelors "
    "convalescents sufferers bedridden villagers citizens immunocompromised immunosuppressed newborn "
    "heavy-drinkers vaccinees responders non-responders relatives householders homosexuals transplantees amputees "
    "sportsmen sportswomen servicemen widowers widows widowed divorcees spouses wives husbands schoolgirls schoolboys undergraduates graduates lawyers clerks officers policemen journalists scientists engineers plumbers electricians carpenters mechanics truckers housewives managers directors executives waiters chefs cooks butchers fishermen lumberjacks loggers roofers masons potters tailors weavers printers typists cashiers librarians porters rowers boxers wrestlers sprinters weightlifters bodybuilders skiers skaters surfers jockeys golfers ballerinas gymnasts footballers hunters farmworkers shiftworkers truckdrivers homemakers retirees pensioners orphans adoptees fosterlings toddlers first-borns twins triplets firstborns latecomers novices beginners experts laymen strangers tourists hikers mountaineers sherpas inuit aborigines maoris sailors submariners pilots stewardesses flight-attendants passengers bikers motorcyclists pedestrians commuters gamblers hoarders insomniacs anorexics bulimics schizophrenics arthritics allergics migraineurs celiacs coeliacs vapers snorers nonusers users nondrinkers abstainers omnivores pescatarians carnivores breastfeeders bottle-feeders natives foreigners settlers nomads monks nuns priests rabbis military acetylators metabolisers metabolizers recruits cadets conscripts minorities menopausal"
)
STAGES = words_of(
    "pregnancy infancy childhood adolescence adulthood menopause puberty lactation midlife perimenopause postmenopause "
    "breastfeeding toddlerhood gestation postpartum"
)
PERSONS = words_of(
    "patient person woman man child boy girl baby infant adult newborn neonate adolescent teenager individual subject "
    "animal mouse rat dog cat pig monkey rabbit horse volunteer"
)
RELATIVES = words_of(
    "mother father mum mom mam dad wife husband son daughter brother sister uncle aunt auntie grandmother grandfather grandma "
    "grandpa gran nan granny granddad friend neighbour neighbor colleague cousin niece nephew partner lady gentleman twin "
    "stepfather stepmother grandson granddaughter girlfriend boyfriend fiancé fiancée boss teacher flatmate toddler kid "
    "papa mama nana spouse lad chap fellow guy"
)
_ENDINGS = (
    "smokers", "drinkers", "takers", "eaters", "users", "workers", "goers", "survivors", "patients", "women", "men",
    "children", "adults", "year-olds", "carriers", "sufferers", "dwellers", "donors", "recipients", "mothers",
    "people", "players", "quitters", "sleepers", "addicts", "abusers", "lovers", "parents",
    "year-old", "wearers", "owners", "breeders", "keepers", "riders", "fighters", "makers", "diabetics", "persons",
)  # fmt: skip


@lru_cache(maxsize=5_000)
def person(word: str) -> bool:
    """Whether a word names people in the plural, or a time of life: "never-smokers", "childhood"."""
    return (
        word in _PEOPLE
        or word in STAGES
        or word.endswith(_ENDINGS)
        or (
            word.endswith(("ists", "ians"))
            and not word.endswith(("agonists", "wrists", "cysts", "fists"))
        )
    )


def populations() -> str:
    """All words of people and species in the plural, as an alternation for a regular expression."""
    words = _PEOPLE | {w for w in SPECIES if w.endswith("s") or w in {"mice", "zebrafish"}}
    return "|".join(sorted(words, key=lambda w: (-len(w), w)))


def somebody(word: str) -> bool:
    """Whether a word names one person."""
    return word in PERSONS or word in RELATIVES or f"{word}s" in _PEOPLE


@lru_cache(maxsize=5_000)
def tissue_word(word: str) -> bool:
    """Whether a word names a tissue, an organ or a kind of cells: "synoviocytes"."""
    return word in TISSUES or word.endswith(("cytes", "blasts", "clasts", "phages", "-cells"))
