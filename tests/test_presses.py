"""The callbacks of a press run to their end, though the run was called off before them."""

from typing import Any

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetStates
from streamlit.runtime.scriptrunner import StopException
from streamlit.runtime.state.safe_session_state import SafeSessionState
from streamlit.runtime.state.session_state import SessionState

from console import presses


class Called(SessionState):
    """What a callback does: it reads and writes the session through the same door as a page."""

    door: SafeSessionState

    def on_script_will_rerun(self, *_fresh: Any, **_options: Any) -> None:
        self.door["outcome"] = f"done with {self.door['note']}"


@pytest.fixture
def called_off() -> SafeSessionState:
    """The session of a run that is to stop at the next chance."""

    def stop() -> None:
        raise StopException

    session = Called()
    session["note"] = "a note"
    session.door = SafeSessionState(session, stop)
    return session.door


@pytest.fixture
def carried_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SafeSessionState, "on_script_will_rerun", SafeSessionState.on_script_will_rerun)
    presses.carry_out()


def test_streamlit_alone_drops_it(called_off: SafeSessionState) -> None:
    """If this fails, Streamlit carries presses out itself and console/presses.py can go."""
    with pytest.raises(StopException):
        presses._apply(called_off, WidgetStates())
    assert "outcome" not in called_off.filtered_state


@pytest.mark.usefixtures("carried_out")
def test_it_is_carried_out_and_the_run_stops_after_it(called_off: SafeSessionState) -> None:
    called_off.on_script_will_rerun(WidgetStates())
    assert called_off.filtered_state["outcome"] == "done with a note"
    with pytest.raises(StopException):
        called_off["outcome"]
