"""How a pod's traffic is led through its proxy: by an init container, or by Istio's CNI plugin.

The same settings go to either: as arguments of `pilot-agent istio-iptables` (flags: `tools/istio-iptables/pkg/cmd`), or
as annotations that the plugin reads (`cni/pkg/plugin`). Rules: `injection-template.yaml` of Istio's charts.
"""

from dataclasses import replace

from mesh_components.manifests.injection.container import (
    ENVOY_METRICS_PORT,
    READINESS_PORT,
    image,
    pull_policy,
    resources,
    seccomp,
)
from mesh_components.manifests.injection.environment import proxy_metadata
from mesh_components.manifests.injection.inputs import (
    INTERCEPTION_MODE,
    PROXY_GROUP,
    PROXY_USER,
    STATUS_PORT,
    annotation,
    default,
    either,
    equal,
    has_annotation,
    no,
    own_annotation,
    value,
)
from mesh_components.manifests.injection.template_text import Block, Go, Node, text, using, when
from mesh_components.versions.injection import Injection

CNI = "$cni"

_TRAFFIC = "traffic.sidecar.istio.io"
_REROUTE = "istio.io/reroute-virtual-interfaces"
_KUBEVIRT = f"{_TRAFFIC}/kubevirtInterfaces"
_EXCLUDED_INTERFACES = f"{_TRAFFIC}/excludeInterfaces"


def _setting(annotation_name: str, setting: str) -> str:
    return annotation(f"{_TRAFFIC}/{annotation_name}", value(f"global.proxy.{setting}"))


_OUTBOUND_RANGES = _setting("includeOutboundIPRanges", "includeIPRanges")
_SPARED_OUTBOUND_RANGES = _setting("excludeOutboundIPRanges", "excludeIPRanges")
_INBOUND_PORTS = _setting("includeInboundPorts", "includeInboundPorts")
_OUTBOUND_PORTS = _setting("includeOutboundPorts", "includeOutboundPorts")
_SPARED_OUTBOUND_PORTS = _setting("excludeOutboundPorts", "excludeOutboundPorts")

PRELUDE = (
    f"$cni := not (not {value('pilot.cni.enabled')})",
    f"$mode := {INTERCEPTION_MODE}",
    '$tproxy := eq $mode "TPROXY"',
    f"$sparedInboundPorts := excludeInboundPort ({STATUS_PORT}) "
    f"({_setting('excludeInboundPorts', 'excludeInboundPorts')})",
)
"""Prelude: `$cni`, whether the CNI plugin captures traffic; `$mode`, REDIRECT, TPROXY or NONE; `$tproxy`;
`$sparedInboundPorts`, with the health port among them."""

CAPTURES = 'ne $mode "NONE"'
"""Whether traffic is captured at all."""


def _is_set(name: str) -> str:
    """Whether a port list is set, by the pod (even to nothing) or by the values."""
    return either(has_annotation(f"{_TRAFFIC}/{name}"), value(f"global.proxy.{name}"))


def cni_annotations() -> dict[str, Node]:
    """What Istio's CNI plugin reads; empty settings are left out, except those for inbound ports.

    Interfaces can be named by the pod's own annotations only, which the pod has already.
    """
    networks = "k8s.v1.cni.cncf.io/networks"
    multus = f'appendMultusNetwork ({own_annotation(networks)}) "default/istio-cni"'
    annotations: dict[str, Node] = {
        networks: when(equal(value("pilot.cni.provider"), "multus"), text("%v", multus)),
        "sidecar.istio.io/interceptionMode": text("%v", "$mode"),
        f"{_TRAFFIC}/includeOutboundIPRanges": _unless_empty(_OUTBOUND_RANGES),
        f"{_TRAFFIC}/excludeOutboundIPRanges": _unless_empty(_SPARED_OUTBOUND_RANGES),
        f"{_TRAFFIC}/includeInboundPorts": text("%v", _INBOUND_PORTS),
        f"{_TRAFFIC}/excludeInboundPorts": text("%v", "$sparedInboundPorts"),
        f"{_TRAFFIC}/includeOutboundPorts": when(_is_set("includeOutboundPorts"), text("%v", _OUTBOUND_PORTS)),
        f"{_TRAFFIC}/excludeOutboundPorts": when(_is_set("excludeOutboundPorts"), text("%v", _SPARED_OUTBOUND_PORTS)),
    }
    return {name: when(CNI, content) for name, content in annotations.items()}


def _unless_empty(expression: str) -> Block:
    return using("$setting", expression, text("%v", "$setting"))


def init_container(facts: Injection) -> Node:
    """The container that sets up redirection, or checks that the CNI plugin did."""
    return {
        "name": text("%v", f'ternary "istio-validation" "istio-init" {CNI}'),
        "image": image(f"$.{facts.init_image}", "sidecar.istio.io/proxyImage", "global.proxy_init.image"),
        "imagePullPolicy": pull_policy(),
        "args": _arguments(facts),
        "env": when("$.ProxyConfig.ProxyMetadata", [proxy_metadata()]),
        "resources": resources(facts),
        "securityContext": {
            "allowPrivilegeEscalation": Go(value("global.proxy.privileged")),
            "privileged": Go(value("global.proxy.privileged")),
            "capabilities": {"add": when(no(CNI), ["NET_ADMIN", "NET_RAW"]), "drop": ["ALL"]},
            "readOnlyRootFilesystem": Go(CNI),
            "runAsGroup": _unprivileged(PROXY_GROUP),
            "runAsUser": _unprivileged(PROXY_USER),
            "runAsNonRoot": Go(CNI),
            **seccomp(facts),
        },
    }


def _unprivileged(user_or_group: str) -> Node:
    """Rules can be changed by root alone; checked by the proxy's own user, whose ID TPROXY fixes."""
    return when(CNI, when("$tproxy", 1337, Go(user_or_group)), 0)


def _arguments(facts: Injection) -> list[Node]:
    spared_inbound = f"{ENVOY_METRICS_PORT},{READINESS_PORT}"
    return [
        "istio-iptables",
        *_flag("-p", default("$.MeshConfig.ProxyListenPort", "15001")),
        *_flag("-z", default("$.MeshConfig.ProxyInboundListenPort", "15006")),
        *_flag("-u", f"ternary 1337 ({PROXY_USER}) $tproxy"),
        *_flag("-m", "$mode"),
        *_flag("-i", _OUTBOUND_RANGES),
        *_flag("-x", _SPARED_OUTBOUND_RANGES),
        *_flag("-b", _INBOUND_PORTS),
        "-d",
        when("$sparedInboundPorts", text(f"{spared_inbound},%v", "$sparedInboundPorts"), spared_inbound),
        when(_is_set("includeOutboundPorts"), _flag("-q", _OUTBOUND_PORTS)),
        when(_is_set("excludeOutboundPorts"), _flag("-o", _SPARED_OUTBOUND_PORTS)),
        *_rerouted_interfaces(facts),
        when(has_annotation(_EXCLUDED_INTERFACES), _flag("-c", own_annotation(_EXCLUDED_INTERFACES))),
        text("--log_output_level=%v", annotation("sidecar.istio.io/agentLogLevel", value("global.logging.level"))),
        when(value("global.logAsJson"), "--log_as_json"),
        when(
            CNI,
            ["--run-validation", "--skip-rule-apply"],
            [when(value("global.proxy_init.forceApplyIptables"), "--force-apply")],
        ),
        when(value("global.nativeNftables"), "--native-nftables"),
    ]


def _rerouted_interfaces(facts: Injection) -> list[Node]:
    older, newer = (when(has_annotation(name), _flag("-k", own_annotation(name))) for name in (_KUBEVIRT, _REROUTE))
    return [older, newer] if facts.reroutes_by_both_annotations else [replace(newer, otherwise=[older])]


def _flag(flag: str, expression: str) -> list[Node]:
    return [flag, text("%v", expression)]
