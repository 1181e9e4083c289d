"""Who says what, whom it concerns, and what answers it: what no model tells by itself."""

from shared.events import (
    ANY_SERVICE,
    Event,
    Incoming,
    board,
    demand,
    kid,
    member,
    membership,
    publisher,
)
from shared.events import procurement as p
from shared.events.common import MessageRejected

SYSTEMS = {"member": "member", "kid": "kid", "board": "coop"}
"""The outside systems and the party each speaks for."""

_KID_HEARS = (
    demand.DemandQuestionAnswered,
    demand.DemandProposalDeclined,
    demand.DemandProposalCountered,
    p.ContractRegistered,
    p.ContractCapacityLow,
    p.ContractExhausted,
    p.OrderPlaced,
    p.TenderProposed,
    p.TenderDecisionRecorded,
    p.TenderDropped,
)
_BOTH_HEAR = (
    demand.DemandConsultationOpened,
    demand.DemandDetailsGiven,
    demand.DemandProposalLapsed,
    demand.DemandReferred,
    demand.DemandSpecified,
    demand.DemandLapsed,
)

_MEMBER_AND_BOARD_HEAR = (membership.RepaymentDue,)
_STATED = (
    demand.DemandAccepted,
    demand.DemandConsultationOpened,
    demand.DemandApprovalRequested,
)

ANSWERS: dict[type[Incoming], tuple[type[Event], ...]] = {
    board.MembershipApplied: (membership.ApplicationReceived,),
    board.MembershipStepTaken: (membership.ApplicationProgressed,),
    board.MembershipDecided: (membership.MemberAdmitted, membership.ApplicationRefused),
    board.MembershipNoticeGiven: (membership.MemberNoticeConfirmed,),
    board.MembershipExcluded: (membership.MemberExcluded,),
    board.MembershipTermChanged: (membership.MemberChanged,),
    board.MembershipSucceeded: (membership.MemberChanged,),
    board.MembershipSharesChanged: (membership.MemberChanged,),
    board.MembershipSharesSubscribed: (membership.MemberChanged,),
    board.MembershipSharesTransferred: (
        membership.MemberChanged,
        membership.ApplicationProgressed,
    ),
    board.MembershipDetailsChanged: (membership.MemberChanged,),
    board.RegisterCorrected: (membership.MemberChanged,),
    board.ContactsChanged: (membership.MemberChanged,),
    board.ContactErasureRequested: (membership.MemberChanged, membership.ContactErased),
    board.RoundCloseRequested: (p.RoundClosed,),
    kid.CatalogueItemOffered: (p.CataloguePublished,),
    kid.ContractOffered: (p.ContractRegistered, p.CataloguePublished),
    kid.ContractChanged: (p.ContractRegistered, p.CataloguePublished),
    kid.RoundAnnounced: (p.RoundOpened,),
    kid.ConsultationAsked: (demand.DemandQuestionAsked,),
    kid.ConsultationReferred: (demand.DemandReferred, p.TenderProposed),
    kid.ProposalMade: (demand.DemandProposalMade,),
    kid.OrderAnswered: (p.OrderConfirmed, p.OrderRefused),
    kid.DeliveryMade: (p.DeliveryRecorded,),
    kid.InvoiceReceived: (p.CostStated,),
    kid.TenderPlanned: (p.TenderProposed,),
    kid.TenderDecided: (p.TenderDecisionRecorded,),
    kid.RolloutPlanned: (p.SubscriptionChanged,),
    kid.PilotAnnounced: (p.PilotOpened,),
    member.SubscriptionUsersChanged: (p.SubscriptionChanged,),
    member.SubscriptionNoticeGiven: (p.SubscriptionChanged,),
    member.PilotInterestStated: (p.PilotInterestNoted,),
    member.DemandSubmitted: _STATED,
    member.DemandChanged: _STATED,
    member.DemandWithdrawn: (demand.DemandWithdrawalConfirmed,),
    member.ConsultationAnswered: (demand.DemandQuestionAnswered,),
    member.ConsultationDetailsGiven: (demand.DemandDetailsGiven,),
    member.ProposalAccepted: (demand.DemandSpecified, demand.DemandAccepted),
    member.ProposalCountered: (demand.DemandProposalCountered,),
    member.ProposalDeclined: (demand.DemandProposalDeclined,),
    member.DemandApproved: (demand.DemandAccepted,),
    member.DemandApprovalRefused: (demand.DemandRefusalConfirmed,),
    member.ApprovalLimitSet: (demand.ApprovalLimitConfirmed,),
}
"""What tells that a message took effect; that it did not, its `refused_by` tells the sender."""


def parties(event: type[Event]) -> tuple[str, ...]:
    """The kinds of party in a message's `party`: its sender's, or whom an answer concerns."""
    if issubclass(event, Incoming):
        return tuple(kind for kind in SYSTEMS.values() if kind in event.senders)
    if event is MessageRejected or "about" in event.model_fields:
        return tuple(SYSTEMS.values())
    if event in _BOTH_HEAR:
        return ("member", "kid")
    if event in _MEMBER_AND_BOARD_HEAR:
        return ("member", "coop")
    if event in _KID_HEARS:
        return ("kid",)
    about_member = "member" in event.model_fields or event is demand.DemandRejected
    return ("member",) if about_member else ("coop",)


def speaker(event: type[Event]) -> str:
    """Who states it, as the `source` of an example: a service, or an outside system."""
    if issubclass(event, Incoming):
        users = {"member": "member-10002", "kid": "kid", "coop": "board"}
        return users[parties(event)[0]]
    found = publisher(event)
    return "procurement" if found == ANY_SERVICE else found


def stated_by(event: type[Event]) -> list[str]:
    """The systems or the services that state it."""
    if issubclass(event, Incoming):
        return [name for name, kind in SYSTEMS.items() if kind in event.senders]
    return ["every service"] if publisher(event) == ANY_SERVICE else [speaker(event)]
