"""Stories for :mod:`benchmarks.questions` by a writer who never saw the reader, kept apart from its development:
wordings more varied than those of the other stories. Not to be developed on."""

from __future__ import annotations

from benchmarks.questions_stories import Story, nonsense, story

__all__ = ["APART"]

APART: tuple[Story, ...] = (
    story(
        "manure",
        "chain",
        """
X | manure use | spreading manure on the fields | using no manure | farms that manure their land | farms that do not use manure | the farms spread manure on their fields | the farms use no manure | the farms had used no manure
M | earthworm abundance | soil teeming with earthworms | soil with hardly a worm in it | farms whose soil is full of earthworms | farms whose soil contains almost no worms | the soil teems with earthworms | the soil contains hardly any worms
Y | the wheat harvest | a plentiful wheat harvest | a meagre wheat harvest | farms that harvest plenty of wheat | farms that harvest little wheat | the farms harvest plenty of wheat | the farms harvest little wheat
""",
    ),
    story(
        "swimmers",
        "chain",
        """
X | mountain training | training in the mountains | training at sea level | swimmers who train up in the mountains | swimmers who train down by the sea | the swimmers train in the mountains | the swimmers train at sea level | the swimmers had trained at sea level
M | the red blood cell count | an increased red blood cell count | an ordinary red blood cell count | swimmers whose blood is rich in red cells | swimmers with an ordinary number of red blood cells | the swimmers have many red blood cells | the swimmers have an ordinary number of red blood cells
Y | success at the championship | winning a medal | coming home empty-handed | medallists | swimmers without a medal | the swimmers win a medal | the swimmers come home empty-handed
""",
    ),
    story(
        "toll",
        "mediation",
        """
X | the road toll | charging motorists a toll | letting motorists in for free | cities that charge a toll | cities that motorists may enter for free | the cities charge a toll | motorists enter the cities for free | the cities had let motorists in for free
M | bus ridership | crowded buses | half-empty buses | cities with crowded buses | cities where the buses are half empty | the buses are crowded | the buses are half empty
Y | downtown congestion | gridlock downtown | free-flowing traffic downtown | cities whose downtown is gridlocked | cities with smooth traffic downtown | the downtown streets get jammed | the downtown streets remain free of jams
""",
    ),
    story(
        "knee",
        "mediation",
        """
X | physiotherapy | doing the knee exercises | lying on the sofa all day | patients who do their knee exercises | patients who spend the day on the sofa | the patients exercise their knees | the patients lie on the sofa all day | the patients had lain on the sofa all day
M | thigh strength | having strong thigh muscles | having weak thigh muscles | patients whose thighs are strong | patients whose thighs are weak | the patients have strong thighs | the patients have weak thighs
Y | walking ability | walking unaided | needing crutches | patients who walk without any aid | patients on crutches | the patients walk unaided | the patients need crutches
""",
    ),
    story(
        "carp",
        "confounding",
        """
Z | the depth of the lake | the lake being deep | the lake being shallow | deep lakes | shallow lakes | the lake is deep | the lake is shallow
X | carp stocking | keeping carp out | stocking the lake with carp | lakes without any carp | lakes stocked with carp | no carp are released | carp are released into the lake | carp had been released into the lake
Y | the clarity of the water | clear water | murky water | lakes with clear water | murky lakes | the waters become clear | the waters become murky
""",
    ),
    story(
        "tutor",
        "confounding",
        """
Z | family wealth | coming from a well-off family | coming from a family short of money | pupils with affluent parents | pupils whose parents struggle to make ends meet | the pupils come from well-off families | the pupils come from families short of money
X | private tutoring | having a private tutor | studying without a tutor | pupils who are taught by a private tutor | pupils who do not have a tutor | the pupils have a private tutor | the pupils study without a tutor | the pupils had studied without a tutor
Y | university admission | getting into university | being turned down by the university | pupils who are admitted to university | pupils whom the university rejects | the pupils get into university | the pupils fail to get into university
""",
    ),
    story(
        "dough",
        "fork",
        """
X | the use of yeast | adding yeast | leaving out the yeast | bakers who add yeast to the dough | bakers who make the dough without yeast | the bakers add yeast | the bakers leave out the yeast | the bakers had left out the yeast
Z | the temperature of the bakery | a heated bakery | a chilly bakery | bakers in a warm room | bakers in a cold room | the bakery is nice and warm | the bakery is chilly
Y | the texture of the loaf | a fluffy loaf | a dense loaf | bakers whose loaves are light and airy | bakers whose loaves are heavy | the loaves come out fluffy | the loaves come out dense
""",
    ),
    story(
        "stall",
        "fork",
        """
X | the place of the stall | getting a stall by the entrance | getting a stall in the far corner | traders who stand right by the entrance | traders tucked away in the far corner | the traders have a stall by the entrance | the traders have a stall in the far corner | the traders had got a stall in the far corner
Z | the day of the week | a market day at the weekend | a market day in the middle of the week | traders at the weekend market | traders at the midweek market | the market takes place at the weekend | the market takes place in the middle of the week
Y | cheese sales | selling all the cheese | being left with unsold cheese | traders who sell out of cheese | traders who carry cheese back home | the traders sell all their cheese | the traders take unsold cheese home
""",
    ),
    story(
        "flat",
        "collision",
        """
X | the size of the flat | having four rooms | having a single room | flats with four rooms | one-room flats | the flat has four rooms | the flat has only a single room
Y | the distance to the metro | being next to a metro station | being a long way from the metro | flats right beside a metro station | flats far from any metro station | the flat is next to a metro station | the flat is a long way from the metro
C | demand for the flat | being sought by many applicants | being wanted by nobody | flats with a long queue of applicants | flats that no one applies for | many applicants want the flat | nobody wants the flat
""",
    ),
    story(
        "volleyball",
        "collision",
        """
X | body height | being tall | being short | tall girls | girls of small stature | the girl is tall | the girl is short
Y | ball control | handling the ball deftly | being clumsy with the ball | girls with deft ball control | girls who are clumsy with the ball | the girl handles the ball deftly | the girl is clumsy with the ball
C | selection for the volleyball squad | making the volleyball squad | being left out of the squad | girls picked for the volleyball squad | girls who are not in the squad | the girl is picked for the volleyball squad | the girl is left out of the squad
""",
    ),
    story(
        "earmuffs",
        "frontdoor",
        """
U | temperament | being cautious | being reckless | cautious workers | daredevils | the workers are cautious | the workers are reckless
X | the use of earmuffs | wearing earmuffs | working with bare ears | factory workers in earmuffs | factory workers whose ears are uncovered | the workers wear earmuffs | the workers leave their ears uncovered | the workers had left their ears uncovered
M | hearing | hearing well | being hard of hearing | workers with good hearing | workers who are partly deaf | the workers hear well | the workers are hard of hearing
Y | loyalty to the firm | staying with the firm | handing in one's notice | workers who stay | workers who quit | the workers stay with the firm | the workers quit
""",
    ),
    story(
        "sonar",
        "frontdoor",
        """
U | the skipper's experience | having a seasoned skipper | having a novice skipper | boats under an experienced skipper | boats whose skipper is a beginner | the skipper is an old hand | the skipper is a beginner
X | the use of sonar | switching on the sonar | fishing without sonar | boats that are guided by sonar | boats that do not use sonar | the boats use sonar | the boats fish without sonar | the boats had fished without sonar
M | the discovery of herring | finding a shoal of herring | missing the herring | boats that come upon a shoal of herring | boats that find no herring | the boats find a shoal of herring | the boats miss the herring
Y | the state of the hold | returning with a full hold | returning with an empty hold | boats that come back fully laden | boats that come back with nothing aboard | the boats return fully laden | the boats return with nothing aboard
""",
    ),
    story(
        "flu",
        "IV",
        """
Z | the distance to the clinic | living around the corner from the clinic | living a long drive from the clinic | pensioners who live close to the clinic | pensioners who live far from the clinic | the pensioners live around the corner from the clinic | the pensioners live a long drive from the clinic
U | sociability | mixing with many people | keeping to oneself | sociable pensioners | pensioners who keep to themselves | the pensioners mix with many people | the pensioners keep to themselves
X | vaccination | getting the flu jab | going without the jab | vaccinated pensioners | pensioners who are not vaccinated | the pensioners get the flu jab | the pensioners go without the jab | the pensioners had gone without the jab
Y | winter health | getting through the winter without flu | coming down with flu | pensioners who do not catch the flu | pensioners who catch the flu | the pensioners get through the winter without flu | the pensioners come down with flu
""",
    ),
    story(
        "bicycle",
        "IV",
        """
Z | the state of the main road | the main road being dug up | the main road being open to cars | commuters whose main road is closed for repairs | commuters whose main road is open | the main road is dug up | the main road is open to cars
U | physical fitness | being fit | being out of shape | athletic commuters | commuters who are out of shape | the commuters are fit | the commuters are out of shape
X | the means of transport | cycling to the office | driving to the office | cyclists | motorists | the commuters cycle to the office | the commuters drive to the office | the commuters had driven to the office
Y | punctuality | arriving on time | arriving late | punctual commuters | latecomers | the commuters arrive on time | the commuters arrive late
""",
    ),
    story(
        "wolves",
        "diamond",
        """
X | the presence of wolves | having wolves around | being free of wolves | valleys inhabited by wolves | wolf-free valleys | wolves live in the valley | no wolves live in the valley | the valley had been free of wolves
M | the deer population | a large deer herd | a small deer herd | valleys with plenty of deer | valleys where deer are scarce | there are plenty of deer | deer are scarce
W | the activity of foxes | foxes hunting by day | foxes hiding during the day | valleys whose foxes are out in daylight | valleys whose foxes hide until nightfall | the foxes hunt by day | the foxes hide during the day
Y | songbird numbers | an abundance of songbirds | a shortage of songbirds | valleys full of birdsong | valleys where songbirds are rarely heard | the songbirds flourish | the songbirds dwindle
""",
    ),
    story(
        "robots",
        "diamond",
        """
X | automation | installing robots | working by hand | factories equipped with robots | factories where everything is done by hand | the factories install robots | the factories work by hand | the factories had worked by hand
M | the speed of production | fast production | slow production | factories that produce quickly | factories that take a long time to produce anything | production is fast | production is slow
W | electricity consumption | a high electricity bill | a low electricity bill | factories that use a lot of electricity | factories that need little electricity | the electricity bill is high | the electricity bill is low
Y | profitability | making a profit | running at a loss | profitable factories | factories that lose money | the factories make a profit | the factories run at a loss
""",
    ),
    story(
        "olives",
        "diamondcut",
        """
Z | summer rainfall | a rainless summer | a summer with plenty of rain | olive groves in a year of drought | olive groves in a rainy year | the summer brings no rain | the summer brings plenty of rain
X | irrigation | pumping water to the trees | leaving the trees unwatered | irrigated olive groves | olive groves that are not irrigated | water is pumped to the trees | the trees are left unwatered | the trees had been left unwatered
W | fly infestation | an outbreak of olive flies | hardly any olive flies | olive groves swarming with flies | olive groves almost free of flies | the flies multiply | there are hardly any flies
Y | the quality of the oil | first-rate oil | second-rate oil | olive groves that give excellent oil | olive groves that give mediocre oil | the olives give first-rate oil | the olives give second-rate oil
""",
    ),
    story(
        "theatre",
        "diamondcut",
        """
Z | the director's fame | having a famous director | having an unknown director | plays staged by a celebrity | plays staged by an obscure director | the director is a celebrity | the director is little known
X | poster advertising | putting up posters | relying on word of mouth | plays advertised on posters | plays that people only hear about by word of mouth | the theatre puts up posters | the theatre relies on word of mouth | the theatre had relied on word of mouth
W | the ticket price | charging a lot for tickets | selling tickets cheaply | plays with costly tickets | plays with inexpensive tickets | the tickets cost a lot | the tickets cost little
Y | attendance | a packed auditorium | a half-empty auditorium | plays with a full house | plays with many empty seats | the performances draw a full house | the performances leave many seats empty
""",
    ),
    story(
        "tenants",
        "arrowhead",
        """
X | home ownership | owning one's home | renting | homeowners | tenants | the residents own their homes | the residents rent | the residents had been renting
Z | parenthood | having children | being childless | parents | childless residents | the residents have children | the residents are childless
M | acquaintance with the neighbours | knowing the people next door | being a stranger to the people next door | residents who know their neighbours | residents who have never met their neighbours | the residents know the people next door | the residents are strangers to the people next door
Y | voter turnout | voting in the council election | staying at home on election day | voters | residents who do not vote | the residents vote in the council election | the residents stay at home on election day
""",
    ),
    story(
        "puppy",
        "arrowhead",
        """
X | puppy school attendance | going to puppy school | growing up without any schooling | dogs that attended puppy school | dogs that never attended puppy school | the dogs went to puppy school | the dogs grew up without any schooling | the dogs had grown up without any schooling
Z | breed size | belonging to a large breed | belonging to a toy breed | big dogs | tiny dogs | the dogs belong to a large breed | the dogs belong to a toy breed
M | nervousness | a nervous disposition | a calm disposition | jumpy dogs | dogs that keep calm | the dogs are nervous | the dogs keep calm
Y | aggression towards strangers | biting strangers | being gentle with strangers | dogs that bite strangers | dogs that do strangers no harm | the dogs bite strangers | the dogs do strangers no harm
""",
    ),
    nonsense("fresh_nonsense_a", "chain", "X:drelk M:fubi Y:ostwa"),
    nonsense("fresh_nonsense_b", "frontdoor", "U:hirv X:pelto M:gwun Y:azik"),
    nonsense("fresh_nonsense_c", "collision", "X:vodra Y:klem C:jusp"),
    nonsense("fresh_nonsense_d", "arrowhead", "X:narb Z:tiwex M:obrul Y:sefk"),
)
