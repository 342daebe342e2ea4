import os
import time

from scripts.benchmarks.harness import ServerProcess


def test_the_processor_time_of_a_process_is_read_from_the_system():
    process = ServerProcess("http://127.0.0.1:1", os.getpid())
    before = process.cpu_s()
    until = time.process_time() + 0.05
    while time.process_time() < until:
        pass

    assert 0.02 <= process.cpu_s() - before < 5
    assert abs(process.cpu_s() - sum(os.times()[:2])) < 1
