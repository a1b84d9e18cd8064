"""The help desk: the stream of tickets the crowd writes, oldest first, and how each one goes."""

from datetime import datetime, timedelta
from itertools import accumulate
from random import Random

from console.demo.catalogue import PRODUCTS
from console.demo.letters import ANSWERS, FOLLOW_UPS, LETTERS, NOTES
from console.demo.office import AGENTS
from console.demo.people import Crowd
from console.demo.rows import Tray
from console.demo.tickets import TOPICS, Ticket

FIRST_OF_THE_CROWD = 101  # ids below are the characters'
PER_CUSTOMER = 1.2
_TEAMS = {
    team: tuple(n for n, (_, its, active) in enumerate(AGENTS, start=1) if its == team and active)
    for team in {team for _, team in TOPICS.values()}
}
_CHANNELS = ("email", "my_account", "helpdesk")
_CHANNEL_WEIGHTS = tuple(accumulate((45, 25, 30)))
_PRIORITIES = ("normal", "low", "high", "urgent")
_PRIORITY_WEIGHTS = tuple(accumulate((72, 12, 12, 4)))
_OPENS, _CLOSES = 6, 15  # office hours in UTC, near enough to Helsinki's all year


def in_office_hours(at: datetime, dice: Random) -> datetime:
    """The instant itself while somebody works, else some minutes into the next morning of work."""
    if at.weekday() < 5 and _OPENS <= at.hour < _CLOSES:
        return at
    day = at if at.weekday() < 5 and at.hour < _OPENS else at + timedelta(days=1)
    while day.weekday() >= 5:
        day += timedelta(days=1)
    return day.replace(hour=_OPENS, minute=dice.randrange(60), second=dice.randrange(60))


class Desk:
    """How a ticket of the crowd goes, as far as the cut."""

    def __init__(self, dice: Random, ticket: Ticket, cut: datetime, topic: str) -> None:
        self.dice, self.ticket, self.cut = dice, ticket, cut
        self.language = ticket.row["language"]
        self.agent = dice.choice(_TEAMS[TOPICS[topic][1]])

    def work(self) -> None:
        dice, ticket = self.dice, self.ticket
        drawn = dice.random()
        at = self._staff_after(ticket.row["created_at"], dice.expovariate(1 / 4))
        if at >= self.cut or dice.random() < self._left_lying(0.05):
            return
        if drawn < 0.02:
            ticket.move("spam" if drawn < 0.01 else "merged", at, "system")
            return
        ticket.assign(self.agent, at)
        self._conversation(at)

    def _left_lying(self, lately: float) -> float:
        """How likely nobody goes on with it: what was overlooked is found in time, so mostly lately."""
        old = self.cut - self.ticket.row["created_at"] > timedelta(days=40)
        return lately / 40 if old else lately

    def _staff_after(self, at: datetime, hours: float) -> datetime:
        later = at + timedelta(hours=hours, minutes=2)
        return in_office_hours(later.replace(microsecond=0), self.dice)

    def _conversation(self, at: datetime) -> None:
        dice, ticket = self.dice, self.ticket
        rounds = dice.choices((0, 1, 2), cum_weights=(45, 88, 100))[0]
        for turn in range(rounds):
            at = self._staff_after(at, dice.expovariate(1 / 3))
            if at >= self.cut:
                return
            if dice.random() < 0.1:
                ticket.write("note", dice.choice(NOTES), at)
            on_hold = turn == 0 and dice.random() < 0.08
            ticket.answer(ANSWERS[self.language][dice.randrange(2)], at, "on_hold" if on_hold else "pending")
            at = (at + timedelta(hours=dice.expovariate(1 / 20), minutes=3)).replace(microsecond=0)
            if at >= self.cut or dice.random() < self._left_lying(0.2):
                return
            ticket.reply(FOLLOW_UPS[self.language][0], at)
        self._solve(self._staff_after(at, dice.expovariate(1 / 6)))

    def _solve(self, at: datetime) -> None:
        dice, ticket = self.dice, self.ticket
        if at >= self.cut:
            return
        ticket.answer(ANSWERS[self.language][2], at, "solved")
        if dice.random() < 0.06:
            back = (at + timedelta(hours=dice.uniform(2, 60))).replace(microsecond=0)
            if back >= self.cut:
                return
            ticket.reply(FOLLOW_UPS[self.language][2], back)
            at = self._staff_after(back, dice.expovariate(1 / 8))
            if at >= self.cut:
                return
            ticket.answer(ANSWERS[self.language][2], at, "solved")
        closed = at + timedelta(days=4)
        if closed < self.cut:
            ticket.move("closed", closed, "system")


class Inbox:
    """The crowd's tickets in the order they came in: 0 … size − 1."""

    def __init__(self, crowd: Crowd) -> None:
        self.crowd = crowd
        self.size = round(crowd.size * PER_CUSTOMER)

    def _came_in(self, place: float) -> datetime:
        """More customers, more tickets: the flow grows with the company."""
        sample = self.crowd.sample
        at = sample.begin + (sample.cut - sample.begin) * float((place / self.size) ** 0.6)
        return at.replace(microsecond=0)

    def write_ticket(self, tray: Tray, index: int) -> None:
        dice = self.crowd.sample.chance("ticket", index)
        at = self._came_in(index + dice.random())
        person = self.crowd.person(dice.randrange(self.crowd.there_at(at)))
        language = person.locale.partition("-")[0]
        language = language if language in LETTERS else "en"
        topic, subject, body = dice.choice(LETTERS[language])
        product = PRODUCTS[person.product][0]
        ticket = Ticket(
            tray,
            FIRST_OF_THE_CROWD + index,
            at,
            customer=person.number if dice.random() < 0.96 else None,
            email=person.email,
            name=person.name,
            language=language,
            channel=dice.choices(_CHANNELS, cum_weights=_CHANNEL_WEIGHTS)[0],
            topic=topic,
            subject=subject.format(product=product),
            body=body.format(product=product),
            priority=dice.choices(_PRIORITIES, cum_weights=_PRIORITY_WEIGHTS)[0],
        )
        Desk(dice, ticket, self.crowd.sample.cut, topic).work()
