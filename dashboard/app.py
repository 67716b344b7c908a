"""The board's entry page: its frame and its navigation, nothing else."""

from pathlib import Path

import streamlit as st

from dashboard.frame import words

folder = Path(__file__).parent
say = words()

st.set_page_config(say("title"), str(folder / "components" / "mark.svg"), layout="wide")
st.logo(str(folder / "components" / "logo.svg"), size="medium")
health = st.Page(
    folder / "app_pages" / "health.py", title=say("title"), icon=":material/monitor_heart:", default=True
)
st.navigation([health], position="top").run()
