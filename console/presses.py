"""A press is carried out, whatever arrives right behind it.

Streamlit looks for newer requests before it calls a run's callbacks, and at every read of the session inside
them. A run that is called off there has already taken the click out of the queue: the click is gone, and
nobody is told. On a busy machine that met one press in twenty that was followed at once by another widget.
"""

from typing import Any

from streamlit.runtime.state.safe_session_state import SafeSessionState

_apply = SafeSessionState.on_script_will_rerun


def carry_out() -> None:
    """From now on the callbacks of a run are called and run to their end; after them it may be called off."""
    SafeSessionState.on_script_will_rerun = _to_the_end  # type: ignore[assignment,method-assign]


def _to_the_end(state: SafeSessionState, fresh: Any, **options: Any) -> None:
    look_for_newer = state._yield_callback
    object.__setattr__(state, "_yield_callback", lambda: None)  # its own setattr writes into the session
    try:
        _apply(state, fresh, **options)
    finally:
        object.__setattr__(state, "_yield_callback", look_for_newer)
