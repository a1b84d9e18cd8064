"""Every check of Data health: what it finds, what that means, and what to do about it."""

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Select

from queries import health_subscriptions as of_subscriptions
from queries import health_tickets as of_tickets

Kind = Literal["customer", "subscription", "charge", "refund", "ticket"]


@dataclass(frozen=True)
class Check:
    """`statement` finds the rows; None for tickets of unknown customers, which takes both databases."""

    key: str
    entity: Kind
    title: str
    meaning: str
    action: str
    statement: Select[Any] | None


CHECKS: tuple[Check, ...] = (
    Check(
        "churned_but_live",
        "customer",
        "Said to have churned, but has a live subscription",
        "The source marks the customer as churned while a subscription of theirs has not ended.",
        "Ask which is right. Cancel the subscription, or correct the mark where it comes from.",
        of_subscriptions.CHURNED_BUT_LIVE,
    ),
    Check(
        "ended_before_start",
        "subscription",
        "Ended before it started",
        "The end lies before the start, so it adds revenue after taking it away.",
        "Correct one of the two dates where they come from.",
        of_subscriptions.ENDED_BEFORE_START,
    ),
    Check(
        "no_renewal_date",
        "subscription",
        "Paid for, but no renewal date is known",
        "It counts in MRR, but nobody can tell when it is charged next: Renewals cannot list it.",
        "Load the billing periods, or set the renewal date in the billing system.",
        of_subscriptions.NO_RENEWAL_DATE,
    ),
    Check(
        "no_trial_end",
        "subscription",
        "A trial whose end is not known",
        "It is under way, but Trials cannot list when it ends.",
        "Load the trial ends, or set one in the billing system.",
        of_subscriptions.NO_TRIAL_END,
    ),
    Check(
        "ended_without_date",
        "subscription",
        "Said to have ended, but no day is known",
        "The status is canceled or expired and there is no end date: it is in no month's churn.",
        "Find the end date and set it where it comes from.",
        of_subscriptions.ENDED_WITHOUT_DATE,
    ),
    Check(
        "live_with_end",
        "subscription",
        "Has an end date, but is said to be live",
        "The end date leaves it out of MRR; the status says the customer still has it.",
        "Ask which is right and correct the other.",
        of_subscriptions.LIVE_WITH_END,
    ),
    Check(
        "events_are_not_mrr",
        "subscription",
        "Its events do not add up to its present MRR",
        "Revenue reports add up events; this subscription's price says something else than they do.",
        "Look at its history: an event is missing, doubled, or has a wrong amount.",
        of_subscriptions.EVENTS_ARE_NOT_MRR,
    ),
    Check(
        "charge_without_customer",
        "charge",
        "A charge of nobody",
        "Money was asked for and no customer is named. It counts in revenue and on no customer's page.",
        "Find the payer by the gateway reference.",
        of_subscriptions.CHARGE_WITHOUT_CUSTOMER,
    ),
    Check(
        "charge_is_not_price",
        "charge",
        "The renewal was not charged at the price",
        "Without tax, the charge for the present period differs from the subscription's price.",
        "Check for a discount or a change that was not recorded; refund or correct the price.",
        of_subscriptions.CHARGE_IS_NOT_PRICE,
    ),
    Check(
        "refund_without_charge",
        "refund",
        "A refund of no known charge",
        "Money went back, and it is not known from what. It counts in refunds by its own date.",
        "Find the charge at the payment provider. Until then it cannot be reconciled.",
        of_subscriptions.REFUND_WITHOUT_CHARGE,
    ),
    Check(
        "refund_in_other_currency",
        "refund",
        "Refunded in another currency than charged",
        "The amounts cannot be compared, so how much is left to refund is unknown.",
        "Check both at the payment provider.",
        of_subscriptions.REFUND_IN_OTHER_CURRENCY,
    ),
    Check(
        "refunded_above_charge",
        "charge",
        "More was refunded than charged",
        "The refunds of this charge exceed it, or the charge itself never succeeded.",
        "Check at the payment provider which refunds were really paid.",
        of_subscriptions.REFUNDED_ABOVE_CHARGE,
    ),
    Check(
        "first_event_not_new",
        "ticket",
        "The history does not begin with “new”",
        "What happened before its first event is not known; it counts as opened by that event.",
        "Nothing, if the source begins later. Else load the earlier part.",
        of_tickets.FIRST_EVENT_NOT_NEW,
    ),
    Check(
        "ticket_without_history",
        "ticket",
        "No status was ever recorded",
        "The ticket has a status but no event, so no report of the past can count it.",
        "Load its history.",
        of_tickets.WITHOUT_HISTORY,
    ),
    Check(
        "closed_before_created",
        "ticket",
        "Closed before it was created",
        "The closing lies before the creation; its age and resolution time mean nothing.",
        "Correct one of the two where they come from.",
        of_tickets.CLOSED_BEFORE_CREATED,
    ),
    Check(
        "open_with_closing",
        "ticket",
        "Open, but has a closing time",
        "The status says somebody is waiting; the closing time says it was dealt with.",
        "Open the ticket and see which is right.",
        of_tickets.OPEN_WITH_CLOSING,
    ),
    Check(
        "event_before_created",
        "ticket",
        "Something happened before it was created",
        "An event lies before the creation, so the backlog counts the ticket from the event on.",
        "Nothing, if the source records creation late. Else correct the creation.",
        of_tickets.EVENT_BEFORE_CREATED,
    ),
    Check(
        "times_not_rising",
        "ticket",
        "Status changes at the same moment, or back in time",
        "The order of the source and the times disagree or do not tell. The order of the source decides.",
        "Nothing, for changes within one minute. Times that go back need correcting at the source.",
        of_tickets.TIMES_NOT_RISING,
    ),
    Check(
        "chain_broken",
        "ticket",
        "A status change that does not follow from the one before",
        "It says it left a status the ticket was not in: a change is missing, or one was not allowed.",
        "Load the whole history of the ticket.",
        of_tickets.CHAIN_BROKEN,
    ),
    Check(
        "status_is_not_latest",
        "ticket",
        "Its status is not what its latest event says",
        "The queue goes by the status and the backlog by events: they count this ticket differently.",
        "Set the status again, or load the missing events.",
        of_tickets.STATUS_IS_NOT_LATEST,
    ),
    Check(
        "unknown_word",
        "ticket",
        "The source used a word nobody knows",
        "A status or priority has no meaning in the preset: the ticket kept what it had before.",
        "Add the word to the preset's map and load the file again.",
        of_tickets.UNKNOWN_WORD,
    ),
    Check(
        "unknown_customer",
        "ticket",
        "From a customer who is not there",
        "The ticket names a customer number that the subscription database does not have.",
        "Load the customer, or correct the number.",
        None,
    ),
)
