"""What words are heard as: one thing for all forms of a word, its synonyms in both languages, and its misspellings."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.knowledge.names import words

# Between two bars stands one thing, in whatever word people have for it.
_SAME = """
blood bloody sangre sangres sanguinolento | bleed bled bleeds bleeding sangra sangro sangran sangrando sangrado sangrar
sangrante | hemorrhage hemorrhaging hemorragia | diarrhea diarrhoea diarrea | stool stools motions pooh poo poop poos
pooping pooped feces faeces crap shit turd heces caca popo deposicion deposiciones excremento evacuar evacuando evacue
obrar cagar cago cagando | toilet loo bathroom pan potty excusado inodoro bano wc lavatory restroom | pee pees peed
peeing wee weeing urinate urine urination piss orinar orina orino orine orinando pis pipi mear meo meando meado | vomit
puke puked puking spew barf throw throws threw thrown throwing hurl vomito devolver devuelvo devuelve devolvio arrojar
arrojo guacarear | cough hack hacking tos tose toser toso tosi tosio tosiendo | spit spat spitting escupir escupo escupe
| mouth boca | lip lips labio labios | tongue lengua | throat garganta | face rostro cara caras carita | eye eyes ojo
ojos | lid eyelid parpado | arm arms brazo brazos | leg legs pierna piernas | foot feet pie pies toe toes | hand hands
mano manos | head cabeza | neck cuello nuca pescuezo | chest pecho breastbone sternum torax thoracic toracico | belly
tummy stomach abdomen abdominal gut guts vientre barriga panza guata estomago tripa tripas | skin piel pellejo | bladder
vejiga | body cuerpo | heart corazon cardiac cardiaco | breath breathe respirar respiracion | air aire | groin crotch
entrepierna | pain painful hurt hurts ache aches aching sore duele duelen doler dolor dolores doliendo dolia dolorido |
severe worst terrible awful horrible unbearable excruciating agonizing agonising intense massive violent insoportable
peor fuerte fuertes fuertisimo intenso espantoso muchisimo tremendo bad badly atroz brutal | sudden suddenly repente
repentino golpe subito subita pronto | hard difficult difficulty trouble struggle problem cuesta costar dificultad
dificil problema problemas | stop stops stopped stopping parar para paro detener detiene detenga cesar | wake wakes
waking woke woken awake rouse despertar despierta despierto desperto espabilar | respond responding responsive response
answer react responde responder contesta contestar reacciona reaccionar | sleepy drowsy drowsiness lethargic somnolencia
somnoliento adormilado aletargado sonoliento letargo | numb numbness adormecer adormecido adormecimiento entumecer
entumecido dormido dormida dormidas dormidos durmio durmieron duermen insensible | tingle tingling hormigueo | weak
weakness weaker debil debiles debilidad flojo floja flojas | strength fuerza fuerzas | paralyzed paralysed paralysis
paralizado paralisis paralizar | move moves moving mover muevo mueve | lift raise levantar levanto levanta | feel feels
feeling felt sentir siento siente | walk walking walked caminar camina camino andar | stand standing pararse ponerse |
side lado | half medio media mitad | left izquierdo izquierda | right derecho derecha | speak talk speaking talking
speech spoke hablar habla hablo | word words palabra palabras | slur slurred slurring slurry | swallow tragar traga
tragando | saliva spittle babas baba drool drooling | swell swollen swelling swelled puffy puffed puff balloon hinchar
hinchado hincha hinchazon hincho inflamar inflamado inflama inflo inflado inflaron inflamo | blue blueish bluish azul
azules azulado | gray grey ashen gris grisaceo cenizo | pale palido palida | purple violet purpura morado morada
violaceo amoratado | spot dot blotch speck mark pinprick mancha manchas manchita punto puntito manchitas puntitos |
press push pressed apretar aprieto presionar | fade blanch fading borrar borra borran quitar quita quitan | rash
sarpullido salpullido erupcion roncha ronchas | blister ampolla ampollas | ulcer llaga llagas ulcera sores | peel
peeling pelar pela pelando despellejar despelleja desprender desprende | raw | fever feverish fiebre calentura | stiff
rigid stiffness rigidity tieso rigido rigidez agarrotado engarrotado agarrotada | sight vision eyesight vista visual |
ver veo ve viendo ven | see sees seeing saw | blind blindness ciego ciega ceguera | double doubled doble dobles |
confused confusion confundido desorientado disoriented disorientated delirious delirium delirio delira delirar delirando
incoherent incoherente | know knows sabe sabia saber | recognize recognise reconoce reconocer | faint fainted fainting
desmayar desmayo desmaye desvanecer desvanecio syncope sincope lipotimia | collapse collapsed desplomar desplomo |
seizure convulsion convulse convulsing convulsionar convulsionando | epileptic epilepsy epileptico epilepsia | jerk
jerking twitch twitching sacudir sacude sacudidas espasmos | shake shaking shook tremble trembling temblar tiembla
temblando temblor temblores | overdose overdosed overdosing sobredosis | poison poisoned veneno envenenar intoxicado |
pill pills tablet tablets capsule capsules pastilla pastillas comprimido comprimidos meds medicine medicines medication
medicamento medicamentos medicina dose doses dosis drug drugs paracetamol tylenol acetaminophen ibuprofen morphine
oxycodone methotrexate metotrexato | take takes tomar toma | took taken swallowed tomo tome tomado trago tragado ate
eaten ingested popped gulped necked guzzled | many much lots handful twenty thirty forty fifty hundred loads muchas
muchos mucho mucha | all todo todas todos toda | entire whole entero entera completo | bottle packet pack frasco caja
bote blister | steroid steroids prednisone prednisolone hydrocortisone cortisone dexamethasone cortef corticoide
corticoides corticosteroid esteroide esteroides prednisona prednisolona hidrocortisona cortisona cortisol dexametasona |
keep keeps kept keeping hold retener retengo retiene retenga | thirst thirsty sed sediento | sugar glucose azucar |
fruit fruity fruta | die dying dead morir morirme morirse muera muerto muerta | kill killing matar matarme matarse mato
| life live living alive vida vivir viviendo | droop drooping droopy droops drooped sag sagging fallen dropped drop
drops caido caida caen | smile sonrisa sonreir | crooked lopsided torcido torcida chueco chueca torcio desvio | choke
chokes choking choked atragantar atraganto atraganta | suffocate suffocating asfixiar asfixia ahogar ahogo ahoga
ahogando | black negro negra negros negras negruzco | tar tarry alquitran sticky | red rojo roja rojos rojas | clot
clots coagulo coagulos | work works working funcionar funciona | urinary urinario | back espalda | climb climbing subir
subiendo sube rise rising creep creeping | spread spreads spreading extender extiende avanzar avanza | bruise bruises
moreton moretones moraton | nose nariz | buttocks bum bottom nalgas culo butt | chin barbilla menton | light luz |
curtain cortina telon | word words | unconscious inconsciente | mum mom mama | dad papa | knee knees rodilla rodillas |
below abajo | sats saturation oxygen oxigeno saturacion satura oximetro | color colour colores | minute minutes mins min
minuto minutos | hour hours hrs hora horas | run ran running | behind rear backside | burst bursting reventar revienta
"""
_SPLIT = {"headache": "head pain", "headaches": "head pain", "cefalea": "head pain", "jaqueca": "head pain",
    "migraine": "head pain", "stomachache": "belly pain", "bellyache": "belly pain", "tummyache": "belly pain",
    "demasiado": "too many", "demasiada": "too many", "demasiados": "too many", "demasiadas": "too many",
    "agony": "severe pain", "nosebleed": "nose bleed", "nosebleeds": "nose bleed"}  # fmt: skip
_EMPTY = frozenset(
    words(
        "a an the my his her our their your its i im ive ill id he hes she shes we were they theyre you youre me him us it "
        "is are am was be been being has have had having do does did of in on at to from for with by and or so very really "
        "just that this these those there theres as than then also got get gets getting like quite bit some any can could "
        "would will going gonna if when while but because about s t o e y el la los las un una unos unas de del en al te se "
        "le les lo nos mi mis su sus que con por es esta estoy estan este ser son era tengo tiene tienen tenia hay ha he "
        "han muy mas ya como pero porque si cuando yo ella usted puedo puede pueden poder podia pudo able even properly "
        "longer hardly ni siquiera bien still actually single such own"
    )
)
_NOT = frozenset(
    words("no not wont doesnt isnt dont didnt hasnt havent wouldnt arent wasnt never nothing nada without sin ain aint")
)
_CANT = frozenset(words("cant cannot couldnt unable"))
_CAN = frozenset(words("can could able puedo puede pueden poder podia pudo podemos logro logra logran consigo consigue"))
_ENDS_NOT = frozenset(words("and but so because y e pero porque if si when cuando"))
_AS_THEY_ARE = frozenset(
    words(
        "number numbers fell chests pained fitted fitting breeding blending parado camino pasado seis limpio limpia limpiar "
        "terminal terminales"
    )
)
"""Everyday words that would be heard as forms of others."""

_UNITS = frozenset(words("mg mcg ml g kg am pm days weeks months hours minutes years dias semanas meses horas minutos anos"))
_LONG, _LONGER = 6, 9
_MEANS_AS_WRITTEN = _SAME.replace("|", " ").split()
_REACH = 1
"""So many telling words after `no` are said not to be."""

_ENDINGS = frozenset(
    words(
        "ings ing edly ed ness es s ly er e ers mente andose iendose andome iendome ando iendo yendo aron ieron aban "
        "aba ados adas ado ada idos idas ido ida arse erse irse arme erme irme arlo arla ar ir amos emos an en as os a "
        "o io ia "
    )
)
_LONGEST = max(map(len, _ENDINGS))
_SOUNDS = tuple(
    (part, re.compile(was), sound)
    for part, was, sound in (
        ("c", "c(?=[eiy])", "s"), ("ck", "ck", "k"), ("c", "c(?!h)", "k"), ("ll", "ll(?=[aeiou])", "y"),
        ("qu", "qu(?=[ei])", "k"),
        ("n", "n(?=[pb])", "m"), ("mf", "mf", "nf"), ("", r"([^\W\d])\1+", r"\1"),
    )
)  # fmt: skip
_SAME_SOUND = str.maketrans({"v": "b", "z": "s", "x": "ks"})
_PIECES = re.compile(r"([.!?;\n…]+(?=\s|$)|\n|[,:()])")


def _sound(word: str) -> str:
    """Return a word as it sounds in Spanish, where b is v, and z is s: so it is written, too."""
    word = word.translate(_SAME_SOUND)
    for part, was, sound in _SOUNDS:
        if part in word:
            word = was.sub(sound, word)
    return word


def _stem(word: str) -> str:
    """Return a word without its longest ending, where four letters are left."""
    for length in range(min(_LONGEST, len(word) - 4), 0, -1):
        if word[-length:] in _ENDINGS:
            return word[:-length]
    return word


def _same() -> dict[str, str]:
    found: dict[str, str] = {}
    groups = [group.split() for group in _SAME.split("|")]
    for each in (_sound, lambda word: _stem(_sound(word))):
        for group in groups:
            for word in group:
                found.setdefault(each(word), group[0])
    return found


_MEANS = _same()


class Hearing:
    """Hears words as the things they say, once it knows which words are of danger, and which are everyday words."""

    def __init__(self) -> None:
        self._long: dict[str, dict[str, str]] = defaultdict(dict)
        self._known: set[str] = set()
        self._alone: set[str] = set()

    def learn(self, danger: Iterable[list[str]], everyday: Iterable[str]) -> None:
        """Take the phrases of danger, whose words are heard through a slip, and everyday words, which are no slips."""
        for parts in danger:
            if len(parts) == 1:
                self._alone.add(self._alone_as(parts[0]))
            for word in parts:
                self._learn(word)
        for word in (*_MEANS_AS_WRITTEN, *_SPLIT):
            self._learn(word)
        self._known.update(everyday)

    @staticmethod
    def _alone_as(word: str) -> str:
        stem = _stem(_sound(word))
        return f"={_MEANS.get(_sound(word)) or _MEANS.get(stem) or stem}:{stem}"

    def _learn(self, word: str) -> None:
        if len(word) >= _LONG:
            self._long[_sound(word)[0]].setdefault(_sound(word), word)

    def things(self, word: str) -> tuple[str, ...]:
        """Return what a word says: itself, what it is a form or another word of, or what it is a misspelling of.

        What is danger alone is so in its own forms, not in all words like it: that one has `=` before it.
        """
        if word in _SPLIT:
            return tuple(_SPLIT[word].split())
        if word in _AS_THEY_ARE:
            return (word,)
        sound = _sound(word)
        stem = _stem(sound)
        found = _MEANS.get(sound) or _MEANS.get(stem)
        may_slip = len(word) >= _LONG and word not in self._known and f"={stem}:{stem}" not in self._alone
        if not found and may_slip and (meant := self._misspelt(sound)):
            return self.things(meant)
        alone = f"={found or stem}:{stem}"
        return (found or stem, alone) if alone in self._alone else (found or stem,)

    def _misspelt(self, sound: str) -> str | None:
        slips = 1 if len(sound) < _LONGER else 2
        if sound in self._long.get(sound[0], {}):
            return None
        for typed in (sound, "h" + sound):
            long = self._long.get(typed[0], {})
            near = process.extractOne(typed, long.keys(), scorer=OSA.distance, score_cutoff=slips)
            if near and (typed == near[0] or not typed.startswith(near[0])):
                return long[near[0]]
        return None

    def phrase(self, said: list[str]) -> frozenset[str]:
        """Return the things that a phrase of danger says: what is said not to be, as such alone."""
        told = [(place, thing) for place, _at, thing in self.elements(said, reaching=1) if "=" not in thing]
        if len(said) == 1 and len(told) == 1:
            return frozenset([self._alone_as(said[0])])
        things = frozenset(dict(told).values())
        return frozenset(thing.replace("~", "-") for thing in things) if len(things) == 1 else things

    def elements(self, said: list[str], reaching: int = _REACH) -> list[tuple[int, int, str]]:
        """Return the things said, each with its place among those that tell something, and among all words.

        Before what is said not to be is `~`, too; before what cannot be, `!`: who can't see doesn't just not see why.
        """
        found: list[tuple[int, int, str]] = []
        place, reach, marks = 0, 0, ""
        for at, word in enumerate(said):
            if word in _CANT or word in _NOT:
                reach = reaching
                marks = "~!" if word in _CANT or (at and said[at - 1] in _CAN) else "-~"
            elif word in _CAN and reach == reaching:
                marks = "~!"
            elif word == "," or word in _ENDS_NOT:
                found += _cannot(found, marks if reach == reaching else "")
                place, reach = place + (word == ","), 0
            elif word not in _EMPTY and (word != "para" or reach):
                for thing in self.things(word):
                    place += thing[0] != "="
                    found += [(place, at, mark + thing) for mark in ("", *(marks if reach else ""))]
                reach -= reach > 0
                if word.isdigit() and 7 < int(word[:4]) < 500 and said[at + 1 : at + 2] and said[at + 1] not in _UNITS:
                    found.append((place - 1, at, "many"))
        return found + _cannot(found, marks if reach == reaching else "")


def _cannot(found: list[tuple[int, int, str]], marks: str) -> list[tuple[int, int, str]]:
    """Return what was said before `but I can't`, as what cannot be; nothing where it isn't `can't` that ends the clause."""
    if "!" not in marks or not found:
        return []
    last = found[-1][0]
    return [(place, at, f"!{thing}") for place, at, thing in found if place > last - 2 and thing[0] not in "~!-="]


def pieces(text: str) -> list[str]:
    """Split a text into its sentences and the commas within them."""
    return [piece for piece in _PIECES.split(text) if (piece and not piece.isspace()) or piece == "\n"]
