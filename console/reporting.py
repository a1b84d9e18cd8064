"""Reports as people ask for them: days and moments as text, refusals as sentences."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from console import clocks, exchange, money
from console.db import Reading
from console.errors import Refused
from console.words import plural
from queries.periods import Window
from queries.reports import REPORTS, BadParameter, Figure, Params, Report
from queries.reports import run as answer
from queries.reports.compare import compared

TICK = timedelta(microseconds=1)
DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Question:
    """What was typed. Days are ISO dates of the reporting zone, `last` included."""

    name: str
    first: str | None = None
    last: str | None = None
    as_of: str | None = None
    by: str | None = None
    days: int | None = None
    rows: bool = False
    only: str | None = None
    key: str | None = None
    sort: str = "date"
    limit: int | None = None
    compare: bool = False  # with the period before and the year before


def run(data: Reading, question: Question) -> Report:
    """The answer. Raises Refused for what cannot be answered, Unavailable for a database."""
    return answered(data, question.name, params(question), compare=question.compare)


def answered(data: Reading, name: str, asked: Params, *, compare: bool = False) -> Report:
    """The answer to what is read already, with totals in the reporting currency. Raises as `run` does."""
    try:
        found = answer(name, data, asked)
        return exchange.with_totals(compared(data, asked, found) if compare else found)
    except BadParameter as error:
        raise Refused(str(error)) from error


def in_words(figure: Figure) -> str:
    """ "1,234.50 €", "43.2%", "1,234"; a dash where there is nothing."""
    if figure.value is None:
        return "–"
    if figure.kind == "money" and figure.currency:
        return money.in_words(figure.value, figure.currency)
    if figure.kind == "percent":
        return f"{figure.value:.1%}"
    return f"{figure.value:,}" if isinstance(figure.value, int) else str(figure.value)


def in_words_alone(figure: Figure) -> str:
    """The same where no row or column says of which currency it is: "43.2% (EUR)"."""
    of = f" ({figure.currency})" if figure.currency and figure.kind != "money" else ""
    return in_words(figure) + of


def filters(asked: Question | Params) -> list[str]:
    """In words, what leaves rows out of a list or orders them; of a table nothing does."""
    if not asked.rows:
        return []
    only = [f"only “{asked.only.replace('_', ' ')}”"] if asked.only else []
    if asked.key is not None:
        only.append(f"only the {asked.by or 'line'} {f'“{asked.key}”' if asked.key else 'not known'}")
    largest = ["the largest amount first"] if asked.sort == "money" else []
    limit = [f"at most {plural(asked.limit, 'row')}"] if asked.limit else []
    return only + largest + limit


def params(question: Question) -> Params:
    """The question with its days and moments read. Raises Refused."""
    now = clocks.now()
    as_of = _as_of(question.as_of, now)
    if question.rows is False and question.only:
        raise Refused("A choice of rows needs the list of rows. Ask for the rows too (--rows).")
    return Params(
        as_of=as_of,
        zone=clocks.zone(),
        live=as_of == now,
        period=_period(question, as_of),
        by=question.by or "",
        days=question.days,
        rows=question.rows,
        only=question.only,
        key=question.key,
        sort="money" if question.sort == "money" else "date",
        limit=question.limit,
    )


def _as_of(text: str | None, now: datetime) -> datetime:
    """A day is its end: its last microsecond, so that midnight belongs to the next. Today's end is now."""
    if text is None:
        return now
    moment = clocks.parse_instant(text)
    is_day = len(text) == len("2024-12-31")
    if is_day and clocks.start_of(clocks.today()) < moment <= clocks.start_of(clocks.today() + DAY):
        return now
    if moment - TICK * is_day > now:
        raise Refused(f"The as-of moment “{text[:40]}” is still to come. Choose one up to now.")
    return moment - TICK * is_day


def _period(question: Question, as_of: datetime) -> Window | None:
    if question.first is None and question.last is None:
        return None
    if question.first is None:
        raise Refused("The period has a last day but no first. Give both (--from, --to).")
    if question.last is not None and question.days is not None:
        raise Refused("Give the last day or the number of days, not both.")
    first = clocks.parse_day(question.first)
    try:
        if question.last is not None:
            end = clocks.parse_day(question.last) + DAY
        elif question.name in REPORTS and REPORTS[question.name].days:
            end = first + DAY * (question.days or REPORTS[question.name].days)
        else:
            end = as_of.astimezone(clocks.zone()).date() + DAY
        return Window(first, end, clocks.zone())
    except OverflowError as error:
        raise Refused("The period is outside the years 1900 to 2999. Choose another.") from error
    except ValueError as error:
        raise Refused(str(error)) from error
