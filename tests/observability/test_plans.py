"""What holds for the addons' objects whatever their settings are, and what single settings do."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from mesh_components.analysis.resource import Named
from mesh_components.judge import Judge
from mesh_components.manifests import mesh as whole_mesh
from mesh_components.manifests.observability import grafana, jaeger, prometheus
from mesh_components.settings import VERSIONS, MeshSettings, load
from tests.unit import test_manifests_properties as always

from .plans import ADDONS, by_kind, planned, settings
from .upstream import ini

Object = dict[str, Any]

CHECKS = (*always.ALWAYS, *always.IN_A_WHOLE_MESH)


class Opaque:
    """A value that arrives later."""

    def __init__(self, value: str) -> None:
        self.value = value

    def apply(self, func: Any) -> Any:
        return func(self.value)


volumes = st.fixed_dictionaries(
    {"enabled": st.booleans()},
    optional={
        "size": st.sampled_from(["1Gi", "500Mi", 10]),
        "storageClassName": st.just("fast"),
        "existingClaim": st.just("mine"),
        "accessModes": st.just(["ReadWriteMany"]),
    },
)
shared = {
    "namespace": st.sampled_from(["monitoring", "istio-system"]),
    "tag": st.just("v1"),
    "hub": st.just("registry.example.com/mirror"),
    "podLabels": st.just({"team": "mesh"}),
    "podAnnotations": st.just({"example.com/a": "b"}),
    "nodeSelector": st.just({"disk": "ssd"}),
    "tolerations": st.just([{"operator": "Exists"}]),
    "resources": st.just({"requests": {"cpu": "1"}, "limits": {"memory": "1Gi"}}),
    "serviceType": st.sampled_from(["NodePort", "LoadBalancer"]),
    "podSecurityContext": st.just({"fsGroup": None, "runAsUser": 1}),
    "persistentVolume": volumes,
}
OWN: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "prometheus": {
        "retentionSize": st.just("50GB"),
        "configReloader": st.fixed_dictionaries({"enabled": st.booleans()}),
        "rules": st.just([{"name": "a", "rules": [{"record": "a:b", "expr": "up"}]}]),
    },
    "grafana": {
        "adminSecret": st.just("grafana-admin"),
        "dashboards": st.just({"mine": {"title": "Mine"}}),
        "datasources": st.just([{"name": "Loki", "type": "loki", "url": "http://loki"}]),
    },
    "jaeger": {
        "spanStorageTTL": st.just("24h"),
        "basePath": st.just("/"),
        "storage": st.sampled_from(["badger", "memory"]),
    },
}


@st.composite
def drawn(draw: st.DrawFn) -> tuple[MeshSettings, list[Object]]:
    mesh = load({"version": draw(st.sampled_from(list(VERSIONS)))})
    found: list[Object] = []
    for addon, own in OWN.items():
        given = draw(st.fixed_dictionaries({}, optional={**shared, **own}))
        if given.get("storage") == "memory":
            given.pop("persistentVolume", None)
        found += planned(addon, mesh, **given)
    return mesh, found


@hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(drawn())
def test_plans_are_consistent(found: tuple[MeshSettings, list[Object]]) -> None:
    mesh, objects = found
    for check in CHECKS:
        check(mesh, objects)
    services_reach_containers(objects)
    claims_are_there(objects)


def services_reach_containers(objects: list[Object]) -> None:
    here = list(always.pods(objects))
    for item in always.of_kind(objects, "Service"):
        spec, namespace = item["spec"], item["metadata"]["namespace"]
        (pod,) = [pod for where, labels, pod in here if where == namespace and always.selects(spec["selector"], labels)]
        opened = {port["containerPort"] for one in pod["containers"] for port in one.get("ports", [])}
        assert {port["targetPort"] for port in spec["ports"]} <= opened
        names = [port["name"] for port in spec["ports"]]
        assert len(set(names)) == len(names)
        for one in pod["containers"]:
            named = {port.get("name") for port in one.get("ports", [])} | opened
            for kind in ("readinessProbe", "livenessProbe"):
                target = one[kind]["httpGet"]["port"]
                assert target in named, "the probe's port is not open"


def claims_are_there(objects: list[Object]) -> None:
    here = {
        (item["metadata"]["namespace"], item["metadata"]["name"])
        for item in always.of_kind(objects, "PersistentVolumeClaim")
    }
    used = {
        (namespace, volume["persistentVolumeClaim"]["claimName"])
        for namespace, _, spec in always.pods(objects)
        for volume in spec["volumes"]
        if "persistentVolumeClaim" in volume
    }
    assert {claim for claim in used if claim[1] != "mine"} == here
    for item in always.of_kind(objects, "Deployment"):
        kept = any("persistentVolumeClaim" in volume for volume in item["spec"]["template"]["spec"]["volumes"])
        assert not kept or item["spec"]["strategy"] == {"type": "Recreate"}, "two pods would share one volume"


@pytest.mark.parametrize("version", VERSIONS)
def test_analysis_has_nothing_against_an_addon(version: str) -> None:
    mesh = load({"version": version, "mtls": "STRICT", "addons": {key: {"enabled": True} for key in ADDONS}})
    own = {item["metadata"]["name"] for addon in ADDONS for item in planned(addon, mesh)} | {jaeger.TELEMETRY_NAME}
    findings = Judge.of(mesh).findings((item, Named("plan")) for item in whole_mesh.objects(mesh))
    assert [str(one.message.code) for one in findings if one.resource.name in own] == []


@pytest.mark.parametrize("addon", ADDONS)
def test_nothing_is_declared_for_an_installation_of_ones_own(addon: str) -> None:
    kind, planner = ADDONS[addon]
    key = "url" if addon == "prometheus" else "internal_url"
    one = kind.model_validate({key: "http://elsewhere.example.com:1234"})
    assert planner.objects(load({}), one) == []
    assert planner.address(load({}), one) == "http://elsewhere.example.com:1234"


@pytest.mark.parametrize(
    ("addon", "address"),
    [
        ("prometheus", "http://prometheus.monitoring:9090"),
        ("grafana", "http://grafana.monitoring:3000"),
        ("jaeger", "http://tracing.monitoring/jaeger"),
    ],
)
def test_addresses_are_those_of_the_services(addon: str, address: str) -> None:
    one = settings(addon, namespace="monitoring")
    assert ADDONS[addon][1].address(load({}), one) == address
    name, _, rest = address.removeprefix("http://").partition(".")
    service = by_kind(planned(addon, namespace="monitoring"))[f"Service/{name}"]
    port = int(rest.partition(":")[2] or 80)
    assert service["metadata"]["namespace"] == "monitoring"
    assert port in [each["port"] for each in service["spec"]["ports"]]


@pytest.mark.parametrize("addon", ADDONS)
@pytest.mark.parametrize("platform", ["", "openshift"])
def test_pods_are_those_that_restricted_admits(addon: str, platform: str) -> None:
    """Kubernetes' Pod Security Standards, level restricted; the real admission is asked on a cluster."""
    mesh = load({"global": {"platform": platform}})
    for _, _, spec in always.pods(planned(addon, mesh)):
        security = spec["securityContext"]
        assert security["runAsNonRoot"] is True
        # OpenShift chooses users by itself.
        assert ("runAsUser" in security) == (platform != "openshift")
        for container in spec["containers"]:
            own = container["securityContext"]
            assert own["allowPrivilegeEscalation"] is False
            assert own["capabilities"] == {"drop": ["ALL"]}
            assert own["seccompProfile"] == {"type": "RuntimeDefault"}
        kinds = {key for volume in spec["volumes"] for key in volume} - {"name"}
        assert kinds <= {"configMap", "emptyDir", "persistentVolumeClaim"}


def test_security_contexts_can_be_changed_and_emptied() -> None:
    pod = by_kind(
        planned(
            "jaeger",
            podSecurityContext={"runAsUser": None, "fsGroup": 5},
            containerSecurityContext={"readOnlyRootFilesystem": True},
        )
    )
    spec = pod["Deployment/jaeger"]["spec"]["template"]["spec"]
    assert spec["securityContext"] == {"runAsNonRoot": True, "runAsGroup": 10001, "fsGroup": 5}
    assert spec["containers"][0]["securityContext"]["readOnlyRootFilesystem"] is True


def test_a_changed_configuration_is_noticed_one_way_or_the_other() -> None:
    def annotations(**given: Any) -> dict[str, str]:
        found = by_kind(planned("prometheus", **given))["Deployment/prometheus"]["spec"]["template"]
        assert ("checksum/config" in found["metadata"].get("annotations", {})) == (
            len(found["spec"]["containers"]) == 1
        )
        return dict(found["metadata"].get("annotations", {}))

    off = {"configReloader": {"enabled": False}}
    assert annotations() == annotations(scrapeInterval="30s") == {}
    assert annotations(**off) != annotations(**off, scrapeInterval="30s")
    assert annotations(**off) == annotations(**off)


def test_without_the_reloader_nobody_ends_prometheus_over_http() -> None:
    def arguments(**given: Any) -> list[str]:
        containers = by_kind(planned("prometheus", **given))["Deployment/prometheus"]["spec"]["template"]["spec"][
            "containers"
        ]
        return list(containers[-1]["args"])

    assert "--web.enable-lifecycle" in arguments()
    assert "--web.enable-lifecycle" not in arguments(configReloader={"enabled": False})
    assert "--storage.tsdb.retention.size=50GB" in arguments(retentionSize="50GB")
    assert "--storage.tsdb.retention.time=30d" in arguments(retention="30d")


def prometheus_file(**given: Any) -> dict[str, Any]:
    text = by_kind(planned("prometheus", **given))["ConfigMap/prometheus"]["data"]["prometheus.yml"]
    found: dict[str, Any] = yaml.safe_load(text)
    return found


def test_metrics_of_pods_are_changed_where_pods_are_read_and_nowhere_else() -> None:
    change = {"source_labels": ["__name__"], "regex": "istio_.*", "action": "keep"}
    jobs = {job["job_name"]: job for job in prometheus_file(metricRelabelConfigs=[change])["scrape_configs"]}
    assert {name for name, job in jobs.items() if job.get("metric_relabel_configs") == [change]} == {
        "kubernetes-pods",
        "kubernetes-pods-slow",
    }
    assert not any("metric_relabel_configs" in job for job in prometheus_file()["scrape_configs"])


def test_what_the_user_has_for_prometheus_reaches_it() -> None:
    found = prometheus_file(
        extraScrapeConfigs=[{"job_name": "mine", "static_configs": [{"targets": ["a:1"]}]}],
        externalLabels={"cluster": "one"},
        remoteWrite=[{"url": "http://elsewhere/write"}],
        alerting={"alertmanagers": [{"static_configs": [{"targets": ["alerts:9093"]}]}]},
    )
    assert found["scrape_configs"][-1]["job_name"] == "mine"
    assert found["global"]["external_labels"] == {"cluster": "one"}
    assert found["remote_write"] == [{"url": "http://elsewhere/write"}]
    assert found["alerting"]["alertmanagers"]


def test_what_arrives_later_is_put_together_later() -> None:
    later: Any = Opaque("one")
    objects = by_kind(planned("prometheus", externalLabels={"cluster": later}, configReloader={"enabled": False}))
    text = objects["ConfigMap/prometheus"]["data"]["prometheus.yml"]
    annotation = objects["Deployment/prometheus"]["spec"]["template"]["metadata"]["annotations"]["checksum/config"]
    assert not isinstance(text, str)
    assert not isinstance(annotation, str)


def test_rights_are_named_after_the_namespace() -> None:
    first, second = (by_kind(planned("prometheus", namespace=place)) for place in ("one", "two"))
    assert not {key for key in first if key.startswith("ClusterRole")} & set(second)


@pytest.mark.parametrize("version", VERSIONS)
def test_jaeger_keeps_traces_where_it_is_told(version: str) -> None:
    mesh = load({"version": version})
    for storage, volume in (("badger", True), ("memory", False)):
        found = by_kind(planned("jaeger", mesh, storage=storage, maxTraces=7, spanStorageTTL="5h"))
        spec = found["Deployment/jaeger"]["spec"]["template"]["spec"]
        assert any(each["name"] == "data" for each in spec["volumes"]) == volume
        said = json.dumps([found.get("ConfigMap/jaeger"), spec])
        assert ("5h" in said) == volume
        env = {one["name"]: one["value"] for one in spec["containers"][0].get("env", [])}
        if env:
            assert env["SPAN_STORAGE_TYPE"] == storage
            assert env.get("MEMORY_MAX_TRACES") == (None if volume else "7")
        else:
            file = yaml.safe_load(found["ConfigMap/jaeger"]["data"]["config.yaml"])
            (name,) = file["extensions"]["jaeger_storage"]["backends"]
            assert file["extensions"]["jaeger_query"]["storage"]["traces"] == name
            assert file["exporters"]["jaeger_storage_exporter"]["trace_storage"] == name
            assert list(file["extensions"]["jaeger_storage"]["backends"][name]) == [storage]


def test_the_tracing_provider_is_what_istios_demo_profile_has() -> None:
    mesh = load({"profile": "demo"})
    theirs = [one for one in mesh.meshConfig["extensionProviders"] if one["name"] == jaeger.PROVIDER]
    assert jaeger.tracing_provider(mesh, settings("jaeger")) == theirs[0]


def test_traces_go_to_the_collector_that_is_named() -> None:
    mesh = load({"global": {"proxy": {"clusterDomain": "example.org"}}})
    own = settings("jaeger", enabled=False, collector={"service": "otel.tracing.svc.example.org", "port": 55})
    assert jaeger.objects(mesh, own) == []
    assert jaeger.tracing_provider(mesh, own) == {
        "name": "jaeger",
        "opentelemetry": {"service": "otel.tracing.svc.example.org", "port": 55},
    }
    assert jaeger.telemetry(mesh, own) is not None
    ours = jaeger.tracing_provider(mesh, settings("jaeger", namespace="tracing"))
    assert ours is not None
    assert ours["opentelemetry"]["service"] == "jaeger-collector.tracing.svc.example.org"
    assert jaeger.tracing_provider(mesh, settings("jaeger", enabled=False)) is None
    assert jaeger.telemetry(mesh, settings("jaeger", enabled=False)) is None
    assert jaeger.telemetry(mesh, settings("jaeger", tracing=False)) is None


def test_the_mesh_is_told_how_much_to_trace() -> None:
    mesh = load({"meshConfig": {"rootNamespace": "istio-config"}, "revision": "canary"})
    found = jaeger.telemetry(mesh, settings("jaeger", samplingPercentage=12.5))
    assert found is not None
    assert found["metadata"] == {
        "name": "mesh-tracing",
        "namespace": "istio-config",
        "labels": {"istio.io/rev": "canary"},
    }
    assert found["spec"] == {"tracing": [{"providers": [{"name": "jaeger"}], "randomSamplingPercentage": 12.5}]}


def sources(**given: Any) -> dict[str, dict[str, Any]]:
    mesh = load({})
    metrics, traces = settings("prometheus", namespace="metrics", scrapeInterval="20s"), settings("jaeger")
    found = grafana.data_sources(mesh, settings("grafana", **given), metrics, traces)
    return {one["name"]: one for one in found}


def test_grafana_reads_from_the_meshs_own_addons_or_those_that_are_named() -> None:
    found = sources()
    assert found["Prometheus"]["url"] == "http://prometheus.metrics:9090"
    assert found["Prometheus"]["jsonData"] == {"timeInterval": "20s"}
    assert found["Jaeger"]["url"] == "http://tracing.istio-system/jaeger"
    found = sources(prometheusUrl="http://p:1", jaegerUrl="http://j:2", datasources=[{"name": "Loki", "type": "loki"}])
    assert [found[name].get("url") for name in ("Prometheus", "Jaeger", "Loki")] == ["http://p:1", "http://j:2", None]
    assert sum(bool(one.get("isDefault")) for one in found.values()) == 1
    alone = grafana.data_sources(load({}), settings("grafana"))
    assert [one["url"] for one in alone] == [f"http://prometheus.istio-system:{prometheus.PORT}"]


def grafana_ini(**given: Any) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = ini(
        by_kind(planned("grafana", **given))["ConfigMap/grafana"]["data"]["grafana.ini"]
    )
    return found


def test_people_may_look_and_nobody_may_log_in_unless_somebody_says_so() -> None:
    found = grafana_ini()
    assert found["auth.anonymous"] == {"enabled": "true", "org_role": "Viewer"}
    assert found["auth.basic"]["enabled"] == "false"
    assert found["security"]["disable_initial_admin_creation"] == "true"
    found = grafana_ini(adminSecret="grafana-admin", anonymous={"enabled": False})
    assert found["auth.anonymous"]["enabled"] == "false"
    assert found["auth"]["disable_login_form"] == "false"
    container = by_kind(planned("grafana", adminSecret="grafana-admin"))["Deployment/grafana"]["spec"]["template"][
        "spec"
    ]["containers"][0]
    assert [one["valueFrom"]["secretKeyRef"]["key"] for one in container["env"]] == ["admin-user", "admin-password"]


def test_grafanas_own_settings_win_and_may_hold_any_sign() -> None:
    found = grafana_ini(
        ini={"auth.anonymous": {"org_name": "a;b #c"}, "server": {"root_url": "http://x/"}}, external_url="http://y"
    )
    assert found["auth.anonymous"]["org_name"] == "`a;b #c`"
    assert found["auth.anonymous"]["enabled"] == "true"
    assert found["server"]["root_url"] == "http://x/"
    assert grafana_ini(external_url="http://y")["server"]["root_url"] == "http://y"
