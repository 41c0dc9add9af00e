"""Which files are which: chosen by looking at every picture, before any model was trained.

Drawings, toys and pictures that hold more than their object are left out. Files of one *family* are
near copies (mirrored, or cut from one photograph), so that a family of surfaces is never divided.
Tiles of one panorama are no family: `PLACES` says why.
"""

from collections.abc import Mapping, Sequence

_MAMMALS = "animals/mammals/"

OBJECTS: Mapping[str, Sequence[str]] = {
    "bird": [
        f"animals/birds/{name}"
        for name in [
            "adelaide-rosella",
            "blackbird",
            "chicken_profile",
            "crow",
            "crowned_crane",
            "cuckoo",
            "drake",
            "duck",
            "gander",
            "guineafowl",
            "helmeted_guineafowl",
            "hen",
            "heron_greatblue",
            "heron_greatblue_flying",
            "lark",
            "little-penguin",
            "magellanic_penguin",
            "magpie",
            "nandou",
            "ostrich",
            "owl",
            "peacock",
            "pelican",
            "penguin",
            "pigeon",
            "pink_flamingo",
            "quetzal",
            "rainbow-lorikeet",
            "rooster",
            "seagull",
            "silver-gull",
            "tucan",
            "turkey",
            "vulture",
        ]
    ],
    "bug": [
        f"animals/insects/{name}"
        for name in [
            "Woodlouse",
            "bee",
            "fly",
            "grasshopper",
            "hornet",
            "hoverfly",
            "mantis",
            "xanthia",
        ]
    ],
    "sea animal": [
        *(
            f"animals/fish/{name}"
            for name in [
                "bluegroper",
                "butterflyfish",
                "clownfish",
                "coraltrout",
                "dolphinfish",
                "lionfish",
                "lobster",
                "moonwrasse",
                "seahorse",
                "shrimp",
                "stripedfish",
            ]
        ),
        *(f"{_MAMMALS}aquatic/{name}" for name in ["dolphin", "orca", "sea_lion", "whale"]),
    ],
    "mammal": [
        *(
            f"{_MAMMALS}bovines/{name}"
            for name in [
                "bison",
                "bull",
                "cow",
                "cow_white",
                "gnu-baby-stand",
                "gnu-baby",
                "gnu-sitting",
                "gnu-stand",
                "goat",
                "indian_blackbuck",
                "mountaingoat",
                "ram",
                "sheep",
                "sheep_lamb",
                "yak",
                "zebu",
            ]
        ),
        *(f"{_MAMMALS}deer/{name}" for name in ["caribou", "deer", "doe", "wapiti"]),
        *(f"{_MAMMALS}equines/{name}" for name in ["donkey", "donkey_eating", "horse", "zebra"]),
        *(f"{_MAMMALS}camel/{name}" for name in ["camel", "dromedary"]),
        *(f"{_MAMMALS}{name}" for name in ["elephant", "giraffe", "hippopotamus", "rhino_black"]),
    ],
    "flower": [
        f"plants/flowers/{name}"
        for name in [
            "adeenia",
            "anemone_red",
            "anthoorium",
            "bolsom",
            "chemparathi",
            "daffodil",
            "flower1",
            "flower10",
            "flower2",
            "flower3",
            "flower4",
            "flower5",
            "flower6",
            "flower7",
            "flower8",
            "flower9",
            "iris",
            "marigold",
            "pigface",
            "red-gazania",
            "rose",
            "whitestar-petunia",
            "yellow-flower",
        ]
    ],
    "fruit": [
        f"food/fruit/{name}"
        for name in [
            "Apricot_whole",
            "Cherry_Stella",
            "Strawberry2",
            "apple_fuji",
            "apple_granny_smith",
            "apple_green",
            "apple_red",
            "apple_sierra_beauty",
            "apricot",
            "avocado",
            "banana",
            "cherimoya",
            "grapes",
            "kiwi",
            "lemon",
            "mandarine",
            "mango",
            "orange",
            "orange_seville",
            "pear",
            "pineapple",
            "pomegranate",
            "raspberry",
            "sliced_lime",
            "sliced_orange",
            "strawberry",
        ]
    ],
    "vehicle": [
        *(f"vehicles/auto/{name}" for name in ["beetle", "sedan", "sportscar2", "truck"]),
        "vehicles/garbagetruck",
        "vehicles/emergency/firetruck",
        "vehicles/construction/dumper",
        "vehicles/race/indycar",
        "vehicles/masstransit/green_korean_bus",
        "vehicles/flight/planes/747",
        "vehicles/cycle/pink_tricycle",
        "vehicles/ship/chineseJunk",
        "household/tools/cementmixer",
    ],
    "tool": [
        *(
            f"household/tools/{name}"
            for name in [
                "hammer",
                "mallet_metal",
                "measuring_tape",
                "paintbrush_large",
                "plyers",
                "saw",
                "spade",
                "toolbox",
                "wrench",
                "wrench_adjustable",
                "wrench_plumbers",
            ]
        ),
        "household/dishes/utensils/nutcracker",
        "household/dishes/utensils/pepper_grinder",
    ],
}
"""Class to stamps, each a family of its own."""

WATER_BIRDS = [
    "drake",
    "duck",
    "gander",
    "heron_greatblue",
    "heron_greatblue_flying",
    "little-penguin",
    "magellanic_penguin",
    "pelican",
    "penguin",
    "pink_flamingo",
    "seagull",
    "silver-gull",
]
"""Among the stamps of class "bird"."""

FIGURES = {"train": "people/fireman200b", "held out": "people/fireman240a"}
"""Two photographs of one fireman, taken from two sides: the second object beside some birds.

There are only two, so that "held out" stands in targets and verification examples alike, and is
what the transformation pastes; no model was trained on it.
"""

TEXTURES: Mapping[str, Sequence[tuple[str, ...]]] = {
    "grass": [
        ("grass.jpg",),
        ("grass001.jpg",),
        ("grass003.jpg",),
        ("grass004.jpg",),
        ("grass_lush.png",),
        ("grass_mowed_dry_a.jpg", "grass_mowed_dry_b.jpg", "grass_mowed_dry_c.jpg"),
        ("grass_mowed_green_a.jpg", "grass_mowed_green_b.jpg", "grass_mowed_green_c.jpg"),
        ("grass_tall_dry_a.jpg", "grass_tall_dry_b.jpg", "grass_tall_dry_c.jpg"),
        ("grass_tall_green_a.jpg", "grass_tall_green_b.jpg", "grass_tall_green_c.jpg"),
        ("hedge001.jpg",),
        ("jungle001.png", "jungle002.png"),
    ],
    "rock": [
        ("pjrock1.png", "pjrock17.png"),
        ("pjrock16.png",),
        ("pjrock21.png",),
        ("rock001.png", "rock002.png", "rock003.png"),
        ("rock004.png", "rock005.png", "rock006.png", "rock007.png"),
        ("rock008.png", "rock010.png", "rock011.png"),
        ("rock009.png",),
        ("rock012.png", "rock013.png"),
        ("rock014.png", "rock015.png", "rock016.png"),
        ("rock017.png", "rock018.png"),
        ("stone001.png",),
    ],
    "ground": [
        ("dirt.png", "drymud.jpg"),
        ("dirt001.png",),
        ("dirt002.png", "dirt003.png"),
        ("dirt_se01.png",),
        ("railway.png",),
        ("rockyground01.png", "rockyground02.png"),
        ("soil001.jpg", "soil002.jpg"),
        ("sp_ground.jpg",),
    ],
    "sand": [
        ("desert001.png", "desert003.png"),
        ("desert002.png",),
        ("desert004.png",),
        ("desert005.png",),
        ("desert006.png",),
        ("desert007.png", "desert008.png"),
        ("desert009.png",),
        ("sand.jpg",),
    ],
    "snow": [
        ("snow001.png",),
        ("snow002.png",),
        ("snow003.png",),
        ("snowey.jpg",),
        ("ice001.jpg",),
        ("ice002.png",),
        ("ice003.png",),
    ],
    "bark": [
        ("tree001.png",),
        ("tree002.png",),
        ("tree003.png",),
        ("tree_bark_001.jpg", "tree_bark_002.jpg"),
        ("wood_chips01.jpg", "wood_chips02.jpg"),
    ],
}
"""Kind of surface to families of files in tex_nature."""

_STELLARIUM = "stellarium/landscapes/"

PLACES: Mapping[str, Sequence[str]] = {
    "water": [
        *(f"{_STELLARIUM}ocean/ocean{i}.png" for i in range(1, 10)),
        *(
            f"wallpapers/{name}"
            for name in [
                "BytheWater",
                "ColdRipple",
                "DarkestHour",
                "EveningGlow",
                "Volna",
                "summer_1am",
            ]
        ),
    ],
    "land": [
        *(f"{_STELLARIUM}guereins/guereins{i}.png" for i in range(1, 9)),
        *(f"{_STELLARIUM}garching/garching-gl{i}.png" for i in range(1, 5)),
        *(f"{_STELLARIUM}hurricane/hurricane{i}.png" for i in range(1, 9)),
        *(f"wallpapers/{name}" for name in ["FallenLeaf", "OneStandsOut", "Path"]),
        "backgrounds/aitzgorri_by_Aitzol_Berasategi.jpg",
        "backgrounds/picosdeeuropa_by_Aitzol_Berasategi.jpg",
        "backgrounds/seeding_by_Clements_Engelhardt.jpg",
        "backgrounds/mate/nature/Dune.jpg",
        "backgrounds/mate/nature/Garden.jpg",
        "backgrounds/mate/nature/GreenMeadow.jpg",
    ],
}
"""Kind of place to photographs below /usr/share.

Stellarium's are tiles of four panoramas, each tile another view from one point: a sea, and three
landscapes. Tiles of one panorama are in all three parts: with the sea in one part, the six other
photographs of water would be two or three a part.
"""

MATERIALS: Mapping[str, Sequence[tuple[str, ...]]] = {
    "wood": [
        ("s_wood001.png",),
        ("s_wood002.png",),
        ("s_wood003.png",),
        *((f"wood{i:03d}.png",) for i in (1, 2, 3, 4, 5, 7, 8, 9, 12, 13, 14, 17)),
        ("wood010.png", "wood011.png"),
        ("wood015.png", "wood016.png", "wood018.png"),
    ],
    "metal": [
        ("metal001.png",),
        ("metal002.png", "metall007.png"),
        ("metall001.png",),
        ("metall002.png",),
        ("metall003.png",),
        ("metall005.png",),
        ("metall006.jpg",),
        ("metall008.png",),
        ("metall009.jpg",),
        ("metall010.png", "metall010a.png"),
        ("metall011.jpg",),
        ("metall012.png",),
        ("metall013.png", "metall023.png"),
        ("metall014.png", "metall017.png"),
        ("metall015.png",),
        ("metall016.png",),
        ("metall018.png", "metall019.png"),
        ("metall020.png",),
        ("metall022.png",),
    ],
}
"""Kind of surface to families of files in tex_material."""
