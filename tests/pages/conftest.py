"""Screens run in this process. Before each, Streamlit reads what every installed package says of itself: here
once."""

from functools import cache

import pytest
from streamlit.components.v2 import manifest_scanner


@pytest.fixture(scope="session", autouse=True)
def packages_read_once(session_patch: pytest.MonkeyPatch) -> None:
    read_once = cache(manifest_scanner.scan_component_manifests)
    session_patch.setattr(manifest_scanner, "scan_component_manifests", read_once)
