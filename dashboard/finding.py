"""Finds the order that an agent means: by its number, a waybill or the tail of a phone; stores nothing."""

import streamlit as st

from dashboard import limits, live
from dashboard.frame import View, problem_line
from dashboard.queries.desk import Standing, cleaned, read_found, read_standing


def chosen_order(view: View) -> Standing | None:
    """Draw the search, and return the order that is meant; None, with a sentence, while none is."""
    say = view.say
    if "find" not in st.session_state:
        st.session_state["find"] = st.query_params.get("order", "")
    asked = st.text_input(say("find"), key="find", max_chars=140, help=say("find_help"), width=420)
    wanted = cleaned(asked or "")
    if not wanted:
        st.query_params.pop("order", None)
        st.info(say("find_ask"), icon=":material/search:")
        return None
    found = live.ask("found", read_found, wanted, view.person.sees_personal, ttl_s=limits.ORDER_TTL_S)
    if found.problem:
        st.error(f"{say('desk_store_away')} {problem_line(found, say)}", icon=":material/cloud_off:")
        return None
    orders = list(dict.fromkeys(one.order_id for one in found.value or ()))
    if not orders:
        st.query_params.pop("order", None)
        st.warning(say("not_found", wanted=wanted), icon=":material/search_off:")
        return None
    order_id = orders[0]
    if len(orders) > 1:
        order_id = st.radio(say("several_found"), orders, key=f"which-{wanted}", horizontal=True)
    st.query_params["order"] = order_id
    return _standing(view, order_id)


def _standing(view: View, order_id: str) -> Standing | None:
    standing = live.ask("standing", read_standing, order_id, ttl_s=limits.ORDER_TTL_S)
    if standing.problem or standing.value is None:
        st.error(
            f"{view.say('desk_store_away')} {problem_line(standing, view.say)}", icon=":material/cloud_off:"
        )
        return None
    return standing.value
