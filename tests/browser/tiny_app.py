"""A stand-in for the console's pages: says who is here and where, counts clicks."""

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from console.errors import NotPermitted
from console.signin.who import actor_of

try:
    actor = actor_of(str(st.user.get("staff_id")))
except NotPermitted as refusal:
    st.text(str(refusal))
    st.stop()


def first() -> None:
    st.title("First page")
    st.text(f"Here is {actor.name} as {actor.role}")
    st.text(f"asked for {st.query_params.get('customer', 'nobody')}")
    st.session_state.setdefault("clicks", 0)
    if st.button("Count"):
        st.session_state["clicks"] += 1
    st.text(f"clicked {st.session_state['clicks']}")
    if st.button("Break"):
        raise KeyError("a secret of the inside")


def second() -> None:
    st.title("Second page")
    st.text(f"asked for {st.query_params.get('customer', 'nobody')}")
    st.dataframe(pd.DataFrame({"a": [1, 2]}))
    st.plotly_chart(go.Figure(go.Bar(x=[1, 2], y=[3, 4])))
    st.download_button("Take along", "a;b\n1;2\n", "rows.csv")
    uploaded = st.file_uploader("Bring")
    if uploaded is not None:
        st.text(f"brought {uploaded.size} bytes")


st.navigation([st.Page(first, url_path="first", default=True), st.Page(second, url_path="second")]).run()
