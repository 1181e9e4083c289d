"""Demand: what members need, checked, clarified, approved, changed, withdrawn.

Reads    demand.submitted, demand.changed, demand.withdrawn, demand.approved,
         demand.approval_refused, approval.limit_set, consultation.asked, consultation.answered,
         consultation.details_given, consultation.referred, proposal.made, proposal.accepted,
         proposal.declined, proposal.countered; member.*, contact.erased, catalogue.published,
         round.opened, round.closed, demand.allocated, demand.unfilled
States   demand.accepted, demand.rejected, demand.withdrawal_confirmed, demand.similar_found,
         demand.approval_requested, demand.refusal_confirmed, approval.limit_confirmed,
         demand.consultation_opened, demand.details_asked, demand.details_given,
         demand.question_asked, demand.question_answered, demand.referred, demand.proposal_made,
         demand.proposal_declined, demand.proposal_countered, demand.specified, round.counted
By clock a member is reminded of what waits for it (demand.answer_due, demand.approval_due), a
         proposal lapses unanswered (demand.proposal_lapsed), a round closes without what nobody
         approved (demand.round_missed), a demand lapses on its day of need (demand.lapsed)
"""
