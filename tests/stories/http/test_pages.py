"""The pages beside `/v1`: health, metrics, and the documents that explain."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterable

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from tests.stories.http.server import House, code, serving

from sycee.doors.http.pages import Exposition
from sycee.runtime.db import Database
from sycee.runtime.http.rates import Rate
from sycee.runtime.http.wiring import Bounds


def test_health_readiness_and_metrics_answer_without_a_key(house: House):
    assert house.client.get("/healthz").json() == {"ok": True}
    assert house.client.get("/readyz").json() == {"ok": True}
    house.get("/v1/balances", house.person("Ann"))
    text = house.client.get("/metrics").text
    assert re.search(r'sycee_http_requests_total\{route="GET /v1/balances",status="200"\} \d', text)
    ann, bob = house.person("Ann", minor=5), house.person("Bob")
    house.pay(ann, bob, 5)
    text = house.client.get("/metrics").text
    assert re.search(r'sycee_lane_batch_size_count\{lane="wallet.transfer"\} \d', text)
    assert 'sycee_lane_depth{lane="wallet.transfer"} 0.0' in text
    assert "sycee_http_threaded 0.0" in text
    assert "sycee_http_slow 0.0" in text
    assert "sycee_http_streams 0.0" in text
    assert "# TYPE sycee_jobs_oldest_due_seconds gauge" in text
    assert "# TYPE sycee_sweeps_refused_seconds gauge" in text
    named = {"route", "status", "lane", "kind", "sweep", "le"}  # and nobody
    system = {"generation", "implementation", "major", "minor", "patchlevel", "version"}
    assert set(re.findall(r'[{,](\w+)="', text)) <= named | system
    assert ann.id not in text


def test_every_type_of_a_problem_leads_to_a_page(house: House):
    refused = house.client.get("/v1/nothing").json()
    page = house.client.get(refused["type"])
    assert page.status_code == 200
    assert refused["title"] in page.text
    assert code(house.client.get("/problems/there-is-none")) == "route-unknown"


def test_a_person_at_a_mistyped_address_reads_where_they_are(house: House):
    for language, words in (
        ("en", "no such page"),
        ("zh-CN", "没有这个页面"),
        ("de", "gibt es nicht"),
    ):
        told = house.client.get(
            "/wallt", headers={"accept": "text/html,*/*;q=0.8", "accept-language": language}
        )
        assert told.status_code == 404
        assert told.headers["content-type"].startswith("text/html")
        assert words in told.text
        assert 'href="/"' in told.text
    assert code(house.client.get("/wallt")) == "route-unknown", "a program reads a problem"


def test_a_document_is_packed_for_who_reads_gzip_and_not_sent_to_who_has_it(house: House):
    for path in ("/openapi.json", "/docs", "/problems"):
        plain = house.client.get(path, headers={"accept-encoding": "identity"})
        packed = house.client.get(path, headers={"accept-encoding": "gzip, br"})
        assert "content-encoding" not in plain.headers
        assert packed.headers["content-encoding"] == "gzip"
        assert packed.content == plain.content
        assert int(packed.headers["content-length"]) * 3 < len(plain.content)
        tags = {each.headers["etag"] for each in (plain, packed)}
        assert len(tags) == 2, "two representations have two names"
        for encoding, tag in (("identity", plain), ("gzip", packed)):
            known = {"accept-encoding": encoding, "if-none-match": tag.headers["etag"]}
            again = house.client.get(path, headers=known)
            assert (again.status_code, again.content) == (304, b"")


def test_pages_count_against_the_address_that_asks(database: Database):
    with serving(database, Bounds(stranger_rate=Rate(per_second=0.01, burst=5))) as address:
        house = House(database, address)
        pages = ("/docs", "/problems", "/problems/not-found", "/openapi.json", "/transparency")
        assert [house.client.get(path).status_code for path in pages] == [200] * 5
        for path in (*pages, "/log/verify"):
            refused = house.client.get(path)
            assert (refused.status_code, code(refused)) == (429, "rate-exceeded"), path
            assert refused.json()["facts"]["per"] == "address"
            assert int(refused.headers["retry-after"]) > 0
        for path in ("/healthz", "/readyz", "/metrics", "/log/checkpoint"):
            assert house.client.get(path).status_code != 429, "who watches is not held up"
        assert house.get("/v1/balances", house.person("Ann")).status_code == 200, "nor is a key"
        house.client.close()


def test_a_page_names_its_encoding_once(house: House):
    """A parameter given twice is against RFC 2045, and some readers refuse the answer for it."""
    for path in ("/metrics", "/log/verify", "/docs", "/transparency"):
        media = house.client.get(path).headers["content-type"]
        assert media.count("charset=") == 1, (path, media)


def test_who_asks_for_metrics_at_once_shares_what_is_written():
    class Slow(Collector):
        written = 0

        def collect(self) -> Iterable[Metric]:
            self.written += 1
            time.sleep(0.1)
            yield GaugeMetricFamily("test_written", "How often.", self.written)

    async def story() -> None:
        registry, slow = CollectorRegistry(), Slow()
        registry.register(slow)
        slow.written = 0
        exposition = Exposition(registry)
        first = asyncio.ensure_future(exposition.get())
        await asyncio.sleep(0.03)
        rest = await asyncio.gather(*(exposition.get() for _ in range(20)))
        assert b"test_written 1.0" in (await first)[0]
        assert {text for text, _ in rest} == {rest[0][0]}
        assert b"test_written 2.0" in rest[0][0], "what was being written may be too old"
        assert b"test_written 3.0" in (await exposition.get())[0]

    asyncio.run(story())


def test_public_pages_write_figures_as_their_reader_does_and_codes_as_codes(house: House):
    for language, spent in (("en", "0.000 / 2.000 ε"), ("de", "0,000 / 2,000 ε")):
        page = house.client.get("/transparency", headers={"accept-language": language})
        assert spent in page.text
    listed = house.client.get("/problems").text
    assert "<code>left_minor</code>" in listed
    assert "`" not in listed


def test_pages_load_nothing_and_run_no_script(house: House):
    for path in ("/docs", "/problems", "/problems/not-found"):
        page = house.client.get(path)
        assert page.status_code == 200
        assert page.headers["content-security-policy"].startswith("default-src 'none'; style-src")
        assert not re.search(r"<script|\bsrc=|url\(|https?://|\son[a-z]+=", page.text)
