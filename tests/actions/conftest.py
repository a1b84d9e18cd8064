"""The gateway of the verbs' tests lives in their time, and money does not wait."""

import pytest

from console.actions import telling
from console.settings import get_settings
from tests.actions.company import NOW
from tests.actions.money import gateway
from tests.actions.verbs import Outgoing
from tests.conftest import Databases


@pytest.fixture
def at_once(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONSOLE_RECALL_SECONDS", "0")
    monkeypatch.setenv("CONSOLE_MY_ACCOUNT_SECRET", "s" * 32)
    get_settings.cache_clear()
    monkeypatch.setattr(gateway().core, "_clock", lambda: NOW)


@pytest.fixture
def outgoing(at_once: None, monkeypatch: pytest.MonkeyPatch) -> Outgoing:
    """What was mailed."""
    mail = Outgoing()
    monkeypatch.setattr(telling, "mailer", lambda: mail)
    return mail
