"""Names of the workers' groups and changelog topics, for those who create topics and must not load Faust."""

GROUPS = {"core": "certainty-core", "sink": "certainty-sink"}
"""What Kafka calls each group of workers: Faust's app id."""
CHANGELOGS: tuple[str, ...] = (
    "certainty-core-case-by-order-changelog",
    "certainty-core-parcel-by-waybill-changelog",
    "certainty-core-anomalies-by-subject-changelog",
    "certainty-core-stock-by-sku-changelog",
)
"""`<app id>-<table>-changelog`, compacted, one partition per source partition."""
