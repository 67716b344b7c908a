"""Names of the changelog topics, for those who create topics and must not load Faust."""

CHANGELOGS: tuple[str, ...] = (
    "certainty-core-case-by-order-changelog",
    "certainty-core-parcel-by-waybill-changelog",
    "certainty-core-anomalies-by-subject-changelog",
    "certainty-core-stock-by-sku-changelog",
)
"""`<app id>-<table>-changelog`, compacted, one partition per source partition."""
