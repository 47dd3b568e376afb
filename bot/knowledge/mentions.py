"""Whether a sign that stands in a text is only spoken of: denied, asked about in general, long past. In doubt it isn't."""

from __future__ import annotations

import re

NO_DANGER = (
    *("suicide gene", "suicide switch", "cell suicide", "suicide substrate", "programmed cell death", "gen suicida"),
    *("hay fever", "scarlet fever", "yellow fever", "dengue fever", "periodic fever", "cabin fever", "fiebre amarilla"),
    *("butterfly stroke", "stroke of luck", "stroke order", "heat stroke", "double blind", "doble ciego", "fit note"),
    *("heart block", "took my breath away", "takes my breath away", "died laughing", "to die for", "a good fit", "fit for"),
    *("gave me a heart attack", "gives me a heart attack", "muero de hambre", "muero de risa", "muero de ganas"),
    *(
        "veneno de escorpion",
        "veneno de serpiente",
        "veneno de abeja",
        "scorpion venom",
        "ahogo en papeleo",
        "ahogo en deudas",
    ),
    *(
        "ahogo en trabajo",
        "ahogo en un vaso",
        "desmayo de la emocion",
        "desmayo de risa",
        "desmayo del susto",
        "derrame pleural",
    ),
    *(
        "derrame pericardico",
        "derrame articular",
        "no veo la hora",
        "no veo el momento",
        "no veo por que",
        "ver ni un",
        "hurt my chances",
    ),
    *(
        "cant see why",
        "cant see how",
        "cant see the point",
        "cant see my doctor",
        "cant see the doctor",
        "cant see a doctor",
    ),
    *("responding to treatment", "respond to treatment", "responding to the treatment", "respond to the treatment"),
    *("responding to chemo", "respond to chemo", "responding to immunotherapy", "respond to immunotherapy", "blister pack"),
    *(
        "respond to it",
        "responding to it",
        "responding to keytruda",
        "responding to therapy",
        "respond to therapy",
        "end of life",
    ),
    *(
        "respond to steroids",
        "responding to steroids",
        "respond to emails",
        "respond to messages",
        "responde al tratamiento",
    ),
    *("responde a la inmunoterapia", "responde a la quimio", "responden al tratamiento", "head and neck", "cabeza y cuello"),
    *("unresponsive to treatment", "unresponsive to chemo", "unresponsive to therapy", "refractory or unresponsive"),
    *("confused by", "confused with", "confused on", "confused between", "confused which", "confused how", "confused why"),
    *("confused as to", "confusion between", "confusion with", "confundido con", "confundida con", "confundido sobre"),
    *("confusion entre", "confusion con", "confusion sobre", "killer t", "killer cell", "killer cells", "cells kill"),
    *("confused about", "confusion about", "confusion over", "mixed up", "a ciegas"),
)
"""What sounds like danger and is a name or a saying."""

_NOW = re.compile(
    r"\b(now|right now|today|tonight|again|started|since (?!20|19)|just|suddenly|ahora|ahorita|hoy|otra vez|de nuevo|de repente"
    r"|minutes?|minutos?|hours?|horas?|911|112|999|ambulanc\w+)\b"
)
_SOMEBODY = re.compile(
    r"\b(i|im|ive|my|me|mine|myself|we|our|us|he|hes|she|shes|his|her|him|mum|mom|dad|mums|moms|dads|wife|husband|sons|daughter"
    r"|mother|father|brother|sister|kid|child|baby|grand\w+|nan|aunt|uncle|friend|partner"
    r"|yo|mi|mis|me|tengo|estoy|esta|siento|mama|papa|madre|padre|hij[oa]|espos[oa]|marido|mujer|herman[oa]|abuel[oa]|bebe"
    r"|ti[oa]|amig[oa]|llevo|desde)\b"
)
_GENERAL = re.compile(
    r"\b(what (is|are|does|percentage|causes)|whats (a|an|the)|meaning|means|definition|define|explained|explanation|risks?|rates?"
    r"|incidence|percentage|statistics|numbers|how (often|common|likely|many)|chances?|causes?|lead to|leads to|prevent\w*"
    r"|prophylaxis|vaccin\w+|schedule|leaflet|guidelines?|society|support|campaign|poster|websites?|stud(y|ies)|trials?|survival"
    r"|listed|warnings?|label|insert|according|referral|test kit|exercises|strips|treatment options|eligibility|screening"
    r"|difference between|vs|versus|side effects?|known|usually|series|reports?|called|clinics?|programmes?|programs?|courses?|class(es)?|service|protocols?|scores?|scales?|grades?|criteria|code|"
    r"checklist|chart|kits?|device|bracelet|video|podcast|article|registry|charity|foundation|association|institute|group|awareness|abbreviation|"
    r"(types|stages|examples) of|in (children|adults|pregnancy|elderly|kids|cats|dogs)|due to|caused by|tablets|cream|spray|physiotherapy|exercise|"
    r"(is|are) (it |they )?(a|an|the|common|contagious|hereditary|dangerous)|(can|could|may|might|does|do) \w+( \w+)? (cause|give|lead|turn|make|trigger)|paper|book|film|song|expiry|brand|stats"
    r"|que (es|son|significa)|significad[oa]|significa|definicion|riesgos?|tasas?|frecuen\w+|comun|cuant[oa]s|porcentaje"
    r"|(puede|pueden|podria) (causar|provocar|producir|dar)|causas?|prevenir|vacunas?|lista|efectos? secundarios?|diferencia"
    r"|sintomas de|prospecto|consentimiento|folleto|ensayos?|libro|por que (piden|dicen|se)|opciones|estudios?|se cura|se considera|a partir de cuanto|en (ninos|adultos|embarazo|perros)|tipos de|debido a|protocolo"
    r"|escala|grados?|criterios|asociacion|fundacion|grupo|curso|clase|pastillas para|crema|por que piden|clinica de|se llama|cual es|cuales son)\b"
)
_PAST = re.compile(
    r"\b(luckily|por suerte|no paso nada|turned out|died (of|from)|murio de|fallecio|passed away|last month|before diagnosis|recovered|years? ago|months? ago|last year|in (19|20)\d\d|as a (child|kid|baby|teen\w*)|when i was|used to|history of|asked if"
    r"|hace (\w+ )?(anos|meses)|desde hace \w+ anos|(el )?ano pasado|en (19|20)\d\d|de (bebe|nin[oa]|chic[oa])|antecedentes?"
    r"|algun dia|one day|said no|dije que no)\b"
)
_DENIES = frozenset(
    [
        "denies",
        "denied",
        "denying",
        "deny",
        "negative",
        "niega",
        "nego",
        "negaba",
        "niegan",
        "ruled",
        "descarta",
        "descartado",
        "descartan",
        "absence",
        "ausencia",
        "unlikely",
    ]
)
_AFTER = frozenset(
    [
        "denied",
        "none",
        "absent",
        "negative",
        "negativo",
        "negativa",
        "ausente",
        "free",
        "nil",
        "descartado",
        "descartada",
        "resolved",
    ]
)
_NOT = frozenset(
    [
        "nil",
        "zero",
        "nunca",
        "jamas",
        "tampoco",
        "no",
        "not",
        "without",
        "sin",
        "ni",
        "nor",
        "dont",
        "doesnt",
        "didnt",
        "hasnt",
        "havent",
        "isnt",
        "never",
        "ningun",
        "ninguna",
    ]
)
_LIST = frozenset(["or", "nor", "o", "ni", "u"])
_TURNS = frozenset(["but", "now", "until", "till", "pero", "ahora", "hasta", "reports", "refiere"])
_BETWEEN = frozenset(
    [
        "any",
        "new",
        "more",
        "significant",
        "further",
        "sign",
        "signs",
        "of",
        "evidence",
        "history",
        "acute",
        "active",
        "other",
        "episodes",
        "symptoms",
        "symptom",
        "the",
        "a",
        "an",
        "had",
        "have",
        "has",
        "having",
        "been",
        "experienced",
        "tengo",
        "tiene",
        "tienen",
        "tenido",
        "ha",
        "he",
        "han",
        "hay",
        "presenta",
        "presento",
        "signos",
        "signo",
        "de",
        "del",
        "datos",
        "episodios",
        "antecedentes",
        "nuevo",
        "nueva",
        "otros",
        "otras",
        "mas",
        "le",
        "me",
        "se",
        "el",
        "la",
        "los",
        "las",
        "recent",
        "current",
        "focal",
        "her",
        "his",
        "my",
        "in",
    ]
)
_CLINICAL = frozenset(
    ["ideation", "ideacion", "thoughts", "ideas", "suicidal", "suicida", "suicidas", "si", "sh", "intent", "plan"]
)


def is_denied(said: list[str], at: set[int], sure: bool) -> bool:
    """Say whether the words of a sign, at these places of a sentence, are said not to be."""
    first, last = min(at), max(at)
    for i in range(first - 1, -1, -1):
        if said[i] in _TURNS:
            break
        if said[i] in _DENIES:
            return not _TURNS & {*said[last + 1 :]}
    if sure and not _CLINICAL & {said[i] for i in at}:
        return False
    if next((word for word in said[last + 1 :] if word != ","), "") in _AFTER:
        return True
    return not {"until", "till", "hasta"} & {*said[last + 1 :]} and any(_follows_no(said, i, at) for i in at)


def _follows_no(said: list[str], place: int, at: set[int]) -> bool:
    """Say whether before this word, but for those that go with it or are listed with it, stands a `no`."""
    a_list = bool(_LIST & {*said[place:]}) and not _SOMEBODY.search(" ".join(said))
    listed = False
    for i in range(place - 1, max(place - 12, -1), -1):
        if said[i] in _NOT and i not in at:
            return True
        listed = listed or said[i] in _LIST or (a_list and said[i] == ",")
        if not listed and (said[i] == "," or (said[i] not in _BETWEEN and i not in at)):
            return False
        if said[i] == "," and not a_list and said[i + 1 : i + 2] and not _LIST & {*said[i : place + 1]}:
            return False
    return False


def is_general(said: list[str]) -> bool:
    """Say whether a sentence asks about signs in general or tells of long ago, and nothing in it is somebody's now."""
    sentence = " ".join(said)
    if (_PAST.search(sentence) or _IF.search(sentence)) and not _NOW.search(sentence):
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


_IF = re.compile(
    r"\b(what if|one day|algun dia|in case|watch (out )?for|watching for|look out for|warned|ring if|call if|just in case|por si)\b"
)
_ASKS = re.compile(
    r"^(what (?!to\b|do i|should)|which|when (do|does|is|should|are|can|will|would)|how (?!to\b|do (i|you))|who|where|why do(es)?|are|do(es)? (?!not)"
    r"|can (?!not|t\b)|could (?!not)|may|might|will (?!not)|que (es|son|significa|causa|porcentaje|tan|quiere|tratamiento|medic\w+|hacen|pasa)"
    r"|cual(es)?|cuant\w+|cuando (es|se|hay)|por que|quien|existen?|es (normal|comun|un|una|peligros\w)|son|pueden?|como (se|es|son))\b"
)
_TUMOR = re.compile(
    r"\b(cancer|tumors?|tumours?|lymphoma|myeloma|leukemia|disease|tumores|enfermedad) (\w+ ){0,2}(not|isnt|doesnt|didnt|hasnt|stopped|no) respon"
    r"|respon\w+ (to|al|a la|a los) (\w+ )?(treatment|therap|drug|chemo|immuno|steroid|medic|tratamiento|quimio|terapia|inmuno|cortic)"
)
_RISK = re.compile(
    r"\b(risks? of|riesgos? de|chances? of|how (common|likely|often)|que tan (comun|frecuente)|efectos? secundarios? de)\b"
)
_HAS = re.compile(r"\b(have|ive|im|has|hes|shes|had|having|got|keeps|tengo|tiene|estoy|dio|desde|since|para)\b")
