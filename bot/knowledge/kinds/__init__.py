"""The kinds of entries: what a knowledge file may say, one file a kind. A field says itself what is done with it."""

from bot.knowledge.kinds.base import Entry, Kind, Reviewed, Source
from bot.knowledge.kinds.calls import Calling, CallNow, LessUrgent, Note, Sign, Urgency
from bot.knowledge.kinds.condition import Condition
from bot.knowledge.kinds.medicine import Boxed, Medicine
from bot.knowledge.kinds.question import Question
from bot.knowledge.kinds.symptom import Symptom, is_urgent, may_be_urgent
from bot.knowledge.kinds.term import Term, Topic
from bot.knowledge.kinds.therapy import Therapy

ENTRY_TYPES: tuple[type[Symptom | Question | Term | Therapy | Medicine | Condition], ...]
ENTRY_TYPES = (Symptom, Question, Term, Therapy, Medicine, Condition)
BY_FOLDER = {cls.folder: cls for cls in ENTRY_TYPES}
BY_KIND = {cls.kind.value: cls for cls in ENTRY_TYPES}
