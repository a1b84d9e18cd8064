"""Scheduled reports: what is sent by the clock, to whom, what came of the last time, and making one."""

from console import clocks, ui
from console.db import reading
from console.page import open_page
from queries import schedules, staff

actor = open_page(__file__)

with reading() as data:
    found = schedules.listed(data.state)
    last = schedules.last_runs(data.state)
    people = staff.everyone(data.state)

ui.schedules_table(found, last, actor)
ui.schedule_form(people, actor)
ui.as_of_line(clocks.now(), "times are those of the reporting zone")
