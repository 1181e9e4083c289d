"""What KID Magdeburg GmbH, the municipal IT provider, states."""

from shared.events.kid.categories import Category
from shared.events.kid.consulting import (
    ConsultationAsked,
    ConsultationReferred,
    FurtherItem,
    ProposalMade,
)
from shared.events.kid.contracts import (
    CatalogueItemOffered,
    ContractChanged,
    ContractOffered,
    ContractTerms,
    ItemPrice,
    Lot,
    Pack,
    PriceTier,
)
from shared.events.kid.orders import (
    DeliveredLine,
    DeliveryMade,
    InvoiceReceived,
    LineAnswer,
    OrderAnswered,
    RolloutPlanned,
    RolloutStep,
)
from shared.events.kid.rounds import PilotAnnounced, RoundAnnounced
from shared.events.kid.tenders import DecidedLot, TenderDecided, TenderPlanned

__all__ = [
    "CatalogueItemOffered",
    "Category",
    "ConsultationAsked",
    "ConsultationReferred",
    "ContractChanged",
    "ContractOffered",
    "ContractTerms",
    "DecidedLot",
    "DeliveredLine",
    "DeliveryMade",
    "FurtherItem",
    "InvoiceReceived",
    "ItemPrice",
    "LineAnswer",
    "Lot",
    "OrderAnswered",
    "Pack",
    "PilotAnnounced",
    "PriceTier",
    "ProposalMade",
    "RolloutPlanned",
    "RolloutStep",
    "RoundAnnounced",
    "TenderDecided",
    "TenderPlanned",
]
