"""Stand-ins for the three map services on the loopback interface, after their published formats, faults included.

Each checks key and signature in its own way, written again from the documents and not with our client's code, and
answers from a small table of places. ``next`` holds what the coming requests meet instead of an answer.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, quote, quote_plus, unquote, urlsplit

from records.map_settings import MapAccess

KEY, SECRET = "K3Y-0000-TEST", "S3CRET-TEST"
Fault = dict[str, object]
HTTP_FAULTS = {"500": 500, "429": 429, "403": 403}


@dataclass(frozen=True)
class Spot:
    """Where a stand-in puts a text: GCJ-02, names, a level in its own words."""

    longitude: float
    latitude: float
    province: str
    city: str
    district: str
    level: str


@dataclass
class StandIn:
    """One service: what it knows, what it was asked, what the next requests meet."""

    service: str
    url: str = ""
    signed: bool = False
    places: dict[str, Spot] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    next: deque[str | Fault] = field(default_factory=deque)
    always: str | Fault | None = None

    @property
    def access(self) -> MapAccess:
        """How a client reaches it."""
        return MapAccess(KEY, self.url, SECRET if self.signed else "")


def amap_body(stand_in: StandIn, query: dict[str, str], raw: str) -> Fault:
    if query.get("key") != KEY:
        return {"status": "0", "info": "INVALID_USER_KEY", "infocode": "10001"}
    pairs = sorted(pair for pair in unquote(raw).split("&") if not pair.startswith("sig="))
    if stand_in.signed and query.get("sig") != hashlib.md5(("&".join(pairs) + SECRET).encode()).hexdigest():
        return {"status": "0", "info": "INVALID_USER_SIGNATURE", "infocode": "10007"}
    spot = stand_in.places.get(query["address"])
    found = [] if spot is None else [{
        "formatted_address": spot.province + spot.city + spot.district, "country": "中国", "province": spot.province,
        "citycode": "027", "city": spot.city or [], "district": spot.district or [], "township": [],
        "neighborhood": {"name": [], "type": []}, "building": {"name": [], "type": []}, "adcode": "420103", "street": [],
        "number": [], "location": f"{spot.longitude:.6f},{spot.latitude:.6f}", "level": spot.level,
    }]  # fmt: skip
    return {"status": "1", "info": "OK", "infocode": "10000", "count": str(len(found)), "geocodes": found}


def tencent_body(stand_in: StandIn, query: dict[str, str], raw: str) -> Fault:
    if query.get("key") != KEY:
        return {"status": 311, "message": "key格式错误"}
    pairs = sorted(pair for pair in unquote(raw).split("&") if not pair.startswith("sig="))
    expected = hashlib.md5(("/ws/geocoder/v1/?" + "&".join(pairs) + SECRET).encode()).hexdigest()
    if stand_in.signed and query.get("sig") != expected:
        return {"status": 111, "message": "签名验证失败"}
    spot = stand_in.places.get(query["address"])
    if spot is None:
        return {"status": 347, "message": "查询无结果"}
    parts = {"province": spot.province, "city": spot.city, "district": spot.district, "street": "", "street_number": ""}
    return {"status": 0, "message": "query ok", "request_id": "1", "result": {
        "title": query["address"], "location": {"lng": spot.longitude, "lat": spot.latitude}, "ad_info": {"adcode": "420103"},
        "address_components": parts, "similarity": 0.99, "deviation": 1000, "reliability": 7, "level": int(spot.level),
    }}  # fmt: skip


def baidu_body(stand_in: StandIn, query: dict[str, str], raw: str) -> Fault:
    if query.get("ak") != KEY:
        return {"status": 200, "message": "APP不存在，AK有误请检查再重试"}
    before, _, sn = unquote(raw).partition("&sn=")
    text = quote("/geocoding/v3/?" + before, safe="/:=&?#+!$,;'@()*[]") + SECRET
    if stand_in.signed and sn != hashlib.md5(quote_plus(text).encode()).hexdigest():
        return {"status": 211, "message": "APP SN校验失败"}
    spot = stand_in.places.get(query["address"])
    if spot is None:
        return {"status": 1, "msg": "Internal Service Error:无相关结果", "results": []}
    return {"status": 0, "result": {
        "location": {"lng": spot.longitude, "lat": spot.latitude}, "precise": 1, "confidence": 80, "comprehension": 100,
        "level": spot.level,
    }}  # fmt: skip


BODIES = {
    "amap": ("/v3/geocode/geo", amap_body),
    "tencent": ("/ws/geocoder/v1/", tencent_body),
    "baidu": ("/geocoding/v3/", baidu_body),
}


def _handler(stand_in: StandIn) -> type[BaseHTTPRequestHandler]:
    path, body_of = BODIES[stand_in.service]

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            """Silent."""

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = dict(parse_qsl(parts.query))
            stand_in.asked.append(query)
            stand_in.headers.append(dict(self.headers.items()))
            fault = stand_in.next.popleft() if stand_in.next else stand_in.always
            with suppress(OSError):  # a client that gave up
                if isinstance(fault, str):
                    self._misbehave(fault)
                elif parts.path != path:
                    self._send(404, b"not found")
                else:
                    answer = fault if fault is not None else body_of(stand_in, query, parts.query)
                    self._send(200, json.dumps(answer, ensure_ascii=False).encode())

        def _misbehave(self, fault: str) -> None:
            if fault in HTTP_FAULTS:
                self._send(HTTP_FAULTS[fault], b"<html>oops</html>")
            elif fault == "broken":
                self._send(200, b'{"status": "1", "geoco')
            elif fault == "shape":
                self._send(200, b'{"status": "1", "infocode": "10000", "geocodes": {"a": 1}, "result": "x"}')
            elif fault == "huge":
                self._send(200, b"[" + b" " * (1 << 20) + b"]")
            elif fault == "hang up":
                self.close_connection = True
                self.connection.close()
            elif fault == "drip":
                self.send_response(200)
                self.end_headers()
                for _ in range(50):
                    self.wfile.write(b" ")
                    self.wfile.flush()
                    time.sleep(0.05)
                self.close_connection = True
            elif fault == "redirect":
                self.send_response(302)
                self.send_header("Location", "http://127.0.0.1:9/elsewhere?" + urlsplit(self.path).query)
                self.send_header("Content-Length", "0")
                self.end_headers()
            else:
                assert fault == "slow"
                time.sleep(1.5)
                self._send(200, b"{}")

        def _send(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler


@contextmanager
def standing_in(service: str, *, signed: bool = False) -> Iterator[StandIn]:
    """A running stand-in on a free port of 127.0.0.1."""
    stand_in = StandIn(service, signed=signed)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(stand_in))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    stand_in.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield stand_in
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
