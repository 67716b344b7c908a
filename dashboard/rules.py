"""The shipped rules of the desk and the limits of promise care, read once in a process."""

from zoneinfo import ZoneInfo

import streamlit as st

from dashboard import source
from pipeline.domain.care.business_days import BusinessDays
from pipeline.domain.care.calendar import load_business_days
from pipeline.domain.care.policy import CarePolicy
from pipeline.domain.desk_rules import DeskRules
from pipeline.domain.policy import HOUR_MS
from pipeline.rules.desk import shipped_desk_rules


@st.cache_resource(show_spinner=False)
def rules() -> DeskRules:
    """Return which places and differences may be chosen, and every reason in words."""
    return shipped_desk_rules()


@st.cache_resource(show_spinner=False)
def care() -> CarePolicy:
    """Return for how long a parcel may go without a scan, by the settings that the workers judge by, too."""
    settings = source.settings()
    return CarePolicy(
        first_scan_ms=round(settings.first_scan_h * HOUR_MS),
        silence_ms=round(settings.silence_h * HOUR_MS),
        business_days=_business_days(),
    )


def _business_days() -> BusinessDays | None:
    file, zone = source.settings().business_days_file, ZoneInfo(source.settings().business_zone)
    return load_business_days(file.read_text(encoding="utf-8"), str(file), zone) if file else None
