"""What Kiali is like in Kubernetes for what its settings say. The questions are mostly those of the test cases that
Kiali's own charts have (``tests/kiali-{server,operator}-tests`` of kiali/helm-charts)."""

from __future__ import annotations

import base64
from typing import Any

import pytest
import yaml

from mesh_components.manifests.observability.kiali_credentials import drawn_key
from mesh_components.versions.addons import ADDONS

from .kiali_plans import BACKENDS, KEY, planned, settings

ANONYMOUS: dict[str, Any] = {"auth": {"strategy": "anonymous"}, "allowAnonymousWrites": True}
LOOKING: dict[str, Any] = {"auth": {"strategy": "anonymous"}, "deployment": {"view_only_mode": True}}
OPENSHIFT: dict[str, Any] = {"global": {"platform": "openshift"}}
ROUTED: dict[str, Any] = {"server": {"web_fqdn": "kiali.example.com"}}
BY_NAME: dict[str, Any] = {
    "cluster_wide_access": False,
    "discovery_selectors": {"default": [{"matchLabels": {"kubernetes.io/metadata.name": "old"}}]},
}
WRITES = {"create", "delete", "patch"}


def test_the_objects_of_a_server() -> None:
    assert planned().named() == [
        "ServiceAccount/kiali",
        "ConfigMap/kiali",
        "ClusterRole/kiali-viewer",
        "ClusterRoleBinding/kiali-viewer",
        "NetworkPolicy/kiali",
        "Service/kiali",
        "Deployment/kiali",
        "Secret/kiali-signing-key",
    ]


def test_nothing_is_planned_of_a_kiali_that_is_off() -> None:
    assert planned(enabled=False).objects == []


@pytest.mark.parametrize("version", ADDONS)
def test_the_version_is_the_one_that_istio_comes_with(version: str) -> None:
    plan = planned({"version": version})
    tag = ADDONS[version].kiali.tag
    assert plan.container["image"] == f"quay.io/kiali/kiali:{tag}"
    assert plan.find("Service")["metadata"]["labels"]["app.kubernetes.io/version"] == f"{tag}.0"


def test_a_version_of_ones_own_is_taken() -> None:
    plan = planned(version="v2.26.1")
    assert plan.container["image"] == "quay.io/kiali/kiali:v2.26.1"
    assert plan.find("Service")["metadata"]["labels"]["version"] == "v2.26.1"


@pytest.mark.parametrize(
    ("deployment", "image"),
    [
        ({"image_name": "registry.example.com/kiali"}, "registry.example.com/kiali:v2.27"),
        ({"image_version": "mine"}, "quay.io/kiali/kiali:mine"),
        ({"image_digest": "sha256", "image_version": "abc"}, "quay.io/kiali/kiali@sha256:abc"),
    ],
)
def test_an_image_of_ones_own_is_taken(deployment: dict[str, Any], image: str) -> None:
    assert planned(deployment=deployment).container["image"] == image


@pytest.mark.parametrize(
    ("given", "role", "writes"),
    [
        ({}, "kiali-viewer", False),
        (ANONYMOUS, "kiali", True),
        (LOOKING, "kiali-viewer", False),
        ({"auth": {"strategy": "header"}}, "kiali-viewer", False),
    ],
)
def test_kialis_own_account_writes_only_where_nobody_logs_in(given: Any, role: str, writes: bool) -> None:
    plan = planned(**given)
    assert plan.find("ClusterRole")["metadata"]["name"] == role
    assert plan.find("ClusterRoleBinding")["roleRef"]["name"] == role
    assert (plan.verbs >= WRITES) == writes
    assert plan.verbs & WRITES == (WRITES if writes else set())


def test_view_only_is_in_what_the_server_reads() -> None:
    assert planned(**LOOKING).config["deployment"]["view_only_mode"] is True
    assert planned().config["deployment"]["view_only_mode"] is False


def test_without_the_logs_tab_there_is_no_right_to_read_logs() -> None:
    def logs(plan: Any) -> bool:
        return any("pods/log" in rule["resources"] for rule in plan.find("ClusterRole")["rules"])

    assert logs(planned())
    assert not logs(planned(kiali_feature_flags={"disabled_features": ["logs-tab"]}))


SHOP_AND_BANK: dict[str, Any] = {
    "namespaces": [
        {"name": "shop", "labels": {"team": "a"}, "injection": "enabled"},
        {"name": "bank", "labels": {"team": "b"}},
    ]
}


class TestNamespaces:
    @pytest.mark.parametrize(
        ("selectors", "names"),
        [
            ([{"matchLabels": {"team": "a"}}], ["shop"]),
            ([{"matchLabels": {"team": "a", "istio-injection": "enabled"}}], ["shop"]),
            ([{"matchLabels": {"team": "a"}}, {"matchLabels": {"team": "b"}}], ["bank", "shop"]),
            ([{"matchExpressions": [{"key": "team", "operator": "In", "values": ["a", "b"]}]}], ["bank", "shop"]),
            ([{"matchExpressions": [{"key": "team", "operator": "NotIn", "values": ["a"]}]}], ["bank"]),
            ([{"matchExpressions": [{"key": "team", "operator": "Exists"}]}], ["bank", "shop"]),
            ([{"matchExpressions": [{"key": "istio-injection", "operator": "DoesNotExist"}]}], ["bank"]),
            (
                [{"matchLabels": {"team": "a"}, "matchExpressions": [{"key": "team", "operator": "Exists"}]}],
                ["shop"],
            ),
            (
                [
                    {
                        "matchExpressions": [
                            {"key": "kubernetes.io/metadata.name", "operator": "In", "values": ["old", "older"]}
                        ]
                    }
                ],
                ["old", "older"],
            ),
            ([{"matchLabels": {"kubernetes.io/metadata.name": "shop"}}], ["shop"]),
        ],
    )
    def test_kiali_gets_a_role_in_each_that_is_selected(self, selectors: Any, names: list[str]) -> None:
        deployment = {"cluster_wide_access": False, "discovery_selectors": {"default": selectors}}
        plan = planned(SHOP_AND_BANK, namespace="kiali", deployment=deployment)
        expected = sorted([*names, "kiali", "istio-system"])
        roles = [item for item in plan.objects if item["kind"] == "Role"]
        bindings = [item for item in plan.objects if item["kind"] == "RoleBinding"]
        assert [item["metadata"]["namespace"] for item in roles] == expected
        assert [item["metadata"]["namespace"] for item in bindings] == expected
        assert all(each["subjects"][0]["namespace"] == "kiali" for each in bindings)
        assert not [item for item in plan.objects if item["kind"].startswith("ClusterRole")]
        # The server takes nothing but names here.
        assert plan.config["deployment"]["discovery_selectors"]["default"] == [
            {"matchExpressions": [{"key": "kubernetes.io/metadata.name", "operator": "In", "values": expected}]}
        ]

    def test_selectors_of_a_kiali_that_sees_everything_are_for_the_server(self) -> None:
        chosen = {"default": [{"matchLabels": {"team": "a"}}], "overrides": {"west": [{"matchLabels": {"team": "c"}}]}}
        plan = planned(deployment={"discovery_selectors": chosen})
        found = plan.config["deployment"]["discovery_selectors"]
        assert found["default"][0]["matchLabels"] == {"team": "a"}
        assert found["overrides"]["west"][0]["matchLabels"] == {"team": "c"}
        assert plan.find("ClusterRole")

    @pytest.mark.parametrize(("given", "role"), [({}, "kiali-viewer"), (ANONYMOUS, "kiali")])
    def test_roles_of_namespaces_have_the_same_names(self, given: Any, role: str) -> None:
        plan = planned(**{**given, "deployment": BY_NAME})
        assert {item["metadata"]["name"] for item in plan.objects if item["kind"] == "Role"} == {role}


class TestKey:
    def test_the_server_reads_it_from_a_secret(self) -> None:
        plan = planned()
        assert plan.config["login_token"]["signing_key"] == "secret:kiali-signing-key:key"
        (volume,) = [each for each in plan.pod["volumes"] if each["name"] == "login-token-signing-key"]
        items = [{"key": "key", "path": "value.txt"}]
        assert volume["secret"] == {"secretName": "kiali-signing-key", "items": items}
        (place,) = [each for each in plan.container["volumeMounts"] if each["name"] == volume["name"]]
        assert place["mountPath"] == "/kiali-override-secrets/login-token-signing-key"
        assert place["readOnly"] is True
        assert base64.b64decode(plan.find("Secret")["data"]["key"]).decode() == KEY

    def test_one_that_is_given_is_nowhere_but_in_the_secret(self) -> None:
        own = "k" * 24
        plan = planned(login_token={"signing_key": own})
        assert base64.b64decode(plan.find("Secret")["data"]["key"]).decode() == own
        rest = [item for item in plan.objects if item["kind"] != "Secret"]
        assert own not in yaml.safe_dump(rest)

    def test_one_in_a_secret_of_the_users_stays_there(self) -> None:
        plan = planned(login_token={"signing_key": "secret:mine:session"})
        assert not [item for item in plan.objects if item["kind"] == "Secret"]
        assert plan.config["login_token"]["signing_key"] == "secret:mine:session"
        (volume,) = [each for each in plan.pod["volumes"] if each["name"] == "login-token-signing-key"]
        assert volume["secret"]["secretName"] == "mine"
        assert volume["secret"]["items"] == [{"key": "session", "path": "value.txt"}]

    def test_nobody_has_a_session_where_nobody_logs_in(self) -> None:
        for plan in (planned(**ANONYMOUS), planned(**ANONYMOUS, login_token={"signing_key": "k" * 16})):
            assert not [item for item in plan.objects if item["kind"] == "Secret"]
            assert "signing_key" not in plan.config["login_token"]

    def test_a_drawn_one_is_32_bytes_and_always_the_same(self) -> None:
        assert len(drawn_key("PEM").encode()) == 32
        assert drawn_key("PEM") == drawn_key("PEM") != drawn_key("other")
        settings(login_token={"signing_key": drawn_key("PEM")})


class TestBackends:
    def test_addresses_are_those_of_the_mesh(self) -> None:
        services = planned(backends=BACKENDS).config["external_services"]
        assert services["prometheus"]["url"] == "http://prometheus.watch:9090"
        assert services["grafana"] == {
            "enabled": True,
            "internal_url": "http://grafana.watch:3000",
            "external_url": "https://grafana.example.com",
        }
        assert services["tracing"] == {"enabled": True, "internal_url": "http://tracing.watch:16685/jaeger"}

    def test_what_is_not_there_is_not_linked_to(self) -> None:
        services = planned().config["external_services"]
        assert services["grafana"]["enabled"] is services["tracing"]["enabled"] is False
        assert "url" not in services["prometheus"]

    def test_what_the_user_says_counts(self) -> None:
        own = {
            "prometheus": {"url": "https://metrics.example.com"},
            "tracing": {"internal_url": "http://tempo.tempo:3200", "provider": "tempo", "use_grpc": False},
            "grafana": {"enabled": False},
        }
        services = planned(backends=BACKENDS, external_services=own).config["external_services"]
        assert services["prometheus"]["url"] == "https://metrics.example.com"
        assert services["tracing"]["internal_url"] == "http://tempo.tempo:3200"
        assert services["tracing"]["use_grpc"] is False
        assert services["grafana"]["enabled"] is False

    def test_a_service_of_the_users_own_is_there(self) -> None:
        services = planned(external_services={"grafana": {"internal_url": "http://g:3000"}}).config["external_services"]
        assert services["grafana"] == {"enabled": True, "internal_url": "http://g:3000"}

    @pytest.mark.parametrize(
        ("mesh", "domain"),
        [
            ({}, None),
            ({"meshConfig": {"trustDomain": "corp.example"}}, "svc.cluster.local"),
            ({"global": {"proxy": {"clusterDomain": "corp.example"}}}, "svc.corp.example"),
        ],
    )
    def test_services_have_the_clusters_domain_whatever_the_trust_domain_is(self, mesh: Any, domain: Any) -> None:
        assert planned(mesh).config["external_services"].get("istio", {}).get("istio_identity_domain") == domain

    @pytest.mark.parametrize(("version", "said"), [("v2.12", "istio-config"), ("v2.17", None)])
    def test_the_root_namespace_is_the_meshs_for_those_that_do_not_find_it(self, version: str, said: Any) -> None:
        services = planned({"meshConfig": {"rootNamespace": "istio-config"}}, version=version).config[
            "external_services"
        ]
        assert services.get("istio", {}).get("root_namespace") == said


class TestCredentials:
    @pytest.mark.parametrize(
        ("services", "volumes"),
        [
            (
                {"prometheus": {"auth": {"type": "basic", "username": "secret:p:u", "password": "secret:p:p"}}},
                {"prometheus-username": ("p", "u", "value.txt"), "prometheus-password": ("p", "p", "value.txt")},
            ),
            (
                {
                    "prometheus": {
                        "enabled": False,
                        "auth": {"type": "bearer", "token": "secret:p:t"},
                    }
                },
                {},
            ),
            (
                {"grafana": {"internal_url": "http://g", "auth": {"type": "bearer", "token": "secret:g:t"}}},
                {"grafana-token": ("g", "t", "value.txt")},
            ),
            ({"grafana": {"enabled": False, "auth": {"type": "bearer", "token": "secret:g:t"}}}, {}),
            (
                {
                    "tracing": {
                        "internal_url": "http://t",
                        "auth": {"cert_file": "secret:c:tls.crt", "key_file": "secret:c:tls.key"},
                    }
                },
                {"tracing-cert": ("c", "tls.crt", "tls.crt"), "tracing-key": ("c", "tls.key", "tls.key")},
            ),
            (
                {"custom_dashboards": {"prometheus": {"auth": {"type": "bearer", "token": "secret:d:t"}}}},
                {"customdashboards-prometheus-token": ("d", "t", "value.txt")},
            ),
            (
                {
                    "custom_dashboards": {
                        "enabled": False,
                        "prometheus": {"auth": {"type": "bearer", "token": "secret:d:t"}},
                    }
                },
                {},
            ),
            (
                {"perses": {"enabled": True, "auth": {"password": "secret:s:p"}}},
                {"perses-password": ("s", "p", "value.txt")},
            ),
        ],
    )
    def test_secrets_are_files_where_kiali_looks_for_them(self, services: Any, volumes: Any) -> None:
        plan = planned(external_services=services, **ANONYMOUS)
        assert _credentials(plan) == volumes

    @pytest.mark.parametrize(
        ("provider", "model", "names"),
        [
            (True, True, {"chat-ai-model-open-ai-gpt-9", "chat-ai-provider-open-ai"}),
            (True, False, {"chat-ai-provider-open-ai"}),
            (False, True, set()),
        ],
    )
    def test_keys_of_the_assistant(self, provider: bool, model: bool, names: set[str]) -> None:
        models = [{"name": "GPT 9", "enabled": model, "key": "secret:ai:m"}]
        providers = [{"name": "Open_AI", "enabled": provider, "key": "secret:ai:k", "models": models}]
        plan = planned(chat_ai={"enabled": True, "providers": providers}, **ANONYMOUS)
        assert set(_credentials(plan)) == names
        assert not _credentials(planned(chat_ai={"enabled": False, "providers": providers}, **ANONYMOUS))


def _credentials(plan: Any) -> dict[str, tuple[str, str, str]]:
    """Return the credentials in files: volume to Secret, key and file."""
    places = {each["name"]: each["mountPath"] for each in plan.container["volumeMounts"]}
    found = {}
    for volume in plan.pod["volumes"]:
        if places[volume["name"]].startswith("/kiali-override-secrets/"):
            assert places[volume["name"]] == f"/kiali-override-secrets/{volume['name']}"
            (item,) = volume["secret"]["items"]
            found[volume["name"]] = (volume["secret"]["secretName"], item["key"], item["path"])
    return found


class TestPod:
    def test_it_is_restricted(self) -> None:
        security = planned().container["securityContext"]
        assert security["runAsNonRoot"] is security["readOnlyRootFilesystem"] is True
        assert security["allowPrivilegeEscalation"] is security["privileged"] is False
        assert security["capabilities"] == {"drop": ["ALL"]}
        assert security["seccompProfile"] == {"type": "RuntimeDefault"}

    def test_a_changed_configuration_makes_it_anew(self) -> None:
        def digest(plan: Any) -> Any:
            return plan.find("Deployment")["spec"]["template"]["metadata"]["annotations"]["checksum/config"]

        assert digest(planned()) == digest(planned(deployment={"replicas": 3}))
        assert digest(planned()) != digest(planned(server={"web_root": "/console"}))

    @pytest.mark.parametrize(("root", "path"), [("", "/kiali/healthz"), ("/", "/healthz"), ("/a/b", "/a/b/healthz")])
    def test_it_is_asked_how_it_is_below_its_root(self, root: str, path: str) -> None:
        plan = planned(server={"web_root": root})
        for probe in ("readinessProbe", "livenessProbe", "startupProbe"):
            assert plan.container[probe]["httpGet"] == {"path": path, "port": "api-port", "scheme": "HTTP"}
        assert plan.config["server"]["web_root"] == (root or "/kiali")

    def test_times_of_probes(self) -> None:
        probes = {
            "liveness": {"initial_delay_seconds": 1, "period_seconds": 2},
            "readiness": {"initial_delay_seconds": 3, "period_seconds": 4},
            "startup": {"initial_delay_seconds": 5, "period_seconds": 6, "failure_threshold": 7},
        }
        container = planned(deployment={"probes": probes}).container
        assert container["livenessProbe"].items() >= {"initialDelaySeconds": 1, "periodSeconds": 2}.items()
        assert container["readinessProbe"].items() >= {"initialDelaySeconds": 3, "periodSeconds": 4}.items()
        startup = {"initialDelaySeconds": 5, "periodSeconds": 6, "failureThreshold": 7}
        assert container["startupProbe"].items() >= startup.items()

    @pytest.mark.parametrize(
        ("deployment", "field", "value"),
        [
            ({"node_selector": {"a": "b"}}, "nodeSelector", {"a": "b"}),
            ({"tolerations": [{"key": "k"}]}, "tolerations", [{"key": "k"}]),
            ({"affinity": {"node": {"x": 1}}}, "affinity", {"nodeAffinity": {"x": 1}}),
            (
                {"affinity": {"pod": {"x": 1}, "pod_anti": {"y": 2}}},
                "affinity",
                {"podAffinity": {"x": 1}, "podAntiAffinity": {"y": 2}},
            ),
            ({"priority_class_name": "high"}, "priorityClassName", "high"),
            ({"host_aliases": [{"ip": "1.2.3.4"}]}, "hostAliases", [{"ip": "1.2.3.4"}]),
            ({"dns": {"policy": "None", "config": {"searches": ["a"]}}}, "dnsConfig", {"searches": ["a"]}),
            ({"dns": {"policy": "None"}}, "dnsPolicy", "None"),
            ({"image_pull_secrets": ["mine"]}, "imagePullSecrets", [{"name": "mine"}]),
            ({"topology_spread_constraints": [{"maxSkew": 1}]}, "topologySpreadConstraints", [{"maxSkew": 1}]),
        ],
    )
    def test_what_kubernetes_has_is_passed_on(self, deployment: Any, field: str, value: Any) -> None:
        assert planned(deployment=deployment).pod[field] == value
        assert field not in planned().pod

    def test_the_meshs_registry_credentials_are_its_own_unless_it_has_some(self) -> None:
        mesh = {"global": {"imagePullSecrets": ["registry"]}}
        assert planned(mesh).pod["imagePullSecrets"] == [{"name": "registry"}]
        assert planned(mesh, deployment={"image_pull_secrets": ["own"]}).pod["imagePullSecrets"] == [{"name": "own"}]

    def test_labels_and_annotations_of_pods_come_in_addition(self) -> None:
        plan = planned(deployment={"pod_labels": {"a": "b"}, "pod_annotations": {"c": "d"}})
        metadata = plan.find("Deployment")["spec"]["template"]["metadata"]
        assert metadata["labels"].items() >= {"a": "b", "app": "kiali", "sidecar.istio.io/inject": "false"}.items()
        assert metadata["annotations"].items() >= {"c": "d", "kiali.io/dashboards": "go,kiali"}.items()
        assert "a" not in plan.find("Service")["metadata"]["labels"]

    def test_labels_of_all_objects_do_not_take_kialis_own(self) -> None:
        plan = planned(deployment={"extra_labels": {"team": "a", "app": "other"}})
        for item in plan.objects:
            assert item["metadata"]["labels"].items() >= {"team": "a", "app": "kiali"}.items()

    def test_environment_and_log(self) -> None:
        logger = {"log_level": "debug", "log_format": "json", "sampler_rate": "10"}
        plan = planned(deployment={"custom_envs": [{"name": "HTTPS_PROXY", "value": "http://proxy"}], "logger": logger})
        environment = {each["name"]: each.get("value") for each in plan.container["env"]}
        expected = {"HTTPS_PROXY": "http://proxy", "LOG_LEVEL": "debug", "LOG_FORMAT": "json", "LOG_SAMPLER_RATE": "10"}
        assert environment.items() >= expected.items()

    def test_secrets_of_the_users_own(self) -> None:
        secrets = [
            {"name": "one", "mount": "/one"},
            {"name": "two", "mount": "/two", "optional": True},
            {"name": "three", "mount": "/three", "csi": {"driver": "d"}},
        ]
        plan = planned(deployment={"custom_secrets": secrets})
        volumes = {each["name"]: each for each in plan.pod["volumes"]}
        assert volumes["one"]["secret"] == {"secretName": "one", "optional": False}
        assert volumes["two"]["secret"]["optional"] is True
        assert volumes["three"] == {"name": "three", "csi": {"driver": "d"}}
        assert {each["mountPath"] for each in plan.container["volumeMounts"]} >= {"/one", "/two", "/three"}

    @pytest.mark.parametrize("field", ["additional_pod_containers_yaml", "additional_pod_init_containers_yaml"])
    def test_containers_of_the_users_own_are_restricted(self, field: str) -> None:
        secret = {"name": "kiali-secret", "mountPath": "/s"}
        scratch = {"name": "scratch", "mountPath": "/t"}
        own = {
            "name": "mine",
            "securityContext": {"privileged": True, "runAsUser": 7},
            "volumeMounts": [secret, scratch],
        }
        plan = planned(deployment={field: [own]})
        key = "initContainers" if "init" in field else "containers"
        (found,) = [each for each in plan.pod[key] if each["name"] == "mine"]
        assert found["securityContext"]["privileged"] is False
        assert found["securityContext"]["runAsUser"] == 7
        assert found["volumeMounts"] == [{**secret, "readOnly": True}, scratch]
        assert plan.container["command"][0] == "/opt/kiali/kiali"

    def test_clusters_with_a_secret_are_mounted(self) -> None:
        clusters = [{"name": "west", "secret_name": "west-secret"}, {"name": "seen"}]
        plan = planned(clustering={"clusters": clusters})
        assert {"name": "west", "secret": {"secretName": "west-secret"}} in plan.pod["volumes"]
        paths = [each["mountPath"] for each in plan.container["volumeMounts"]]
        assert "/kiali-remote-cluster-secrets/west-secret" in paths
        assert plan.config["clustering"]["clusters"] == clusters


class TestCount:
    def test_replicas(self) -> None:
        assert planned().find("Deployment")["spec"]["replicas"] == 1
        assert planned(deployment={"replicas": 0}).find("Deployment")["spec"]["replicas"] == 0

    def test_an_autoscaler_owns_the_number(self) -> None:
        plan = planned(deployment={"hpa": {"spec": {"maxReplicas": 3, "minReplicas": 1}}})
        assert "replicas" not in plan.find("Deployment")["spec"]
        scaler = plan.find("HorizontalPodAutoscaler")
        assert scaler["apiVersion"] == "autoscaling/v2"
        assert scaler["spec"]["scaleTargetRef"] == {"apiVersion": "apps/v1", "kind": "Deployment", "name": "kiali"}
        assert scaler["spec"]["maxReplicas"] == 3

    def test_a_disruption_budget(self) -> None:
        budget = planned(deployment={"pod_disruption_budget": {"spec": {"minAvailable": 1}}}).find(
            "PodDisruptionBudget"
        )
        labels = planned().find("Deployment")["spec"]["selector"]["matchLabels"]
        assert budget["spec"] == {"minAvailable": 1, "selector": {"matchLabels": labels}}

    def test_how_pods_are_replaced(self) -> None:
        assert planned().find("Deployment")["spec"]["strategy"]["type"] == "RollingUpdate"
        own = {"type": "Recreate"}
        assert planned(deployment={"strategy": own}).find("Deployment")["spec"]["strategy"] == own


class TestNetwork:
    def test_the_network_policy_lets_in_to_both_ports(self) -> None:
        def ports(**given: Any) -> list[int]:
            (rule,) = planned(**given).find("NetworkPolicy")["spec"]["ingress"]
            return [each["port"] for each in rule["ports"]]

        assert ports() == [20001, 9090]
        assert ports(server={"port": 8080}) == [8080, 9090]
        assert ports(server={"observability": {"metrics": {"port": 9999}}}) == [20001, 9999]
        assert ports(server={"observability": {"metrics": {"enabled": False}}}) == [20001]

    def test_it_can_be_left_out(self) -> None:
        assert "NetworkPolicy/kiali" not in planned(deployment={"network_policy": {"enabled": False}}).named()

    def test_the_service(self) -> None:
        service = planned().find("Service")
        assert [(each["name"], each["port"], each["appProtocol"]) for each in service["spec"]["ports"]] == [
            ("http", 20001, "http"),
            ("http-metrics", 9090, "http"),
        ]
        assert service["spec"]["selector"] == planned().find("Deployment")["spec"]["selector"]["matchLabels"]
        assert "type" not in service["spec"]
        assert "annotations" not in service["metadata"]

    def test_the_service_with_a_certificate(self) -> None:
        plan = planned(identity={"cert_file": "/c/tls.crt", "private_key_file": "/c/tls.key"})
        assert [(each["name"], each["appProtocol"]) for each in plan.find("Service")["spec"]["ports"]] == [
            ("tcp", "https"),
            ("tcp-metrics", "https"),
        ]
        assert plan.container["readinessProbe"]["httpGet"]["scheme"] == "HTTPS"
        annotations = plan.find("Deployment")["spec"]["template"]["metadata"]["annotations"]
        assert annotations["prometheus.io/scheme"] == "https"
        assert plan.config["identity"] == {"cert_file": "/c/tls.crt", "private_key_file": "/c/tls.key"}

    def test_without_metrics_nobody_scrapes(self) -> None:
        plan = planned(server={"observability": {"metrics": {"enabled": False}}})
        annotations = plan.find("Deployment")["spec"]["template"]["metadata"]["annotations"]
        assert annotations["prometheus.io/scrape"] == "false"
        assert [each["port"] for each in plan.find("Service")["spec"]["ports"]] == [20001]

    def test_service_settings(self) -> None:
        plan = planned(
            server={"node_port": 30001},
            deployment={
                "service_type": "NodePort",
                "service_annotations": {"a": "b"},
                "additional_service_yaml": {"externalName": "x"},
            },
        )
        service = plan.find("Service")
        assert service["spec"]["type"] == "NodePort"
        assert service["spec"]["ports"][0]["nodePort"] == 30001
        assert service["spec"]["externalName"] == "x"
        assert service["metadata"]["annotations"] == {"a": "b"}

    def test_where_users_find_it_is_on_the_service(self) -> None:
        server = {"web_fqdn": "kiali.example.com", "web_schema": "https", "web_port": "8443"}
        annotations = planned(server=server).find("Service")["metadata"]["annotations"]
        assert annotations["kiali.io/external-url"] == "https://kiali.example.com:8443/kiali"

    def test_an_ingress(self) -> None:
        assert not [name for name in planned().named() if name.startswith("Ingress/")]
        ingress = {"enabled": True, "additional_labels": {"a": "b"}, "class_name": "haproxy"}
        found = planned(deployment={"ingress": ingress}, server={"web_fqdn": "k.example.com"}).find("Ingress")
        assert found["metadata"]["labels"]["a"] == "b"
        assert found["metadata"]["annotations"]["nginx.ingress.kubernetes.io/backend-protocol"] == "HTTP"
        assert found["spec"]["ingressClassName"] == "haproxy"
        (rule,) = found["spec"]["rules"]
        (path,) = rule["http"]["paths"]
        assert (rule["host"], path["path"]) == ("k.example.com", "/kiali")
        assert path["backend"]["service"] == {"name": "kiali", "port": {"number": 20001}}

    def test_an_ingress_of_ones_own(self) -> None:
        instead = {"metadata": {"annotations": {"x": "y"}}, "spec": {"rules": []}}
        found = planned(deployment={"ingress": {"enabled": True, "override_yaml": instead}}).find("Ingress")
        assert found["metadata"]["annotations"] == {"x": "y"}
        assert found["spec"] == {"rules": []}


def test_another_instance_has_its_own_names() -> None:
    plan = planned(deployment={"instance_name": "second"})
    assert all("second" in name for name in plan.named())
    assert plan.find("Service")["spec"]["selector"]["app.kubernetes.io/instance"] == "second"
    assert plan.config["login_token"]["signing_key"] == "secret:second-signing-key:key"


@pytest.mark.parametrize(
    ("skipped", "gone"),
    [
        (["clusterrole"], {"ClusterRole/kiali-viewer"}),
        (["clusterrolebinding", "sa"], {"ClusterRoleBinding/kiali-viewer", "ServiceAccount/kiali"}),
    ],
)
def test_what_somebody_else_declares_is_left_out(skipped: list[str], gone: set[str]) -> None:
    assert set(planned().named()) - set(planned(skipResources=skipped).named()) == gone


def test_what_somebody_else_declares_of_an_operator_is_left_out() -> None:
    left = planned(installationMode="operator", operator={"skipResources": ["sa", "clusterrole"]})
    gone = {"ServiceAccount/kiali-operator", "ClusterRole/kiali-operator"}
    assert set(planned(installationMode="operator").named()) - set(left.named()) == gone


def test_an_account_for_a_kiali_elsewhere() -> None:
    plan = planned(deployment={"remote_cluster_resources_only": True})
    kinds = {name.split("/")[0] for name in plan.named()}
    assert kinds == {"ServiceAccount", "ConfigMap", "ClusterRole", "ClusterRoleBinding"}


class TestOlderVersions:
    def test_version_1_reads_lists_and_other_names(self) -> None:
        plan = planned({"global": {"istioNamespace": "mesh"}}, backends=BACKENDS, version="v1.89.0")
        config = plan.config
        assert config["istio_namespace"] == "mesh"
        assert config["deployment"]["accessible_namespaces"] == ["**"]
        assert "discovery_selectors" not in config["deployment"]
        assert "tls_config" not in config["deployment"]
        assert config["external_services"]["grafana"] == {
            "enabled": True,
            "in_cluster_url": "http://grafana.watch:3000",
            "url": "https://grafana.example.com",
        }
        assert config["external_services"]["tracing"]["in_cluster_url"] == "http://tracing.watch:16685/jaeger"
        assert config["kiali_feature_flags"]["certificates_information_indicators"] == {"enabled": False}

    def test_version_1_reads_the_namespaces_that_it_may_see(self) -> None:
        plan = planned(version="v1.89.0", deployment=BY_NAME)
        assert plan.config["deployment"]["accessible_namespaces"] == ["istio-system", "old"]
        assert plan.config["deployment"]["cluster_wide_access"] is False

    @pytest.mark.parametrize(
        ("version", "told"), [("v1.89", True), ("v2.12", True), ("v2.17", False), ("v2.27", False)]
    )
    def test_older_ones_are_told_where_istiod_is(self, version: str, told: bool) -> None:
        assert ("istio_namespace" in planned(version=version).config) == told

    @pytest.mark.parametrize(
        ("version", "group", "has"),
        [
            *(("v2.12", "inference.networking.k8s.io", False), ("v2.17", "inference.networking.k8s.io", True)),
            *(("v2.12", "project.openshift.io", True), ("v2.17", "project.openshift.io", False)),
        ],
    )
    def test_rights_are_those_that_the_version_uses(self, version: str, group: str, has: bool) -> None:
        rules = planned(version=version).find("ClusterRole")["rules"]
        assert any(group in rule["apiGroups"] for rule in rules) == has

    def test_what_an_older_one_does_not_read_is_not_written(self) -> None:
        def metrics(version: str) -> Any:
            return planned(version=version).config["server"]["observability"]["metrics"]

        assert "health_status" not in metrics("v2.21")
        assert "health_status" in metrics("v2.26")


class TestOpenShift:
    def test_the_objects(self) -> None:
        plan = planned(OPENSHIFT, **ROUTED)
        assert set(plan.named()) - set(planned().named()) == {
            "ClusterRole/kiali-istio-system-openshift",
            "ClusterRoleBinding/kiali-istio-system-openshift",
            "OAuthClient/kiali-istio-system",
            "ConfigMap/kiali-cabundle-openshift",
            "Route/kiali",
        }
        assert plan.config["auth"]["strategy"] == "openshift"
        assert plan.config["server"]["web_root"] == "/"
        assert plan.config["deployment"]["tls_config"]["source"] == "auto"

    def test_users_come_back_to_the_route(self) -> None:
        plan = planned(OPENSHIFT, **ROUTED)
        assert plan.find("OAuthClient")["redirectURIs"] == ["https://kiali.example.com/api/auth/callback"]
        assert plan.find("Route")["spec"]["host"] == "kiali.example.com"
        own = planned(OPENSHIFT, auth={"openshift": {"redirect_uris": ["https://a/b"], "token_max_age": 60}})
        assert own.find("OAuthClient")["redirectURIs"] == ["https://a/b"]
        assert own.find("OAuthClient")["accessTokenMaxAgeSeconds"] == 60
        assert "namespace" not in own.find("OAuthClient")["metadata"]

    def test_the_certificate_is_openshifts(self) -> None:
        plan = planned(OPENSHIFT, **ROUTED)
        annotations = plan.find("Service")["metadata"]["annotations"]
        assert annotations["service.beta.openshift.io/serving-cert-secret-name"] == "kiali-cert-secret"
        volumes = {each["name"]: each for each in plan.pod["volumes"]}
        assert volumes["kiali-cert"]["secret"] == {"secretName": "kiali-cert-secret"}
        sources = [each["configMap"]["name"] for each in volumes["kiali-cabundle"]["projected"]["sources"]]
        assert sources == ["kiali-cabundle-openshift", "kiali-cabundle", "kiali-oauth-cabundle"]
        assert plan.container["livenessProbe"]["httpGet"]["scheme"] == "HTTPS"

    @pytest.mark.parametrize(
        ("given", "groups"),
        [
            ({}, {"oauth.openshift.io", "config.openshift.io"}),
            ({"auth": {"strategy": "token"}}, {"config.openshift.io"}),
            ({"deployment": {"tls_config": {"source": "config"}}}, {"oauth.openshift.io"}),
            ({"auth": {"strategy": "token"}, "deployment": {"tls_config": {"source": "config"}}}, set()),
            ({"version": "v2.17"}, {"oauth.openshift.io"}),
        ],
    )
    def test_rights_in_the_whole_cluster(self, given: Any, groups: set[str]) -> None:
        plan = planned(OPENSHIFT, **ROUTED, **given)
        roles = [item for item in plan.objects if item["metadata"]["name"] == "kiali-istio-system-openshift"]
        found = {group for item in roles for rule in item.get("rules", ()) for group in rule["apiGroups"]}
        assert found == groups


class TestOperator:
    def test_the_objects_and_their_order(self) -> None:
        assert planned(installationMode="operator").named() == [
            "CustomResourceDefinition/kialis.kiali.io",
            "ServiceAccount/kiali-operator",
            "ClusterRole/kiali-operator",
            "ClusterRoleBinding/kiali-operator",
            "Deployment/kiali-operator",
            "Kiali/kiali",
        ]

    def test_the_resource_says_what_a_server_would_be_told(self) -> None:
        given: dict[str, Any] = {"auth": {"strategy": "header"}, "deployment": {"view_only_mode": True, "replicas": 2}}
        spec = planned(backends=BACKENDS, installationMode="operator", **given).find("Kiali")["spec"]
        config = planned(backends=BACKENDS, **given).config
        assert spec["external_services"] == config["external_services"]
        assert spec["auth"] == config["auth"]
        assert spec["deployment"]["replicas"] == 2
        assert spec["deployment"]["view_only_mode"] is True
        assert spec["deployment"]["namespace"] == "istio-system"
        assert "login_token" not in spec  # the operator draws one, and keeps it

    def test_what_is_empty_by_the_users_will_is_said(self) -> None:
        spec = planned(installationMode="operator", kiali_feature_flags={"validations": {"ignore": []}}).find("Kiali")[
            "spec"
        ]
        assert spec["kiali_feature_flags"]["validations"]["ignore"] == []
        assert "disabled_features" not in spec["kiali_feature_flags"]

    def test_a_key_of_the_users_is_in_a_secret_that_the_operator_may_read(self) -> None:
        plan = planned(installationMode="operator", login_token={"signing_key": "k" * 32})
        assert plan.find("Secret")["metadata"]["name"] == "kiali-signing-key"
        assert plan.find("Kiali")["spec"]["login_token"]["signing_key"] == "secret:kiali-signing-key:key"

    def test_namespaces(self) -> None:
        plan = planned(installationMode="operator", namespace="kiali", operator={"namespace": "ops"})
        assert plan.find("Deployment")["metadata"]["namespace"] == "ops"
        assert plan.find("Kiali")["metadata"]["namespace"] == "ops"
        assert plan.find("Kiali")["spec"]["deployment"]["namespace"] == "kiali"
        assert plan.find("ClusterRoleBinding")["subjects"][0]["namespace"] == "ops"
        watched = planned(installationMode="operator", operator={"namespace": "ops", "watchNamespace": "here"})
        assert watched.find("Kiali")["metadata"]["namespace"] == "here"
        assert _environment(watched)["WATCH_NAMESPACE"] == "here"

    @pytest.mark.parametrize(
        ("given", "variable", "value"),
        [
            ({}, "ALLOW_AD_HOC_KIALI_IMAGE", "false"),
            ({"deployment": {"image_version": "mine"}}, "ALLOW_AD_HOC_KIALI_IMAGE", "true"),
            ({}, "ALLOW_AD_HOC_CONTAINERS", "false"),
            ({"deployment": {"additional_pod_containers_yaml": [{"name": "a"}]}}, "ALLOW_AD_HOC_CONTAINERS", "true"),
            ({}, "ALLOW_ALL_ACCESSIBLE_NAMESPACES", "true"),
            ({"deployment": BY_NAME}, "ALLOW_ALL_ACCESSIBLE_NAMESPACES", "false"),
            (
                {"deployment": BY_NAME, "operator": {"allowAllAccessibleNamespaces": True}},
                "ALLOW_ALL_ACCESSIBLE_NAMESPACES",
                "true",
            ),
            ({"operator": {"allowSecurityContextOverride": True}}, "ALLOW_SECURITY_CONTEXT_OVERRIDE", "true"),
            ({"operator": {"debug": {"enabled": False}}}, "ANSIBLE_DEBUG_LOGS", "false"),
            ({"operator": {"debug": {"verbosity": "3"}}}, "ANSIBLE_VERBOSITY_KIALI_KIALI_IO", "3"),
            ({"operator": {"debug": {"enableProfiler": True}}}, "ANSIBLE_CONFIG", "/opt/ansible/ansible-profiler.cfg"),
            ({"operator": {"watchesFile": "watches-k8s-ns.yaml"}}, "WATCHES_FILE", "watches-k8s-ns.yaml"),
            ({}, "WATCHES_FILE", "watches-k8s.yaml"),
            ({"operator": {"env": [{"name": "MINE", "value": "x"}]}}, "MINE", "x"),
        ],
    )
    def test_what_the_operator_is_told(self, given: Any, variable: str, value: str) -> None:
        assert _environment(planned(installationMode="operator", **given))[variable] == value

    @pytest.mark.parametrize(
        ("operator", "field", "value"),
        [
            ({"nodeSelector": {"a": "b"}}, "nodeSelector", {"a": "b"}),
            ({"tolerations": [{"key": "k"}]}, "tolerations", [{"key": "k"}]),
            ({"affinity": {"nodeAffinity": {}}}, "affinity", {"nodeAffinity": {}}),
            ({"priorityClassName": "high"}, "priorityClassName", "high"),
        ],
    )
    def test_where_the_operator_runs(self, operator: Any, field: str, value: Any) -> None:
        assert planned(installationMode="operator", operator=operator).pod[field] == value

    def test_the_operators_image(self) -> None:
        def image(**given: Any) -> Any:
            return planned(installationMode="operator", **given).container["image"]

        assert image() == "quay.io/kiali/kiali-operator:v2.27.0"
        assert image(version="v2.26.1") == "quay.io/kiali/kiali-operator:v2.26.1"
        own = {"repo": "example.com/op", "tag": "abc", "digest": "sha256"}
        assert image(operator={"image": own}) == "example.com/op@sha256:abc"

    def test_more_of_the_operator(self) -> None:
        operator = {
            "replicaCount": 2,
            "podLabels": {"a": "b"},
            "podAnnotations": {"c": "d"},
            "extraLabels": {"team": "e"},
            "metrics": {"enabled": False},
            "image": {"pullSecrets": ["mine"]},
            "resources": {"limits": {"memory": "1Gi"}},
            "securityContext": {"runAsUser": 7},
            "cr": {"name": "other", "annotations": {"f": "g"}},
        }
        plan = planned(installationMode="operator", operator=operator)
        spec = plan.find("Deployment")["spec"]
        assert spec["replicas"] == 2
        assert spec["template"]["metadata"]["labels"]["a"] == "b"
        annotations = spec["template"]["metadata"]["annotations"]
        assert annotations.items() >= {"c": "d", "prometheus.io/scrape": "false"}.items()
        assert plan.find("ClusterRole")["metadata"]["labels"]["team"] == "e"
        assert plan.find("ServiceAccount")["imagePullSecrets"] == [{"name": "mine"}]
        assert plan.container["resources"] == {
            "requests": {"cpu": "10m", "memory": "64Mi"},
            "limits": {"memory": "1Gi"},
        }
        assert plan.container["securityContext"] == {"runAsUser": 7}
        assert plan.find("Kiali")["metadata"]["name"] == "other"
        assert plan.find("Kiali")["metadata"]["annotations"]["f"] == "g"

    @pytest.mark.parametrize(("viewing", "expected"), [(True, set()), (False, WRITES)])
    def test_an_operator_for_looking_has_no_rights_to_write(self, viewing: bool, expected: set[str]) -> None:
        given: dict[str, Any] = {"operator": {"onlyViewOnlyMode": viewing}, "deployment": {"view_only_mode": True}}
        assert planned(installationMode="operator", **given).verbs & WRITES == expected

    @pytest.mark.parametrize(("wide", "makes"), [({}, True), ({"deployment": BY_NAME}, False)])
    def test_an_operator_makes_cluster_roles_if_kiali_needs_one(self, wide: Any, makes: bool) -> None:
        rules = planned(installationMode="operator", **wide).find("ClusterRole")["rules"]
        (found,) = [rule for rule in rules if "rolebindings" in rule["resources"]]
        assert ("clusterroles" in found["resources"]) == makes

    @pytest.mark.parametrize("version", list(ADDONS))
    def test_an_older_operator_gets_what_it_knows(self, version: str) -> None:
        plan = planned({"version": version}, installationMode="operator")
        budgets = any("poddisruptionbudgets" in rule["resources"] for rule in plan.find("ClusterRole")["rules"])
        assert budgets == ("--reconcile-period=0s" in plan.container["args"]) == (version >= "1.30")
        assert ("network_policy" in plan.find("Kiali")["spec"]["deployment"]) == (version >= "1.28")


def _environment(plan: Any) -> dict[str, Any]:
    return {each["name"]: each.get("value") for each in plan.container["env"]}
