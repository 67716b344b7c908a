"""What a supervisor does about one line of a list: decide it, take it, say it is mended."""

import streamlit as st

from dashboard import actions, live, sheet
from dashboard.actions import SUPERVISE, Outcome
from dashboard.blocks import Cell, Facts, order
from dashboard.frame import View, look_soon, quiet
from dashboard.identity import Role
from dashboard.queries.exceptions import Anomaly, Locked, read_locked, read_open
from dashboard.rules import rules
from dashboard.view_models.answers import answer
from dashboard.view_models.exceptions import VOICES, evidence
from pipeline import outbox

WHYS = ("why_parcel_seen", "why_called", "why_screenshot", "why_late_report")
MENDED = ("mended_called", "mended_shipped", "mended_corrected", "mended_false")


def draw(view: View, chosen: str) -> None:
    """Draw the form of the line that the address names, if this person may act on it."""
    _last_answer(view)
    wanted = st.query_params.get("decide" if chosen == "locked" else "act", "")
    if not wanted or chosen not in ("locked", "open"):
        return
    if not view.person.may(Role.SUPERVISOR):
        st.info(view.say("not_allowed", role=view.say("role_supervisor")), icon=":material/lock:")
        return
    if chosen == "locked":
        _decide(view, wanted)
    else:
        _act(view, wanted)


def _last_answer(view: View) -> None:
    told = st.session_state.get("decided")
    if told is not None:
        sheet.show("answer", [answer(told, rules().wording, view.person, view.say)])


def _decide(view: View, order_id: str) -> None:
    say = view.say
    found = live.ask("locked", read_locked, "").value or ()
    one = next((row for row in found if row.order_id == order_id), None)
    if one is None:
        st.info(say("no_longer_locked", order=order_id), icon=":material/lock_open:")
        return
    with st.container(border=True):
        st.subheader(say("decide_title", order=order_id), anchor=False)
        sheet.show("evidence", [_evidence(one, view)])
        said = {row.reporter: row for row in one.evidence if row.reporter in VOICES}
        right = st.segmented_control(
            say("who_is_right"),
            list(said),
            format_func=lambda who: f"{say.term('reporter', who)}: {say.term('phase', said[who].phase)}",
            key=f"right-{order_id}",
        )
        why = st.selectbox(
            say("reason"),
            [say(key) for key in WHYS],
            index=None,
            placeholder=say("reason_ask"),
            accept_new_options=True,
            key=f"why-{order_id}",
        )
        quiet(say("decide_consequence"))
        if st.button(say("decide_do"), disabled=not (right and why), key=f"decide-{order_id}"):
            same = ("decide", order_id, one.conflict_id, str(right))
            _press(
                view, same, lambda key: outbox.decide(order_id, str(right), view.person.name, str(why), key)
            )


def _evidence(one: Locked, view: View) -> Facts:
    say = view.say
    pairs = [(say("col_order"), Cell(one.order_id, order(one.order_id), code=True))]
    for said in one.evidence:
        note = say(
            "said_note",
            code=said.raw_code or "–",
            since=say.stamp(said.since_at),
            last=say.stamp(said.said_at),
        )
        pairs.append((say.term("reporter", said.reporter), Cell(say.term("phase", said.phase), note=note)))
    return Facts("evidence", say("evidence"), pairs)


def _act(view: View, anomaly_id: str) -> None:
    say = view.say
    kind, whose = st.session_state.get("kind", ""), st.session_state.get("whose", "")
    found = live.ask("open", read_open, kind, whose).value or ()
    one = next((row for row in found if row.anomaly_id == anomaly_id), None)
    if one is None:
        st.info(say("no_longer_open"), icon=":material/task_alt:")
        return
    with st.container(border=True):
        subject = one.order_id or one.subject
        st.subheader(say("act_title", kind=say.term("kind", one.kind), subject=subject), anchor=False)
        if one.evidence:
            quiet(evidence(one.evidence))
        take, mend = st.columns(2)
        with take:
            _take(view, one)
        with mend:
            _mend(view, one)


def _take(view: View, one: Anomaly) -> None:
    """Acknowledge it oneself, or hand it to a colleague: whoever took it first stays on record."""
    say = view.say
    if one.taken_by:
        given = say("taken_from", who=one.handed_by) if one.handed_by else ""
        st.markdown(" ".join(filter(None, (say("taken_already", who=one.taken_by), given))))
        return
    to_whom = st.text_input(
        say("hand_to"), key=f"to-{one.anomaly_id}", max_chars=64, placeholder=view.person.name
    ).strip()
    me = view.person.name
    by, handed_by = (to_whom, me) if to_whom and to_whom != me else (me, "")
    label = say("hand_do", who=by) if handed_by else say("take_do")
    if st.button(label, key=f"take-{one.anomaly_id}", icon=":material/back_hand:"):
        same = ("take", one.subject, one.kind, one.anomaly_id)
        _press(view, same, lambda key: outbox.take(one.subject, by, one.kind, key, handed_by))


def _mend(view: View, one: Anomaly) -> None:
    say = view.say
    why = st.selectbox(
        say("mended_how"),
        [say(key) for key in MENDED],
        index=None,
        placeholder=say("reason_ask"),
        accept_new_options=True,
        key=f"mended-{one.anomaly_id}",
    )
    if st.button(say("mend_do"), key=f"mend-{one.anomaly_id}", disabled=not why, icon=":material/task_alt:"):
        same = ("resolve", one.subject, one.kind, one.anomaly_id)
        _press(view, same, lambda key: outbox.resolve(one.subject, one.kind, view.person.name, str(why), key))


def _press(view: View, same: tuple[str, ...], make: actions.Make) -> None:
    with st.spinner(view.say("pressing")):
        outcome: Outcome = actions.press(view.person, SUPERVISE, same, make)
    st.session_state["decided"] = outcome
    live.shared().expire()
    look_soon()
    for name in ("decide", "act"):
        st.query_params.pop(name, None)
    st.rerun()
