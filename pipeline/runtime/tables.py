"""Names of the changelog topics, for those who create topics and must not load Faust."""

CHANGELOGS: tuple[str, ...] = (
    "certainty-core-order-by-id-changelog",
    "certainty-core-parcel-by-waybill-changelog",
    "certainty-core-anomaly-by-subject-changelog",
)
"""`<app id>-<table>-changelog`, compacted, one partition per source partition."""
