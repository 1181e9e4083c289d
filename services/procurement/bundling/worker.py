"""The solver process: reads programmes from stdin, answers on stdout, ends with its input."""

import os
import sys
import time

import highspy
import numpy as np
from numpy.typing import NDArray

from services.procurement.bundling.branch import Tree
from services.procurement.bundling.fees import Fees
from services.procurement.bundling.frame import read_frame, write_frame
from services.procurement.bundling.lazy import PRIMAL, Arrays, Lazy, columns, load
from services.procurement.bundling.solve import ABSENT, NO_STATES

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


def solve(question: Arrays) -> Arrays:
    """Answer one question."""
    if "try_each" in question:
        return try_each(question)
    if question["below"].size:
        return branch(question)
    return search(question) if question["integer"].any() else relax(question)


def search(question: Arrays) -> Arrays:
    """Minimise an integer programme by HiGHS's own search."""
    nodes, _, seconds = question["limits"]
    opened = np.flatnonzero((question["lower"] != 0) | (question["upper"] != 0))
    highs = load(columns(question, opened))
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


def branch(question: Arrays) -> Arrays:
    """Minimise an integer programme whose relaxation's basis is known by branching on its switches
    (see `Tree`)."""
    tree = Tree(question, Fees.of(question))
    status, bound = tree.search()
    found = answer(tree.lp.highs, bound) | {"status": np.array(status), "values": np.empty(0)}
    if tree.best is not None:
        values = np.zeros(len(question["cost"]))
        values[tree.opened] = tree.best
        found |= {"values": values, "objective": np.array(tree.below)}
    return found


def try_each(question: Arrays) -> Arrays:
    """The switches without which every cheap enough solution does (see `Tree.too_dear`)."""
    tree = Tree(question, Fees.of(question))
    status, dear = tree.too_dear()
    return answer(tree.lp.highs, 0.0) | {"status": np.array(status), "active": dear}


def relax(question: Arrays) -> Arrays:
    """Minimise a linear programme, adding its lazy rows only where they are violated.

    Up to a size, presolving all of them at once is faster. A basis says which rows it begins with.
    """
    _, iterations, seconds = question["limits"]
    states = question["basis_rows"]
    opened = (question["lower"] != 0) | (question["upper"] != 0) | bool(states.size)
    lp = Lazy(columns(question, np.flatnonzero(opened)), _first_rows(question, opened))
    lp.highs.setOptionValue("time_limit", float(seconds))
    lp.highs.setOptionValue("simplex_iteration_limit", int(min(iterations, 2**31 - 1)))
    if states.size:
        lp.set_basis(question["basis_columns"], states)
        # Columns that joined at zero leave the basis feasible; it is the prices that are not.
        lp.highs.setOptionValue("simplex_strategy", PRIMAL)
    lp.run()
    duals = np.zeros(len(lp.present))
    row_dual = np.array(lp.highs.getSolution().row_dual)
    if row_dual.size:
        duals[lp.order] = row_dual
    found = answer(lp.highs, lp.highs.getInfo().objective_function_value) | lp.basis()
    for name in ("values", "reduced", "basis_columns"):
        if found[name].size:
            whole = np.zeros(len(opened), dtype=found[name].dtype)
            whole[opened] = found[name]
            found[name] = whole
    first = len(duals) - int(question["lazy"])
    return found | {"duals": duals, "active": np.flatnonzero(np.abs(duals[first:]) > 1e-9)}


def _first_rows(question: Arrays, opened: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The rows that a linear programme begins with: of the lazy ones all that say something, if
    they are not too many."""
    states = question["basis_rows"]
    if states.size:
        return np.asarray(states != ABSENT)
    sizes = np.diff(question["starts"])
    row = np.repeat(np.arange(len(sizes)), sizes)
    present: NDArray[np.bool_] = np.bincount(row, opened[question["index"]], len(sizes)) > 0
    first = len(sizes) - int(question["lazy"])
    present[:first] = True
    if present[first:].sum() > AT_ONCE:
        present[first:] = False
    return present


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
