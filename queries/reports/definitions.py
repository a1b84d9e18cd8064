"""What each report counts, in words: shown beside the figures as "Explain this number". Source: METRICS."""

RENEWALS = """\
A renewal is due where a paid period of a subscription ends inside the window. Each has exactly one outcome,
and the outcomes add up to the renewals due. Upcoming: nothing has happened yet. In dunning: the latest
attempt to collect failed and the subscription goes on. Set to end: it was asked to end with this period.
Once the day is past: renewed, changed plan (it goes on with another plan from that day), lost by choice
(somebody asked for it), lost by failed payment (nobody had asked), or lost without a stated reason.
A subscription that was ended ahead of its due date counts as lost on that date.
Amounts are prices without tax: the renewal price for the present period of a subscription, and what the
ended period cost for earlier ones. Expected leaves out what is set to end.
Renewal rate is renewed and changed plan, divided by due without what is still open (in dunning, upcoming,
set to end); by number and by money.
At risk is an open renewal whose card expires before the due date, whose payment failed, whose customer has
an open ticket about cancelling, or that is set to end."""

TRIALS = """\
A trial ends on its last day, or when it was ended before that. A trial that ended is converted if its first
paid charge succeeded, not converted if the subscription ended without one, and still open if neither
happened yet: then the figure can still move. Conversion is converted divided by all trials that ended in
the window.
Days to convert run from the start of the trial to the first successful charge, in whole days.
Running now counts trials that have neither ended nor been paid for, whatever the window."""

CANCELLATIONS = """\
Requested is counted when somebody asks for the end, ended when access stops: they are different days and
often different months. A request that was taken back stays a request and is shown as taken back.
An end is voluntary if somebody asked for it, the customer or staff on their behalf, whatever the state of
payment; involuntary if payment failed and nobody had asked; not stated where the source gives neither.
Trials that ended without a paid period are not churn and have their own column.
MRR ended is the monthly recurring revenue that the end took away; MRR requested is what the subscription
was worth when it was asked for."""

MRR = """\
Monthly recurring revenue is the monthly price of every subscription that is active or past due: its renewal
price without tax, after a discount that lasts for ever, divided by the months of its interval (a week is
12/52 of a month, a day 12/365). Trials, paused, free and ended subscriptions are out; a scheduled cancel
stays in until it ends. It is the sum of every change recorded as having happened at or before the as-of
instant, so a change that is recorded late corrects the past. ARR is twelve times MRR. Committed MRR leaves
out what is set to end.
Movements are counted per customer and currency, changes at the same instant together: new (no MRR ever
before), reactivation (MRR again after none), expansion, contraction, churn (the last MRR goes; losing one
of several subscriptions is contraction). MRR at the end is MRR at the start plus all movements, to the
cent.
Customers lost had MRR at the start of the span and have none at its end; their number divided by the
customers at the start is the churn rate. Gross churn is churn and contraction divided by MRR at the start;
net also takes off expansion and reactivation. A customer who pays in two currencies is counted in each.
Amounts are rounded half-even on the total, and parts are given the remainder so that they add up to it."""

REFUNDS = """\
Refunds are counted on the day they were settled, with tax, in the currency they were paid back in. The
refund rate divides them by the charges settled in the same days, by number and by money. A refund never
changes MRR.
A refund of no known charge is counted, with the product and country not known."""
