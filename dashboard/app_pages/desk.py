"""The front-line desk: one order, three buttons, no free text; what can be chosen comes from the rules."""

from collections.abc import Sequence

import streamlit as st

from dashboard import actions, live, sheet
from dashboard.actions import DESK
from dashboard.finding import chosen_order
from dashboard.frame import View, begin, quiet, show_age
from dashboard.identity import Role
from dashboard.queries.desk import Standing
from dashboard.rules import rules
from dashboard.view_models.answers import answer
from dashboard.view_models.desk import Offer, address_word, difference_word, offer, standing_facts, why_off
from pipeline import outbox
from schemas.desk import Spot


def page() -> None:
    """Draw the order that is meant, with what may be pressed."""
    view = begin("nav_desk", Role.AGENT)
    standing = chosen_order(view)
    if standing is None:
        return
    show_age(view)
    sheet.show("standing", [standing_facts(standing, view.say)])
    answered = st.container()
    offered = offer(standing, rules())
    track, move, give = st.columns(3, gap="medium")
    with track, st.container(border=True, height="stretch"):
        _track(view, standing)
    with move, st.container(border=True, height="stretch"):
        _move(view, standing, offered)
    with give, st.container(border=True, height="stretch"):
        _give(view, standing, offered)
    with answered:
        _answer(view, standing)


def _track(view: View, standing: Standing) -> None:
    say, order_id = view.say, standing.order_id
    st.subheader(say("track"), anchor=False)
    quiet(say("track_help"))
    if st.button(say("track_do"), key="track", width="stretch", icon=":material/local_shipping:"):
        _press(view, standing, ("track",), lambda key: outbox.track(order_id, view.person.name, key))


def _move(view: View, standing: Standing, offered: Offer) -> None:
    say, order_id = view.say, standing.order_id
    st.subheader(say("move"), anchor=False)
    if offered.against_address:
        _off("move", why_off(offered.against_address, rules(), say), view)
        return
    address_id, spot = _where(view, offered)
    ready = address_id is not None or spot is not None
    if st.button(say("move_do"), key="move", width="stretch", disabled=not ready,
                 icon=":material/edit_location_alt:"):  # fmt: skip
        chosen = ("move", address_id or "", spot.model_dump_json() if spot else "")
        _press(view, standing, chosen, lambda key: outbox.change_address(
            order_id, view.person.name, address_id=address_id, spot=spot, key=key))  # fmt: skip


def _where(view: View, offered: Offer) -> tuple[str | None, Spot | None]:
    """Return the choice: one of the customer's addresses, or a place of the table of divisions."""
    say = view.say
    if offered.addresses:
        known = st.radio(
            say("known_addresses"),
            [*offered.addresses, ""],
            format_func=lambda name: (
                address_word(name, offered.addresses[name], view.person, say) if name else say("other_place")
            ),
            key="address",
        )
        if known:
            return known, None
    province = st.selectbox(
        say("province"), rules().provinces(), index=None, placeholder=say("choose"), key="province"
    )
    cities = rules().cities(province) if province else ()
    # A box without choices is not drawn: the label of one that is off is too pale to read.
    city = _choice("city", cities, province or "", view)
    districts = rules().districts(province, city) if province and city else ()
    district = _choice("district", districts, city or "", view)
    is_whole = bool(province) and bool(city or not cities) and bool(district or not districts)
    return None, Spot(
        province=province, city=city or "", district=district or ""
    ) if is_whole and province else None


def _choice(name: str, known: Sequence[str], within: str, view: View) -> str | None:
    if not known:
        return None
    label, ask = view.say(name), view.say("choose")
    return st.selectbox(label, known, index=None, placeholder=ask, key=f"{name}-{within}")


def _give(view: View, standing: Standing, offered: Offer) -> None:
    say, order_id = view.say, standing.order_id
    st.subheader(say("give"), anchor=False)
    if offered.against_difference:
        _off("give", why_off(offered.against_difference, rules(), say), view)
        return
    choice = st.segmented_control(
        say("give_choice"),
        list(offered.differences),
        format_func=lambda name: difference_word(name, offered.differences[name], say),
        key=f"choice-{order_id}",
    )
    amount = offered.differences.get(choice or "", 0)
    label = say("give_do_amount", amount=say.yuan(amount)) if choice else say("give_do")
    if st.button(label, key="give", width="stretch", disabled=not choice, icon=":material/payments:"):
        _press(view, standing, ("give", str(choice)), lambda key: outbox.refund_difference(
            order_id, view.person.name, choice=str(choice), amount_fen=amount, key=key))  # fmt: skip


def _off(name: str, why: Sequence[str], view: View) -> None:
    """Draw a button that is off, with the reasons below it, each on a line of its own."""
    st.button(view.say(f"{name}_do"), key=name, disabled=True, width="stretch", icon=":material/block:")
    st.markdown("\n\n".join(f":red[:material/error:] {one}" for one in why))


def _press(view: View, standing: Standing, chosen: tuple[str, ...], make: actions.Make) -> None:
    same = (chosen[0], standing.order_id, *chosen[1:], standing.version)
    with st.spinner(view.say("pressing")):
        outcome = actions.press(view.person, DESK, same, make)
    st.session_state["answered"] = (standing.order_id, outcome)
    live.forget("standing", standing.order_id)
    live.forget("story", standing.order_id)


def _answer(view: View, standing: Standing) -> None:
    order_id, outcome = st.session_state.get("answered", ("", None))
    if outcome is not None and order_id == standing.order_id:
        sheet.show("answer", [answer(outcome, rules().wording, view.person, view.say)])


page()
