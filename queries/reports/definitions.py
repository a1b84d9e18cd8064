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
Tenure is the time from the start of the subscription to the due date in whole years, counted in calendar
months; a renewal whose ended period was the first paid one stands apart. A price band holds the renewals
whose amount is at least its first price and below its second.
At risk is an open renewal whose card expires before the due date, whose payment failed, whose customer has
an open ticket about cancelling, or that is set to end."""

FORECAST = """\
Expected is the amount of the open renewals in the window, without tax and without what is set to end. The
forecast multiplies it by the renewal rate by money that its group (product and billing interval, in its
currency) showed in the twelve full months before the as-of instant; a group with fewer than 30 renewals
decided takes the rate of its whole currency. That rate counts those who chose to leave as lost, and the ones
already set to end are left out here as well: the forecast is on the careful side.
Lowest and highest use the ends of the rate's 95 % score interval (Wilson); where amounts are uneven it
counts as many renewals as equal ones would tell as much (Kish). The ends of the groups are added up, as if
all were off in the same direction.
The forecast of a currency is rounded once, and the rows are given parts that add up to it."""

DUNNING = """\
A payment has failed where an attempt to collect a period of a subscription failed; the period counts once,
on the day of its first failed attempt, however often it was tried. It is recovered if the period was paid
after all or the source says that the payment was recovered, lost if the subscription ended first, and still
open otherwise: then the figures can still move. Recovery rate is recovered divided by failed; by attempts it
says how many had failed when the period was recovered or lost, or until now. Amounts are without tax.
Past due now counts the subscriptions that are past due at the as-of instant, whatever the window; their
attempts are those since the last payment. The next step is a payment link where the card is no longer valid
or three attempts have failed, and another attempt before that."""

TRIALS = """\
A trial ends on its last day, or when it was ended before that. A trial that ended is converted if its first
paid charge succeeded, not converted if the subscription ended without one, and still open if neither
happened yet: then the figure can still move. Conversion is converted divided by all trials that ended in
the window.
Cancelled in the trial are those of the not converted whose end somebody had asked for by then, with the
reason they gave; what was asked for and taken back is not among them.
Days to convert run from the start of the trial to the first successful charge, in whole days: the median,
and the number within which 90 % of those converted had paid.
Running now counts trials that have neither ended nor been paid for, whatever the window.
Where a trial came from (its channel) is not in the data, so there is no breakdown by it."""

TRIAL_COHORTS = """\
A cohort is the trials that started in the same month or week (from Monday on), whatever became of them
since. Each is running, converted (its first paid charge succeeded), not converted (it ended without one) or
still open (it is over, and neither happened yet). Conversion is converted divided by those that are over or
were paid for; converted of started divides by all of the cohort.
A cohort can still move while one of its trials runs or is open: its conversion is not comparable yet."""

CANCELLATIONS = """\
Requested is counted when somebody asks for the end, ended when access stops: they are different days and
often different months. A request that was taken back stays a request and is shown as taken back.
An end is voluntary if somebody asked for it, the customer or staff on their behalf, whatever the state of
payment; involuntary if payment failed and nobody had asked; not stated where the source gives neither.
Trials that ended without a paid period are not churn and have their own column.
MRR ended is the monthly recurring revenue that the end took away; MRR requested is what the subscription
was worth when it was asked for, and MRR taken back the part of it whose request was taken back.
Refunded after the end is what was paid back for a subscription, with tax, from its end until the thirtieth
day after that day.
Tenure is the time from the start of the subscription to the request or the end, in calendar months."""

CANCELLATION_TICKETS = """\
Requests to cancel, by what the same customer had written to support in the 30 days (30 times 24 hours) before
the request: no ticket, a ticket that staff had answered in public before the request, or only tickets without
an answer by then. Of several tickets the last one is named, and one without an answer before those with
one. The requests and their MRR are those of the cancellation report.
Tickets are found by the customer's number; one that names no customer is not seen."""

MRR = """\
Monthly recurring revenue is the monthly price of every subscription that is active or past due: its renewal
price without tax, after a discount that lasts for ever, divided by the months of its interval (a week is
12/52 of a month, a day 12/365). Trials, paused, free and ended subscriptions are out; a scheduled cancel
stays in until it ends. It is the sum of every change recorded as having happened at or before the as-of
instant, so a change that is recorded late corrects the past. ARR is twelve times MRR. Committed MRR leaves
out what is set to end: of now what stands so, of the past what had been asked to end and not taken back.
Movements are counted per customer and currency, changes at the same instant together: new (no MRR ever
before), reactivation (MRR again after none), expansion, contraction, churn (the last MRR goes; losing one
of several subscriptions is contraction). MRR at the end is MRR at the start plus all movements, to the
cent.
Customers lost had MRR at the start of the span and have none at its end; their number divided by the
customers at the start is the churn rate. Gross churn is churn and contraction divided by MRR at the start;
net also takes off expansion and reactivation. A customer who pays in two currencies is counted in each.
Amounts are rounded half-even on the total, and parts are given the remainder so that they add up to it; a
subscription in the list has what it adds to the rounded sum of the older ones."""

RETENTION = """\
Gross revenue retention (GRR) takes each subscription that had MRR at the start of the span and counts the
lesser of what it had then and has at the end, divided by what they all had at the start: it is never above
100 %. Net revenue retention (NRR) takes the customers who had MRR at the start and divides what they have at
the end, with expansion and with subscriptions they added, by what they had at the start. Elsewhere the
lesser of the two totals is taken, which hides losses behind gains.
Customers at start have MRR at the first instant of the span, customers lost are those of them with none at
its end, whenever they left in between; lost divided by start is the churn rate. Who joined and left within
the span is in neither. ARPU is MRR at the end divided by the customers who have any then.
All of it is per currency; a customer who pays in two is counted in each. Figures above the table are those
of the whole period, not averages of its months.
A cohort is all customers whose first MRR ever came in the same month. Month 0 is that month; what is left is
counted at the end of each month: of its customers those with MRR, of its MRR what they pay then, divided by
what they began with. A customer who comes back counts again, so a share can grow. Cohorts are whole months,
also where the period begins or ends within one.
A change that is recorded late corrects the past. Amounts are rounded half-even on the total; a customer in
the list has what they add to the rounded sum of the older ones."""

RECEIVABLES = """\
A claim is what was asked for one period of a subscription: every attempt to collect that period, by failed
or pending charges, is the same claim; a charge that names no subscription or period is a claim of its own.
It is open as of an instant if it had been asked for by then and had not been paid by any of its attempts. A
charge that was paid later was open until then.
Open is what the latest attempt asks for, less what was paid for the same period, less what was given back of
the unpaid charges themselves. What is given back of a paid charge is not owed again: see refunds.
Days past due are whole days of the reporting time zone since the first attempt fell due. Current is what
falls due today or later. The buckets (current, 1–30, 31–60, 61–90, 91+ days) add up to what is open, in each
currency. Amounts are with tax.
Nothing is written off here, because the books have no such entry: what is owed for a subscription that has
ended since stays open and is shown beside as “of it ended”."""

DISPUTES = """\
A dispute is a charge that the customer took back through their bank. The books have no row for it: it is
known from the payment gateway's messages, each of which is kept. Opened is counted on the day it was opened;
won and lost on the day of the message that says so, and a decision that is changed on the day it was changed;
open at the end is what was not decided then. What was open at the start and what was opened is what was won,
lost and is open at the end.
Messages are kept without amounts, so the amount is that of the disputed charge, with tax, also where the bank
took back only a part of it. A dispute never changes MRR. What the bank took is not a refund of ours and not
in that report."""

REFUNDS = """\
Refunds are counted on the day they were settled, with tax, in the currency they were paid back in. The
refund rate divides them by the charges settled in the same days, by number and by money. A refund never
changes MRR.
A refund of no known charge is counted, with the product and country not known."""
