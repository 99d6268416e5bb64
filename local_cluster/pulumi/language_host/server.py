"""The `pulumirpc.LanguageRuntime` service: what the engine asks of a language host (language.proto of Pulumi 3.259)."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2, json_format
from pulumi.runtime.proto import LanguageRuntimeServicer, language_pb2, plugin_pb2

from local_cluster.pulumi.language_host import interpreter, packages, plugin, policy, program, streams
from local_cluster.pulumi.language_host.children import Children
from local_cluster.pulumi.language_host.interpreter import Interpreter, OptionError

NOTICE = "Using this project's stand-in for Pulumi's Python language host (the released one is not installed)."
"""Said once by each host that runs a program."""
_INSTALL_RELEASED = "install the Pulumi CLI with its own language host (https://www.pulumi.com/docs/install/)"


class LanguageHost(LanguageRuntimeServicer):  # type: ignore[misc]
    """Runs Python programs and plugins for one engine.

    `engine` is the engine's address (host:port), empty until `Handshake` when the engine attaches to a running host;
    `version` is the version the host answers with, the engine's own; `children` keeps track of what the host starts.
    """

    def __init__(self, engine: str, version: str, children: Children) -> None:
        self._engine = engine
        self._version = version
        self._children = children
        self._notice = NOTICE

    def Handshake(
        self, request: language_pb2.LanguageHandshakeRequest, context: grpc.ServicerContext
    ) -> language_pb2.LanguageHandshakeResponse:
        """Take the engine's address."""
        self._engine = request.engine_address
        return language_pb2.LanguageHandshakeResponse()

    def GetPluginInfo(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> plugin_pb2.PluginInfo:
        """Answer with the host's version."""
        return plugin_pb2.PluginInfo(version=self._version)

    def Cancel(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> empty_pb2.Empty:
        """Interrupt what runs; `Run` then answers with an error."""
        self._children.interrupt()
        return empty_pb2.Empty()

    # What is installed

    def About(self, request: language_pb2.AboutRequest, context: grpc.ServicerContext) -> language_pb2.AboutResponse:
        """Describe the interpreter of the project, for `pulumi about`."""
        with _told(context):
            python = self._interpreter(request.info)
            script = "import platform, sys; print(sys.executable); print(platform.python_version())"
            process = self._children.start(
                [python.python, "-c", script], environment=python.environment(os.environ), directory=None, piped=True
            )
            answer = b"".join(chunk for channel, chunk in streams.output(process) if channel == "stdout")
            streams.finish(self._children, process)
            executable, version = answer.decode().split("\n")[:2]
            metadata = {"toolchain": python.toolchain, "typechecker": python.typechecker or "none"}
            return language_pb2.AboutResponse(executable=executable, version=version, metadata=metadata)

    def GetProgramDependencies(
        self, request: language_pb2.GetProgramDependenciesRequest, context: grpc.ServicerContext
    ) -> language_pb2.GetProgramDependenciesResponse:
        """List the project's packages, for `pulumi about` and for update metadata."""
        with _told(context):
            found = packages.installed(self._interpreter(request.info), os.environ, requirements=True)
            listed = packages.dependencies(found, transitive=request.transitiveDependencies)
            return language_pb2.GetProgramDependenciesResponse(dependencies=listed)

    def GetRequiredPackages(
        self, request: language_pb2.GetRequiredPackagesRequest, context: grpc.ServicerContext
    ) -> language_pb2.GetRequiredPackagesResponse:
        """List the provider plugins that the project's SDKs need."""
        with _told(context):
            found = packages.installed(self._interpreter(request.info), os.environ)
            return language_pb2.GetRequiredPackagesResponse(packages=packages.required(found))

    def GetRequiredPlugins(
        self, request: language_pb2.GetRequiredPluginsRequest, context: grpc.ServicerContext
    ) -> language_pb2.GetRequiredPluginsResponse:
        """Answer engines from before `GetRequiredPackages` with the same plugins."""
        with _told(context):
            needed = packages.required(packages.installed(self._interpreter(request.info), os.environ))
            plugins = [
                plugin_pb2.PluginDependency(name=each.name, kind=each.kind, version=each.version, server=each.server)
                for each in needed
            ]
            return language_pb2.GetRequiredPluginsResponse(plugins=plugins)

    def InstallDependencies(
        self, request: language_pb2.InstallDependenciesRequest, context: grpc.ServicerContext
    ) -> Iterator[language_pb2.InstallDependenciesResponse]:
        """Make the project's virtual environment and install its requirements, for `pulumi install`."""
        with _told(context):
            folder = Path(request.info.program_directory or request.directory)
            python = interpreter.resolve(Path(request.info.root_directory or folder), _options(request.info))
            if python.virtualenv is None:
                raise OptionError(
                    f"The project in {folder} names no virtual environment; set runtime.options.virtualenv, so that "
                    "its requirements are not installed into the system's Python."
                )
            commands: list[list[str | Path]] = []
            if not python.python.is_file():
                commands.append([sys.executable, "-m", "venv", python.virtualenv])
            for name, target in (("requirements.txt", ["-r", "requirements.txt"]), ("pyproject.toml", ["."])):
                if (folder / name).is_file():
                    commands.append([python.python, "-m", "pip", "install", *target])
                    break
            for command in commands:
                process = self._children.start(
                    command, environment=python.environment(os.environ), directory=folder, piped=True
                )
                for channel, chunk in streams.output(process):
                    yield language_pb2.InstallDependenciesResponse(**{channel: chunk})
                if code := streams.finish(self._children, process):
                    raise OptionError(f"`{' '.join(map(str, command))}` in {folder} ended with exit code {code}")

    # `pulumi new`

    def RuntimeOptionsPrompts(
        self, request: language_pb2.RuntimeOptionsRequest, context: grpc.ServicerContext
    ) -> language_pb2.RuntimeOptionsResponse:
        """Ask nothing more: what is not in Pulumi.yaml has a default."""
        return language_pb2.RuntimeOptionsResponse()

    def Template(
        self, request: language_pb2.TemplateRequest, context: grpc.ServicerContext
    ) -> language_pb2.TemplateResponse:
        """Leave a new project as its template has it."""
        return language_pb2.TemplateResponse()

    # What runs

    def Run(self, request: language_pb2.RunRequest, context: grpc.ServicerContext) -> language_pb2.RunResponse:
        """Run the program in the project's interpreter and wait until it ends.

        The program writes where the host writes, which the engine shows. `bail` says that the user has seen the error.
        """
        with _told(context):
            if request.attach_debugger:
                raise OptionError(f"--attach-debugger is not among what the stand-in does: {_INSTALL_RELEASED}")
            python = self._interpreter(request.info)
            self._say()
            environment = python.environment(os.environ)
            if python.typechecker and (problem := self._typecheck(python, request.info.program_directory)):
                return language_pb2.RunResponse(error=problem)
            environment["PULUMI_CONFIG"] = json.dumps(dict(request.config))
            environment["PULUMI_CONFIG_SECRET_KEYS"] = json.dumps(list(request.configSecretKeys))
            process = self._children.start(
                [python.python, "-u", program.__file__, self._program_arguments(request), *request.args],
                environment=environment,
                directory=None,
                piped=False,
            )
            context.add_callback(self._ender(process))
            code = self._children.wait(process)
            if code in (0, program.SHOWN):
                return language_pb2.RunResponse(bail=code != 0)
            how = f"with exit code {code}" if code > 0 else f"by signal {-code}"
            return language_pb2.RunResponse(error=f"the program ended {how}")

    def RunPlugin(
        self, request: language_pb2.RunPluginRequest, context: grpc.ServicerContext
    ) -> Iterator[language_pb2.RunPluginResponse]:
        """Run a plugin written in Python: stream what it writes, then its exit code. Ends it when the call ends."""
        with _told(context):
            if request.attach_debugger:
                raise OptionError(f"--attach-debugger is not among what the stand-in does: {_INSTALL_RELEASED}")
            folder, is_pack = Path(request.info.program_directory), request.kind == plugin.POLICY_PACK
            python = self._interpreter(request.info, plugin=not is_pack)
            command = [python.python, *plugin.command(request.kind, folder, request.args)]
            environment = python.environment({**os.environ, **dict(entry.split("=", 1) for entry in request.env)})
            run = self._run_pack if is_pack else self._run_plugin
            yield from run(command, environment, folder if is_pack else request.pwd or None, context)

    def _run_plugin(
        self,
        command: list[Any],
        environment: dict[str, str],
        directory: str | Path | None,
        context: grpc.ServicerContext,
    ) -> Iterator[language_pb2.RunPluginResponse]:
        process = self._children.start(command, environment=environment, directory=directory, piped=True)
        context.add_callback(self._ender(process))
        yield from map(_said, streams.output(process))
        yield language_pb2.RunPluginResponse(exitcode=streams.finish(self._children, process))

    def _run_pack(
        self,
        command: list[Any],
        environment: dict[str, str],
        directory: str | Path | None,
        context: grpc.ServicerContext,
    ) -> Iterator[language_pb2.RunPluginResponse]:
        proxy = policy.PolicyProxy()
        context.add_callback(proxy.close)
        try:
            yield language_pb2.RunPluginResponse(stdout=f"{proxy.port}\n".encode())
            environment |= policy.environment(proxy.configuration.result())
            process = self._children.start(command, environment=environment, directory=directory, piped=True)
            context.add_callback(self._ender(process))
            yield from map(_said, policy.serving(streams.output(process), proxy.attach))
            yield language_pb2.RunPluginResponse(exitcode=streams.finish(self._children, process))
        finally:
            proxy.close()

    def _ender(self, process: "subprocess.Popen[bytes]") -> Callable[[], None]:
        # gRPC calls back from the thread that serves everybody: ending may take a while.
        return threading.Thread(target=self._children.end, args=(process,), daemon=True).start

    def _say(self) -> None:
        if self._notice:
            print(self._notice, file=sys.stderr, flush=True)
            self._notice = ""

    def _typecheck(self, python: Interpreter, folder: str) -> str | None:
        process = self._children.start(
            [python.python, "-m", python.typechecker or "", folder],
            environment=python.environment(os.environ),
            directory=folder,
            piped=True,
        )
        said = b"".join(chunk for _, chunk in streams.output(process)).decode(errors="replace")
        code = streams.finish(self._children, process)
        return f"{python.typechecker} failed with exit code {code}:\n{said}" if code else None

    def _interpreter(self, info: language_pb2.ProgramInfo, *, plugin: bool = False) -> Interpreter:
        root = Path(info.root_directory or Path.cwd())
        found = interpreter.resolve(root, _options(info), plugin=plugin)
        if problem := interpreter.missing(found, root):
            raise OptionError(problem)
        return found

    def _program_arguments(self, request: language_pb2.RunRequest) -> str:
        return json.dumps(
            {
                "settings": {
                    "monitor": request.monitor_address,
                    "engine": self._engine,
                    "project": request.project,
                    "stack": request.stack,
                    "parallel": request.parallel,
                    "dry_run": request.dryRun,
                    "organization": request.organization or "organization",
                    "root_directory": request.info.root_directory,
                },
                "directory": request.pwd or request.info.program_directory,
                "entry": request.info.entry_point or ".",
                "parallel": request.parallel,
            }
        )


def _unsupported(method: str) -> Any:
    def call(self: LanguageHost, request: Any, context: grpc.ServicerContext) -> None:
        context.abort(
            grpc.StatusCode.UNIMPLEMENTED, f"{method} is not among what the stand-in does: {_INSTALL_RELEASED}"
        )

    call.__doc__ = f"Say that `{method}` needs the released host."
    return call


# Code generation is a compiler of its own, written in Go.
for _method in ("GenerateProgram", "GenerateProject", "GeneratePackage", "Pack", "Link"):
    setattr(LanguageHost, _method, _unsupported(_method))


def _said(output: tuple[streams.Channel, bytes]) -> language_pb2.RunPluginResponse:
    channel, chunk = output
    if channel == "stdout":
        return language_pb2.RunPluginResponse(stdout=chunk)
    return language_pb2.RunPluginResponse(stderr=chunk)


@contextmanager
def _told(context: grpc.ServicerContext) -> Iterator[None]:
    """Turn an error that the user can mend into the call's own error, with its text and nothing else."""
    try:
        yield
    except (OptionError, RuntimeError, OSError) as error:
        context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))


def _options(info: language_pb2.ProgramInfo) -> dict[str, Any]:
    options: dict[str, Any] = json_format.MessageToDict(info.options)
    return options
