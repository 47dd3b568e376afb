"""Whether a sign that stands in a text is only spoken of: denied, asked about in general, long past. In doubt it isn't."""

from __future__ import annotations

import re

from bot.knowledge.names import words

_SAYINGS = """
suicide gene, suicide switch, cell suicide, suicide substrate, programmed cell death, gen suicida, hay fever, scarlet
fever, yellow fever, dengue fever, periodic fever, cabin fever, fiebre amarilla, fiebre del heno, butterfly stroke,
stroke of luck, stroke order, heat stroke, double blind, doble ciego, a ciegas, blind date, blind eye, blind trust,
fit note, a good fit, fit for, heart block, breath away, breath of fresh air, breathing space, breathing room, room to
breathe, died laughing, to die for, dying to know, dying to, scared to death, to death, the death of me, a pain in the
neck, pain in the neck, heart attack lol, gave me a heart attack, gives me a heart attack, giving me a heart attack,
casi me da un infarto, me dio un infarto de, muero de hambre, muero de risa, muero de ganas, muero de sueño, muero de
frío, muero de calor, muero de vergüenza, muero de miedo, muero de amor, morir de amor, mata la curiosidad, matar el
tiempo, veneno de escorpión, veneno de serpiente, veneno de abeja, scorpion venom, ahogo en papeleo, ahogo en deudas,
ahogo en trabajo, ahogo en un vaso, ahogados en papeles, drowning in paperwork, drowning in bills, desmayo de la
emoción, desmayo de risa, desmayo del susto, desmayo de alegría, nudo en la garganta, baba con, cara de vergüenza,
derrame pleural, derrame pericárdico, derrame articular, no veo la hora, no veo el momento, no veo por qué, no puedo
ver ni, hurt my chances, hurt his chances, hurt my feelings, cant see why, cannot see me, cant see me, cant see how,
cant see the point, cant see my doctor, cant see the doctor, cant see a doctor, cant see it, cant see what, hard to
swallow, paralyzed by fear, paralyzed with fear, paralyzed by, shaking with laughter, bleeding edge, bloody hell,
poison ivy, blister pack, jelly legs, lost for words, end of life, head and neck, cabeza y cuello, sudor frío, respond
to it, responding to it, responding to keytruda, responding to therapy, respond to therapy, responding to treatment,
respond to treatment, responding to the treatment, respond to the treatment, responding to chemo, respond to chemo,
responding to immunotherapy, respond to immunotherapy, respond to steroids, responding to steroids, respond to emails,
respond to messages, unresponsive to treatment, unresponsive to chemo, unresponsive to therapy, responde al
tratamiento, responde a la inmunoterapia, responde a la quimio, responden al tratamiento, confused about, confused by,
confused with, confused on, confused between, confused which, confused how, confused why, confused as to, confusion
about, confusion over, confusion between, confusion with, confundido con, confundida con, confundido sobre, confundida
por, confusión entre, confusión con, confusión sobre, fainted when i saw, fainted at the price, collapsed lung,
collapsed vein, mixed up, killer t, killer cell, killer cells, cells kill
"""
NO_DANGER = tuple(_SAYINGS.strip().replace("\n", " ").split(", "))
"""What sounds like danger and is a name or a saying."""

_NOW = re.compile(
    r"\b(now|help|urgent|urgente|ayuda|ayudenme|socorro|someone|"
    r"right now|today|tonight|again|started|since (?!20|19)|just|suddenly|ahora|ahorita|hoy|otra vez|"
    r"de nuevo|de repente|minutes?|minutos?|hours?|horas?|911|112|999|ambulanc\w+)\b"
)
_SOMEBODY = re.compile(
    r"\b(i|im|ive|my|me|mine|myself|we|our|us|he|hes|she|shes|his|her|him|mum|mom|dad|mums|moms|dads|wife|husband|"
    r"sons|daughter|mother|father|brother|sister|kid|child|baby|grand\w+|nan|aunt|uncle|friend|partner|yo|mi|mis|"
    r"me|tengo|estoy|esta|siento|mama|papa|madre|padre|hij[oa]|espos[oa]|marido|mujer|herman[oa]|abuel[oa]|bebe|"
    r"ti[oa]|amig[oa]|llevo|desde)\b"
)
_GENERAL = re.compile(
    r"\b(what (is|are|does|percentage|causes)|whats (a|an|the)|meaning|means|definition|define|explained|"
    r"explanation|risks?|rates?|incidence|percentage|statistics|numbers|how (often|common|likely|many)|chances?|"
    r"causes?|lead to|leads to|prevent\w*|prophylaxis|vaccin\w+|schedule|leaflet|guidelines?|society|support|"
    r"campaign|poster|websites?|stud(y|ies)|trials?|survival|listed|warnings?|label|insert|according|referral|"
    r"test kit|exercises|strips|treatment options|eligibility|screening|difference between|vs|versus|"
    r"side effects?|known|usually|series|reports?|called|clinics?|programmes?|programs?|courses?|class(es)?|"
    r"service|protocols?|scores?|grades?|criteria|code|checklist|chart|kits?|device|bracelet|video|podcast|"
    r"article|registry|charity|foundation|association|institute|group|awareness|abbreviation|(types|stages|"
    r"examples) of|in (children|adults|pregnancy|elderly|kids|cats|dogs)|essay|exam|quiz|student|homework|lecture|"
    r"textbook|crossword|translate|stands for|acronym|spell|due to|caused by|tablets|cream|spray|physiotherapy|"
    r"exercise|(is|are) (it |they )?(a|an|the|common|contagious|hereditary|dangerous)|(can|could|may|might|does|"
    r"do) \w+( \w+)? (cause|give|lead|turn|make|trigger)|paper|book|film|song|expiry|brand|stats|que (es|son|"
    r"significa)|significad[oa]|significa|definicion|riesgos?|tasas?|frecuen\w+|comun|cuant[oa]s|porcentaje|"
    r"(puede|pueden|podria) (causar|provocar|producir|dar)|causas?|prevenir|vacunas?|lista|efectos? secundarios?|"
    r"diferencia|sintomas de|prospecto|consentimiento|folleto|ensayos?|libro|por que (piden|dicen|se)|opciones|"
    r"estudios?|se cura|se considera|a partir de cuanto|en (ninos|adultos|embarazo|perros)|tipos de|debido a|"
    r"protocolo|escala|grados?|criterios|asociacion|fundacion|grupo|curso|clase|pastillas para|crema|"
    r"por que piden|clinica de|se llama|cual es|cuales son)\b"
)
_PAST = re.compile(
    r"\b(had|suffered|died (of|from)|recovered from|history of|tuve|tuvo|sufri\w*|murio de|fallecio de|"
    r"antecedentes? de)\b(?:(?!\b(?:and|but|y|pero|now|ahora)\b|,).)*\b(years? ago|months? ago|last (year|summer|"
    r"spring|winter|autumn)|in (19|20)\d\d|as a (child|kid|baby|teen\w*)|when i was|in the past|before (diagnosis|"
    r"treatment)|hace (\w+ )?(anos|meses|tiempo)|(el )?(ano|verano|invierno) pasado|en (19|20)\d\d|de (bebe|"
    r"nin[oa]|chic[oa]|joven))\b"
)
_DENIES = frozenset(
    words(
        "denies denied denying deny negative niega nego negaba niegan ruled descarta descartado descartan absence ausencia "
        "unlikely"
    )
)
_AFTER = frozenset(words("denied none absent negative negativo negativa ausente free nil descartado descartada resolved"))
_NOT = frozenset(
    words("nil zero nunca jamas tampoco no not without sin ni nor dont doesnt didnt hasnt havent isnt never ningun ninguna")
)
_LIST = frozenset(words("or nor o ni u"))
_TURNS = frozenset(words("but now until till pero ahora hasta reports refiere"))
_BETWEEN = frozenset(
    words(
        "any new more significant further sign signs of evidence history acute active other episodes symptoms symptom the a "
        "an had have has having been experienced tengo tiene tienen tenido ha he han hay presenta presento signos signo de "
        "del datos episodios antecedentes nuevo nueva otros otras mas le me se el la los las recent current focal her his "
        "my in"
    )
)
_CLINICAL = frozenset(words("ideation ideacion thoughts ideas suicidal suicida suicidas si sh intent plan"))


_FIRST = frozenset(words("i im ive me my myself yo me mi estoy tengo quiero"))
_NEVER, _EVER = frozenset(words("never nunca jamas not no")), frozenset(words("this like such so before asi tan como"))
"""Who never had a headache like this has one."""


def is_denied(said: list[str], at: set[int], signs: set[int], sure: bool) -> bool:
    """Say whether the words of a sign, at these places of a sentence, are said not to be."""
    first, last = min(at), max(at)
    for i in range(first - 1, -1, -1):
        if said[i] in _TURNS:
            break
        if said[i] in _DENIES:
            return not _TURNS & {*said[last + 1 :]}
    if sure and (not _CLINICAL & {said[i] for i in at} or _FIRST & {*said}):
        return False
    if _EVER & {*said[first + 1 :]} and _NEVER & {*said[:first]}:
        return False
    if next((word for word in said[last + 1 :] if word != ","), "") in _AFTER:
        return True
    return not {"until", "till", "hasta"} & {*said[last + 1 :]} and any(_follows_no(said, i, at, signs) for i in at)


def _follows_no(said: list[str], place: int, at: set[int], signs: set[int]) -> bool:
    """Say whether before this word, but for those that go with it or are listed with it, stands a `no`."""
    a_list = bool(_LIST & {*said[place:]}) and not _SOMEBODY.search(" ".join(said))
    listed = False
    for i in range(place - 1, max(place - 12, -1), -1):
        if said[i] in _NOT and i not in at:
            return True
        listed = listed or said[i] in _LIST or (a_list and said[i] == ",")
        if not listed and (said[i] == "," or (said[i] not in _BETWEEN and i not in signs)):
            return False
        if said[i] == "," and not a_list and said[i + 1 : i + 2] and not _LIST & {*said[i : place + 1]}:
            return False
    return False


def is_general(said: list[str]) -> bool:
    """Say whether a sentence asks about signs in general or tells of long ago, and nothing in it is somebody's now."""
    sentence = " ".join(said)
    if _SAID.search(sentence) and not _NOW.search(sentence):
        return True
    if _TUMOR.search(sentence):
        return True
    if _RISK.search(sentence) and not _HAS.search(sentence) and not _NOW.search(sentence):
        return True
    return (
        bool(_GENERAL.search(sentence) or _ASKS.search(sentence))
        and not _SOMEBODY.search(sentence)
        and not _NOW.search(sentence)
    )


_SAID = re.compile(
    r"\b(algun dia|asked if i|watch out for|look out for|(ring|call) if|(leaflet|booklet|form|"
    r"article|label|website|consent|questionnaire|prospecto|folleto|consentimiento) (says|mentions|lists|asks|"
    r"warns|dice|menciona|habla))\b"
)
_ASKS = re.compile(
    r"^(what (?!to\b|do i|should)|which|when (do|does|is|should|are|can|will|would)|how (?!to\b|do (i|you))|who|"
    r"where|why do(es)?|are|do(es)? (?!not)|can (?!not|t\b)|could (?!not)|may|might|will (?!not)|que (es|son|"
    r"significa|causa|porcentaje|tan|quiere|tratamiento|medic\w+|hacen|pasa)|cual(es)?|cuant\w+|cuando (es|se|"
    r"hay)|por que|quien|existen?|es (normal|comun|un|una|peligros\w)|son|pueden?|como (se|es|son))\b"
)
_TUMOR = re.compile(
    r"\b(cancer|tumors?|tumours?|lymphoma|myeloma|leukemia|disease|tumores|enfermedad) (\w+ ){0,2}(not|isnt|"
    r"doesnt|didnt|hasnt|stopped|no) respon|respon\w+ (to|al|a la|a los) (\w+ )?(treatment|therap|drug|chemo|"
    r"immuno|steroid|medic|tratamiento|quimio|terapia|inmuno|cortic)"
)
_RISK = re.compile(
    r"\b(risks? of|riesgos? de|chances? of|how (common|likely|often)|que tan (comun|frecuente)|"
    r"efectos? secundarios? de)\b"
)
_HAS = re.compile(r"\b(have|ive|im|has|hes|shes|had|having|got|keeps|tengo|tiene|estoy|dio|desde|since|para)\b")


_FACT = re.compile(
    r"\b(what (is|are)|meaning|definition|rates?|risks?|side effects?|listed|warnings?|label|how (often|common)|"
    r"incidence|statistics|efectos? secundarios?|significado|que es|riesgos?|tasas?|frecuen\w+)\b"
)


def is_fact(said: list[str]) -> bool:
    """Say whether a sentence asks for facts, and nobody is in it; so self-harm is a mention, or denied by a doctor."""
    sentence = " ".join(said)
    return bool(_FACT.search(sentence)) and not _SOMEBODY.search(sentence) and not _NOW.search(sentence)


def is_past(said: list[str], at: set[int]) -> bool:
    """Say whether the words of a sign stand between `had` and `years ago`, with nothing of now in the sentence."""
    sentence = " ".join(said)
    if _NOW.search(sentence):
        return False
    spans = (found.span() for found in _PAST.finditer(sentence))
    return any(sentence[:start].count(" ") <= min(at) and max(at) <= sentence[:end].count(" ") for start, end in spans)


_WHEN = re.compile(
    r"\b(le|se|les|mornings?|nights?|yesterday|ago|days?|weeks?|after|please|ayer|anoche|manana|noche|dias?|semanas?|tras|despues|favor)\b"
)


def is_somebodys(said: list[str]) -> bool:
    """Say whether somebody is in a sentence, or something of now."""
    sentence = " ".join(said)
    return bool(_SOMEBODY.search(sentence) or _NOW.search(sentence) or _WHEN.search(sentence))
