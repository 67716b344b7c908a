"""Headers of a raw record: who sent it, when we received it, under which delivery id."""

from typing import NamedTuple

Headers = tuple[tuple[str, bytes], ...]


class RawHeaders(NamedTuple):
    """What travels beside the bytes. `received_ms` is milliseconds since 1970 UTC; files have a `mapping`.

    `source` names the adapter. `api` says what the bytes answer where they do not say it themselves: the
    method a page was pulled by, the last part of a push's path. `parked` holds the subjects of unknown codes
    for which a record is read again, one a line.
    """

    source: str
    shop: str
    received_ms: int
    delivery_id: str
    mapping: bytes = b""
    as_of_ms: int | None = None
    api: str = ""
    parked: str = ""

    def to_headers(self) -> Headers:
        """Return the Kafka headers."""
        headers = [
            ("source", self.source.encode()),
            ("shop", self.shop.encode()),
            ("received_ms", str(self.received_ms).encode()),
            ("delivery_id", self.delivery_id.encode()),
        ]
        if self.mapping:
            headers.append(("mapping", self.mapping))
        if self.as_of_ms is not None:
            headers.append(("as_of_ms", str(self.as_of_ms).encode()))
        if self.api:
            headers.append(("api", self.api.encode()))
        if self.parked:
            headers.append(("parked", self.parked.encode()))
        return tuple(headers)

    @classmethod
    def from_headers(cls, headers: Headers) -> "RawHeaders":
        """Read the headers; raises KeyError or ValueError when one is missing or no number."""
        found = dict(headers)
        source, shop = found["source"].decode(), found["shop"].decode()
        received, delivery = int(found["received_ms"]), found["delivery_id"].decode()
        as_of, api, parked = found.get("as_of_ms"), found.get("api"), found.get("parked")
        return cls(
            source,
            shop,
            received,
            delivery,
            found.get("mapping", b""),
            int(as_of) if as_of else None,
            api.decode() if api else "",
            parked.decode() if parked else "",
        )


def received_ms(headers: Headers) -> int:
    """Return when a raw record was received, in milliseconds since 1970 UTC; 0 when it does not say."""
    for name, value in headers:
        if name == "received_ms":
            return int(value) if value.isdigit() else 0
    return 0
