"""What the demand service states."""

from shared.events.demand.approving import (
    ApprovalLimitConfirmed,
    DemandApprovalDue,
    DemandApprovalRequested,
    DemandRefusalConfirmed,
    DemandRoundMissed,
)
from shared.events.demand.consulting import (
    DemandAnswerDue,
    DemandConsultationOpened,
    DemandDetailsAsked,
    DemandDetailsGiven,
    DemandQuestionAnswered,
    DemandQuestionAsked,
    DemandReferred,
    StructuredQuestion,
    Suggested,
)
from shared.events.demand.proposing import (
    DemandProposalCountered,
    DemandProposalDeclined,
    DemandProposalLapsed,
    DemandProposalMade,
    DemandSpecified,
    ProposedItem,
)
from shared.events.demand.stating import (
    DemandAccepted,
    DemandLapsed,
    DemandRejected,
    DemandSimilarFound,
    DemandWithdrawalConfirmed,
    RoundCounted,
    SimilarDemand,
    digest_of,
)

__all__ = [
    "ApprovalLimitConfirmed",
    "DemandAccepted",
    "DemandAnswerDue",
    "DemandApprovalDue",
    "DemandApprovalRequested",
    "DemandConsultationOpened",
    "DemandDetailsAsked",
    "DemandDetailsGiven",
    "DemandLapsed",
    "DemandProposalCountered",
    "DemandProposalDeclined",
    "DemandProposalLapsed",
    "DemandProposalMade",
    "DemandQuestionAnswered",
    "DemandQuestionAsked",
    "DemandReferred",
    "DemandRefusalConfirmed",
    "DemandRejected",
    "DemandRoundMissed",
    "DemandSimilarFound",
    "DemandSpecified",
    "DemandWithdrawalConfirmed",
    "ProposedItem",
    "RoundCounted",
    "SimilarDemand",
    "StructuredQuestion",
    "Suggested",
    "digest_of",
]
