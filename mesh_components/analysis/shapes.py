"""Makes sure of types: what analysis reads of an object has the type that the API gives it, or is not there.

Validation reports a value of another type; analysis then goes on as if it were absent, so that no check needs to
expect a number where a name should be. Unknown values stay.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import jsonschema_rs

from ..schemas import shared_crds, versions
from ..validation.unknown import Unknown
from . import kinds
from .kinds import Kind

Schema = dict[str, Any]
"""A JSON schema of types alone: type, properties, additionalProperties, items."""

STRING: Schema = {"type": "string"}
NUMBER: Schema = {"type": "integer"}
FLAG: Schema = {"type": "boolean"}
NUMBER_OR_NAME: Schema = {"type": ["integer", "string"]}
STRINGS: Schema = {"type": "array", "items": STRING}
STRING_MAP: Schema = {"type": "object", "additionalProperties": STRING}


def fields(**properties: Schema) -> Schema:
    """Return the schema of an object with these fields and any others."""
    return {"type": "object", "properties": properties}


def many(item: Schema) -> Schema:
    """Return the schema of a list."""
    return {"type": "array", "items": item}


OWNERS = many(fields(apiVersion=STRING, kind=STRING, name=STRING))
METADATA = fields(
    name=STRING,
    namespace=STRING,
    generateName=STRING,
    labels=STRING_MAP,
    annotations=STRING_MAP,
    ownerReferences=OWNERS,
)
ANY_OBJECT: Schema = {"type": "object"}
KEY_RULES = many(fields(key=STRING, operator=STRING, values=STRINGS))
LABEL_SELECTOR = fields(matchLabels=STRING_MAP, matchExpressions=KEY_RULES)
PROBE = fields(
    httpGet=fields(path=STRING, port=NUMBER_OR_NAME, scheme=STRING, host=STRING),
    tcpSocket=fields(port=NUMBER_OR_NAME),
    grpc=fields(port=NUMBER, service=STRING),
)
LOOSE_REFERENCE = fields(name=STRING, optional=FLAG)
KEY_REFERENCE = fields(name=STRING, key=STRING, optional=FLAG)
CONTAINER = fields(
    name=STRING,
    image=STRING,
    args=STRINGS,
    command=STRINGS,
    env=many(
        fields(name=STRING, value=STRING, valueFrom=fields(configMapKeyRef=KEY_REFERENCE, secretKeyRef=KEY_REFERENCE))
    ),
    envFrom=many(fields(configMapRef=LOOSE_REFERENCE, secretRef=LOOSE_REFERENCE)),
    ports=many(fields(name=STRING, containerPort=NUMBER, hostPort=NUMBER, protocol=STRING)),
    securityContext=fields(
        runAsUser=NUMBER,
        runAsGroup=NUMBER,
        privileged=FLAG,
        runAsNonRoot=FLAG,
        capabilities=fields(add=STRINGS, drop=STRINGS),
    ),
    readinessProbe=PROBE,
    livenessProbe=PROBE,
    startupProbe=PROBE,
    restartPolicy=STRING,
)
SECRET_VOLUME = fields(secretName=STRING, optional=FLAG)
VOLUMES = many(
    fields(
        name=STRING,
        configMap=LOOSE_REFERENCE,
        secret=SECRET_VOLUME,
        projected=fields(sources=many(fields(configMap=LOOSE_REFERENCE, secret=LOOSE_REFERENCE))),
    )
)
POD_SPEC = fields(
    containers=many(CONTAINER),
    initContainers=many(CONTAINER),
    serviceAccountName=STRING,
    hostNetwork=FLAG,
    nodeName=STRING,
    automountServiceAccountToken=FLAG,
    imagePullSecrets=many(fields(name=STRING)),
    volumes=VOLUMES,
    securityContext=fields(runAsUser=NUMBER, runAsGroup=NUMBER, runAsNonRoot=FLAG),
)
POD_TEMPLATE = fields(metadata=METADATA, spec=POD_SPEC)
WORKLOAD_SPEC = fields(template=POD_TEMPLATE, selector=LABEL_SELECTOR, replicas=NUMBER, serviceName=STRING)
SUBJECTS = many(fields(kind=STRING, name=STRING, namespace=STRING, apiGroup=STRING))
ROLE_REFERENCE = fields(kind=STRING, name=STRING, apiGroup=STRING)
POLICY_RULES = many(fields(apiGroups=STRINGS, resources=STRINGS, verbs=STRINGS, resourceNames=STRINGS))
WEBHOOKS = many(
    fields(
        name=STRING,
        clientConfig=fields(
            url=STRING, caBundle=STRING, service=fields(name=STRING, namespace=STRING, path=STRING, port=NUMBER)
        ),
        namespaceSelector=LABEL_SELECTOR,
        objectSelector=LABEL_SELECTOR,
        failurePolicy=STRING,
    )
)
REFERENCES = many(
    fields(group=STRING, kind=STRING, name=STRING, namespace=STRING, port=NUMBER, sectionName=STRING, weight=NUMBER)
)
ROUTE_SPEC = fields(parentRefs=REFERENCES, hostnames=STRINGS, rules=many(fields(backendRefs=REFERENCES)))
CONDITIONS = many(fields(type=STRING, status=STRING, reason=STRING, message=STRING))
STATUS = fields(conditions=CONDITIONS, parents=many(fields(conditions=CONDITIONS)))

SHAPES: Mapping[Kind, Mapping[str, Schema]] = {
    kinds.CONFIG_MAP: {"data": STRING_MAP},
    kinds.SECRET: {"data": STRING_MAP, "stringData": STRING_MAP, "type": STRING},
    kinds.SERVICE: {
        "spec": fields(
            type=STRING,
            clusterIP=STRING,
            externalName=STRING,
            loadBalancerIP=STRING,
            selector=STRING_MAP,
            ports=many(
                fields(
                    name=STRING,
                    port=NUMBER,
                    targetPort=NUMBER_OR_NAME,
                    protocol=STRING,
                    appProtocol=STRING,
                    nodePort=NUMBER,
                )
            ),
        )
    },
    kinds.POD: {"spec": POD_SPEC},
    **{kind: {"spec": WORKLOAD_SPEC} for kind in kinds.TEMPLATED if kind != kinds.CRON_JOB},
    kinds.CRON_JOB: {"spec": fields(jobTemplate=fields(spec=fields(template=POD_TEMPLATE)))},
    kinds.HORIZONTAL_POD_AUTOSCALER: {
        "spec": fields(
            scaleTargetRef=fields(apiVersion=STRING, kind=STRING, name=STRING), minReplicas=NUMBER, maxReplicas=NUMBER
        )
    },
    kinds.POD_DISRUPTION_BUDGET: {
        "spec": fields(minAvailable=NUMBER_OR_NAME, maxUnavailable=NUMBER_OR_NAME, selector=LABEL_SELECTOR)
    },
    kinds.ROLE_BINDING: {"subjects": SUBJECTS, "roleRef": ROLE_REFERENCE},
    kinds.CLUSTER_ROLE_BINDING: {"subjects": SUBJECTS, "roleRef": ROLE_REFERENCE},
    kinds.ROLE: {"rules": POLICY_RULES},
    kinds.CLUSTER_ROLE: {"rules": POLICY_RULES},
    kinds.SERVICE_ACCOUNT: {"automountServiceAccountToken": FLAG, "imagePullSecrets": many(fields(name=STRING))},
    kinds.MUTATING_WEBHOOK: {"webhooks": WEBHOOKS},
    kinds.VALIDATING_WEBHOOK: {"webhooks": WEBHOOKS},
    kinds.CUSTOM_RESOURCE_DEFINITION: {
        "spec": fields(group=STRING, names=fields(kind=STRING, plural=STRING), versions=many(fields(name=STRING)))
    },
    kinds.INGRESS: {"spec": fields(ingressClassName=STRING, rules=many(ANY_OBJECT), tls=many(ANY_OBJECT))},
    kinds.K8S_GATEWAY: {
        "spec": fields(
            gatewayClassName=STRING,
            listeners=many(
                fields(
                    name=STRING,
                    hostname=STRING,
                    port=NUMBER,
                    protocol=STRING,
                    tls=fields(mode=STRING, certificateRefs=REFERENCES),
                    allowedRoutes=fields(namespaces=ANY_OBJECT),
                )
            ),
            addresses=many(fields(type=STRING, value=STRING)),
            infrastructure=fields(labels=STRING_MAP),
        )
    },
    kinds.HTTP_ROUTE: {"spec": ROUTE_SPEC},
    kinds.GRPC_ROUTE: {"spec": ROUTE_SPEC},
}
"""What analysis reads of kinds that are not Istio's, besides their metadata and status."""


@cache
def shape(kind: Kind) -> Schema:
    """Return the types of a kind's fields: from Istio's CRDs, else from `SHAPES`."""
    read = SHAPES.get(kind) or istio_shapes().get(kind) or {"spec": ANY_OBJECT}
    return fields(metadata=METADATA, **{"status": STATUS, **read})


@cache
def istio_shapes() -> Mapping[Kind, Mapping[str, Schema]]:
    """Return the types of Istio's kinds, from the stored version of each CRD of the newest Istio."""
    return {
        Kind(crd["spec"]["group"], crd["spec"]["names"]["kind"]): {
            "spec": types(version["schema"]["openAPIV3Schema"]["properties"]["spec"])
        }
        for crd in shared_crds(versions()[-1])
        for version in crd["spec"]["versions"]
        if version["storage"]
    }


def types(schema: Schema) -> Schema:
    """Return a structural schema with nothing but types in it."""
    if schema.get("x-kubernetes-int-or-string"):
        return NUMBER_OR_NAME
    kept: dict[str, Any] = {"type": schema["type"]} if "type" in schema else {}
    if "properties" in schema:
        kept["properties"] = {name: types(field) for name, field in schema["properties"].items()}
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), Mapping):
            kept[key] = types(schema[key])
    return kept


@cache
def checker(kind: Kind) -> jsonschema_rs.Validator:
    """Return what tells quickly whether there is anything to leave out."""
    return jsonschema_rs.validator_for(shape(kind))


def conformed(manifest: Mapping[str, Any], kind: Kind) -> Mapping[str, Any]:
    """Return the object with every value of a wrong type left out; the object itself when there is none."""
    try:
        if checker(kind).is_valid(manifest):
            return manifest
    except ValueError:  # a value that JSON does not have, such as an unknown one
        pass
    kept: Mapping[str, Any] = keep(manifest, shape(kind))
    return kept


PYTHON_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "array": list,
    "object": Mapping,
}
NOTHING = object()
"""A value that is left out."""


def keep(value: Any, schema: Schema) -> Any:
    """Return what of a value has the schema's types, `NOTHING` when it has another type itself."""
    if isinstance(value, Unknown):
        return value
    wanted = schema.get("type", ())
    if isinstance(value, float) and value.is_integer() and "integer" in wanted:
        value = int(value)
    if value is None or (wanted and not has_type(value, wanted)):
        return NOTHING
    if isinstance(value, Mapping):
        others = schema.get("additionalProperties", {})
        properties = schema.get("properties", {})
        kept = {key: keep(item, properties.get(key, others)) for key, item in value.items() if isinstance(key, str)}
        return {key: item for key, item in kept.items() if item is not NOTHING}
    if isinstance(value, list):
        items = (keep(item, schema.get("items", {})) for item in value)
        return [item for item in items if item is not NOTHING]
    return value


def has_type(value: Any, wanted: str | list[str]) -> bool:
    """Return whether a value has one of JSON schema's types; true and false are not numbers."""
    return any(
        isinstance(value, PYTHON_TYPES[name]) and (name == "boolean" or not isinstance(value, bool))
        for name in ([wanted] if isinstance(wanted, str) else wanted)
    )
