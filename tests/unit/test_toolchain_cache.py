"""Cache entries are complete or absent, whatever happens to those who make them."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from local_cluster.toolchain import cache, tied

# Plain processes, as two runs of the command are; forked ones would share what tests patch.
_SPAWN = multiprocessing.get_context("spawn")
_LONG = 60


@pytest.fixture(autouse=True)
def cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MESH_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


def write_tool(folder: Path) -> None:
    (folder / "tool").write_text("whole")


def fail_to_write(folder: Path) -> None:
    (folder / "tool").write_text("half")
    raise RuntimeError("no network")


def must_not_be_called(folder: Path) -> None:
    raise AssertionError("made twice")


def test_an_entry_is_made_once_and_stays(cache_folder: Path) -> None:
    made = cache.entry("tools", "tool-1", write_tool)
    assert made == cache_folder / "tools" / "tool-1"
    assert (made / "tool").read_text() == "whole"
    assert cache.entry("tools", "tool-1", must_not_be_called) == made


def test_another_version_is_another_entry() -> None:
    first = cache.entry("tools", "tool-1", write_tool)
    second = cache.entry("tools", "tool-2", write_tool)
    assert first != second
    assert first.is_dir() and second.is_dir()


def test_a_failure_leaves_nothing_and_the_next_call_makes_it(cache_folder: Path) -> None:
    with pytest.raises(RuntimeError, match="no network"):
        cache.entry("tools", "tool-1", fail_to_write)
    assert list((cache_folder / "tools").iterdir()) == []
    assert (cache.entry("tools", "tool-1", write_tool) / "tool").read_text() == "whole"


def hang_half_way(cache_folder: str, begun: str) -> None:
    os.environ["MESH_CACHE_DIR"] = cache_folder

    def fill(folder: Path) -> None:
        (folder / "tool").write_text("half")
        Path(begun).touch()
        time.sleep(_LONG)

    cache.entry("tools", "tool-1", fill)


def test_a_killed_build_is_ignored_cleaned_up_and_made_anew(cache_folder: Path, tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    process = _SPAWN.Process(target=hang_half_way, args=(str(cache_folder), str(begun)))
    process.start()
    wait_for(begun)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    left_over = list((cache_folder / "tools").iterdir())
    assert len(left_over) == 1, "the killed build leaves its temporary folder"
    assert left_over[0].name != "tool-1"

    made = cache.entry("tools", "tool-1", write_tool, waiting=must_not_wait)
    assert (made / "tool").read_text() == "whole"
    assert list((cache_folder / "tools").iterdir()) == [made]


def test_cleaning_up_spares_builds_of_other_tools(cache_folder: Path) -> None:
    others = cache_folder / "tools" / ".tool-11.abc"
    others.mkdir(parents=True)
    cache.entry("tools", "tool-1", write_tool)
    assert others.is_dir()


def make_slowly(cache_folder: str, begun: str, proceed: str) -> None:
    os.environ["MESH_CACHE_DIR"] = cache_folder

    def fill(folder: Path) -> None:
        Path(begun).touch()
        wait_for(Path(proceed))
        (folder / "tool").write_text("by the other process")

    cache.entry("tools", "tool-1", fill)


def test_two_processes_do_not_make_the_same_entry_twice(cache_folder: Path, tmp_path: Path) -> None:
    begun, proceed = tmp_path / "begun", tmp_path / "proceed"
    process = _SPAWN.Process(target=make_slowly, args=(str(cache_folder), str(begun), str(proceed)))
    process.start()
    wait_for(begun)
    # The other process goes on only when this one has said that it waits.
    made = cache.entry("tools", "tool-1", must_not_be_called, waiting=proceed.touch)
    process.join()
    assert proceed.exists()
    assert (made / "tool").read_text() == "by the other process"


def build_with_a_slow_compiler(cache_folder: str, begun: str) -> None:
    os.environ["MESH_CACHE_DIR"] = cache_folder

    def fill(folder: Path) -> None:
        script = f'echo $$ > {begun}.tmp; mv {begun}.tmp {begun}; sleep {_LONG}; mkdir -p "$0"'
        subprocess.run(["sh", "-c", script, folder / "late"], check=True, preexec_fn=tied.to_parent)

    cache.entry("tools", "tool-1", fill)


@pytest.mark.skipif(sys.platform != "linux", reason="Linux only")
def test_a_killed_build_takes_its_compiler_with_it(cache_folder: Path, tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    process = _SPAWN.Process(target=build_with_a_slow_compiler, args=(str(cache_folder), str(begun)))
    process.start()
    wait_for(begun)
    compiler = int(begun.read_text())
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    wait_until(lambda: not is_running(compiler))


def is_running(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


def must_not_wait() -> None:
    raise AssertionError("the dead process still holds the lock")


def wait_for(path: Path) -> None:
    wait_until(path.exists)


def wait_until(condition: Callable[[], bool]) -> None:
    for _ in range(_LONG * 10):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("it never came")
