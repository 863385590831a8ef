"""A small load generator for loopback: keep-alive connections, prepared requests, every latency kept."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

KEPT_ALIVE = 2.0
"""Seconds for which a connection that nobody uses is surely still open at the other end."""
READY = 1.0
"""Seconds that this side may take to get ready, before the first request of an even pace is due."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run: how long it took, every latency in seconds, CPU seconds of the server."""

    seconds: float
    latencies: list[float]
    cpu: float

    @property
    def rate(self) -> float:
        return len(self.latencies) / self.seconds

    @property
    def cpu_each(self) -> float:
        return self.cpu / len(self.latencies)


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def cpu_seconds(pid: int) -> float:
    """User and system time of a process, from the kernel's own account."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def drive(port: int, pid: int, requests: Sequence[bytes], connections: int, expect: int) -> Run:
    """Sends every request once over so many connections. AssertionError at the first other status."""
    before, started = cpu_seconds(pid), time.perf_counter()
    latencies = asyncio.run(_drive(port, iter(requests), connections, expect))
    return Run(time.perf_counter() - started, latencies, cpu_seconds(pid) - before)


async def _drive(port: int, waiting: Iterator[bytes], connections: int, expect: int) -> list[float]:
    latencies: list[float] = []

    async def one() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for request in waiting:
            started = time.perf_counter()
            writer.write(request)
            status = await _answer(reader)
            latencies.append(time.perf_counter() - started)
            assert status == expect, f"status {status}"
        writer.close()

    await asyncio.gather(*(one() for _number in range(connections)))
    return latencies


def pace(port: int, pid: int, requests: Sequence[bytes], a_second: int, expect: int) -> Run:
    """Sends so many a second, whether or not the ones before are answered; latencies from the moment each was due."""
    before, started = cpu_seconds(pid), time.perf_counter()
    latencies = asyncio.run(_pace(port, requests, a_second, expect))
    return Run(time.perf_counter() - started - READY, latencies, cpu_seconds(pid) - before)


async def _pace(port: int, requests: Sequence[bytes], a_second: int, expect: int) -> list[float]:
    started = time.perf_counter() + READY
    free: list[tuple[float, asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def one(number: int) -> float:
        due = started + number / a_second
        await asyncio.sleep(due - time.perf_counter())
        since, reader, writer = free.pop() if free else (0.0, *await asyncio.open_connection("127.0.0.1", port))
        if since and time.perf_counter() - since > KEPT_ALIVE:
            writer.close()
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(requests[number])
        status = await _answer(reader)
        assert status == expect, f"status {status}"
        free.append((time.perf_counter(), reader, writer))
        return time.perf_counter() - due

    latencies = await asyncio.gather(*(one(number) for number in range(len(requests))))
    for _since, _reader, writer in free:
        writer.close()
    return latencies


async def _answer(reader: asyncio.StreamReader) -> int:
    head = await reader.readuntil(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    if length:
        await reader.readexactly(length)
    return int(head.split(b" ", 2)[1])


def post(path: str, body: str, cookie: str = "") -> bytes:
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: 127.0.0.1",
        "Content-Type: application/x-www-form-urlencoded",
        f"Content-Length: {len(body)}",
        *([f"Cookie: {cookie}"] if cookie else []),
    ]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


def get(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
