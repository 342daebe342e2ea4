import os
import subprocess
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


def test_the_memory_of_a_process_is_that_of_its_children_too():
    alone = ServerProcess("http://127.0.0.1:1", os.getpid()).memory_mb()
    with subprocess.Popen(["sleep", "60"]) as child:  # the process that is measured
        together = ServerProcess("http://127.0.0.1:1", os.getpid()).memory_mb()
        child.kill()

    assert 1 < alone < together
