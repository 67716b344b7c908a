"""The board's colours, and every Streamlit option it runs with."""

from schemas.vocabulary import Light

# Colour-blind safe: the worst pair stays 30 apart (CIE Lab) for protanopia, 48 for deuteranopia.
LIGHT_THEME = {"green": "#0B6E8A", "yellow": "#D98E04", "red": "#9F1239", "gray": "#707070"}
DARK_THEME = {"green": "#5BC8E8", "yellow": "#FBBF24", "red": "#F0506E", "gray": "#B0B0B0"}
LIGHT_COLOUR = {Light.GREEN: "green", Light.YELLOW: "yellow", Light.RED: "red", Light.GREY: "gray"}

# Nothing is downloaded: these are fonts that the viewer's machine has.
FONT = "'PingFang SC','Microsoft YaHei','Noto Sans SC','Noto Sans CJK SC',sans-serif"
HEADINGS = ["1.6rem", "1.3rem", "1.15rem", "1rem", "1rem", "1rem"]


def _side(name: str, palette: dict[str, str]) -> dict[str, object]:
    options: dict[str, object] = {f"theme.{name}.{colour}Color": value for colour, value in palette.items()}
    return options | {
        f"theme.{name}.primaryColor": palette["green"],
        f"theme.{name}.font": FONT,
        f"theme.{name}.headingFontSizes": HEADINGS,
        f"theme.{name}.paddingTop": "0.25rem",
        f"theme.{name}.paddingBottom": "1rem",
    }


def streamlit_options() -> dict[str, object]:
    """Return the options of the server and the theme, by Streamlit's own names."""
    return {
        "server.headless": True,
        "server.fileWatcherType": "none",
        "server.enableAgentApi": False,
        "server.address": "127.0.0.1",
        "browser.gatherUsageStats": False,
        "client.toolbarMode": "viewer",
        "client.showErrorDetails": "none",
        "client.showErrorLinks": False,
        # The tables' own export would hold the shown rows only, with live formulas; ours is lists.csv_file.
        "client.disableDataExport": True,
        "logger.hideWelcomeMessage": True,
        "runner.magicEnabled": False,
        "theme.baseFontSize": 14,
        "theme.light.backgroundColor": "#FFFFFF",
        "theme.light.secondaryBackgroundColor": "#F4F6F8",
        "theme.light.textColor": "#1B2430",
        "theme.dark.backgroundColor": "#0E1117",
        "theme.dark.secondaryBackgroundColor": "#191E27",
        "theme.dark.textColor": "#F1F3F6",
        **_side("light", LIGHT_THEME),
        **_side("dark", DARK_THEME),
    }
