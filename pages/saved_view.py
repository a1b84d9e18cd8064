"""Saved view: the way to what somebody saved under a name."""

from console import ui
from console.page import open_page

actor = open_page(__file__)
ui.open_view(actor)
