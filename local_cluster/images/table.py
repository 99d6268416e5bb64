"""Every image that the local cluster runs, as data: names, what is in it, how it starts.

Facts about Istio's images (paths, user 1337, entry points, environment) are from `pilot/docker/Dockerfile.pilot`,
`pilot/docker/Dockerfile.proxyv2`, `cni/deployments/kubernetes/Dockerfile.install-cni` and `docker/Dockerfile.base` of
istio.io/istio 1.31. What differs: Debian in place of Ubuntu, fewer packages, and stock Envoy in place of Istio's build
of it.
"""

from dataclasses import dataclass, field

from local_cluster.toolchain.table import (
    ISTIO_MODULES,
    ISTIO_VERSION,
    JAEGER_VERSION,
    KIALI_VERSION,
    PROMETHEUS_VERSION,
    TOOLS,
    GoTool,
    WheelTool,
)

HUBS = ("registry.istio.io/release", "docker.io/istio")
"""Where manifests expect Istio's images: the default of 1.30 and newer, and the one before."""

PROXY_USER = 1337
"""User and group id of the proxy; its traffic is not redirected to itself."""
NOBODY = 65534
"""User and group id that nothing belongs to."""

_NO_PAGES = (
    "<!doctype html><title>Kiali</title><p>This Kiali was built from its Go module, which has no pages in it."
    ' Its API is there, below <a href="api/status">api</a>.\n'
)
"""What a browser gets; Kiali reads it from the folder `console` below the one it is started in."""


@dataclass(frozen=True)
class Executable:
    """One of the toolchain's executables, by name."""

    name: str


@dataclass(frozen=True)
class ModuleFile:
    """A file of a Go module, read when the image is made; `module` is a name that `toolchain.module_dir` knows."""

    module: str
    path: str


@dataclass(frozen=True)
class Text:
    """A small text file."""

    content: str


@dataclass(frozen=True)
class Folder:
    """An empty folder; mode as in chmod, owner as user and group id."""

    mode: int = 0o755
    owner: int = 0


Content = Executable | ModuleFile | Text | Folder


@dataclass(frozen=True)
class Image:
    """One image.

    Attributes:
        tags: Full names with tags; the image has all of them.
        packages: Debian packages of the layer below, with all they depend on; empty: no such layer.
        contents: Path in the image, without the leading slash, to what is there.
        entrypoint: Command that a container runs.
        user: `uid:gid` that it runs as; empty for root.
        environment: Environment variables besides PATH.
        optional: Whether a cluster has it only where something that runs there names it.
    """

    tags: tuple[str, ...]
    contents: dict[str, Content]
    entrypoint: tuple[str, ...]
    packages: tuple[str, ...] = ()
    user: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    optional: bool = False


def _tags(name: str, version: str) -> tuple[str, ...]:
    return tuple(f"{hub}/{name}:{version}" for hub in HUBS)


def _envoy_version() -> str:
    envoy = TOOLS["envoy"]
    assert isinstance(envoy, WheelTool)
    return envoy.version


_USERS: dict[str, Content] = {
    "etc/passwd": Text(
        "root:x:0:0:root:/root:/bin/sh\n"
        f"istio-proxy:x:{PROXY_USER}:{PROXY_USER}:istio-proxy:/home/istio-proxy:/bin/sh\n"
        "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n"
    ),
    "etc/group": Text(f"root:x:0:\nistio-proxy:x:{PROXY_USER}:\nnogroup:x:65534:\n"),
    "etc/nsswitch.conf": Text("passwd: files\ngroup: files\nhosts: files dns\n"),
    "home/istio-proxy": Folder(owner=PROXY_USER),
    "root": Folder(mode=0o700),
    "tmp": Folder(mode=0o1777),
    "run": Folder(),
}

# A shell and coreutils are for `kubectl exec`.
_DEBIAN = ("base-files", "libc6", "dash", "coreutils", "ca-certificates", "netbase")


def _istio(version: str) -> dict[str, Image]:
    """Return the images of a version of Istio; those of the default one are there for everybody."""
    suffix = "" if version == ISTIO_VERSION else f"-{version}"
    pilot = Image(
        tags=_tags("pilot", version),
        packages=_DEBIAN,
        contents={**_USERS, "usr/local/bin/pilot-discovery": Executable(f"pilot-discovery{suffix}")},
        entrypoint=("/usr/local/bin/pilot-discovery",),
        user=f"{PROXY_USER}:{PROXY_USER}",
        optional=bool(suffix),
    )
    proxy = Image(
        tags=_tags("proxyv2", version),
        packages=(*_DEBIAN, "iptables"),
        contents={
            **_USERS,
            "usr/local/bin/pilot-agent": Executable(f"pilot-agent{suffix}"),
            "usr/local/bin/envoy": Executable("envoy"),
            "var/lib/istio/envoy/envoy_bootstrap_tmpl.json": ModuleFile(
                ISTIO_MODULES[version], "tools/packaging/common/envoy_bootstrap.json"
            ),
            "var/lib/istio/data": Folder(owner=PROXY_USER),
            "etc/istio/proxy": Folder(owner=PROXY_USER),
        },
        entrypoint=("/usr/local/bin/pilot-agent",),
        environment={"ISTIO_META_ISTIO_PROXY_SHA": f"envoy:{_envoy_version()}"},
        optional=bool(suffix),
    )
    return {f"pilot{suffix}": pilot, f"proxyv2{suffix}": proxy}


def _built(version: str) -> bool:
    """Whether istiod and the proxy's agent of a version can be built."""
    tools = [tool for tool in TOOLS.values() if isinstance(tool, GoTool) and tool.module == ISTIO_MODULES[version]]
    return any(package.endswith("/pilot-agent") for tool in tools for package in tool.packages.values())


ISTIO_VERSIONS = tuple(version for version in ISTIO_MODULES if _built(version))
"""Versions of Istio that there are images of."""

IMAGES: dict[str, Image] = {
    **{name: image for version in reversed(ISTIO_VERSIONS) for name, image in _istio(version).items()},
    "install-cni": Image(
        tags=_tags("install-cni", ISTIO_VERSION),
        packages=(*_DEBIAN, "iptables"),
        contents={
            **_USERS,
            "opt/cni/bin/istio-cni": Executable("istio-cni"),
            "usr/local/bin/install-cni": Executable("install-cni"),
        },
        entrypoint=("/usr/local/bin/install-cni",),
        optional=True,
    ),
    "fortio": Image(
        tags=("docker.io/local/fortio:1",),
        contents={**_USERS, "usr/bin/fortio": Executable("fortio")},
        entrypoint=("/usr/bin/fortio",),
    ),
    "coredns": Image(
        tags=("docker.io/local/coredns:1",),
        contents={**_USERS, "coredns": Executable("coredns")},
        entrypoint=("/coredns",),
    ),
    "prometheus": Image(
        tags=(f"docker.io/prom/prometheus:v{PROMETHEUS_VERSION}",),
        contents={**_USERS, "bin/prometheus": Executable("prometheus"), "prometheus": Folder(owner=NOBODY)},
        entrypoint=("/bin/prometheus",),
        user=f"{NOBODY}:{NOBODY}",
        optional=True,
    ),
    # Not under their own registries' names: they are other versions than those that Istio's addons have.
    "kiali": Image(
        tags=(f"docker.io/local/kiali:v{KIALI_VERSION}",),
        contents={
            **_USERS,
            "opt/kiali/kiali": Executable("kiali"),
            "opt/kiali/console": Folder(),
            "console/index.html": Text(_NO_PAGES),
        },
        entrypoint=("/opt/kiali/kiali",),
        user="1000:1000",
        optional=True,
    ),
    "jaeger": Image(
        tags=(f"docker.io/local/jaeger:{JAEGER_VERSION}",),
        contents={**_USERS, "cmd/jaeger/jaeger": Executable("jaeger")},
        entrypoint=("/cmd/jaeger/jaeger",),
        user="10001:10001",
        optional=True,
    ),
    # For the example's services, which are a page of Python each.
    "python": Image(
        tags=("docker.io/local/python:3",),
        packages=(*_DEBIAN, "python3"),
        contents=_USERS,
        entrypoint=("/usr/bin/python3",),
        optional=True,
    ),
    "pause": Image(
        tags=("docker.io/local/pause:1",),
        contents={"pause": Executable("pause")},
        entrypoint=("/pause",),
        user="65535:65535",
    ),
}
"""Name of the image to what it is."""
