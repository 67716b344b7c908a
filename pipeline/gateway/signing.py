"""Makes signed deliveries, for tests, for the simulated day and for relays written in Python."""

from pipeline.gateway.keyring import Secret, Secrets
from pipeline.gateway.request import PushRequest
from pipeline.gateway.schemes import Scheme
from pipeline.gateway.specs import PushSpec


def sign(
    spec: PushSpec,
    document: bytes,
    secrets: Secrets,
    now_s: int,
    *,
    shop: str,
    api: str = "",
    delivery_id: str = "",
    scheme: str = "",
) -> PushRequest:
    """Return the delivery of a JSON document as its sender would send it, with the first fitting secret.

    `scheme` names one of the source's ways of signing; "" is the first. `delivery_id` travels only where our
    contract is kept; "" makes one of the document. Raises LookupError when there is no such scheme or secret.
    """
    ways = {one.name: one for one in spec.schemes}
    way = ways[scheme] if scheme else spec.schemes[0]
    given = {"x-certainty-delivery": delivery_id.encode()} if delivery_id else {}
    blank = PushRequest(spec.source, shop, api, headers=given)
    return way.make(blank, document, _fitting(way, secrets), now_s)


def _fitting(way: Scheme, secrets: Secrets) -> Secret:
    fitting = [one for one in secrets if one.is_token == (way.name == "wechat")]
    if not fitting:
        raise LookupError(f"there is no secret for {way.name}")
    return fitting[0]
