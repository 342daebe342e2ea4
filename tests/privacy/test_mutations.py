"""The mutations that show each guarantee to be tested can all be applied, and the runner tells caught from missed."""

import subprocess
from pathlib import Path

import pytest

from tests.privacy import breaking
from tests.privacy.breaking import EditError, mutated
from tests.privacy.mutations import GUARANTEES, MUTATIONS, Mutation

IDS = [f"{mutation.guarantee}: {mutation.breaks}" for mutation in MUTATIONS]
A_TEST = """
import pytest
from pathlib import Path
TEXT = Path("module.py").read_text()
def test_the_answer(): assert "answer = 42" in TEXT
def test_another(): assert "answer" in TEXT
@pytest.fixture
def broken(): assert "answer = 42" in TEXT
def test_with_a_fixture(broken): pass
@pytest.mark.skipif("answer = 42" not in TEXT, reason="broken")
def test_that_is_skipped(): pass
"""


def test_every_guarantee_has_a_mutation():
    assert set(GUARANTEES) == {mutation.guarantee for mutation in MUTATIONS}


@pytest.mark.parametrize("mutation", MUTATIONS, ids=IDS)
def test_a_mutation_can_be_applied(mutation: Mutation):
    text = (breaking.ROOT / mutation.file).read_text("utf-8")

    assert text != mutated(text, mutation)


@pytest.mark.parametrize("mutation", MUTATIONS, ids=IDS)
def test_a_mutation_names_tests_that_exist(mutation: Mutation):
    for test in mutation.tests:
        file, _, name = test.partition("::")

        assert f"def {name.partition('[')[0]}(" in (breaking.ROOT / file).read_text("utf-8")


def test_a_mutation_leaves_a_module_that_can_be_read():
    for mutation in MUTATIONS:
        if mutation.file.endswith(".py"):
            compile(mutated((breaking.ROOT / mutation.file).read_text("utf-8"), mutation), mutation.file, "exec")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("answer = 41\n", id="it is gone"),
        pytest.param("answer = 42\nanswer = 42\n", id="it is there twice"),
    ],
)
def test_an_edit_that_no_longer_applies_is_an_error(text: str):
    with pytest.raises(EditError, match=r"module\.py contains the text to replace [02] times"):
        mutated(text, a_mutation())


@pytest.mark.parametrize(
    ("test", "mutation", "code", "remark"),
    [
        pytest.param("test_the_answer", {}, 0, "1 of 1 mutations are caught", id="a test fails"),
        pytest.param("test_another", {}, 1, "does not fail: test_it.py::test_another", id="no test fails"),
        pytest.param("test_with_a_fixture", {}, 1, "does not fail", id="a fixture fails"),
        pytest.param("test_that_is_skipped", {}, 1, "does not fail", id="the test is skipped"),
        pytest.param("test_the_answer", {"old": "answer = 43"}, 1, "0 times", id="the edit no longer applies"),
        pytest.param("test_gone", {}, 1, "does not fail", id="the test is gone"),
    ],
)
def test_the_runner_tells_caught_from_missed(tmp_path: Path, test, mutation, code, remark):
    tree = a_tree(tmp_path)
    lines: list[str] = []

    assert code == breaking.run([a_mutation(tests=(f"test_it.py::{test}",), **mutation)], root=tree, say=lines.append)
    assert any(remark in line for line in lines), lines
    assert "answer = 42\n" == (tree / "module.py").read_text(), "the working tree is as it was"


def test_the_runner_notices_a_test_that_fails_by_itself(tmp_path: Path):
    tree = a_tree(tmp_path)
    (tree / "test_it.py").write_text("def test_the_answer(): assert False\n")

    assert 1 == breaking.run([a_mutation()], root=tree, say=lambda _: None)


def a_mutation(**changes: object) -> Mutation:
    mutation = Mutation("P1", "Words.", "module.py", "answer = 42", "answer = 41", ("test_it.py::test_the_answer",))
    return mutation._replace(**changes)  # type: ignore[arg-type]


def a_tree(directory: Path) -> Path:
    tree = directory / "a tree"
    tree.mkdir()
    (tree / "module.py").write_text("answer = 42\n")
    (tree / "test_it.py").write_text(A_TEST)
    subprocess.run(["git", "init", "--quiet", tree], check=True)
    return tree
