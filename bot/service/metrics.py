"""Figures of how the bot does, as Prometheus reads them: none of them names a user, a server or an entry."""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING

import aiohttp
import prometheus_client as prometheus
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from bot import __version__
from bot.knowledge.due import due
from bot.publishing.backup import overdue
from bot.store.usage import Use

if TYPE_CHECKING:
    from bot.service.client import Client

LAG_EVERY = 0.5
"""Seconds between two looks at how late the event loop is."""

_REFUSED = 400


class Metrics(Collector):
    """What is counted as it happens; the rest is read from the client when somebody asks."""

    client: Client | None = None

    def __init__(self) -> None:
        prometheus.disable_created_metrics()  # type: ignore[no-untyped-call] # when each was first used is nobody's business
        self.registry = registry = prometheus.CollectorRegistry()
        prometheus.ProcessCollector(registry=registry)
        prometheus.Info("immunobot", "The version that runs.", registry=registry).info({"version": __version__})
        self._answers = prometheus.Counter(
            "immunobot_answers",
            "Answers, by command or button, and how they went.",
            ("command", "outcome"),
            registry=registry,
        )
        self._seconds = prometheus.Histogram(
            "immunobot_answer_seconds", "How long it took to make an answer, without the way to Discord.",
            buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5), registry=registry,
        )  # fmt: skip
        self._lag = prometheus.Histogram(
            "immunobot_loop_lag_seconds", "How much later than it should the event loop came to something.",
            buckets=(0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 3), registry=registry,
        )  # fmt: skip
        self._refused = prometheus.Counter(
            "immunobot_discord_refused", "What Discord refused, by HTTP status and Discord's own code.", ("status", "code"),
            registry=registry,
        )  # fmt: skip
        registry.register(self)

    def count(self, use: Use) -> None:
        """Count an answer."""
        self._answers.labels(use.command, use.outcome).inc()
        self._seconds.observe(use.latency_ms / 1000)

    async def watch_loop(self) -> None:
        """Look again and again how late the event loop is."""
        loop = asyncio.get_running_loop()
        while True:
            due_at = loop.time() + LAG_EVERY
            await asyncio.sleep(LAG_EVERY)
            self._lag.observe(max(0.0, loop.time() - due_at))

    def trace(self) -> aiohttp.TraceConfig:
        """Return what counts the refusals among all that is asked of Discord; addresses are not looked at."""
        trace = aiohttp.TraceConfig()

        async def ended(_session: object, asked: SimpleNamespace, given: aiohttp.TraceRequestEndParams) -> None:
            asked.status = given.response.status

        async def read(_session: object, asked: SimpleNamespace, given: aiohttp.TraceResponseChunkReceivedParams) -> None:
            if (status := getattr(asked, "status", 0)) >= _REFUSED:
                code = None
                with contextlib.suppress(ValueError, AttributeError):  # Cloudflare answers with a page
                    code = json.loads(given.chunk).get("code")
                self._refused.labels(status, code if isinstance(code, int) else "none").inc()

        trace.on_request_end.append(ended)
        trace.on_response_chunk_received.append(read)
        return trace

    def collect(self) -> Iterator[Metric]:
        """Yield what the parts know of themselves."""
        if (client := self.client) is None:
            return
        store, library, intake = client.deps.store, client.deps.library, client.intake
        knowledge, now = library.current, datetime.now(UTC)
        late = due(knowledge.entries.values(), now.date(), client.deps.config.knowledge)
        numbers = knowledge.helplines.due(now.date()) if knowledge.helplines else {}
        sockets = client.sockets.values()
        for name, text, value in (
            ("database_open", "1 where the database can be used, else 0.", not store.trouble),
            ("rows_waiting", "Rows that wait because the database refuses them.", store.waiting),
            ("knowledge_entries", "Entries that are served.", len(knowledge.entries)),
            ("knowledge_loaded_timestamp_seconds", "When the knowledge was loaded.", knowledge.loaded_at.timestamp()),
            (
                "knowledge_errors",
                "Errors in the files, for which the last good version stays up.",
                len(library.problems),
            ),
            ("knowledge_warnings", "What is wrong with the files that are used.", len(knowledge.warnings)),
            ("knowledge_due", "Entries to be checked against their sources soon, or already.", len(late)),
            ("knowledge_overdue", "Entries whose check is too old.", sum(each.overdue for each in late)),
            (
                "backup_overdue",
                "1 where the last backup is twice as old as it may become, else 0.",
                overdue(client.deps.config, now),
            ),
            ("helplines_due", "Countries whose numbers were checked too long ago.", len(numbers)),
            ("gateway_ready", "1 where Discord sends what is asked, else 0.", client.connected),
            ("gateway_connections_open", "Connections to Discord that are open.", sum(each.open for each in sockets)),
            ("gateway_latency_seconds", "How long Discord's gateway took to answer.", _latency(client)),
        ):
            yield GaugeMetricFamily(f"immunobot_{name}", text, float(value))
        for name, text, value in (
            ("rows_late", "Answers that went out before their row was committed.", store.late),
            ("rows_lost", "Rows given up because the database kept refusing them.", store.lost),
            ("left_out", "What could not be answered in time, as too much was asked.", intake.left_out),
            ("gateway_connections", "Connections to Discord that were made, the first ones among them.", client.connections),
        ):
            yield CounterMetricFamily(f"immunobot_{name}", text, value)
        if client.endpoint:
            requests = CounterMetricFamily("immunobot_http_requests", "Requests over HTTP, by status.", labels=["status"])
            for status, count in client.endpoint.statuses.items():
                requests.add_metric([str(status)], count)
            yield requests


def _latency(client: Client) -> float:
    """Return how long the slowest of the connections took; no number before the first answer."""
    return max(filter(math.isfinite, (each.latency for each in client.sockets.values())), default=math.nan)
