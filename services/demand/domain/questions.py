"""What a category's demand tells of itself: questions are dated data, answers are checked.

A question is a rule `ask_<field>`; `rules.toml` tells its form.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

from services.demand.domain.world import Wish
from shared.refusal import Reason, refuse
from shared.rules import InvalidRules, Rules

PREFIX = "ask_"
OWN = ("term_months", "cost_centre")
"""Fields of a demand itself that are asked for like attributes."""
CATEGORY = "category"
KINDS = ("whole", "money", "day", "choice", "yes_no", "text")
NEEDED = {"categories", "label", "question", "kind"}
ALLOWED = {
    "whole": {"least", "most"},
    "choice": {"choices"},
    "money": set[str](),
    "day": set[str](),
    "yes_no": set[str](),
    "text": set[str](),
}
_MONEY = re.compile(r"(0|[1-9][0-9]{0,9})\.[0-9]{2}")
_DIGITS = re.compile(r"[0-9]{1,9}")
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,59}")


@dataclass(frozen=True, slots=True)
class Question:
    """What a category's demand is to tell: `whole` numbers lie from `least` to `most`, a `choice`
    is one of `choices`. Only where `learn` may its suggestion come from others' answers."""

    field: str
    label: str
    question: str
    kind: Literal["whole", "money", "day", "choice", "yes_no", "text"]
    least: int | None = None
    most: int | None = None
    choices: tuple[str, ...] = ()
    learn: bool = True

    def read(self, answer: Any) -> Any:
        """An answer as it is kept: where a system knows only texts, digits are a number too."""
        if self.kind == "whole" and isinstance(answer, str) and _DIGITS.fullmatch(answer):
            return int(answer)
        if self.kind == "yes_no" and answer in ("true", "false"):
            return answer == "true"
        return answer

    def wrong(self, answer: object) -> str | None:
        """The rule that an answer breaks."""
        rule, is_right = self._rule(answer)
        return None if is_right else rule

    def _rule(self, answer: object) -> tuple[str, bool]:
        match self.kind:
            case "whole":
                rule = f"must be a whole number from {self.least} to {self.most}"
                is_whole = isinstance(answer, int) and not isinstance(answer, bool)
                return rule, is_whole and self.least <= answer <= self.most  # type: ignore[operator]
            case "choice":
                return f"must be one of: {', '.join(self.choices)}", answer in self.choices
            case "yes_no":
                return "must be true or false", isinstance(answer, bool)
            case "money":
                rule = 'must be euros as a string with two decimals, such as "1234.56"'
                return rule, isinstance(answer, str) and bool(_MONEY.fullmatch(answer))
            case "day":
                return "must be a day such as 2026-03-31", _is_day(answer)
            case "text" if self.field in OWN:
                rule = "must be a code of letters, digits and ._/- only"
                return rule, isinstance(answer, str) and bool(_WORD.fullmatch(answer))
            case "text":
                return "must be a text", isinstance(answer, str)


def _is_day(answer: object) -> bool:
    try:
        return isinstance(answer, str) and bool(date.fromisoformat(answer)) and len(answer) == 10
    except ValueError:
        return False


def check_questions(rules: Rules, origin: str) -> None:
    """Refuse questions that nobody could answer, so that a service does not start on them.

    Raises:
        InvalidRules: with everything that is wrong.
    """
    problems = [
        f"{rule.name} from {rule.valid_from}: {problem}"
        for name in rules.names
        if name.startswith(PREFIX)
        for rule in rules.history(name)
        for problem in _problems(rule.value)
    ]
    if problems:
        raise InvalidRules(origin, problems)


def _problems(asked: object) -> list[str]:
    if not isinstance(asked, Mapping):
        return ["its value must be a table"]
    kind = asked.get("kind")
    known = NEEDED | {"learn"} | ALLOWED.get(str(kind), set())
    problems = [f"{key}: is missing" for key in sorted(NEEDED - asked.keys())]
    problems += [f"{key}: does not belong here" for key in sorted(asked.keys() - known)]
    if kind not in KINDS:
        return [*problems, f"kind = {kind!r}: must be one of {', '.join(KINDS)}"]
    if kind == "whole":
        least, most = asked.get("least"), asked.get("most")
        if not (isinstance(least, int) and isinstance(most, int) and 0 <= least <= most):
            problems.append("least, most: must be whole numbers, least at most most")
    if kind == "choice" and len(set(asked.get("choices", []))) < 2:
        problems.append("choices: must be two or more texts")
    return problems


def questions(rules: Rules, category: str | None, day: date) -> dict[str, Question]:
    """What demand of a category is asked on a day, by field, in alphabetical order.

    Without a category it is asked for the category.
    """
    found = {
        rule.name.removeprefix(PREFIX): rule.value
        for name in rules.names
        if name.startswith(PREFIX)
        for rule in rules.history(name)
        if rule.holds(day)
    }
    if category is None:
        known = sorted({each for asked in found.values() for each in asked["categories"]})
        what = "Um welchen Bereich geht es?"
        return {CATEGORY: Question(CATEGORY, "Bereich", what, "choice", choices=tuple(known))}
    return {
        field: _question(field, asked)
        for field, asked in found.items()
        if category in asked["categories"]
    }


def _question(field: str, asked: Mapping[str, Any]) -> Question:
    rest = {key: value for key, value in asked.items() if key != "categories"}
    return Question(field, **rest | {"choices": tuple(rest.get("choices", ()))})


def told(wish: Wish) -> dict[str, Any]:
    """Everything a wish tells that questions ask for, by field."""
    own = {field: getattr(wish, field) for field in OWN if getattr(wish, field) is not None}
    return {**wish.attributes, **own}


def missing(wish: Wish, rules: Rules, day: date) -> dict[str, Question]:
    """What a requirement in words still lacks, by field."""
    answered = told(wish)
    return {
        field: asked
        for field, asked in questions(rules, wish.category, day).items()
        if field not in answered
    }


def read(wish: Wish, rules: Rules, day: date) -> Wish:
    """A wish with its attributes as they are kept."""
    asked = questions(rules, wish.category, day) if wish.category else {}
    return replace(wish, attributes=_read(wish.attributes, asked))


def _read(answers: Mapping[str, Any], asked: Mapping[str, Question]) -> dict[str, Any]:
    return {
        field: asked[field].read(answer) if field in asked else answer
        for field, answer in answers.items()
    }


def attribute_rules(wish: Wish, rules: Rules, day: date) -> list[Reason]:
    """The rules that a wish's attributes break."""
    if wish.attributes and wish.category is None:
        return [Reason(CATEGORY, "", "must be stated where attributes are")]
    reasons = _answer_rules(wish.attributes, questions(rules, wish.category, day), wish.category)
    for field in wish.attributes.keys() & set(OWN):
        rule = f"must be stated as the demand's own field {field}"
        reasons.append(_reason(f"attributes.{field}", wish.attributes[field], rule))
    return reasons


def answered(
    wish: Wish, answers: Mapping[str, Any], rules: Rules, day: date
) -> tuple[Wish, list[Reason]]:
    """A wish that tells more, and the rules that the answers break.

    An answer to the question for the category counts first: the others are by its questions.
    """
    reasons = list[Reason]()
    if wish.category is None and CATEGORY in answers:
        first = {CATEGORY: answers[CATEGORY]}
        if reasons := _answer_rules(first, questions(rules, None, day), None):
            return wish, reasons
        wish = replace(wish, category=answers[CATEGORY])
        answers = {field: value for field, value in answers.items() if field != CATEGORY}
    asked = questions(rules, wish.category, day)
    answers = _read(answers, asked)
    reasons = _answer_rules(answers, asked, wish.category)
    own = {field: answers[field] for field in OWN if field in answers}
    rest = {field: value for field, value in answers.items() if field not in OWN}
    return replace(wish, attributes={**wish.attributes, **rest}, **own), reasons


def _answer_rules(
    answers: Mapping[str, Any], asked: Mapping[str, Question], category: str | None
) -> list[Reason]:
    reasons = []
    for field, answer in answers.items():
        question = asked.get(field)
        if question is None:
            known = ", ".join(asked)
            rule = f"is not asked for in {category or 'no category'}; known are {known}"
            reasons.append(_reason(f"attributes.{field}", answer, rule))
        elif broken := question.wrong(answer):
            reasons.append(_reason(f"attributes.{field}", answer, broken))
    return reasons


def _reason(field: str, value: object, rule: str) -> Reason:
    return refuse(field, value, rule).reasons[0]
