"""May this order ship now? One question, for the warehouse: yes, or no with every reason."""

import streamlit as st

from dashboard import actions, sheet
from dashboard.actions import DESK
from dashboard.finding import chosen_order
from dashboard.frame import begin, quiet, show_age
from dashboard.identity import Role
from dashboard.rules import rules
from dashboard.view_models.answers import answer
from dashboard.view_models.desk import standing_facts
from pipeline import outbox


def page() -> None:
    """Ask as soon as an order is meant; a scanner needs no second press."""
    view = begin("nav_ship", Role.AGENT)
    quiet(view.say("ship_help"))
    standing = chosen_order(view)
    if standing is None:
        return
    order_id, asked = standing.order_id, (standing.order_id, standing.version)
    again = st.button(view.say("ship_again"), key="again", icon=":material/refresh:")
    if again or st.session_state.get("shipped", ("", None))[0] != asked:
        with st.spinner(view.say("pressing")):
            outcome = actions.press(
                view.person,
                DESK,
                ("ship", *asked),
                lambda key: outbox.ask_may_ship(order_id, view.person.name, key),
            )
        st.session_state["shipped"] = (asked, outcome)
    show_age(view)
    sheet.show("answer", [answer(st.session_state["shipped"][1], rules().wording, view.person, view.say)])
    sheet.show("standing", [standing_facts(standing, view.say)])


page()
