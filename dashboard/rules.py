"""The shipped rules of the desk, read once in a process."""

import streamlit as st

from pipeline.domain.desk_rules import DeskRules
from pipeline.rules.desk import shipped_desk_rules


@st.cache_resource(show_spinner=False)
def rules() -> DeskRules:
    """Return which places and differences may be chosen, and every reason in words."""
    return shipped_desk_rules()
