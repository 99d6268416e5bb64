"""A language host for JavaScript programs, for tests: the SDK's own runner, started as the released host starts it.

Pulumi's released host for nodejs is a download, like the one for Python. What it starts, `cmd/run` in the npm package
@pulumi/pulumi, can be had; so the program, the SDK and the engine in these tests are the real ones, and only the step
between them is ours. The folder of the program has to have its node_modules.
"""

import json
import os
import sys
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import language_pb2

from local_cluster.pulumi.language_host.__main__ import main
from local_cluster.pulumi.language_host.server import LanguageHost

RUNNER = "node_modules/@pulumi/pulumi/cmd/run"
SHOWN = 32
"""Exit code of the runner when the user has seen the error."""


class NodeHost(LanguageHost):
    """Runs JavaScript programs for one engine."""

    def GetRequiredPackages(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Name no plugins: the project names its own, by their folders."""
        return language_pb2.GetRequiredPackagesResponse()

    def GetProgramDependencies(self, request: Any, context: grpc.ServicerContext) -> Any:
        """List nothing: it is for `pulumi about`."""
        return language_pb2.GetProgramDependenciesResponse()

    def About(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Say nothing: it is for `pulumi about`."""
        return language_pb2.AboutResponse()

    def InstallDependencies(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Install nothing: the tests have."""
        return iter([empty_pb2.Empty()][:0])

    def Run(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Run the program and wait until it ends."""
        folder = request.info.program_directory
        flags = {
            "monitor": request.monitor_address,
            "engine": self._engine,
            "project": request.project,
            "stack": request.stack,
            "organization": request.organization or "organization",
            "root-directory": request.info.root_directory,
            "parallel": request.parallel,
            "pwd": request.pwd or folder,
            **({"dry-run": "true"} if request.dryRun else {}),
        }
        process = self._children.start(
            ["node", f"{folder}/{RUNNER}", *(f"--{key}={value}" for key, value in flags.items()), folder],
            environment={
                **os.environ,
                "PULUMI_CONFIG": json.dumps(dict(request.config)),
                "PULUMI_CONFIG_SECRET_KEYS": json.dumps(list(request.configSecretKeys)),
            },
            directory=folder,
            piped=False,
        )
        code = self._children.wait(process)
        return language_pb2.RunResponse(
            bail=code == SHOWN, error="" if code in (0, SHOWN) else f"the program ended with exit code {code}"
        )


if __name__ == "__main__":
    main(sys.argv[1:], NodeHost)
