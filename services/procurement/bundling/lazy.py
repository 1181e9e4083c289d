"""A linear programme in HiGHS whose implied rows take part once they are violated."""

from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray

from services.procurement.bundling.solve import ABSENT

Arrays = dict[str, NDArray[Any]]

OPTIONS = {
    "output_flag": False,
    # Another thread count in the same process makes HiGHS return nothing at all, and more than
    # one thread makes equal input give different plans.
    "threads": 1,
    "random_seed": 0,
    # The defaults call a plan optimal that is 0.01 % too dear. Costs are whole cents, so a bound
    # closer than one cent is a proof.
    "mip_rel_gap": 0.0,
    "mip_abs_gap": 0.999,
    "mip_feasibility_tolerance": 1e-7,
    "primal_feasibility_tolerance": 1e-7,
    "dual_feasibility_tolerance": 1e-7,
}

DUAL, PRIMAL = 1, 4
"""HiGHS's numbers of the simplex methods."""

OPTIMAL = highspy.HighsModelStatus.kOptimal


class Lazy:
    """A programme in HiGHS with some of its lazy rows; `order` tells which row each of its rows is,
    `values` what the last solution bought, `iterations` how many steps all took together.

    Few of the forcing rows matter, and the simplex method is warm after every addition.
    """

    def __init__(self, question: Arrays, present: NDArray[np.bool_]) -> None:
        self.question, self.present = question, present.copy()
        self.order = np.flatnonzero(present)
        self.highs = load(question | rows(question, self.order))
        self.row = np.repeat(np.arange(len(present)), np.diff(question["starts"]))
        self.values = np.empty(0)
        self.iterations = 0

    def set_basis(self, columns: NDArray[np.int8], states: NDArray[np.int8]) -> None:
        """Go on from the states of all columns and rows."""
        kinds = {int(kind): kind for kind in highspy.HighsBasisStatus.__members__.values()}
        basis = highspy.HighsBasis()
        basis.valid = True
        basis.col_status = [kinds[s] for s in columns.tolist()]
        basis.row_status = [kinds[s] for s in states[self.order].tolist()]
        self.highs.setBasis(basis)

    def basis(self) -> Arrays:
        """The states of all columns and rows where the simplex method stands."""
        basis = self.highs.getBasis()
        if not basis.valid:
            return {}
        states = np.full(len(self.present), ABSENT, dtype=np.int8)
        states[self.order] = [int(s) for s in basis.row_status]
        columns = np.array([int(s) for s in basis.col_status], dtype=np.int8)
        return {"basis_columns": columns, "basis_rows": states}

    def run(self) -> highspy.HighsModelStatus:
        """Solve it with all rows that its solution violates; HiGHS's status of the last solve."""
        while True:
            self.highs.run()
            self.iterations += self.highs.getInfo().simplex_iteration_count
            status = self.highs.getModelStatus()
            if status != OPTIMAL:
                return status
            self.values = np.array(self.highs.getSolution().col_value)
            late = self._violated()
            if not late.size:
                return status
            more = rows(self.question, late)
            self.highs.addRows(
                len(late),
                np.full(len(late), -np.inf),
                more["row_upper"],
                len(more["index"]),
                more["starts"][:-1],
                more["index"],
                more["value"],
            )
            self.highs.setOptionValue("simplex_strategy", DUAL)
            self.present[late] = True
            self.order = np.concatenate([self.order, late])

    def _violated(self) -> NDArray[np.int64]:
        if self.present.all():
            return np.empty(0, dtype=np.int64)
        q, upper = self.question, self.question["row_upper"]
        sums = np.bincount(self.row, q["value"] * self.values[q["index"]], len(upper))
        return np.flatnonzero(~self.present & (sums > upper + 1e-6 * (1 + np.abs(upper))))


def load(question: Arrays) -> highspy.Highs:
    """A HiGHS instance that holds the programme."""
    lp = highspy.HighsLp()
    lp.num_col_ = len(question["cost"])
    lp.num_row_ = len(question["row_lower"])
    lp.col_cost_ = question["cost"]
    lp.col_lower_ = question["lower"]
    lp.col_upper_ = question["upper"]
    lp.row_lower_ = question["row_lower"]
    lp.row_upper_ = question["row_upper"]
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = question["starts"]
    lp.a_matrix_.index_ = question["index"]
    lp.a_matrix_.value_ = question["value"]
    kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
    lp.integrality_ = [kinds[int(whole)] for whole in question["integer"]]
    highs = highspy.Highs()  # type: ignore[no-untyped-call]
    for name, value in OPTIONS.items():
        if highs.setOptionValue(name, value) != highspy.HighsStatus.kOk:
            raise ValueError(f"HiGHS refuses option {name}={value}")
    if highs.passModel(lp) == highspy.HighsStatus.kError:
        raise ValueError("HiGHS refuses the programme")
    return highs


def rows(question: Arrays, wanted: NDArray[np.int64]) -> Arrays:
    """Some rows of a programme, in the given order."""
    starts = question["starts"].astype(np.int64)
    sizes = np.diff(starts)[wanted]
    ends = np.cumsum(sizes)
    at = np.arange(ends[-1] if ends.size else 0) + np.repeat(starts[wanted] - (ends - sizes), sizes)
    return {
        "starts": np.concatenate([[0], ends]).astype(np.int32),
        "row_lower": question["row_lower"][wanted],
        "row_upper": question["row_upper"][wanted],
        "index": question["index"][at],
        "value": question["value"][at],
    }


def columns(question: Arrays, wanted: NDArray[np.int64]) -> Arrays:
    """The programme of some columns only: those that are closed need not be looked at."""
    place = np.full(len(question["cost"]), -1, dtype=np.int32)
    place[wanted] = np.arange(len(wanted))
    kept = place[question["index"]] >= 0
    before = np.concatenate([[0], np.cumsum(kept)])
    own = {name: question[name][wanted] for name in ("cost", "lower", "upper", "integer")}
    matrix = {
        "starts": before[question["starts"]].astype(np.int32),
        "index": place[question["index"][kept]],
        "value": question["value"][kept],
    }
    return question | own | matrix
