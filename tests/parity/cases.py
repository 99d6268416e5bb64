"""Settings to compare besides the plain profiles: each says the same to us and to istioctl.

A case is what a user writes for us. ``operator`` turns it into the IstioOperator that says the same, so that nothing is
written twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Raw = Mapping[str, Any]

CHARTS = (
    *("global", "pilot", "sidecarInjectorWebhook", "telemetry", "base", "gateways"),
    *("cni", "ztunnel", "istiodRemote", "experimental", "gatewayClasses"),
)
"""Settings that are values of Istio's charts under the same name."""

GATEWAYS: Mapping[str, str] = {
    "ingressGateways": "istio-ingressgateway",
    "egressGateways": "istio-egressgateway",
}
"""Lists of gateways, and where Istio's values have what is common to one kind."""

POST_PROCESSED = ("affinity", "imagePullPolicy", "priorityClassName", "readinessProbe", "securityContext")
"""Settings of gateways and istiod that istioctl patches in after its charts."""

SERVICE = (
    "allocateLoadBalancerNodePorts",
    "clusterIP",
    "externalIPs",
    "healthCheckNodePort",
    "internalTrafficPolicy",
    "loadBalancerClass",
)
"""Gateway settings that istioctl patches into the Service."""

POD = ("dnsConfig", "dnsPolicy", "initContainers", "terminationGracePeriodSeconds")
"""Gateway settings that stand in the pods' spec, where an overlay puts them."""

LATE = (*POST_PROCESSED, *SERVICE, *POD, "autoscaleBehavior", "deploymentAnnotations", "minReadySeconds")
"""Gateway settings that are no values of istioctl's charts."""


def operator(raw: Raw) -> dict[str, Any]:
    """Return the spec of the IstioOperator that says what ``raw`` says.

    istioctl has one set of values for all gateways of a kind: only their names, labels and namespaces may differ.
    """
    values: dict[str, Any] = {key: dict(raw[key]) for key in CHARTS if key in raw}
    if "revisionTags" in raw:
        values["revisionTags"] = raw["revisionTags"]
    if "compatibilityVersion" in raw:
        values["compatibilityVersion"] = raw["compatibilityVersion"]
    components: dict[str, Any] = {key: dict(part) for key, part in raw.get("components", {}).items()}
    if late := {key: values["pilot"].pop(key) for key in POST_PROCESSED[1:] if key in values.get("pilot", {})}:
        components.setdefault("pilot", {})["k8s"] = late
    for field, chart in GATEWAYS.items():
        if field not in raw:
            continue
        components[field] = [_component(gateway) for gateway in raw[field]] or [{"name": chart, "enabled": False}]
        shared = {
            key: value
            for gateway in raw[field]
            for key, value in gateway.items()
            if key not in ("name", "namespace", "labels", *LATE)
        }
        values.setdefault("gateways", {})[chart] = shared
    # istioctl's validation knows fewer values than its charts; the namespace alone is read before they are merged in.
    spec: dict[str, Any] = {"unvalidatedValues": values, "components": components}
    if namespace := raw.get("global", {}).get("istioNamespace"):
        spec["values"] = {"global": {"istioNamespace": namespace}}
    for key in ("meshConfig", "revision"):
        if key in raw:
            spec[key] = raw[key]
    return spec


def _component(gateway: Raw) -> dict[str, Any]:
    found: dict[str, Any] = {"name": gateway["name"], "enabled": True}
    if "namespace" in gateway:
        found["namespace"] = gateway["namespace"]
    if "labels" in gateway:
        found["label"] = gateway["labels"]
    late = {key: gateway[key] for key in POST_PROCESSED if key in gateway}
    if service := {key: gateway[key] for key in SERVICE if key in gateway}:
        late["service"] = service
    if "autoscaleBehavior" in gateway:
        late["hpaSpec"] = {"behavior": gateway["autoscaleBehavior"]}
    places = {
        **{key: f"spec.template.spec.{key}" for key in POD},
        "deploymentAnnotations": "metadata.annotations",
        "minReadySeconds": "spec.minReadySeconds",
    }
    if changes := [{"path": path, "value": gateway[key]} for key, path in places.items() if key in gateway]:
        late["overlays"] = [{"kind": "Deployment", "name": gateway["name"], "patches": changes}]
    return {**found, "k8s": late} if late else found


def _ingress(**settings: Any) -> Raw:
    return {"ingressGateways": [{"name": "istio-ingressgateway", **settings}]}


def _egress(**settings: Any) -> Raw:
    return {"egressGateways": [{"name": "istio-egressgateway", **settings}]}


SPREAD = [
    {
        "maxSkew": 1,
        "topologyKey": "topology.kubernetes.io/zone",
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": {"app": "istiod"}},
    }
]
TOLERATION = [{"key": "dedicated", "operator": "Equal", "value": "mesh", "effect": "NoSchedule"}]
NODE_AFFINITY = {
    "nodeAffinity": {
        "requiredDuringSchedulingIgnoredDuringExecution": {
            "nodeSelectorTerms": [{"matchExpressions": [{"key": "pool", "operator": "In", "values": ["mesh"]}]}]
        }
    }
}

CASES: Mapping[str, Raw] = {
    "access-log": {"meshConfig": {"accessLogFile": "/dev/stdout", "accessLogEncoding": "JSON"}},
    "tracing": {
        "meshConfig": {
            "enableTracing": True,
            "defaultConfig": {"tracing": {"sampling": 10, "zipkin": {"address": "zipkin.tracing:9411"}}},
        }
    },
    "tracer-zipkin": {"global": {"proxy": {"tracer": "zipkin"}}},
    "tracer-datadog": {"global": {"proxy": {"tracer": "datadog"}, "tracer": {"datadog": {"address": "dd:8126"}}}},
    "tracer-stackdriver": {"global": {"proxy": {"tracer": "stackdriver"}}},
    "own-providers": {
        "meshConfig": {
            "defaultProviders": {"metrics": ["prometheus"], "tracing": ["otel"]},
            "extensionProviders": [
                {"name": "otel", "opentelemetry": {"service": "collector.observability.svc", "port": 4317}}
            ],
            "outboundTrafficPolicy": {"mode": "REGISTRY_ONLY"},
        }
    },
    "stackdriver": {"telemetry": {"v2": {"stackdriver": {"enabled": True}}}},
    "stackdriver-alone": {"telemetry": {"v2": {"stackdriver": {"enabled": True}, "prometheus": {"enabled": False}}}},
    "no-telemetry": {"telemetry": {"enabled": False}},
    "no-prometheus-merge": {"meshConfig": {"enablePrometheusMerge": False}},
    "trust-domain": {"meshConfig": {"trustDomain": "example.com", "trustDomainAliases": ["old.example.com"]}},
    "root-namespace": {"meshConfig": {"rootNamespace": "istio-config"}},
    "proxy-config": {
        "meshConfig": {
            "defaultConfig": {
                "concurrency": 4,
                "holdApplicationUntilProxyStarts": True,
                "proxyMetadata": {"ISTIO_META_DNS_CAPTURE": "true", "A_FLAG": "1"},
            }
        }
    },
    "distroless": {"global": {"variant": "distroless"}},
    "proxy-variant": {"global": {"proxy": {"variant": "debug"}}, "pilot": {"variant": "distroless"}},
    "own-registry": {
        "global": {"hub": "registry.example.com/istio", "tag": "1.31.0-patched", "imagePullSecrets": ["registry"]},
        "pilot": {"hub": "registry.example.com/pilots", "tag": "1.31.0-hotfix"},
    },
    "whole-images": {
        "global": {"proxy": {"image": "registry.example.com/proxy:1"}, "imagePullPolicy": "IfNotPresent"},
        "pilot": {"image": "registry.example.com/pilot:1"},
    },
    "multi-cluster": {
        "global": {
            "meshID": "mesh1",
            "network": "network1",
            "multiCluster": {"clusterName": "cluster1"},
            "meshNetworks": {
                "network1": {
                    "endpoints": [{"fromRegistry": "cluster1"}],
                    "gateways": [{"address": "1.2.3.4", "port": 15443}],
                }
            },
        }
    },
    "external-ca": {
        "global": {"caAddress": "cert-manager-istio-csr.cert-manager.svc:443"},
        "pilot": {"env": {"ENABLE_CA_SERVER": "false"}},
    },
    "kubernetes-signer": {
        "global": {
            "pilotCertProvider": "k8s.io/clusterissuers.cert-manager.io/x",
            "certSigners": ["clusterissuers.x/*"],
        },
        "pilot": {"env": {"EXTERNAL_CA": "ISTIOD_RA_KUBERNETES_API"}},
    },
    "trust-bundles": {
        "global": {"trustBundleName": "my-roots"},
        "pilot": {"env": {"ENABLE_CLUSTER_TRUST_BUNDLE_API": True}},
    },
    "trust-bundle-name": {"global": {"trustBundleName": "my-roots"}},
    "istiod-flags": {
        "pilot": {
            "env": {
                "PILOT_ENABLE_STATUS": "true",
                "PILOT_PUSH_THROTTLE": 50,
                "PILOT_FILTER_GATEWAY_CLUSTER_CONFIG": True,
            },
            "extraContainerArgs": ["--registries=Kubernetes"],
            "envVarFrom": [{"name": "FROM_SECRET", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}],
            "traceSampling": 0.5,
            "keepaliveMaxServerConnectionAge": "1h",
        }
    },
    "istiod-scaled": {
        "pilot": {
            "autoscaleMin": 2,
            "autoscaleMax": 9,
            "cpu": {"targetAverageUtilization": 60},
            "memory": {"targetAverageUtilization": 70},
            "autoscaleBehavior": {"scaleDown": {"stabilizationWindowSeconds": 300}},
            "pdb": {"unhealthyPodEvictionPolicy": "AlwaysAllow"},
        }
    },
    "istiod-fixed": {
        "pilot": {
            "autoscaleEnabled": False,
            "replicaCount": 3,
            "pdb": {"maxUnavailable": 1},
            "rollingMaxSurge": 1,
            "rollingMaxUnavailable": "0%",
        }
    },
    "no-budgets": {"global": {"defaultPodDisruptionBudget": {"enabled": False}}, "pilot": {"autoscaleMin": 3}},
    "istiod-placed": {
        "global": {"priorityClassName": "system-cluster-critical"},
        "pilot": {
            "affinity": NODE_AFFINITY,
            "nodeSelector": {"pool": "mesh"},
            "tolerations": TOLERATION,
            "topologySpreadConstraints": SPREAD,
            "resources": {"requests": {"cpu": "1", "memory": "4Gi"}, "limits": {"memory": "4Gi"}},
            "seccompProfile": {"type": "RuntimeDefault"},
        },
    },
    "istiod-described": {
        "pilot": {
            "podAnnotations": {"example.com/team": "mesh"},
            "podLabels": {"team": "mesh"},
            "deploymentAnnotations": {"example.com/owner": "mesh"},
            "deploymentLabels": {"owner": "mesh"},
            "serviceAnnotations": {"example.com/internal": "true"},
            "serviceAccountAnnotations": {"example.com/role": "mesh"},
            "sidecarInjectorWebhookAnnotations": {"example.com/ignore": "true"},
        }
    },
    "istiod-files": {
        "pilot": {
            "jwksResolverExtraRootCA": "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----",
            "volumes": [{"name": "extra", "configMap": {"name": "extra"}}],
            "volumeMounts": [{"name": "extra", "mountPath": "/extra"}],
            "initContainers": [{"name": "wait", "image": "busybox", "command": ["true"]}],
            "ipFamilies": ["IPv6", "IPv4"],
            "ipFamilyPolicy": "PreferDualStack",
        }
    },
    "taint": {"pilot": {"taint": {"enabled": True, "namespace": "kube-system"}, "cni": {"enabled": True}}},
    "analysis": {"global": {"istiod": {"enableAnalysis": True}}},
    "json-logs": {"global": {"logAsJson": True, "logging": {"level": "default:debug,ads:info"}}},
    "no-resources": {
        "pilot": {"resources": {"requests": None}},
        **_ingress(resources={"requests": {"cpu": None, "memory": "0"}, "limits": None}),
    },
    "zero-resources": {
        "pilot": {"resources": {"requests": {"cpu": 0}}},
        **_ingress(resources={"requests": {"cpu": 0}, "limits": {"cpu": 0, "memory": 0}}),
    },
    "default-resources": {
        "global": {"defaultResources": {"requests": {"cpu": "20m", "memory": "10Mi"}}},
        "pilot": {"resources": None},
        **_ingress(resources=None),
    },
    "revocation-list": {"pilot": {"crlConfigMapName": "revoked"}},
    "taint-name": {"pilot": {"taint": {"enabled": True, "name": "example.com/not-ready"}}},
    "sidecar-seccomp": {"global": {"proxy": {"seccompProfile": {"type": "RuntimeDefault"}}}},
    "termination-message": {"pilot": {"terminationMessagePolicy": "FallbackToLogsOnError"}},
    "no-gateway-controller": {"pilot": {"env": {"PILOT_ENABLE_GATEWAY_API_DEPLOYMENT_CONTROLLER": "false"}}},
    "mcs": {"pilot": {"env": {"MCS_API_GROUP": "net.gke.io"}}},
    "fips": {"pilot": {"env": {"COMPLIANCE_POLICY": "fips-140-3"}}},
    "external-istiod": {"global": {"externalIstiod": True}},
    "network-policy": {"global": {"networkPolicy": {"enabled": True}}, **_egress()},
    "injection": {
        "sidecarInjectorWebhook": {
            "enableNamespacesByDefault": True,
            "rewriteAppHTTPProbe": False,
            "reinvocationPolicy": "IfNeeded",
            "injectedAnnotations": {"example.com/injected": "yes"},
            "neverInjectSelector": [{"matchExpressions": [{"key": "job", "operator": "Exists"}]}],
            "alwaysInjectSelector": [{"matchLabels": {"mesh": "always"}}],
            "defaultTemplates": ["sidecar", "custom"],
            "templates": {"custom": "metadata:\n  labels:\n    custom: yes\n"},
        },
        "global": {"proxy": {"autoInject": "disabled"}},
    },
    "injection-off": {"global": {"omitSidecarInjectorConfigMap": True, "operatorManageWebhooks": True}},
    "proxy-resources": {
        "global": {
            "proxy": {
                "resources": {"requests": {"cpu": "50m", "memory": "64Mi"}, "limits": {"memory": "256Mi"}},
                "excludeOutboundPorts": "3306",
                "includeIPRanges": "10.0.0.0/8",
                "lifecycle": {"preStop": {"exec": {"command": ["sleep", "5"]}}},
                "logLevel": "info",
            },
            "proxy_init": {"resources": {"requests": {"cpu": "10m"}}},
        }
    },
    "no-validation": {"global": {"configValidation": False}},
    "validation-policy": {
        "base": {"validationFailurePolicy": "Fail", "excludedCRDs": ["wasmplugins.extensions.istio.io"]}
    },
    "validation-elsewhere": {
        "base": {"validationURL": "https://istiod.example.com/validate", "validationCABundle": "Q0E="}
    },
    "no-reader": {"global": {"enableReaderRBAC": False}},
    "own-reader": {"global": {"readerServiceAccount": {"name": "reader", "namespace": "ops"}}},
    "cluster-scope": {"global": {"resourceScope": "cluster"}, "ingressGateways": []},
    "namespace-scope": {"global": {"resourceScope": "namespace"}},
    "openshift-pods": {"global": {"platform": "openshift"}},
    "revision": {"revision": "canary", **_egress()},
    "revision-tags": {
        "revision": "canary",
        "revisionTags": ["prod", "default"],
        "sidecarInjectorWebhook": {"enableNamespacesByDefault": True, "reinvocationPolicy": "IfNeeded"},
        "pilot": {"sidecarInjectorWebhookAnnotations": {"a": "b"}, "serviceAnnotations": {"c": "d"}},
    },
    "tag-without-revision": {"revisionTags": ["prod"]},
    "revision-demo": {"profile": "demo", "revision": "1-31-0"},
    "ingress-ports": _ingress(
        ports=[
            {"port": 443, "targetPort": 8443, "name": "https", "nodePort": 30443},
            {"port": 5432, "name": "tcp-postgres", "protocol": "TCP"},
        ],
        type="NodePort",
        externalTrafficPolicy="Local",
    ),
    "ingress-balanced": _ingress(
        loadBalancerIP="10.1.2.3",
        loadBalancerSourceRanges=["10.0.0.0/8"],
        serviceAnnotations={"service.beta.kubernetes.io/aws-load-balancer-type": "nlb"},
        ipFamilies=["IPv4"],
        ipFamilyPolicy="SingleStack",
    ),
    "ingress-scaled": _ingress(autoscaleMin=2, autoscaleMax=10, cpu={"targetAverageUtilization": 50}),
    "ingress-fixed": _ingress(autoscaleEnabled=False, replicaCount=2, rollingMaxSurge=1, rollingMaxUnavailable=0),
    "ingress-placed": _ingress(
        nodeSelector={"pool": "edge", "kubernetes.io/os": "linux"},
        tolerations=TOLERATION,
        podAntiAffinityLabelSelector=[
            {
                "key": "app",
                "operator": "In",
                "values": "a,b",
                "topologyKey": "kubernetes.io/hostname",
                "namespaces": "x,y",
            }
        ],
        podAntiAffinityTermLabelSelector=[
            {"key": "app", "operator": "Exists", "topologyKey": "topology.kubernetes.io/zone"}
        ],
    ),
    "ingress-affinity": _ingress(affinity=NODE_AFFINITY, priorityClassName="edge", imagePullPolicy="Always"),
    "ingress-files": _ingress(
        secretVolumes=[{"name": "tls", "secretName": "my-tls", "mountPath": "/etc/tls"}],
        configVolumes=[
            {"name": "conf", "configMapName": "my-conf", "mountPath": "/etc/conf"},
            {"name": "unmounted", "configMapName": "other"},
        ],
        additionalContainers=[{"name": "helper", "image": "busybox"}],
        env={"ISTIO_META_ROUTER_MODE": "sni-dnat", "ISTIO_META_NETWORK": "network9"},
        podAnnotations={"example.com/team": "edge"},
        serviceAccount={"annotations": {"example.com/role": "edge"}},
        resources={"requests": {"cpu": "1"}, "limits": {"cpu": "4"}},
    ),
    "ingress-as-root": _ingress(runAsRoot=True, customService=True),
    "digests": {
        "global": {"proxy": {"image": "registry.example.com/proxyv2@sha256:" + "a" * 64}, "tag": "1.31.0"},
        "pilot": {"tag": "1.31.0@sha256:" + "b" * 64},
    },
    "ingress-exposed": _ingress(
        loadBalancerClass="example.com/internal",
        allocateLoadBalancerNodePorts=False,
        externalTrafficPolicy="Local",
        healthCheckNodePort=31234,
        internalTrafficPolicy="Local",
        externalIPs=["192.0.2.10"],
        clusterIP="10.0.0.10",
    ),
    "ingress-pods": _ingress(
        securityContext={"seccompProfile": {"type": "RuntimeDefault"}, "fsGroup": 1337},
        readinessProbe={"periodSeconds": 5, "failureThreshold": 3},
        terminationGracePeriodSeconds=60,
        dnsPolicy="None",
        dnsConfig={"nameservers": ["192.0.2.1"]},
        initContainers=[{"name": "wait", "image": "busybox"}],
        minReadySeconds=5,
        deploymentAnnotations={"example.com/owner": "edge"},
        autoscaleBehavior={"scaleUp": {"stabilizationWindowSeconds": 60}},
    ),
    "ingress-injected": _ingress(injectionTemplate="gateway"),
    "ingress-injected-revision": {"revision": "canary", **_ingress(injectionTemplate="gateway", runAsRoot=True)},
    "gateways-injected": {
        "profile": "demo",
        "global": {"imagePullPolicy": "Always", "priorityClassName": "edge"},
        **_ingress(
            injectionTemplate="gateway",
            env={"ISTIO_META_ROUTER_MODE": "sni-dnat"},
            configVolumes=[{"name": "conf", "configMapName": "my-conf", "mountPath": "/etc/conf"}],
            additionalContainers=[{"name": "helper", "image": "busybox"}],
            podAnnotations={"example.com/team": "edge"},
            nodeSelector={"pool": "edge"},
            tolerations=TOLERATION,
        ),
        **_egress(injectionTemplate="custom"),
    },
    "istiod-overlaid": {
        "global": {"priorityClassName": "low", "imagePullPolicy": "Always"},
        "pilot": {
            "imagePullPolicy": "IfNotPresent",
            "priorityClassName": "system-cluster-critical",
            "readinessProbe": {"periodSeconds": 9},
            "securityContext": {"fsGroup": 1337, "seccompProfile": {"type": "RuntimeDefault"}},
        },
    },
    "ingress-named": {
        "ingressGateways": [
            {"name": "public", "namespace": "edge", "labels": {"app": "public", "istio": "public", "version": "v2"}},
            {"name": "private", "namespace": "edge", "labels": {"istio": "private"}},
            {"name": "istio-ingressgateway"},
        ]
    },
    "egress": {**_egress(autoscaleMin=3, type="ClusterIP", env={"A": "b"}), "ingressGateways": []},
    "gateway-defaults": {
        "global": {
            "defaultNodeSelector": {"pool": "edge"},
            "defaultTolerations": TOLERATION,
            "mountMtlsCerts": True,
            "sts": {"servicePort": 15463},
            "network": "n1",
            "proxy": {"clusterDomain": "corp.local", "componentLogLevel": ""},
        },
        **_egress(),
    },
    "gateway-api-defaults": {
        "gateways": {"securityContext": {"sysctls": []}, "seccompProfile": {"type": "RuntimeDefault"}},
        "global": {"waypoint": {"nodeSelector": {"pool": "edge"}, "resources": {"limits": {"cpu": "1"}}}},
    },
    "other-namespace": {"global": {"istioNamespace": "mesh"}},
    "demo-changed": {
        "profile": "demo",
        "meshConfig": {"accessLogFile": "", "extensionProviders": []},
        "pilot": {"traceSampling": 1},
    },
    "minimal-changed": {"profile": "minimal", "pilot": {"autoscaleEnabled": False}, "global": {"network": "n"}},
    "minimal-ingress": {"profile": "minimal", **_ingress()},
    "cni": {"components": {"cni": {"enabled": True}}},
    "cni-elsewhere": {
        "components": {"cni": {"enabled": True, "namespace": "kube-system"}},
        "cni": {
            "excludeNamespaces": ["kube-system", "other"],
            "logging": {"level": "debug"},
            "repair": {"repairPods": False, "deletePods": True},
            "resources": {"requests": {"cpu": "50m"}, "limits": {"memory": "200Mi"}},
            "pullPolicy": "Always",
            "variant": "debug",
            "env": {"A_FLAG": True},
        },
        "global": {"imagePullSecrets": ["registry"], "logAsJson": True, "nativeNftables": True},
    },
    "cni-files": {
        "components": {"cni": {"enabled": True}},
        "cni": {
            "cniBinDir": "/bin",
            "cniConfDir": "/conf",
            "cniConfFileName": "10.conflist",
            "cniNetnsDir": "/netns",
            "istioOwnedCNIConfig": True,
            "istioOwnedCNIConfigFileName": "02-istio.conflist",
            "chained": False,
            "provider": "multus",
            "repair": {"enabled": False, "repairPods": False},
            "seLinuxOptions": {"level": "s0"},
            "seccompProfile": {"type": "RuntimeDefault"},
        },
    },
    "cni-quota": {
        "components": {"cni": {"enabled": True}},
        "cni": {
            "resourceQuotas": {"enabled": True, "pods": 100},
            "affinity": NODE_AFFINITY,
            "tolerations": TOLERATION,
            "updateStrategy": {"rollingUpdate": {"maxUnavailable": "20%"}},
            "podAnnotations": {"example.com/team": "mesh"},
            "repair": {"repairPods": False, "labelPods": True},
        },
    },
    "cni-labels": {
        "components": {"cni": {"enabled": True}},
        "cni": {"daemonSetLabels": {"team": "mesh"}, "podLabels": {"team": "mesh"}},
    },
    "cni-fields": {
        "components": {"cni": {"enabled": True}},
        "cni": {
            "useAppArmorAnnotation": False,
            "terminationGracePeriodSeconds": 5,
            "ambient": {"enableAmbientDetectionRetry": True},
        },
    },
    "ambient-agents": {
        "profile": "ambient",
        "cni": {"ambient": {"dnsCapture": False, "ipv6": False, "shareHostNetworkNamespace": True}},
        "ztunnel": {
            "logLevel": "debug",
            "labels": {"team": "mesh"},
            "annotations": {"example.com/team": "mesh"},
            "podLabels": {"team": "mesh"},
            "nodeSelector": {"pool": "mesh"},
            "affinity": NODE_AFFINITY,
            "resources": {"limits": {"cpu": "2", "memory": "1Gi"}},
            "resourceQuotas": {"enabled": True},
            "env": {"A_FLAG": "1"},
            "meshConfig": {"defaultConfig": {"proxyMetadata": {"B": "2"}}},
            "terminationGracePeriodSeconds": 60,
            "volumes": [{"name": "extra", "configMap": {"name": "extra"}}],
            "volumeMounts": [{"name": "extra", "mountPath": "/extra"}],
        },
    },
    "ambient-global": {
        "profile": "ambient",
        "global": {
            "network": "network1",
            "multiCluster": {"clusterName": "cluster1"},
            "imagePullPolicy": "Always",
            "imagePullSecrets": ["registry"],
            "caAddress": "ca.example.com:443",
            "logAsJson": True,
            "trustBundleName": "my-roots",
            "variant": "",
        },
    },
    "ambient-revision": {"profile": "ambient", "revision": "canary", "global": {"networkPolicy": {"enabled": True}}},
    "ambient-network-policy": {"profile": "ambient", "global": {"networkPolicy": {"enabled": True}}},
    "ambient-gke": {"profile": "ambient", "global": {"platform": "gke"}},
    "ambient-compatible": {"profile": "ambient", "compatibilityVersion": "1.25"},
    "demo-ambient": {
        "profile": "demo",
        "components": {"cni": {"enabled": True}, "ztunnel": {"enabled": True}},
    },
    **{
        f"cni-{platform}": {"components": {"cni": {"enabled": True}}, "global": {"platform": platform}}
        for platform in ("gke", "k3d", "k3s", "microk8s", "minikube", "openshift")
    },
    **{f"compatible-{minor}": {"compatibilityVersion": minor} for minor in ("1.25", "1.26")},
    "remote-name": {
        "profile": "remote",
        "global": {"remotePilotAddress": "istiod.example.com"},
        "istiodRemote": {"injectionURL": "https://istiod.example.com:15017/inject", "injectionCABundle": "Q0E="},
    },
    "remote-address": {"profile": "remote", "global": {"remotePilotAddress": "192.0.2.10"}},
    "remote-config": {
        "profile": "remote",
        "global": {"remotePilotAddress": "192.0.2.10", "configCluster": True, "omitSidecarInjectorConfigMap": False},
        "pilot": {"configMap": True},
        "istiodRemote": {"injectionPath": "/inject/cluster/c/net/n"},
    },
    "remote-injector": {
        "profile": "remote",
        "global": {"remotePilotAddress": "192.0.2.10"},
        "pilot": {"configMap": True},
        "istiodRemote": {"enabledLocalInjectorIstiod": True},
    },
    "stable-revision": {"revision": "canary", "experimental": {"stableValidationPolicy": True}},
    "gateway-classes": {
        "gatewayClasses": {
            "istio": {"service": {"spec": {"type": "ClusterIP"}}, "deployment": {"spec": {"replicas": 2}}}
        }
    },
}
"""The cases by name; ``profile`` is default where a case names none."""

TAGS: Mapping[str, tuple[str, Raw]] = {
    "tag-prod": ("prod", {"revision": "canary"}),
    "tag-default": ("default", {"revision": "canary"}),
    "tag-default-without-revision": ("default", {}),
    "tag-default-elsewhere": ("default", {"revision": "canary", "global": {"istioNamespace": "mesh"}}),
}
"""Cases of tags: what the tag is called, and the mesh whose revision it stands for."""
