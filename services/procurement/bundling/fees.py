"""What fees per place come to at least, beside a relaxation that leaves them out."""

from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Fees:
    """What deliveries to places cost, for a search that plans without them.

    `pair` numbers by column of its programme which cell put together buys from which contract, -1
    where it does neither; `contract` is the contract of each pair and `first` the first pair of
    each cell put together. `bidders` has a row for each real cell: the cell it was put into, place,
    pieces. `cents` is the fee by contract.
    """

    pair: NDArray[np.int64]
    contract: NDArray[np.int64]
    first: NDArray[np.int64]
    bidders: NDArray[np.int64]
    cents: NDArray[np.float64]

    def least(self, reduced: NDArray[np.float64]) -> float:
        """What fees, and goods bought where they are dearer to save fees, cost at least, in cents.

        Were every purchase cheaper by its `reduced` cost, a relaxation without fees would cost the
        same. So a plan costs at least that, its fees, and the reduced costs of what it buys. Each
        place for itself is a facility location problem; every cell bids in turn for the contracts
        that it could use, none of which takes more in bids than its fee, and what is bid bounds the
        cost.

        Source: dual ascent; Bilde & Krarup, Annals of Discrete Mathematics 1 (1977), Erlenkotter,
        Operations Research 26 (1978).
        """
        dearer = np.full(len(self.contract), np.inf)
        buys = self.pair >= 0
        np.minimum.at(dearer, self.pair[buys], np.maximum(reduced[buys] - 1e-6, 0.0))
        at: dict[int, list[list[tuple[float, int]]]] = {}
        contracts, each = self.contract.tolist(), dearer.tolist()
        first = self.first.tolist()
        for kind, place, pieces in self.bidders.tolist():
            own = range(first[kind], first[kind + 1])
            if pieces:
                offers = sorted((pieces * each[n], contracts[n]) for n in own)
                at.setdefault(place, []).append(offers)
        return sum(_bid(offers, self.cents.tolist()) for offers in at.values())

    def arrays(self) -> dict[str, NDArray[Any]]:
        """As a question to the solver's process has them."""
        return {f"fees_{field.name}": getattr(self, field.name) for field in fields(self)}

    @classmethod
    def of(cls, arrays: dict[str, NDArray[Any]]) -> Self | None:
        """Those of a question, if it has any."""
        if "fees_pair" not in arrays:
            return None
        return cls(*(arrays[f"fees_{field.name}"] for field in fields(cls)))


def _bid(offers: list[list[tuple[float, int]]], left: list[float]) -> float:
    """The sum of all bids at a place; of its contracts' fees `left` remains to be bid for."""
    bids = [own[0][0] for own in offers]
    live = set(range(len(offers)))
    while live:
        reached = {i: [c for cents, c in offers[i] if cents <= bids[i]] for i in live}
        for i in sorted(live, key=lambda i: (len(reached[i]), i)):
            room = min(left[c] for c in reached[i])
            further = len(reached[i]) < len(offers[i])
            step = offers[i][len(reached[i])][0] - bids[i] if further else room
            if not further or room < step:
                live.discard(i)
            bids[i] += min(room, step)
            for c in reached[i]:
                left[c] -= min(room, step)
    return sum(bids)
