"""The port to the solver: a mixed-integer programme out, an answer back, in its own process."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from services.procurement.bundling.fees import Fees
from services.procurement.bundling.frame import read_frame, write_frame
from services.procurement.bundling.model import Limits

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
States = NDArray[np.int8]

BASIC, LOWER, ABSENT = 1, 0, -1
"""States of a column or row in a basis, as HiGHS counts them; `ABSENT` of a lazy row left out."""

NO_STATES = np.empty(0, dtype=np.int8)


class SolverFailed(RuntimeError):
    """The solver process ended or refused its input; the text is what it said."""


@dataclass(frozen=True, slots=True)
class Milp:
    """min cost·x with row_lower <= A x <= row_upper, column bounds, some columns integer.

    A is stored by rows. The last `lazy` rows are implied by the others for integer columns and
    only tighten the relaxation; the solver may add them as needed.
    """

    cost: Floats
    lower: Floats
    upper: Floats
    integer: NDArray[np.bool_]
    row_lower: Floats
    row_upper: Floats
    starts: Ints
    index: Ints
    value: Floats
    lazy: int = 0


@dataclass(frozen=True, slots=True)
class Basis:
    """Where the simplex method stands: the state of every column and row."""

    columns: States
    rows: States


@dataclass(frozen=True, slots=True)
class Answer:
    """What the solver found: `values` is None without a solution, `bound` holds in any case.

    A linear programme also has its row duals, reduced costs, the lazy rows (counted from 0)
    it needed, and its basis.
    """

    status: str
    values: Floats | None
    objective: float
    bound: float
    duals: Floats | None
    reduced: Floats
    active: NDArray[np.int64]
    iterations: int
    basis: Basis | None = None


class Solver(Protocol):
    """Anything that solves a `Milp` within limits."""

    name: str

    def solve(self, milp: Milp, limits: Limits, start: Floats | Basis | None = None) -> Answer:
        """Minimise; `start` may give a first solution, or a linear programme's first basis.

        Raises:
            SolverFailed: no answer came back.
        """

    def branch(
        self, milp: Milp, limits: Limits, basis: Basis, below: float, fees: Fees | None = None
    ) -> Answer:
        """The cheapest solution that costs less than `below` cents, searched by branching on the
        switches from a `basis` of the relaxation; its bound holds up to `below`. With `fees` costs
        are those of a solution's relaxation and the least that its fees come to.

        Raises:
            SolverFailed: no answer came back.
        """

    def too_dear(
        self, milp: Milp, limits: Limits, basis: Basis, below: float, fees: Fees | None = None
    ) -> Answer:
        """Its `active` columns are switches that are off in every solution of less than `below`
        cents, as far as the relaxation with each of them on shows within the limits.

        Raises:
            SolverFailed: no answer came back.
        """


class Highs:
    """HiGHS in a process of its own, started at first use and stopped by `close`.

    `cpu_seconds` is what that process has worked up to its last answer.
    """

    name = "HiGHS"

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self.cpu_seconds = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the process, at once even in the midst of a search in another thread."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            # Leaving the process also closes both pipes.
            process.__exit__(None, None, None)

    def solve(self, milp: Milp, limits: Limits, start: Floats | Basis | None = None) -> Answer:
        """See `Solver.solve`."""
        if isinstance(start, Basis):
            return self._ask(_question(milp, limits, basis=start))
        return self._ask(_question(milp, limits, start=start))

    def branch(
        self, milp: Milp, limits: Limits, basis: Basis, below: float, fees: Fees | None = None
    ) -> Answer:
        """See `Solver.branch`."""
        return self._ask(_question(milp, limits, basis=basis, below=below, fees=fees))

    def too_dear(
        self, milp: Milp, limits: Limits, basis: Basis, below: float, fees: Fees | None = None
    ) -> Answer:
        """See `Solver.too_dear`."""
        asked = _question(milp, limits, basis=basis, below=below, fees=fees)
        return self._ask(asked | {"try_each": np.array(True)})

    def _ask(self, question: dict[str, NDArray[Any]]) -> Answer:
        if self._process is None:
            root = str(Path(__file__).parents[3])
            paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
            self._process = subprocess.Popen(
                [sys.executable, "-m", "services.procurement.bundling.worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
                # Ctrl-C is for the parent, which then stops the search itself.
                process_group=0,
            )
        process = self._process
        assert process.stdin is not None  # noqa: S101 - opened above
        assert process.stdout is not None  # noqa: S101
        try:
            write_frame(process.stdin, question)
            answer = read_frame(process.stdout)
        except (EOFError, BrokenPipeError) as error:
            code = process.wait()
            self.close()
            raise SolverFailed(f"the solver process ended with code {code}") from error
        self.name = str(answer["solver"])
        self.cpu_seconds = float(answer["cpu_seconds"])
        return Answer(
            str(answer["status"]),
            answer["values"] if answer["values"].size else None,
            float(answer["objective"]),
            float(answer["bound"]),
            answer["duals"] if answer["duals"].size else None,
            answer["reduced"],
            answer["active"],
            int(answer["iterations"]),
            Basis(answer["basis_columns"], answer["basis_rows"])
            if answer["basis_rows"].size
            else None,
        )


def _question(
    milp: Milp,
    limits: Limits,
    *,
    start: Floats | None = None,
    basis: Basis | None = None,
    below: float | None = None,
    fees: Fees | None = None,
) -> dict[str, NDArray[Any]]:
    return (fees.arrays() if fees else {}) | {
        "cost": milp.cost,
        "lower": milp.lower,
        "upper": milp.upper,
        "integer": milp.integer,
        "row_lower": milp.row_lower,
        "row_upper": milp.row_upper,
        "starts": milp.starts,
        "index": milp.index,
        "value": milp.value,
        "lazy": np.array(milp.lazy),
        "start": np.empty(0) if start is None else start,
        "basis_columns": NO_STATES if basis is None else basis.columns,
        "basis_rows": NO_STATES if basis is None else basis.rows,
        "limits": np.array([limits.nodes, limits.iterations, limits.seconds]),
        "below": np.empty(0) if below is None else np.array([below]),
    }
