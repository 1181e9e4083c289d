"""The solver process: reads programmes from stdin, answers on stdout, ends with its input."""

import os
import sys
import time
from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray

from services.procurement.bundling.frame import read_frame, write_frame

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
    highs = load(question)
    highs.setOptionValue("mip_max_nodes", int(nodes))
    highs.setOptionValue("time_limit", float(seconds))
    if question["start"].size:
        solution = highspy.HighsSolution()
        solution.col_value = question["start"]
        highs.setSolution(solution)
    highs.run()
    return answer(highs, highs.getInfo().mip_dual_bound)


def relax(question: Arrays, iterations: int, seconds: float) -> Arrays:
    """Minimise a linear programme, adding its lazy rows only where they are violated.

    Few of the forcing rows matter, and the simplex method is warm after every addition. Up to a
    size, presolving all of them at once is faster; then those with a price count as needed.
    """
    if 0 < question["lazy"] <= AT_ONCE:
        highs = load(question)
        highs.setOptionValue("time_limit", seconds)
        highs.setOptionValue("simplex_iteration_limit", iterations)
        highs.run()
        priced = np.array(highs.getSolution().row_dual)
        needed = np.flatnonzero(np.abs(priced[-int(question["lazy"]) :]) > 1e-9)
        whole = answer(highs, highs.getInfo().objective_function_value)
        return whole | {"duals": priced, "active": needed}
    starts, index, value = question["starts"], question["index"], question["value"]
    upper = question["row_upper"]
    rows, lazy = len(upper), int(question["lazy"])
    first = rows - lazy
    highs = load(
        question
        | {
            "starts": starts[: first + 1],
            "row_lower": question["row_lower"][:first],
            "row_upper": upper[:first],
            "index": index[: starts[first]],
            "value": value[: starts[first]],
        }
    )
    highs.setOptionValue("time_limit", seconds)
    highs.setOptionValue("simplex_iteration_limit", iterations)
    active: list[int] = []
    while True:
        highs.run()
        found = highs.getSolution()
        if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal or not lazy:
            break
        at = np.array(found.col_value)
        sums = np.add.reduceat(
            (value * at[index])[starts[first] :], starts[first:-1] - starts[first]
        )
        late = np.flatnonzero(sums > upper[first:] + 1e-6 * (1 + np.abs(upper[first:])))
        late = late[~np.isin(late, active)]
        if not late.size:
            break
        for row in late + first:
            span = slice(starts[row], starts[row + 1])
            highs.addRow(-np.inf, upper[row], span.stop - span.start, index[span], value[span])
        active += late.tolist()
    duals = np.zeros(rows)
    row_dual = np.array(found.row_dual)
    if row_dual.size:
        duals[:first] = row_dual[:first]
        duals[first + np.array(active, dtype=int)] = row_dual[first:]
    objective = highs.getInfo().objective_function_value
    return answer(highs, objective) | {"duals": duals, "active": np.array(active, dtype=np.int64)}


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
