"""The solver process: reads programmes from stdin, answers on stdout, ends with its input."""

import os
import sys
import time
from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray

from services.procurement.bundling.frame import read_frame, write_frame
from services.procurement.bundling.solve import ABSENT, NO_STATES

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
AT_ONCE = 200_000
"""Lazy rows up to which a linear programme is solved with all of them."""

DUAL, PRIMAL = 1, 4
"""HiGHS's numbers of the simplex methods."""

STATUS = {
    highspy.HighsModelStatus.kOptimal: "optimal",
    highspy.HighsModelStatus.kInfeasible: "infeasible",
    highspy.HighsModelStatus.kUnboundedOrInfeasible: "infeasible",
    highspy.HighsModelStatus.kTimeLimit: "clock",
    highspy.HighsModelStatus.kSolutionLimit: "work",
    highspy.HighsModelStatus.kIterationLimit: "work",
    highspy.HighsModelStatus.kInterrupt: "work",
}


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


def solve(question: Arrays) -> Arrays:
    """Minimise one programme within its limits."""
    nodes, iterations, seconds = question["limits"]
    if not question["integer"].any():
        return relax(question, int(min(iterations, 2**31 - 1)), float(seconds))
    opened = np.flatnonzero((question["lower"] != 0) | (question["upper"] != 0))
    highs = load(question | _columns(question, opened))
    highs.setOptionValue("mip_max_nodes", int(nodes))
    highs.setOptionValue("time_limit", float(seconds))
    if question["start"].size:
        solution = highspy.HighsSolution()
        solution.col_value = question["start"][opened]
        highs.setSolution(solution)
    highs.run()
    found = answer(highs, highs.getInfo().mip_dual_bound)
    if found["values"].size:
        values = np.zeros(len(question["cost"]))
        values[opened] = found["values"]
        found["values"] = values
    return found


def _columns(question: Arrays, columns: NDArray[np.int64]) -> Arrays:
    """A programme of some columns only: those that are closed need not be looked at."""
    place = np.full(len(question["cost"]), -1, dtype=np.int32)
    place[columns] = np.arange(len(columns))
    kept = place[question["index"]] >= 0
    before = np.concatenate([[0], np.cumsum(kept)])
    whole = {name: question[name][columns] for name in ("cost", "lower", "upper", "integer")}
    return whole | {
        "starts": before[question["starts"]].astype(np.int32),
        "index": place[question["index"][kept]],
        "value": question["value"][kept],
    }


def relax(question: Arrays, iterations: int, seconds: float) -> Arrays:
    """Minimise a linear programme, adding its lazy rows only where they are violated.

    Few of the forcing rows matter, and the simplex method is warm after every addition. Up to a
    size, presolving all of them at once is faster. A basis says which rows it begins with.
    """
    states, lazy = question["basis_rows"], int(question["lazy"])
    rows = len(question["row_upper"])
    first = rows - lazy
    present = np.ones(rows, dtype=bool)
    if states.size:
        present = states != ABSENT
    elif lazy > AT_ONCE:
        present[first:] = False
    order = np.flatnonzero(present)
    highs = load(question | _rows(question, order))
    highs.setOptionValue("time_limit", seconds)
    highs.setOptionValue("simplex_iteration_limit", iterations)
    if states.size:
        highs.setBasis(_basis(question["basis_columns"], states[order]))
        # Columns that joined at zero leave the basis feasible; it is the prices that are not.
        highs.setOptionValue("simplex_strategy", int(PRIMAL))
    while True:
        highs.run()
        found = highs.getSolution()
        if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal or present.all():
            break
        at = np.array(found.col_value)
        sums = np.add.reduceat(question["value"] * at[question["index"]], question["starts"][:-1])
        upper = question["row_upper"]
        late = np.flatnonzero(~present & (sums > upper + 1e-6 * (1 + np.abs(upper))))
        if not late.size:
            break
        more = _rows(question, late)
        highs.addRows(
            len(late),
            np.full(len(late), -np.inf),
            more["row_upper"],
            len(more["index"]),
            more["starts"][:-1],
            more["index"],
            more["value"],
        )
        highs.setOptionValue("simplex_strategy", int(DUAL))
        present[late] = True
        order = np.concatenate([order, late])
    duals = np.zeros(rows)
    row_dual = np.array(found.row_dual)
    if row_dual.size:
        duals[order] = row_dual
    whole = answer(highs, highs.getInfo().objective_function_value)
    whole |= {"duals": duals, "active": np.flatnonzero(np.abs(duals[first:]) > 1e-9)}
    basis = highs.getBasis()
    if basis.valid:
        state = np.full(rows, ABSENT, dtype=np.int8)
        state[order] = [int(s) for s in basis.row_status]
        columns = np.array([int(s) for s in basis.col_status], dtype=np.int8)
        whole |= {"basis_columns": columns, "basis_rows": state}
    return whole


def _rows(question: Arrays, rows: NDArray[np.int64]) -> Arrays:
    """Some rows of a programme, in the given order."""
    starts = question["starts"].astype(np.int64)
    sizes = np.diff(starts)[rows]
    ends = np.cumsum(sizes)
    at = np.arange(ends[-1] if ends.size else 0) + np.repeat(starts[rows] - (ends - sizes), sizes)
    return {
        "starts": np.concatenate([[0], ends]).astype(np.int32),
        "row_lower": question["row_lower"][rows],
        "row_upper": question["row_upper"][rows],
        "index": question["index"][at],
        "value": question["value"][at],
    }


def _basis(columns: NDArray[np.int8], rows: NDArray[np.int8]) -> highspy.HighsBasis:
    kinds = {int(kind): kind for kind in highspy.HighsBasisStatus.__members__.values()}
    basis = highspy.HighsBasis()
    basis.valid = True
    basis.col_status = [kinds[s] for s in columns.tolist()]
    basis.row_status = [kinds[s] for s in rows.tolist()]
    return basis


def answer(highs: highspy.Highs, bound: float) -> Arrays:
    """Pack what HiGHS found."""
    info = highs.getInfo()
    solution = highs.getSolution()
    has_values = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    status = STATUS.get(highs.getModelStatus(), str(highs.getModelStatus()))
    return {
        "cpu_seconds": np.array(time.process_time()),
        "solver": np.array(f"HiGHS {highs.version()}"),
        "status": np.array(status),
        "values": np.array(solution.col_value) if has_values else np.empty(0),
        "objective": np.array(info.objective_function_value),
        "bound": np.array(bound),
        "duals": np.empty(0),
        "reduced": np.array(solution.col_dual),
        "active": np.empty(0, dtype=np.int64),
        "iterations": np.array(info.simplex_iteration_count),
        "basis_columns": NO_STATES,
        "basis_rows": NO_STATES,
    }


def main() -> None:
    """Answer programmes until stdin closes."""
    questions = sys.stdin.buffer
    # Whatever a library prints must not end up between the answers.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    while True:
        try:
            question = read_frame(questions)
        except EOFError:
            return
        write_frame(answers, solve(question))


if __name__ == "__main__":
    main()
