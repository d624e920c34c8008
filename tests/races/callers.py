"""What runs in the processes of a race: one HTTP call each, let go at one barrier."""

from __future__ import annotations

import http.client
import json
import multiprocessing
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerContext
from typing import Any

ANSWER_WITHIN_S = 20
TOGETHER: ForkServerContext = multiprocessing.get_context("forkserver")
TOGETHER.set_forkserver_preload(["pytest", "tests.races.writers"])


@dataclass(frozen=True)
class Call:
    """One request, as JSON under /api/v1."""

    method: str
    path: str
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """What came back. headers: names in lower case."""

    status: int
    body: bytes
    headers: dict[str, str]

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def send(connection: http.client.HTTPConnection, call: Call) -> Answer:
    """Send one call on an open connection."""
    body = None if call.body is None else json.dumps(call.body)
    headers = {"Content-Type": "application/json", **call.headers} if body else call.headers
    connection.request(call.method, call.path, body, headers)
    response = connection.getresponse()
    return Answer(response.status, response.read(), {name.lower(): value for name, value in response.getheaders()})


def connect(port: int) -> http.client.HTTPConnection:
    """Open a keep-alive connection and use it once, so that a worker holds it already."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_WITHIN_S)
    assert send(connection, Call("GET", "/livez")).status == 200
    return connection


def _one(port: int, call: Call, number: int, barrier: Any, answers: Any) -> None:
    with closing(connect(port)) as connection:
        barrier.wait(ANSWER_WITHIN_S)
        answers.put((number, send(connection, call)))


def _several(port: int, calls: Sequence[tuple[int, Call]], barrier: Any, answers: Any) -> None:
    """Send calls from as many threads of one process, each on a connection of its own."""
    together = threading.Barrier(len(calls) + 1)

    def one(number: int, call: Call) -> None:
        with closing(connect(port)) as connection:
            together.wait(ANSWER_WITHIN_S)
            together.wait(ANSWER_WITHIN_S)
            answers.put((number, send(connection, call)))

    threads = [threading.Thread(target=one, args=given) for given in calls]
    for thread in threads:
        thread.start()
    together.wait(ANSWER_WITHIN_S)
    barrier.wait(ANSWER_WITHIN_S)
    together.wait(ANSWER_WITHIN_S)
    for thread in threads:
        thread.join()


def crowd_at_once(
    port: int, calls: Sequence[Call], *, processes: int = 8, meanwhile: Callable[[], None] | None = None
) -> list[Answer]:
    """Send many calls at one barrier, from several processes; return their answers in the order of the calls.

    meanwhile: done here, from the same barrier on.
    """
    barrier, answers = TOGETHER.Barrier(processes + 1), TOGETHER.Queue()
    numbered = list(enumerate(calls))
    callers = [
        TOGETHER.Process(target=_several, args=(port, numbered[n::processes], barrier, answers))
        for n in range(processes)
    ]
    for caller in callers:
        caller.start()
    barrier.wait(ANSWER_WITHIN_S)
    if meanwhile is not None:
        meanwhile()
    found = dict(answers.get(timeout=2 * ANSWER_WITHIN_S) for _ in calls)
    for caller in callers:
        caller.join()
    return [found[number] for number in range(len(calls))]


def _in_turn(port: int, calls: Sequence[tuple[int, Call]], barrier: Any, answers: Any) -> None:
    with closing(connect(port)) as connection:
        barrier.wait(ANSWER_WITHIN_S)
        for number, call in calls:
            began = time.monotonic()
            answers.put((number, send(connection, call), time.monotonic() - began))


def rush(port: int, calls: Sequence[Call], *, connections: int = 16) -> tuple[list[Answer], list[float], float]:
    """Send very many calls over a few connections, each as fast as it is answered.

    Returns: the answers in the order of the calls, the seconds each took, and the seconds of all together.
    """
    barrier, answers = TOGETHER.Barrier(connections + 1), TOGETHER.Queue()
    numbered = list(enumerate(calls))
    callers = [
        TOGETHER.Process(target=_in_turn, args=(port, numbered[n::connections], barrier, answers))
        for n in range(connections)
    ]
    for caller in callers:
        caller.start()
    barrier.wait(ANSWER_WITHIN_S)
    began = time.monotonic()
    told = [answers.get(timeout=60) for _ in calls]
    took = time.monotonic() - began
    for caller in callers:
        caller.join()
    found = {number: answer for number, answer, _ in told}
    return [found[number] for number in range(len(calls))], [one for _, _, one in told], took


def at_once(port: int, calls: Sequence[Call]) -> list[Answer]:
    """Send calls from as many processes at one barrier; return their answers in the order of the calls."""
    barrier, answers = TOGETHER.Barrier(len(calls)), TOGETHER.Queue()
    callers = [
        TOGETHER.Process(target=_one, args=(port, call, number, barrier, answers)) for number, call in enumerate(calls)
    ]
    for caller in callers:
        caller.start()
    found = dict(answers.get(timeout=2 * ANSWER_WITHIN_S) for _ in calls)
    for caller in callers:
        caller.join()
    return [found[number] for number in range(len(calls))]
