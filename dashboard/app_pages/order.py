"""The story of one order: found by its number, a waybill or a phone tail; everything leads here."""

import json

import streamlit as st

from dashboard import limits, links, live, masking, sheet
from dashboard.blocks import Cell, Column, Table, order, to
from dashboard.frame import View, again_and_again, begin, problem_line, quiet
from dashboard.identity import Role
from dashboard.queries.desk import Found, cleaned, read_found
from dashboard.queries.story import Story, as_json, read_story
from dashboard.rules import care, rules
from dashboard.view_models.steps import steps_of
from dashboard.view_models.story import story_blocks, timeline


def page() -> None:
    """Draw the order that the address names."""
    view = begin("nav_order")
    wanted = cleaned(st.query_params.get("order", ""))
    if not wanted:
        st.info(view.say("story_ask"), icon=":material/search:")
        return
    again_and_again(living)(view, wanted)


def living(view: View, wanted: str) -> None:
    """Draw the story as it is now; what is no order's number is looked up."""
    say = view.say
    story = live.ask("story", read_story, wanted, ttl_s=limits.ORDER_TTL_S)
    if story.problem:
        st.warning(problem_line(story, say), icon=":material/cloud_off:")
    if story.value is None:
        return
    if story.value.is_known:
        _draw(view, story.value)
    else:
        _look_up(view, wanted)


def _draw(view: View, story: Story) -> None:
    say = view.say
    steps = steps_of(story.account, story.parts["parcels"], care())
    above, beside, below = story_blocks(story, view.person, say, steps)
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.subheader(say("order_named", order=story.order_id), anchor=False, width="content")
        if view.person.may(Role.AGENT):
            st.page_link("app_pages/desk.py", label=say("to_desk"), icon=":material/support_agent:",
                         query_params={"order": story.order_id})  # fmt: skip
    sheet.show("above", above)
    sheet.show("beside", beside, 3)
    if below:
        sheet.show("below", below)
    sheet.show("timeline", [timeline(story, view.person, say, steps, rules().wording)])
    with st.expander(say("raw"), on_change="rerun", key="raw") as raw:
        if raw.open:
            told = as_json(story)
            shown = told if view.person.sees_personal else masking.masked(told)
            st.code(json.dumps(shown, ensure_ascii=False, indent=1, default=str), language="json", height=420)


def _look_up(view: View, wanted: str) -> None:
    say = view.say
    by_phone = view.person.sees_personal
    found = live.ask("found", read_found, wanted, by_phone, ttl_s=limits.ORDER_TTL_S).value or ()
    if not found:
        st.warning(say("not_found", wanted=wanted), icon=":material/search_off:")
        quiet(say("not_found_help" if by_phone else "not_found_help_viewer"))
        return
    if len(found) == 1:
        links.follow(to("order", order=found[0].order_id))
    sheet.show("found", [_found(found, view)])


def _found(found: tuple[Found, ...], view: View) -> Table:
    say = view.say
    rows = [
        [Cell(one.order_id, order(one.order_id), code=True), Cell(say(f"by_{one.kind}"))] for one in found
    ]
    columns = [Column(say("col_order")), Column(say("col_found_by"))]
    return Table("found", say("several_found"), columns, rows)


page()
