"""The reading of statements: where rows begin, and what a read-only user may not say."""

import pytest

from pipeline.embedded.statement import (
    Refused,
    payload_insert,
    refuse_for_reader,
    refuse_several,
    trailing_format,
)

TABLE_FUNCTIONS = frozenset(("file", "url", "s3", "remote", "numbers", "merge", "executable", "mysql"))


def refuse(sql: str, settings: dict[str, str] | None = None, **parameters: str) -> None:
    """Apply the rules for a reader."""
    refuse_for_reader(sql, TABLE_FUNCTIONS, parameters, settings or {})


@pytest.mark.parametrize(
    ("head", "runs"),
    [
        ("INSERT INTO t (a, b) FORMAT Native\n\x00", "INSERT INTO t (a, b) FROM INFILE '/f'  FORMAT Native"),
        ("insert into `t` format JSONEachRow {", "insert into `t` FROM INFILE '/f'  FORMAT JSONEachRow"),
        (
            "INSERT INTO t SETTINGS async_insert=0 FORMAT CSV\n1",
            "INSERT INTO t FROM INFILE '/f' SETTINGS async_insert=0 FORMAT CSV",
        ),
        (
            "/* FORMAT x */ INSERT INTO t (format, settings) FORMAT TSV\n",
            "/* FORMAT x */ INSERT INTO t (format, settings) FROM INFILE '/f'  FORMAT TSV",
        ),
    ],
)
def test_an_insert_with_rows_behind_it_reads_them_from_a_file(head: str, runs: str) -> None:
    insert = payload_insert(head)
    assert insert is not None
    assert insert.from_file("/f") == runs


def test_rows_begin_behind_one_line_break_and_keep_their_own() -> None:
    head = "INSERT INTO t FORMAT TSV\n\n1\n"
    insert = payload_insert(head)
    assert insert is not None
    assert head[insert.payload_at :] == "\n1\n"


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO t VALUES (1)",
        "INSERT INTO t SELECT 1 FORMAT Null",
        "SELECT 'INSERT INTO t FORMAT TSV'",
        "",
    ],
)
def test_a_statement_without_rows_behind_it_is_left_as_it_is(sql: str) -> None:
    assert payload_insert(sql) is None


def test_the_last_format_outside_parentheses_is_the_answers() -> None:
    assert trailing_format("SELECT format('x') FROM (SELECT 1) FORMAT JSON SETTINGS a = 1") == "JSON"
    assert trailing_format("SELECT 'FORMAT CSV'") == ""


def test_a_second_statement_is_refused_and_a_last_semicolon_is_not() -> None:
    refuse_several("SELECT ';' ; -- end")
    with pytest.raises(Refused, match="Multi-statements"):
        refuse_several("SELECT 1; SELECT 2")


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT count() FROM orders",
        "WITH 1 AS x SELECT x FROM numbers(3)",
        "(SELECT 'a/b', \"a\", `file` FROM t)",
        "SHOW TABLES",
        "DESCRIBE t",
        "EXPLAIN SELECT 1",
        "SELECT default FROM t WHERE note = 'default.x url(1)'",
    ],
)
def test_a_reader_may_read_tables(sql: str) -> None:
    refuse(sql)


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("INSERT INTO t VALUES (1)", 164),
        ("DROP TABLE t", 164),
        ("SET readonly = 0", 164),
        ("KILL QUERY WHERE 1", 164),
        ("SELECT 1 INTO OUTFILE '/tmp/x'", 164),
        ("SELECT 1 SETTINGS readonly = 0", 164),
        ("SELECT 1 SETTINGS additional_result_filter = 'x'", 164),
        ("SELECT * FROM file('/etc/passwd')", 497),
        ("SELECT * FROM FILE /* x */ -- y\n ('/etc/passwd')", 497),
        ("SELECT * FROM `file`('/etc/passwd')", 497),
        ('SELECT * FROM "fil\\x65"(1)', 497),
        ("SELECT file('/etc/passwd')", 497),
        ("SELECT * FROM view(SELECT * FROM url('http://h/'))", 497),
        ("SELECT * FROM `/etc/passwd`", 497),
        ("SELECT * FROM default.passwd", 497),
        ("SELECT * FROM `default` . passwd", 497),
        ("DESCRIBE TABLE s3('http://h/')", 497),
        ("SELECT ‘a’", 497),
    ],
)
def test_a_reader_may_not_write_or_leave_the_tables(sql: str, code: int) -> None:
    with pytest.raises(Refused) as refused:
        refuse(sql)
    assert refused.value.code == code


def test_a_reader_may_not_name_a_file_or_the_file_database_in_a_parameter() -> None:
    refuse("SELECT * FROM {d:Identifier}.{t:Identifier}", d="certainty", t="orders")
    for d, t in (("default", "passwd"), ("certainty", "/etc/passwd")):
        with pytest.raises(Refused, match="one of a table"):
            refuse("SELECT * FROM { d /* x */ : Identifier }.{t:Identifier}", d=d, t=t)


def test_a_reader_may_not_smuggle_a_statement_into_a_setting() -> None:
    refuse("SELECT 1", {"max_threads": "2"})
    with pytest.raises(Refused, match="additional_table_filters"):
        refuse("SELECT 1", {"additional_table_filters": "{'t': 'a IN (SELECT 1)'}"})
