"""Interrupts that wait, told by real signals."""

import signal
import threading

import pytest
from solve_case import random_problem
from test_connected import landscape

from edaphon.solver import connected
from edaphon.solver import front as front_module
from edaphon.solver.front import solve
from edaphon.solver.interrupts import held_interrupts


@pytest.fixture(autouse=True)
def heard():
    """Hear SIGINT as at a terminal; processes begun in the background ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_the_first_interrupt_waits_and_the_second_does_not():
    with held_interrupts() as held:
        signal.raise_signal(signal.SIGINT)
    assert held == [signal.SIGINT]
    with held_interrupts() as held:
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert held == [signal.SIGINT]
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_another_handler_stays():
    seen = []
    before = signal.signal(signal.SIGINT, lambda *_: seen.append("theirs"))
    try:
        with held_interrupts() as held:
            signal.raise_signal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)
    assert seen == ["theirs"]
    assert held == []


def test_other_threads_hold_nothing():
    held = []

    def run():
        with held_interrupts() as mine:
            held.append(mine)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert held == [[]]


@pytest.mark.parametrize("module", [front_module, connected], ids=["plain", "connected"])
def test_an_interrupt_while_the_front_is_put_together_keeps_it(module, monkeypatch):
    problem = random_problem(60) if module is front_module else landscape(4)
    whole = solve(problem, portfolios=6, generations=2)
    put_together = module.assemble

    def interrupted(*parts, **more):
        signal.raise_signal(signal.SIGINT)
        return put_together(*parts, **more)

    monkeypatch.setattr(module, "assemble", interrupted)
    front = solve(problem, portfolios=6, generations=2)
    assert front.interrupted
    assert not whole.interrupted
    assert front.portfolios.tobytes() == whole.portfolios.tobytes()
    assert front.certified_gap.tobytes() == whole.certified_gap.tobytes()
