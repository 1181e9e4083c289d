"""The rules in code that decisions of several kinds rest on."""

from shared.decisions import Basis

TERMS = Basis("contract terms", "§ 21 VgV, § 15 UVgO; ECJ C-23/20")
BUNDLING = Basis("bundling", "Least cost over all contracts, with a proved bound (README)")
SHARING = Basis(
    "cost sharing",
    "Nobody pays more than alone; values of the linear programme's dual (Goemans & Skutella, "
    "J. Algorithms 50, 2004), delta stated",
)
