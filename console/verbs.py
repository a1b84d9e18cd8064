"""Every kind of operation in the log's words: to do it, and done. Fields in braces are the audit entry's."""

VERBS: dict[str, tuple[str, str]] = {
    "subscription:cancel": ("cancel {subject} {when}", "cancelled {subject} {when}"),
    "subscription:cancel_undo": (
        "take back the cancellation of {subject}",
        "took back the cancellation of {subject}",
    ),
    "subscription:cancel_and_refund": (
        "cancel {subject} {when} and refund {after[amount]}",
        "cancelled {subject} {when} and refunded {after[amount]}",
    ),
    "subscription:extend_trial": (
        "extend the trial of {subject} to {after[new_end]}",
        "extended the trial of {subject} to {after[new_end]}",
    ),
    "subscription:pause": ("pause {subject}", "paused {subject}"),
    "subscription:unpause": ("resume {subject} after its pause", "resumed {subject} after its pause"),
    "subscription:renewal_date": (
        "move the renewal of {subject} to {after[new_date]}",
        "moved the renewal of {subject} to {after[new_date]}",
    ),
    "subscription:replace_licence": (
        "replace the licence key of {subject}",
        "replaced the licence key of {subject}",
    ),
    "subscription:resend_licence": (
        "send the licence key of {subject} again",
        "sent the licence key of {subject} again",
    ),
    "subscription:payment_link": (
        "send the link to update payment details for {subject}",
        "sent the link to update payment details for {subject}",
    ),
    "subscription:end_there": (
        "end {subject} at the payment gateway, as it has ended here",
        "ended {subject} at the payment gateway, as it had ended here",
    ),
    "charge:refund": ("refund {after[amount]} of {subject}", "refunded {after[amount]} of {subject}"),
    "charge:retry": ("collect {subject} again", "collected {subject} again"),
    "charge:block": ("block refunds of {subject}", "blocked refunds of {subject}"),
    "charge:unblock": ("allow refunds of {subject} again", "allowed refunds of {subject} again"),
    "customer:note": ("write a note about {subject}", "wrote a note about {subject}"),
}

_STEPS = {
    "asked": "{{actor}} asked to {do}",
    "done": "{{actor}} {did}",
    "refused": "{{actor}} could not {do}: {{after[refused]}}",
    "approved": "{{actor}} approved it: to {do}, as {{after[requester]}} had asked",
    "rejected": "{{actor}} said no: to {do}, as {{after[requester]}} had asked: {{after[refused]}}",
    "recalled": "{{actor}} took it back before anything was done: to {do}",
    "failed": "The payment gateway said no to {{actor}}: to {do}: {{after[failed]}}",
    "pending": "The payment gateway has not decided yet what {{actor}} asked for: to {do}",
    "unknown": "It is not known whether it was done, the payment gateway did not answer {{actor}}: to {do}",
    "closed": "{{actor}} looked it up and closed it as not done: to {do}: {{after[failed]}}",
    "reversed": "The payment gateway took back what {{actor}} had done: to {do}: {{after[failed]}}",
}


def operation_sentences() -> dict[str, str]:
    """A sentence for every kind and step: "charge.refund.asked" and so on."""
    return {
        f"{kind.replace(':', '.')}.{step}": template.format(do=do, did=did)
        for kind, (do, did) in VERBS.items()
        for step, template in _STEPS.items()
    }
