"""What Kiali's settings refuse, with what words; and that they have the keys of Kiali's own resource."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest

from mesh_components.observability.kiali import load_kiali
from mesh_components.settings.observability.kiali_versions import KIALI, facts

from .kiali_plans import refused, settings

OPENID: dict[str, Any] = {
    "strategy": "openid",
    "openid": {"issuer_uri": "https://id.example.com", "client_id": "kiali"},
}
OPENSHIFT: dict[str, Any] = {"global": {"platform": "openshift"}}


def refusal(mesh: Any = None, **args: Any) -> str:
    """Return the one message with which arguments are refused."""
    with pytest.raises(pulumi.RunError) as found:
        load_kiali("Kiali mine", {**({"mesh": mesh} if mesh else {}), **args})
    head, *rest = str(found.value).splitlines()
    assert head == "Kiali mine: the arguments have a problem:"
    return "\n".join(rest).strip()


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ({"instalationMode": "operator"}, "did you mean installationMode?"),
        ({"installationMode": "helm"}, "\"helm\" is not allowed; allowed: one of 'server' or 'operator'"),
        ({"version": "2.27"}, '"2.27" is not allowed; allowed: a version of Kiali'),
        ({"version": "v2.3.0"}, "v1.89, or v2.12 or newer"),
        ({"auth": {"stategy": "token"}}, 'auth.stategy: unknown key (given: "token"); did you mean strategy?'),
        ({"auth": {"strategy": "ldap"}}, '"ldap" is not allowed'),
        ({"auth": {"strategy": "openid"}}, "openid.issuer_uri and openid.client_id must be given too"),
        ({"auth": {"strategy": "openid", "openid": {"client_id": "k"}}}, "so openid.issuer_uri must be given too"),
        ({"auth": {**OPENID, "strategy": "header"}}, "strategy is header, which does not use openid"),
        ({"auth": {"openid": OPENID["openid"]}}, "openid is given, but no strategy"),
        ({"allowAnonymousWrites": True}, "allowAnonymousWrites is true, but auth.strategy is not anonymous"),
        (
            {"allowAnonymousWrites": True, "auth": {"strategy": "anonymous"}, "deployment": {"view_only_mode": True}},
            "deployment.view_only_mode is true, so nobody writes without a login; remove it",
        ),
        ({"deployment": {"cluster_wide_access": False}}, "discovery_selectors.default must say which namespaces"),
        ({"deployment": {"replicas": 2, "hpa": {"spec": {"maxReplicas": 3}}}}, "remove replicas, or hpa"),
        ({"deployment": {"hpa": {"spec": {"scaleTargetRef": {}}}}}, "hpa.spec.scaleTargetRef is Kiali's Deployment"),
        (
            {"deployment": {"pod_disruption_budget": {"spec": {"selector": {}}}}},
            "pod_disruption_budget.spec.selector is Kiali's Deployment",
        ),
        ({"deployment": {"image_digest": "sha256"}}, "the digest itself must be given as image_version"),
        ({"deployment": {"resources": {"requests": {"memory": "2Gi"}}}}, "more than its limit 1Gi"),
        ({"server": {"web_root": "/kiali/"}}, "a path that begins with / and does not end with one"),
        ({"server": {"web_root": "kiali"}}, "a path that begins with / and does not end with one"),
        ({"server": {"port": 9090}}, "port and observability.metrics.port are both 9090"),
        ({"server": {"node_port": 30001}}, "node_port needs deployment.service_type: NodePort (it is ClusterIP)"),
        *(
            ({"installationMode": "operator", "operator": {key: False}}, f"operator.{key} is false, but deployment")
            for key in ("clusterRoleCreator", "allowAllAccessibleNamespaces")
        ),
        ({"istio_namespace": "x"}, "istio_namespace is not a setting here: it is the mesh's"),
        ({"deployment": {"namespace": "x"}}, "deployment: namespace is not a setting here: write namespace beside"),
        ({"deployment": {"accessible_namespaces": ["**"]}}, "write discovery_selectors"),
        ({"external_services": {"grafana": {"url": "http://a"}}}, "url is not a setting here: write external_url"),
        ({"external_services": {"tracing": {"in_cluster_url": "http://a"}}}, "write internal_url"),
        ({"skipResources": ["role"]}, "'clusterrole', 'clusterrolebinding' or 'sa'"),
        ({"installationMode": "operator", "skipResources": ["sa"]}, "operator.skipResources is for the operator's own"),
        ({"identity": {"cert_file": "/a"}}, "cert_file and private_key_file belong together"),
        ({"operator": {"replicaCount": 2}}, "installationMode is server, which does not use operator"),
        (
            {"installationMode": "operator", "operator": {"onlyViewOnlyMode": True}},
            "write deployment.view_only_mode: true",
        ),
        (
            {"external_services": {"prometheus": {"auth": {"type": "bearer", "token": "abc"}}}},
            "a credential does not belong into a ConfigMap; write secret:NAME:KEY",
        ),
        ({"external_services": {"grafana": {"auth": {"type": "basic"}}}}, "username and password must be given too"),
        ({"external_services": {"prometheus": {"url": "prometheus:9090"}}}, "a URL that begins with http:// or https"),
        (
            {"chat_ai": {"providers": [{"name": "one", "key": "sk-123"}]}},
            "chat_ai.providers[0].key is no secret:NAME:KEY",
        ),
        (
            {
                "deployment": {
                    "additional_pod_containers_yaml": [
                        {"name": "a", "volumeMounts": [{"name": "kiali-secret", "mountPath": "/s", "readOnly": False}]}
                    ]
                }
            },
            "additional_pod_containers_yaml[0].volumeMounts writes to kiali-secret, which holds a Secret",
        ),
        ({"deployment": {"discovery_selectors": {"default": [{}]}}}, "give matchLabels or matchExpressions"),
        ({"kiali_feature_flags": {"disabled_features": ["logs"]}}, "'logs-tab'"),
    ],
)
def test_what_cannot_be_is_one_clear_message(args: dict[str, Any], said: str) -> None:
    assert said in refusal(**args)


@pytest.mark.parametrize("length", [1, 15, 17, 31, 33])
def test_a_key_of_another_length_is_refused_and_not_shown(length: int) -> None:
    message = refusal(login_token={"signing_key": "Q" * length})
    assert "16, 24 or 32 bytes long" in message
    assert "Q" not in message


@pytest.mark.parametrize("key", ["k" * 16, "k" * 24, "k" * 32, "secret:own:key"])
def test_a_key_that_kiali_takes_is_taken(key: str) -> None:
    assert settings(login_token={"signing_key": key}).login_token.signing_key == key


@pytest.mark.parametrize(
    ("profile", "given", "allowed"),
    [
        ("default", {}, False),
        ("minimal", {}, False),
        ("demo", {}, True),
        ("default", {"allowAnonymousWrites": True}, True),
        ("default", {"deployment": {"view_only_mode": True}}, True),
    ],
)
def test_anonymous_writes_need_consent_or_a_demo(profile: str, given: dict[str, Any], allowed: bool) -> None:
    found = refused({"profile": profile}, auth={"strategy": "anonymous"}, **given)
    assert (not found) == allowed
    assert allowed or "write allowAnonymousWrites: true" in found[0]


@pytest.mark.parametrize("mode", ["server", "operator"])
def test_consent_counts_in_either_mode(mode: str) -> None:
    assert refused(auth={"strategy": "anonymous"}, installationMode=mode)


@pytest.mark.parametrize(
    ("mesh", "given", "said"),
    [
        ({}, {"auth": {"strategy": "openshift"}}, "auth.strategy: openshift is the login of OpenShift"),
        ({}, {"auth": {"openshift": {"token_max_age": 1}}}, "auth.openshift: is for OpenShift alone"),
        (OPENSHIFT, {}, "give server.web_fqdn"),
        (
            {},
            {
                "deployment": {
                    "cluster_wide_access": False,
                    "discovery_selectors": {"default": [{"matchLabels": {"team": "a"}}]},
                }
            },
            "deployment.discovery_selectors.default[0]: selects none of the mesh's namespaces",
        ),
        ({"version": "1.29.1"}, {"chat_ai": {"enabled": True}}, "chat_ai: Kiali v2.21 does not read it"),
        ({}, {"version": "v2.17.3", "deployment": {"tls_config": {"min_version": "TLSv1.3"}}}, "choose version v2.21"),
        (
            {},
            {"external_services": {"istio": {"config_map_name": "istio-x"}}},
            "Kiali v2.17 and newer find that out themselves",
        ),
        ({}, {"installationMode": "operator", "version": "v1.89"}, "operator needs Kiali v2.12 or newer"),
        (
            {"version": "1.28.3"},
            {"installationMode": "operator", "deployment": {"pod_disruption_budget": {"spec": {"minAvailable": 1}}}},
            "deployment.pod_disruption_budget: Kiali v2.17 does not read it",
        ),
        (
            {},
            {"version": "v1.89", "deployment": {"discovery_selectors": {"default": [{"matchLabels": {"a": "b"}}]}}},
            "Kiali v1.89 shows all namespaces that it may see",
        ),
        ({}, {"clustering": {"autodetect_secrets": {}}}, "is done by the operator"),
        (
            {},
            {"installationMode": "operator", "operator": {"namespace": "ops", "allowAdHocKialiNamespace": False}},
            "the Kiali resource is in ops and Kiali in istio-system",
        ),
    ],
)
def test_what_does_not_go_with_the_mesh_is_one_clear_message(mesh: Any, given: Any, said: str) -> None:
    (found,) = refused(mesh, **given)
    assert said in found


def test_what_does_not_go_with_the_mesh_is_refused_by_the_component() -> None:
    assert refusal(auth={"strategy": "anonymous"}).startswith("auth.strategy: anonymous lets everybody")


def test_a_kiali_that_is_off_is_not_looked_at() -> None:
    _mesh, one = load_kiali("Kiali mine", {"enabled": False, "auth": {"strategy": "anonymous"}})
    assert not one.enabled


@pytest.mark.parametrize(
    "given",
    [
        {"auth": OPENID},
        {"auth": {"strategy": "header"}},
        {"deployment": {"discovery_selectors": {"default": [{"matchLabels": {"team": "a"}}]}}},
        {"version": "v2.12.4"},
        {"version": "v1.89.0"},
        {"version": "v2.30"},
        {"server": {"web_root": "/"}},
        {"installationMode": "operator", "operator": {"allowAdHocKialiNamespace": False}},
        {"server": {"node_port": 30001}, "deployment": {"service_type": "NodePort"}},
    ],
)
def test_what_goes_together_passes(given: dict[str, Any]) -> None:
    assert not refused(**given)


@pytest.mark.parametrize(
    ("version", "row"),
    [
        *(("v1.89", "v1.89"), ("v1.89.7", "v1.89"), ("v2.12", "v2.12"), ("v2.16.9", "v2.12"), ("v2.17", "v2.17")),
        *(("v2.20", "v2.17"), ("v2.25", "v2.21"), ("v2.26", "v2.26"), ("v2.27.1", "v2.26"), ("v3.0", "v2.26")),
    ],
)
def test_a_version_has_the_facts_of_the_last_one_that_changed_them(version: str, row: str) -> None:
    assert facts(version) == KIALI[row]
