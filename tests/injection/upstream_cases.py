"""Upstream's injection cases: which settings each runs with, and what comes of it.

From `TestInjection` in `pkg/kube/inject/inject_test.go` of Istio's Go modules. The inputs and expected outputs are read
from a module's `pkg/kube/inject/testdata/inject` when tests run; older versions have fewer.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from . import versions

NATIVE = {"ENABLE_NATIVE_SIDECARS": "true"}
"""Upstream's tests have nodes that are new enough for native sidecars; kube-inject has to be told."""

NOT_NATIVE = {"ENABLE_NATIVE_SIDECARS": "false"}


@dataclass(frozen=True)
class Case:
    """One case.

    Attributes:
        input: file of objects to inject.
        want: file of injected objects; empty where injection is to fail.
        sets: settings of the installation.
        overlay: IstioOperator file of the installation.
        mesh: changes to the mesh config.
        environment: feature flags.
        error: what the error message must hold, in lower case, where injection is to fail.
        warning: what kube-inject must say.
    """

    input: str
    want: str = ""
    sets: tuple[str, ...] = ()
    overlay: str = ""
    mesh: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=lambda: NATIVE)
    error: str = ""
    warning: str = ""

    @property
    def name(self) -> str:
        """For test reports."""
        return (self.want or self.input) + (
            "" if self.environment == NATIVE else "," + ",".join(self.environment.values())
        )

    @property
    def installation(self) -> str:
        """What has to be equal for cases to be injected together."""
        return json.dumps([self.sets, self.overlay, self.mesh, self.environment, self.error], default=dict)


_CNI = "components.cni.enabled=true"
_MULTUS = (_CNI, "values.cni.provider=multus")
_HOLD = ("values.global.proxy.holdApplicationUntilProxyStarts=true",)
_STATUS = (
    "values.global.proxy.statusPort=123",
    "values.global.proxy.readinessInitialDelaySeconds=100",
    "values.global.proxy.readinessPeriodSeconds=200",
    "values.global.proxy.readinessFailureThreshold=300",
)
_TPROXY = {"defaultConfig": {"interceptionMode": "TPROXY"}}
_OTEL = {
    "name": "otel",
    "opentelemetry": {
        "service": "otel-collector.observability.svc.cluster.local",
        "port": 4317,
        "serviceAttributeEnrichment": "OTEL_SEMANTIC_CONVENTIONS",
    },
}

_SPECIAL = (
    Case(
        "hello.yaml", "hello.yaml.cni.injected", (_CNI, "values.cni.provider=default", "values.global.network=network1")
    ),
    Case("hello.yaml", "hello.yaml.proxyImageName.injected", ("values.global.proxy.image=proxyTest",)),
    Case("hello.yaml", "hello.yaml.proxyInitImageName.injected", ("values.global.proxy_init.image=proxyInitTest",)),
    Case("hello.yaml", "hello-tproxy.yaml.injected", mesh=_TPROXY),
    Case("hello.yaml", "hello-always.yaml.injected", ("values.global.imagePullPolicy=Always",)),
    Case("hello.yaml", "hello-never.yaml.injected", ("values.global.imagePullPolicy=Never",)),
    Case("hello.yaml", "hello-old-version.yaml.injected", environment=NOT_NATIVE),
    Case("format-duration.yaml", "format-duration.yaml.injected", mesh={"defaultConfig": {"drainDuration": "23s"}}),
    Case(
        "traffic-params.yaml",
        "traffic-params.yaml.injected",
        (
            r"values.global.proxy.includeIPRanges=127.0.0.1/24\,10.96.0.1/24",
            r"values.global.proxy.excludeIPRanges=10.96.0.2/24\,10.96.0.3/24",
            r"values.global.proxy.excludeInboundPorts=4\,5\,6",
            "values.global.proxy.statusPort=0",
        ),
    ),
    Case("status_params.yaml", "status_params.yaml.injected", _STATUS),
    Case("kubevirtInterfaces.yaml", "kubevirtInterfaces.yaml.injected", _STATUS),
    Case("reroute-virtual-interfaces.yaml", "reroute-virtual-interfaces.yaml.injected", _STATUS),
    Case("hello.yaml", "hello-image-secrets-in-values.yaml.injected", overlay="hello-image-secrets-in-values.iop.yaml"),
    Case(
        "hello-image-pull-secret.yaml",
        "hello-multiple-image-secrets.yaml.injected",
        overlay="hello-image-secrets-in-values.iop.yaml",
    ),
    Case("hello.yaml", "hello-template-in-values.yaml.injected", overlay="hello-template-in-values.iop.yaml"),
    Case("hello.yaml", "hello-mount-mtls-certs.yaml.injected", ("values.global.mountMtlsCerts=true",)),
    Case("hello.yaml", "hello-cncf-networks.yaml.injected", _MULTUS),
    Case("hello-existing-cncf-networks.yaml", "hello-existing-cncf-networks.yaml.injected", _MULTUS),
    Case("hello-existing-cncf-networks-json.yaml", "hello-existing-cncf-networks-json.yaml.injected", _MULTUS),
    Case("hello.yaml", "hello.proxyHoldsApplication.yaml.injected", _HOLD),
    Case("hello-probes.yaml", "hello-probes.proxyHoldsApplication.yaml.injected", _HOLD),
    Case(
        "hello-probes-noProxyHoldApplication-ProxyConfig.yaml",
        "hello-probes-noProxyHoldApplication-ProxyConfig.yaml.injected",
        _HOLD,
    ),
    *(
        Case(f"{kind}.yaml", f"{kind}-old-version.yaml.injected", environment=NOT_NATIVE)
        for kind in ("cronjob", "daemonset", "job", "pod", "replicaset", "statefulset", "native-sidecar")
    ),
    *(
        Case(f"traffic-annotations-bad-{name}.yaml", error=name)
        for name in (
            "includeipranges",
            "excludeipranges",
            "includeinboundports",
            "excludeinboundports",
            "excludeoutboundports",
        )
    ),
    Case(
        "traffic-annotations.yaml",
        "traffic-annotations.yaml.injected",
        mesh={
            "defaultConfig": {
                "proxyMetadata": {"ISTIO_META_TLS_CLIENT_KEY": "/etc/identity/client/keys/client-key.pem"},
            }
        },
    ),
    Case("proxy-override-args.yaml", "proxy-override-args-native.yaml.injected"),
    Case("proxy-override-runas.yaml", "proxy-override-runas.yaml.cni.injected", (_CNI,)),
    Case("proxy-override-runas.yaml", "proxy-override-runas.yaml.tproxy.injected", mesh=_TPROXY),
    Case("native-sidecar-opt-in.yaml", "native-sidecar-opt-in.yaml.injected", environment=NOT_NATIVE),
    Case("native-sidecar-opt-out.yaml", "native-sidecar-opt-out.yaml.injected", environment=NOT_NATIVE),
    Case("custom-template.yaml", "custom-template.yaml.injected", overlay="custom-template.iop.yaml"),
    Case(
        "hello-host-network-with-ns.yaml",
        "hello-host-network-with-ns.yaml.injected",
        warning='Skipping injection because Deployment "sample/hello-host-network" has host networking enabled',
    ),
    Case("merge-probers.yaml", "merge-probers.yaml.injected", _HOLD),
    Case(
        "hello-tracing-disabled.yaml",
        "hello-tracing-disabled.yaml.injected",
        mesh={"defaultConfig": {"tracing": {}}},
    ),
    Case(
        "hello-probes-localhost.yaml",
        "hello-probes-localhost.yaml.injected",
        mesh={"inboundTrafficPolicy": {"mode": "LOCALHOST"}},
    ),
    *(
        Case(f"proxy-resources-{name}.yaml", f"proxy-resources-{name}.yaml.injected", overlay=f"proxy-resources-{file}")
        for name, file in (
            ("null", "null.iop.yaml"),
            ("null-no-init", "null.iop.yaml"),
            ("zero", "zero.iop.yaml"),
            ("memory-null", "memory-null.iop.yaml"),
            ("mixed-null", "mixed-null.iop.yaml"),
        )
    ),
    Case("sidecar-spire.yaml", "sidecar-spire.yaml.injected", overlay="spire-template.iop.yaml"),
    Case("gateway-spire.yaml", "gateway-spire.yaml.injected", overlay="spire-template.iop.yaml"),
    Case("hello-otel-semconv.yaml", "hello-otel-semconv.yaml.injected", mesh={"extensionProviders": [_OTEL]}),
    Case("hello.yaml", "hello-fips-140-3.yaml.injected", environment={**NATIVE, "COMPLIANCE_POLICY": "fips-140-3"}),
)
"""The cases with settings of their own."""

_OPENSHIFT = "only istiod's webhook knows OpenShift, where it reads user and group IDs from the namespace"

WEBHOOK_ONLY = {f"hello-openshift{name}.yaml.injected": _OPENSHIFT for name in ("", "-custom-injection", "-tproxy")}
"""Cases that kube-inject cannot run, by expected output, with the reason; `test_openshift.py` runs them."""


NO_PODS = {
    "hello-service.yaml": "no pod in it",
    "list.yaml": "a List is no pod; its items are in other cases",
    "deploymentconfig-multi.yaml": "a List is no pod; its items are in other cases",
    "list-frontend.yaml": "a List is no pod; its items are in other cases",
    "cronjob.yaml": "upstream skips it too: its expected output is for the CronJob's own labels, not the pod's",
}
"""Inputs that a webhook never sees, with the reason."""


def folder(version: str) -> Path:
    """Upstream's inputs and outputs."""
    return versions.source(version) / "pkg/kube/inject/testdata/inject"


@cache
def hub(version: str) -> str:
    """The registry and folder of images in upstream's expected outputs."""
    found = re.search(r"image: (\S+)/proxyv2:latest", (folder(version) / "hello.yaml.injected").read_text())
    assert found
    return found[1]


@cache
def cases(version: str) -> tuple[Case, ...]:
    """All cases that kube-inject can run: those with settings of their own, and every other input with the defaults."""
    files = {path.name for path in folder(version).iterdir()}
    special = [case for case in _SPECIAL if {case.input, case.want or case.input} <= files]
    covered = {case.want for case in special if case.environment == NATIVE} | set(WEBHOOK_ONLY)
    inputs = {name for name in files if name.endswith(".yaml") and not name.endswith(".iop.yaml")}
    failing = {case.input for case in special if case.error}
    plain = [Case(name, f"{name}.injected") for name in sorted(inputs - failing)]
    return (*special, *(case for case in plain if case.want not in covered))
