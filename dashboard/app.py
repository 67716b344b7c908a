"""The board's entry page: its frame and its navigation, nothing else."""

from pathlib import Path

import streamlit as st

from dashboard import links
from dashboard.frame import is_wall, person, words
from dashboard.pages import PAGES

folder = Path(__file__).parent
say, who = words(), person()

st.set_page_config(say("title"), str(folder / "components" / "mark.svg"), layout="wide")
st.logo(str(folder / "components" / "logo.svg"), size="medium")
shown = [
    st.Page(
        folder / "app_pages" / f"{name}.py",
        title=say(title),
        icon=icon,
        url_path="" if name == "health" else name,
        default=name == "health",
    )
    for name, title, icon, role in PAGES
    if who is None or who.may(role)
]
page = st.navigation(shown, position="hidden" if is_wall() else "top")
links.follow_pressed()
page.run()
