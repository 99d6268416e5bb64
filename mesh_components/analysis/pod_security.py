"""Kubernetes' Pod Security Standards: which pods a namespace's level refuses, and why.

Rules: `k8s.io/pod-security-admission/policy` v0.34, those for Linux. What admission sees is the pod after injection.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

Pod = Mapping[str, Any]
"""A pod's ``spec``."""

ENFORCE = "pod-security.kubernetes.io/enforce"
"""Namespace label: pods above this level are refused."""
PRIVILEGED, BASELINE, RESTRICTED = "privileged", "baseline", "restricted"
LEVELS = (PRIVILEGED, BASELINE, RESTRICTED)
"""From what allows everything to what allows least."""

BASELINE_CAPABILITIES = frozenset(
    [
        *("AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE"),
        *("SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"),
    ]
)
SAFE_SYSCTLS = frozenset(
    [
        "kernel.shm_rmid_forced",
        "net.ipv4.ip_local_port_range",
        "net.ipv4.ip_local_reserved_ports",
        "net.ipv4.ip_unprivileged_port_start",
        "net.ipv4.ping_group_range",
        "net.ipv4.tcp_fin_timeout",
        "net.ipv4.tcp_keepalive_intvl",
        "net.ipv4.tcp_keepalive_probes",
        "net.ipv4.tcp_keepalive_time",
        "net.ipv4.tcp_rmem",
        "net.ipv4.tcp_syncookies",
        "net.ipv4.tcp_wmem",
    ]
)
SELINUX_TYPES = frozenset(["", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"])
RESTRICTED_VOLUMES = frozenset(
    [
        *("configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image", "persistentVolumeClaim", "projected"),
        "secret",
    ]
)
PROFILES = ("RuntimeDefault", "Localhost")


def containers(pod: Pod) -> Iterator[Mapping[str, Any]]:
    """Yield all containers of a pod."""
    for field in ("initContainers", "containers", "ephemeralContainers"):
        yield from pod.get(field, [])


def _context(part: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = part.get("securityContext", {})
    return found


def _contexts(pod: Pod) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield every security context, with the words for where it is."""
    yield "the pod", _context(pod)
    for container in containers(pod):
        yield f"container {container.get('name', '')}", _context(container)


def _host_namespaces(pod: Pod) -> Iterator[str]:
    for field in ("hostNetwork", "hostPID", "hostIPC"):
        if pod.get(field, False):
            yield f"{field} is true"


def _host_paths(pod: Pod) -> Iterator[str]:
    for volume in pod.get("volumes", []):
        if "hostPath" in volume:
            yield f"volume {volume.get('name', '')} is a hostPath"


def _host_ports(pod: Pod) -> Iterator[str]:
    for container in containers(pod):
        for port in container.get("ports", []):
            if port.get("hostPort", 0):
                yield f"container {container.get('name', '')} has hostPort {port['hostPort']}"


def _privileged(pod: Pod) -> Iterator[str]:
    for where, context in _contexts(pod):
        if context.get("privileged", False):
            yield f"{where} is privileged"


def _capabilities(pod: Pod, allowed: frozenset[str]) -> Iterator[str]:
    for where, context in _contexts(pod):
        added = context.get("capabilities", {}).get("add", [])
        if refused := [name for name in added if name not in allowed]:
            yield f"{where} adds {', '.join(refused)}"


def _baseline_capabilities(pod: Pod) -> Iterator[str]:
    return _capabilities(pod, BASELINE_CAPABILITIES)


def _baseline_profiles(pod: Pod) -> Iterator[str]:
    for field in ("seccompProfile", "appArmorProfile"):
        for where, context in _contexts(pod):
            if context.get(field, {}).get("type", "RuntimeDefault") not in PROFILES:
                yield f"{where} has {field} {context[field]['type']}"


def _selinux(pod: Pod) -> Iterator[str]:
    for where, context in _contexts(pod):
        options = context.get("seLinuxOptions", {})
        if options.get("type", "") not in SELINUX_TYPES or options.get("user", "") or options.get("role", ""):
            yield f"{where} sets seLinuxOptions"


def _proc_mount(pod: Pod) -> Iterator[str]:
    for where, context in _contexts(pod):
        if context.get("procMount", "Default") != "Default":
            yield f"{where} has procMount {context['procMount']}"


def _sysctls(pod: Pod) -> Iterator[str]:
    for setting in _context(pod).get("sysctls", []):
        if setting.get("name", "") not in SAFE_SYSCTLS:
            yield f"the pod sets {setting.get('name', '')}"


def _volumes(pod: Pod) -> Iterator[str]:
    for volume in pod.get("volumes", []):
        kinds = [key for key in volume if key != "name"]
        # One without a kind is an emptyDir.
        if kinds and not RESTRICTED_VOLUMES.intersection(kinds):
            yield f"volume {volume.get('name', '')} is a {kinds[0]}"


def _escalation(pod: Pod) -> Iterator[str]:
    for container in containers(pod):
        if _context(container).get("allowPrivilegeEscalation", True):
            yield f"container {container.get('name', '')} does not set allowPrivilegeEscalation: false"


def _root(pod: Pod) -> Iterator[str]:
    everybody = _context(pod).get("runAsNonRoot", False)
    for container in containers(pod):
        if not _context(container).get("runAsNonRoot", everybody):
            yield f"container {container.get('name', '')} does not set runAsNonRoot: true"
    for where, context in _contexts(pod):
        if context.get("runAsUser", None) == 0:
            yield f"{where} runs as user 0"


def _seccomp(pod: Pod) -> Iterator[str]:
    everybody = _context(pod).get("seccompProfile", {})
    for container in containers(pod):
        if _context(container).get("seccompProfile", everybody).get("type", "") not in PROFILES:
            yield f"container {container.get('name', '')} does not set seccompProfile: {{type: RuntimeDefault}}"


def _restricted_capabilities(pod: Pod) -> Iterator[str]:
    for container in containers(pod):
        if "ALL" not in _context(container).get("capabilities", {}).get("drop", []):
            yield f"container {container.get('name', '')} does not drop all capabilities"
    yield from _capabilities(pod, frozenset(["NET_BIND_SERVICE"]))


RULES: Mapping[str, tuple[Callable[[Pod], Iterator[str]], ...]] = {
    PRIVILEGED: (),
    BASELINE: (
        _host_namespaces,
        _host_paths,
        _host_ports,
        _privileged,
        _baseline_capabilities,
        _baseline_profiles,
        _selinux,
        _proc_mount,
        _sysctls,
    ),
    RESTRICTED: (_volumes, _escalation, _root, _seccomp, _restricted_capabilities),
}
"""What each level refuses beyond the level before it."""


def refusals(pod: Pod, level: str) -> list[str]:
    """Return why a namespace that enforces ``level`` refuses pods with this spec; nothing when it does not.

    A level that Kubernetes does not have counts as ``restricted``, as it does there.
    """
    upto = LEVELS.index(level) if level in LEVELS else len(LEVELS) - 1
    return [reason for name in LEVELS[: upto + 1] for rule in RULES[name] for reason in rule(pod)]
