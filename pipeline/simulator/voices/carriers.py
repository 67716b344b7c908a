"""Carriers through their aggregators: each push carries the whole track so far."""

from pipeline.simulator.voices.writing import Payload, text_time


def kuaidi100(told: Payload) -> Payload:
    """Return `param` of a push by Kuaidi100; newest entry first."""
    entries = [
        {"time": text_time(at), "ftime": text_time(at), "context": f"scan {code}", "statusCode": code}
        for at, code in reversed(told["scans"])
    ]
    result = {"nu": told["waybill"], "com": "simulated", "ischeck": "0", "status": "200", "data": entries}
    return {"status": "polling", "billstatus": "", "message": "", "lastResult": result}


def kdniao(told: Payload) -> Payload:
    """Return `RequestData` of a push by Kdniao; oldest entry first."""
    traces = [
        {"AcceptTime": text_time(at), "AcceptStation": f"scan {code}", "Action": code}
        for at, code in told["scans"]
    ]
    newest_at, newest = told["scans"][-1]
    track = {
        "ShipperCode": "SIM",
        "LogisticCode": told["waybill"],
        "Success": True,
        "State": newest[:1],
        "StateEx": newest,
        "Traces": traces,
    }
    return {"EBusinessID": "simulated", "PushTime": text_time(newest_at), "Count": "1", "Data": [track]}
