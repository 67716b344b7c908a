"""The data dictionary: every table, view and column with its comment, as ClickHouse itself knows them."""

from pipeline.clickhouse.migrate import HISTORY
from pipeline.clickhouse.reader import Reader

BEGIN = "<!-- dictionary: written by `certainty migrate dictionary`, do not edit -->"
END = "<!-- end of dictionary -->"

OBJECTS = """
SELECT name, engine = 'View' AS is_view, sorting_key, comment
FROM system.tables
WHERE database = currentDatabase() AND name != {history:String} AND engine != 'MaterializedView'
ORDER BY is_view DESC, name
"""

COLUMNS = """
SELECT table, name, type, comment
FROM system.columns
WHERE database = currentDatabase() AND table != {history:String}
ORDER BY table, position
"""


def dictionary(reader: Reader) -> str:
    """Return the dictionary as Markdown, views first; raises StoreAway or StoreRefused."""
    names = {"history": HISTORY}
    columns: dict[str, list[str]] = {}
    for column in reader.query(COLUMNS, names):
        line = f"| `{column['name']}` | {_short(column['type'])} | {_cell(column['comment'])} |"
        columns.setdefault(column["table"], []).append(line)
    sections = [BEGIN]
    for found in reader.query(OBJECTS, names):
        key = "" if found["is_view"] else f" Key: `{found['sorting_key']}`."
        sections.append(
            f"### {found['name']}\n\n{found['comment']}{key}\n\n| column | type | meaning |\n|---|---|---|\n"
            + "\n".join(columns[found["name"]])
        )
    return "\n\n".join([*sections, END]) + "\n"


def _short(kind: str) -> str:
    return f"`{kind}`" if len(kind) < 60 else f"`{kind[:57]}...`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
