"""What is measured: installing, previewing, importing, rendering, analyzing."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import yaml

from local_cluster import toolchain
from local_cluster.cluster import Cluster
from local_cluster.pulumi import runtime
from mesh_components.cli.local_stack import LocalStack
from mesh_components.cli.project import Project
from mesh_components.cli.stack_file import OVERLAY, overlay_for
from mesh_components.cli.up import local_stack
from mesh_components.live.plan import plan
from mesh_components.versions import DEFAULT_VERSION, VERSIONS

from . import objects
from .compare import Comparison, Contestant, compare

ROOT = Path(__file__).parents[1]
ISTIO = VERSIONS[DEFAULT_VERSION]
Say = Callable[[str], None]

FLAT = """import pulumi, pulumi_kubernetes as k8s
for number in range({count}):
    name = f"flat-{{number}}"
    k8s.core.v1.ConfigMap(name, metadata={{"name": name, "namespace": "default"}}, data={{"a": "b"}})
"""
"""A program with as many resources as the mesh, and nothing else."""


def quietly(line: list[str], **more: object) -> str:
    """Run a command and return what it printed; show it only when it fails."""
    done = subprocess.run(line, capture_output=True, text=True, **more)  # type: ignore[call-overload]
    if done.returncode:
        sys.exit(f"{' '.join(line)}\n{done.stdout}\n{done.stderr}")
    return str(done.stdout)


def importing(rounds: int, say: Say) -> Comparison:
    """Compare importing the components with importing the SDK that they stand on."""

    def of(statement: str) -> Contestant:
        return Contestant(statement, lambda: quietly([sys.executable, "-c", statement]))

    return compare("import", of("from mesh_components import Mesh"), of("import pulumi_kubernetes"), rounds, say)


def rendering(rounds: int, say: Say) -> Comparison:
    """Compare `mesh render` of demo with `istioctl manifest generate` of it, both to standard output."""
    mesh = str(Path(sys.executable).with_name("mesh"))
    istioctl = str(toolchain.ensure("istioctl"))
    return compare(
        "render demo",
        Contestant("mesh render", lambda: quietly([mesh, "render", "--stack", "demo"], cwd=ROOT)),
        Contestant(
            "istioctl manifest generate", lambda: quietly([istioctl, "manifest", "generate", "--set", "profile=demo"])
        ),
        rounds,
        say,
    )


def analyzing(number: int, folder: Path, rounds: int, say: Say) -> Comparison:
    """Compare `mesh analyze` of a file with `istioctl analyze` of it, both without a cluster.

    Ours also evaluates the CRDs' schemas and CEL rules, and runs the analyzers that istioctl leaves out there.
    """
    file = folder / f"{number}.yaml"
    file.write_text(objects.text(number))
    mesh = str(Path(sys.executable).with_name("mesh"))
    istioctl = str(toolchain.ensure("istioctl"))
    return compare(
        f"analyze {number} objects",
        Contestant("mesh analyze", lambda: quietly([mesh, "analyze", "--output-threshold", "Warning", str(file)])),
        Contestant("istioctl analyze", lambda: quietly([istioctl, "analyze", "--use-kube=false", str(file)])),
        rounds,
        say,
    )


def installing(cluster: Cluster, rounds: int, say: Say) -> Comparison:
    """Compare `pulumi up` with `istioctl install`, both of the demo profile, from nothing to everything ready.

    Both get the same images and the same three settings of the local cluster. CRDs are removed before every round,
    because istioctl's uninstall with `--purge` removes them.
    """
    stack = _stack("demo", cluster)
    istioctl = [str(toolchain.ensure("istioctl")), "--kubeconfig", str(cluster.kubeconfig)]
    kubectl = [str(toolchain.ensure("kubectl")), "--kubeconfig", str(cluster.kubeconfig)]
    flags = [flag for setting in _istioctl_settings() for flag in ("--set", setting)]

    def clean() -> None:
        if stack.stacks().get("demo"):
            _program(stack, "destroy", "--yes", "--skip-preview")
        quietly([*istioctl, "uninstall", "--purge", "--skip-confirmation"])
        quietly([*kubectl, "delete", "namespace", "istio-system", "--ignore-not-found", "--wait"])
        crds = subprocess.run([*kubectl, "get", "crds", "-o", "name"], capture_output=True, text=True).stdout.split()
        if crds:
            quietly([*kubectl, "delete", "--wait", *crds])

    return compare(
        "install demo, ready",
        Contestant("pulumi up", lambda: _program(stack, "up", "--yes", "--skip-preview"), clean),
        Contestant("istioctl install", lambda: quietly([*istioctl, "install", "--skip-confirmation", *flags]), clean),
        rounds,
        say,
    )


def previewing(cluster: Cluster, folder: Path, rounds: int, say: Say) -> list[Comparison]:
    """Compare the preview of demo, in a stack that has nothing yet, with previews of flat programs.

    One has as many resources, all of them ConfigMaps: the least that a preview can cost. The other has the same objects
    as demo, CRDs and CA included, by pulumi_kubernetes' own classes: what the same mesh costs without components,
    settings, dependencies and analysis.
    """
    stack = _stack("demo", cluster)
    planned = _program(stack, "preview", "--json")
    count = sum(json.loads(planned)["changeSummary"].values()) - 2  # the stack and the provider, which flat has, too
    plain = _flat("plain", FLAT.format(count=count), folder, stack, cluster)
    same = _flat("same", (ROOT / "bench" / "same_objects.py").read_text(), folder, stack, cluster)
    config = yaml.safe_load(stack.config_file.read_text())["config"]
    objects = plan(config, "mesh", "demo").objects
    (same.project.root / "objects.json").write_text(json.dumps(objects, default=str))
    ours = Contestant("preview of demo", lambda: _program(stack, "preview"))
    return [
        compare(
            f"preview, {count} resources",
            ours,
            Contestant(f"preview of {count} ConfigMaps", lambda: _program(plain, "preview")),
            rounds,
            say,
        ),
        compare(
            f"preview, {len(objects)} objects",
            ours,
            Contestant("preview of the same objects, flat", lambda: _program(same, "preview")),
            rounds,
            say,
        ),
    ]


def _flat(name: str, program: str, folder: Path, like: LocalStack, cluster: Cluster) -> LocalStack:
    """Write a program beside a project of its own and return its stack, in the backend of another."""
    project = folder / name
    (project / "stacks").mkdir(parents=True, exist_ok=True)
    (project / "Pulumi.yaml").write_text(
        yaml.safe_dump(
            {
                "name": f"flat-{name}",
                "stackConfigDir": "stacks",
                "runtime": {"name": "python", "options": {"virtualenv": sys.prefix}},
            }
        )
    )
    (project / "stacks" / "Pulumi.demo.yaml").write_text("config: {}\n")
    (project / "__main__.py").write_text(program)
    flat = LocalStack(Project(project), "demo", project / "home", like.pulumi, like.env)
    flat.prepare(cluster.context)
    return flat


def _stack(name: str, cluster: Cluster) -> LocalStack:
    stack = local_stack(name, cluster, runtime.prepare(), ROOT)
    stack.prepare(cluster.context, overlay_for(cluster))
    return stack


def _program(stack: LocalStack, command: str, *arguments: str) -> str:
    return quietly(stack.program_line(command, *arguments), cwd=stack.project.root, env=stack.environment())


def _istioctl_settings() -> list[str]:
    """Return the demo profile and the local cluster's overlay as istioctl's `--set` wants them."""
    overlay = yaml.safe_load(OVERLAY.read_text())["config"]
    values = [f"values.pilot.env.{name}={value}" for name, value in overlay["mesh:pilot"]["env"].items()]
    telemetry = str(overlay["mesh:telemetry"]["enabled"]).lower()
    return ["profile=demo", f"hub={ISTIO.hub}", f"tag={ISTIO.name}", *values, f"values.telemetry.enabled={telemetry}"]
