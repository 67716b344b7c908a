"""Draws the filters that are on, each as a link that takes it away."""

from collections.abc import Mapping, Sequence

import streamlit as st

from dashboard import sheet
from dashboard.view_models.chips import Filter, chips_of
from dashboard.words import Words


def show(page: str, filters: Sequence[Filter], chosen: Mapping[str, str], say: Words) -> None:
    """Draw a chip for each filter of this page that is on; nothing when none is.

    `chosen` is what the page's widgets say, by their keys, which are the names in the address. Call it
    outside the fragment, after those widgets.
    """
    params = {**chosen, "lang": st.query_params.get("lang", "")}
    chips = chips_of(page, filters, params, say)
    if chips.chips:
        sheet.show("chips", [chips], forget=[one.name for one in filters])
