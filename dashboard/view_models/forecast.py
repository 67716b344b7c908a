"""From the store's forecast to the sentence below the light. Pure."""

from dataclasses import dataclass, replace

from dashboard.blocks import orders
from dashboard.queries.forecast import Forecast
from dashboard.words import Words, number
from schemas.vocabulary import Light


@dataclass(frozen=True, slots=True)
class ForecastView:
    """What will come of the next 4 h; `link` leads to the orders that will miss their deadline."""

    text: str
    label: str
    hint: str
    light: str = Light.GREY.value
    link: str = ""


def forecast_view(forecast: Forecast | None, words: Words) -> ForecastView:
    """Return the sentence; what cannot be computed is no data, never "none"."""
    view = ForecastView(words("forecast_none"), words("forecast"), words("forecast_help"))
    if forecast is None or forecast.clock_at is None:
        return view
    if not forecast.due_orders:
        return replace(view, text=words("forecast_empty"), light=Light.GREEN.value)
    if forecast.unknown_orders >= forecast.due_orders:
        return replace(view, text=words("forecast_no_pace", due=number(forecast.due_orders)))
    missing, unknown = forecast.missing_orders, forecast.unknown_orders
    text = words("forecast_miss" if missing else "forecast_good", missing=number(missing),
                 due=number(forecast.due_orders - unknown))  # fmt: skip
    if unknown:
        text += words("forecast_part", unknown=number(unknown))
    light = Light.YELLOW if missing else Light.GREEN
    return replace(view, text=text, light=light.value, link=orders("will_miss") if missing else "")
