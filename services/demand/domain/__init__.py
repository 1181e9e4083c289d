"""What demand knows and decides, in plain Python.

Rooms: `world` (items, rounds, wishes, demands), `questions` (what a category's demand tells),
`learning` (suggestions from similar members), `prices` (what a quantity is expected to cost),
`rules` (when a wish counts), `consultation` (talk about a wish in words), `approval` (two persons
of a member), `demands` (what becomes of a demand), `similar` (what may be meant twice), `due` (what
the clock brings).
"""

from services.demand.domain.approval import (
    LIMIT_SETTERS,
    approved,
    forgotten,
    joining_anew,
    priced,
    refused,
)
from services.demand.domain.consultation import (
    Proposed,
    answer_by,
    as_proposed,
    noted,
    referral,
    referred,
    said,
    talked,
    twice,
    unanswered,
)
from services.demand.domain.demands import (
    changed,
    joined,
    no_such_demand,
    ordered,
    owned,
    passed_on,
    submitted,
    unfilled,
    withdrawn,
)
from services.demand.domain.due import Step, due
from services.demand.domain.learning import (
    Peer,
    Suggestion,
    similar_members,
    suggested,
    suggestions,
)
from services.demand.domain.prices import Expected, expected, sources, value, without_contract
from services.demand.domain.questions import (
    Question,
    answered,
    check_questions,
    missing,
    told,
)
from services.demand.domain.rules import check
from services.demand.domain.similar import Similar, similar
from services.demand.domain.world import (
    ALIVE,
    Demand,
    Entry,
    Item,
    Known,
    Offer,
    Round,
    Status,
    Wish,
)

__all__ = [
    "ALIVE",
    "LIMIT_SETTERS",
    "Demand",
    "Entry",
    "Expected",
    "Item",
    "Known",
    "Offer",
    "Peer",
    "Proposed",
    "Question",
    "Round",
    "Similar",
    "Status",
    "Step",
    "Suggestion",
    "Wish",
    "answer_by",
    "answered",
    "approved",
    "as_proposed",
    "changed",
    "check",
    "check_questions",
    "due",
    "expected",
    "forgotten",
    "joined",
    "joining_anew",
    "missing",
    "no_such_demand",
    "noted",
    "ordered",
    "owned",
    "passed_on",
    "priced",
    "referral",
    "referred",
    "refused",
    "said",
    "similar",
    "similar_members",
    "sources",
    "submitted",
    "suggested",
    "suggestions",
    "talked",
    "told",
    "twice",
    "unanswered",
    "unfilled",
    "value",
    "withdrawn",
    "without_contract",
]
