"""The language host as a process, spoken to as the engine speaks to it."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc, language_pb2, language_pb2_grpc

from local_cluster.pulumi import processes

ROOT = Path(__file__).parents[2]


class Host:
    """A running language host."""

    def __init__(self, process: subprocess.Popen[bytes], pid: int | None = None) -> None:
        assert process.stdout is not None
        self.process = process
        self.pid = pid or process.pid
        self.port = int(process.stdout.readline())
        self.channel = grpc.insecure_channel(f"127.0.0.1:{self.port}")
        self.stub: Any = language_pb2_grpc.LanguageRuntimeStub(self.channel)


def start(*prefix: str) -> subprocess.Popen[bytes]:
    command = [*prefix, sys.executable, "-m", "local_cluster.pulumi.language_host", "127.0.0.1:1"]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=ROOT, stdout=pipe, stderr=pipe, start_new_session=True)


@pytest.fixture
def host() -> Iterator[Host]:
    process = start()
    running = Host(process)
    yield running
    running.channel.close()
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def info(folder: Path, **options: str) -> language_pb2.ProgramInfo:
    made = language_pb2.ProgramInfo(root_directory=str(folder), program_directory=str(folder), entry_point=".")
    made.options.update({"virtualenv": sys.prefix, **options})
    return made


def until(condition: Callable[[], object], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.05)


def test_plugin_streams_output_and_exit_code(host: Host, tmp_path: Path) -> None:
    (tmp_path / "__main__.py").write_text(
        "import os, sys\n"
        "print(sys.argv[1:], os.environ['WORD'], os.getcwd(), sep='|')\n"
        "print('aside', file=sys.stderr)\n"
        "sys.exit(3)\n",
        encoding="utf-8",
    )
    request = language_pb2.RunPluginRequest(
        info=info(tmp_path), kind="resource", args=["127.0.0.1:9"], env=["WORD=a=b"], pwd="/"
    )
    said = list(host.stub.RunPlugin(request))
    assert b"".join(each.stdout for each in said) == b"['127.0.0.1:9']|a=b|/\n"
    assert b"".join(each.stderr for each in said) == b"aside\n"
    assert [each.exitcode for each in said if each.HasField("exitcode")] == [3]
    assert said[-1].exitcode == 3


def test_plugin_that_is_killed_has_the_exit_code_of_a_shell(host: Host, tmp_path: Path) -> None:
    (tmp_path / "__main__.py").write_text("import os; os.kill(os.getpid(), 9)", encoding="utf-8")
    said = list(host.stub.RunPlugin(language_pb2.RunPluginRequest(info=info(tmp_path), kind="resource")))
    assert said[-1].exitcode == 128 + 9


def test_plugin_output_arrives_while_it_runs_and_the_end_of_the_call_ends_it(host: Host, tmp_path: Path) -> None:
    (tmp_path / "__main__.py").write_text(
        """
import os, pathlib, signal, sys, time

def asked(*_):
    pathlib.Path("asked").touch()
    sys.exit()

signal.signal(signal.SIGTERM, asked)
print(os.getpid(), flush=True)
time.sleep(600)
""",
        encoding="utf-8",
    )
    request = language_pb2.RunPluginRequest(info=info(tmp_path), kind="resource", pwd=str(tmp_path))
    call = host.stub.RunPlugin(request)
    pid = int(next(call).stdout)
    assert processes.find(pid) is not None
    call.cancel()
    until(lambda: processes.find(pid) is None)
    assert (tmp_path / "asked").exists()


def test_policy_pack_is_started_with_the_stack_that_is_configured(host: Host, tmp_path: Path) -> None:
    # A pack in little: it serves, and answers with what it found in its environment.
    (tmp_path / "__main__.py").write_text(
        """
import os
from concurrent import futures

import grpc
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc


class Pack(analyzer_pb2_grpc.AnalyzerServicer):
    def GetAnalyzerInfo(self, request, context):
        found = [os.environ.get(name, "-") for name in ("PULUMI_PROJECT", "PULUMI_STACK", "PULUMI_CONFIG")]
        return analyzer_pb2.AnalyzerInfo(name="|".join(found), displayName=os.getcwd())

    def Analyze(self, request, context):
        context.abort(grpc.StatusCode.INVALID_ARGUMENT, "not for me")


print("said before it serves")
server = grpc.server(futures.ThreadPoolExecutor())
analyzer_pb2_grpc.add_AnalyzerServicer_to_server(Pack(), server)
port = server.add_insecure_port("127.0.0.1:0")
server.start()
print(port, flush=True)
print("said after", flush=True)
server.wait_for_termination()
""",
        encoding="utf-8",
    )
    call = host.stub.RunPlugin(
        language_pb2.RunPluginRequest(info=info(tmp_path), kind="analyzer", args=["127.0.0.1:1"])
    )
    port = int(next(call).stdout)
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        pack: Any = analyzer_pb2_grpc.AnalyzerStub(channel)
        pack.Handshake(analyzer_pb2.AnalyzerHandshakeRequest())
        stack = analyzer_pb2.AnalyzerStackConfigureRequest(project="p", stack="s", config={"p:a": "b"})
        pack.ConfigureStack(stack)
        answer = pack.GetAnalyzerInfo(empty_pb2.Empty())
        assert answer.name == 'p|s|{"p:a": "b"}'
        assert answer.displayName == str(tmp_path)
        with pytest.raises(grpc.RpcError) as raised:
            pack.Analyze(analyzer_pb2.AnalyzeRequest())
        assert (raised.value.code(), raised.value.details()) == (grpc.StatusCode.INVALID_ARGUMENT, "not for me")
    said = b""
    while not said.endswith(b"after\n"):  # a pipe hands over one line or several at a time
        said += next(call).stdout
    assert said == b"said before it serves\nsaid after\n"
    call.cancel()


def test_policy_pack_without_a_stack_is_started_by_the_first_question(host: Host, tmp_path: Path) -> None:
    (tmp_path / "__main__.py").write_text("import sys; sys.exit('this pack is broken')", encoding="utf-8")
    call = host.stub.RunPlugin(
        language_pb2.RunPluginRequest(info=info(tmp_path), kind="analyzer", args=["127.0.0.1:1"])
    )
    port = int(next(call).stdout)
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        with pytest.raises(grpc.RpcError) as raised:
            analyzer_pb2_grpc.AnalyzerStub(channel).GetPluginInfo(empty_pb2.Empty())
        assert raised.value.code() == grpc.StatusCode.UNAVAILABLE
    said = list(call)
    assert b"this pack is broken" in b"".join(each.stderr for each in said)
    assert said[-1].exitcode == 1


def test_what_is_not_served_says_what_is_needed(host: Host) -> None:
    for method, request in (
        ("GeneratePackage", language_pb2.GeneratePackageRequest()),
        ("GenerateProgram", language_pb2.GenerateProgramRequest()),
        ("GenerateProject", language_pb2.GenerateProjectRequest()),
        ("Pack", language_pb2.PackRequest()),
        ("Link", language_pb2.LinkRequest()),
    ):
        with pytest.raises(grpc.RpcError) as raised:
            getattr(host.stub, method)(request)
        assert raised.value.code() == grpc.StatusCode.UNIMPLEMENTED
        assert f"{method} is not among what the stand-in does: install the Pulumi CLI" in raised.value.details()


def test_bad_options_are_an_error_of_the_call(host: Host, tmp_path: Path) -> None:
    with pytest.raises(grpc.RpcError) as raised:
        host.stub.GetRequiredPackages(language_pb2.GetRequiredPackagesRequest(info=info(tmp_path, toolchain="poetry")))
    assert raised.value.code() == grpc.StatusCode.FAILED_PRECONDITION
    assert raised.value.details().startswith("runtime.options.toolchain is 'poetry'")


def test_install_streams_what_pip_says_and_fails_with_it(host: Host, tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("./absent-folder\n", encoding="utf-8")
    request = language_pb2.InstallDependenciesRequest(info=info(tmp_path))
    said = []
    with pytest.raises(grpc.RpcError) as raised:
        for each in host.stub.InstallDependencies(request):
            said.append(each.stdout + each.stderr)
    assert b"absent-folder" in b"".join(said)
    assert "pip install -r requirements.txt" in raised.value.details()


def test_about_and_versions(host: Host, tmp_path: Path) -> None:
    about = host.stub.About(language_pb2.AboutRequest(info=info(tmp_path)))
    assert about.executable == str(Path(sys.prefix) / "bin" / "python")
    assert about.version == ".".join(map(str, sys.version_info[:3]))
    assert host.stub.GetPluginInfo(empty_pb2.Empty()).version.startswith("3.")


class Silent(grpc.GenericRpcHandler):  # type: ignore[misc]
    """Answers no call until it is told to leave."""

    def __init__(self) -> None:
        self.leave = threading.Event()

    def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler:
        return grpc.unary_unary_rpc_method_handler(lambda request, context: self.leave.wait() and b"")


@pytest.fixture
def silent_engine() -> Iterator[str]:
    """The address of an engine that never answers, so that a program never ends by itself."""
    silent = Silent()
    server = grpc.server(ThreadPoolExecutor(4))
    server.add_generic_rpc_handlers((silent,))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield f"127.0.0.1:{port}"
    silent.leave.set()
    server.stop(None)


def running_program(host: Host, folder: Path, engine: str) -> tuple[Any, int]:
    """Start a program that waits for `engine`, which never answers; return the call and the program's pid."""
    (folder / "__main__.py").touch()
    request = language_pb2.RunRequest(
        info=info(folder), project="p", stack="s", pwd=str(folder), monitor_address=engine, parallel=1
    )
    call = host.stub.Run.future(request)
    until(lambda: children_of(host.pid))
    return call, children_of(host.pid)[0]


def children_of(pid: int) -> list[int]:
    return [process.pid for process in processes.all_of_this_user() if process.parent == pid]


def test_cancel_interrupts_the_program(host: Host, tmp_path: Path, silent_engine: str) -> None:
    call, pid = running_program(host, tmp_path, silent_engine)
    host.stub.Cancel(empty_pb2.Empty())
    assert call.result(30).error
    assert processes.find(pid) is None


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_leaves_quietly_when_interrupted_and_takes_its_program_along(
    host: Host, tmp_path: Path, silent_engine: str, number: signal.Signals
) -> None:
    _, pid = running_program(host, tmp_path, silent_engine)
    host.process.send_signal(number)
    assert host.process.wait(30) == 0
    assert processes.find(pid) is None
    assert host.process.stderr is not None
    assert b"Traceback" not in host.process.stderr.read()


def test_it_leaves_when_its_engine_is_killed(tmp_path: Path, silent_engine: str) -> None:
    # The shell stands for the engine: the host's parent, which is killed.
    script = f'"{sys.executable}" -m local_cluster.pulumi.language_host 127.0.0.1:1 & echo $! >&2; wait'
    shell = subprocess.Popen(["sh", "-c", script], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert shell.stderr is not None
    child = int(shell.stderr.readline())
    _, pid = running_program(Host(shell, child), tmp_path, silent_engine)
    shell.kill()
    shell.wait()
    until(lambda: processes.find(child) is None and processes.find(pid) is None)
