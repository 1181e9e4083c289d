"""What the procurement service states."""

from shared.events.procurement.contracts import (
    CapacityState,
    CataloguePublished,
    ContractCapacityLow,
    ContractExhausted,
    ContractRegistered,
)
from shared.events.procurement.orders import (
    ConfirmedLine,
    DeliveryRecorded,
    OrderConfirmed,
    OrderLine,
    OrderPlaced,
    OrderRefused,
    RecordedLine,
)
from shared.events.procurement.rounds import (
    BundleApproved,
    BundleProposed,
    BundleState,
    RoundClosed,
    RoundCompleted,
    RoundOpened,
)
from shared.events.procurement.shares import (
    Allocation,
    BundleShared,
    CostLine,
    CostStated,
    DemandAllocated,
    DemandUnfilled,
    SharedLine,
    UnfilledLine,
)
from shared.events.procurement.tenders import (
    AgreedLot,
    ProposedLot,
    QuotedRule,
    TenderDecisionRecorded,
    TenderProposed,
    WantedLine,
)

__all__ = [
    "AgreedLot",
    "Allocation",
    "BundleApproved",
    "BundleProposed",
    "BundleShared",
    "BundleState",
    "CapacityState",
    "CataloguePublished",
    "ConfirmedLine",
    "ContractCapacityLow",
    "ContractExhausted",
    "ContractRegistered",
    "CostLine",
    "CostStated",
    "DeliveryRecorded",
    "DemandAllocated",
    "DemandUnfilled",
    "OrderConfirmed",
    "OrderLine",
    "OrderPlaced",
    "OrderRefused",
    "ProposedLot",
    "QuotedRule",
    "RecordedLine",
    "RoundClosed",
    "RoundCompleted",
    "RoundOpened",
    "SharedLine",
    "TenderDecisionRecorded",
    "TenderProposed",
    "UnfilledLine",
    "WantedLine",
]
