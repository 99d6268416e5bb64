"""The security review finds what is open, warns where it counts, and says nothing bad of our own stacks."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from mesh_components.analysis import analyzers, everything
from mesh_components.analysis.finding import Finding, Severity
from mesh_components.analysis.messages import catalogue
from mesh_components.analysis.security import certificates
from mesh_components.analysis.security.environment import like_production
from mesh_components.analysis.world import World, of
from mesh_components.manifests import mesh
from mesh_components.settings import load
from mesh_components.validation.unknown import UNKNOWN

from .objects import Object, leaves, make, replaced

REGISTERED = [name for name in analyzers.REGISTER if name.startswith("security.")]
STACKS = sorted((Path(__file__).parents[2] / "stacks").glob("Pulumi.*.yaml"))
PRODUCTION, TRIAL = "production", "demo"


def found(world: World, code: str) -> list[Finding]:
    return [finding for finding in analyzers.run(world, REGISTERED) if finding.code == code]


def plain(kind: str, full_name: str, version: str = "v1", **fields: Any) -> Object:
    namespace, _, name = full_name.rpartition("/")
    where = {"namespace": namespace} if namespace else {}
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name, **where}, **fields}


def peer(full_name: str, mode: str, **spec: Any) -> Object:
    return make("PeerAuthentication", full_name, {"mtls": {"mode": mode}, **spec})


def policy(*rules: Object, name: str = "shop/policy", **spec: Any) -> Object:
    given = {"rules": list(rules)} if rules else {}
    return make("AuthorizationPolicy", name, {**given, **spec})


def caller(**source: Any) -> Object:
    return {"from": [{"source": source}]}


def request(**operation: Any) -> Object:
    return {"to": [{"operation": operation}]}


def gateway(*servers: Object) -> Object:
    return make("Gateway", "shop/gw", {"selector": {"istio": "ingressgateway"}, "servers": list(servers)})


def server(protocol: str, *hosts: str, **tls: Any) -> Object:
    port = {"number": 443 if protocol == "HTTPS" else 80, "name": protocol.lower(), "protocol": protocol}
    return {"port": port, "hosts": list(hosts), **({"tls": tls} if tls else {})}


def kiali(strategy: str = "anonymous", **deployment: Any) -> Object:
    config = yaml.safe_dump({"auth": {"strategy": strategy}, "deployment": deployment})
    return plain("ConfigMap", "istio-system/kiali", data={"config.yaml": config})


def role(*verbs: str) -> Object:
    rules = [{"apiGroups": ["networking.istio.io"], "resources": ["virtualservices"], "verbs": list(verbs)}]
    rules.append({"apiGroups": [""], "resources": ["pods/portforward"], "verbs": ["create"]})
    return plain("ClusterRole", "kiali", "rbac.authorization.k8s.io/v1", rules=rules)


def workload(name: str = "cart", account: str = "", sidecar: bool = True, **container: Any) -> Object:
    pod = {"containers": [{"name": "app", "image": "app", **container}]}
    named = {"serviceAccountName": account} if account else {}
    labels = {"app": name} | ({"sidecar.istio.io/inject": "true"} if sidecar else {})
    template = {"metadata": {"labels": labels}, "spec": pod | named}
    return make("Deployment", f"shop/{name}", {"selector": {"matchLabels": {"app": name}}, "template": template})


def istiod(**variables: str) -> Object:
    env = [{"name": name, "value": value} for name, value in variables.items()]
    pod = {"metadata": {"labels": {"app": "istiod"}}, "spec": {"containers": [{"name": "discovery", "env": env}]}}
    return make("Deployment", "istio-system/istiod", {"template": pod})


def mesh_map(text: str = "{}") -> Object:
    return plain("ConfigMap", "istio-system/istio", data={"mesh": text})


def context(**fields: Any) -> Object:
    return workload(securityContext=fields)


TOKENS = make("RequestAuthentication", "shop/jwt", {"jwtRules": [{"issuer": "https://issuer.example.com"}]})
CLAIM = {"headers": {"@request.auth.claims.group": {"exact": "dev"}}}
BY_CLAIM = make("VirtualService", "shop/web", {"hosts": ["*"], "http": [{"match": [CLAIM]}]})
SHOP = make("Namespace", "shop", labels={"istio-injection": "enabled"})
STRICT = peer("istio-system/default", "STRICT")
DEFAULT = {"principals": ["cluster.local/ns/shop/sa/default"]}


def entry(host: str, resolution: str | None = "NONE") -> Object:
    resolved = {"resolution": resolution} if resolution else {}
    return make("ServiceEntry", "shop/e", {"hosts": [host], "ports": [], **resolved})


def patch(full_name: str, **spec: Any) -> Object:
    return make("EnvoyFilter", full_name, {"configPatches": [{"applyTo": "HTTP_FILTER"}], **spec})


GROUP: Object = {"selector": {"matchLabels": {"app": "cart"}}}

# Code, objects, severity in production, severity in a trial; None where nothing is to be said.
CASES: list[tuple[str, list[Object], Severity | None, Severity | None]] = []
E_, W_, I_ = Severity.ERROR, Severity.WARNING, Severity.INFO


def case(code: str, production: Severity | None, trial: Severity | None, *given: Object) -> None:
    CASES.append((code, list(given), production, trial))


case("MESH0201", W_, I_, peer("istio-system/default", "PERMISSIVE"))
case("MESH0201", W_, I_, peer("istio-system/default", "DISABLE"), mesh_map())
case("MESH0201", W_, I_, mesh_map())
case("MESH0201", None, None, STRICT, mesh_map())
case("MESH0201", None, None, STRICT, peer("shop/default", "PERMISSIVE"))
case("MESH0201", None, None, workload())  # nothing of a mesh is given
case("MESH0202", W_, I_, peer("shop/default", "PERMISSIVE"))
case("MESH0202", W_, I_, peer("shop/cart", "DISABLE", **GROUP))
case("MESH0202", W_, I_, peer("shop/cart", "STRICT", **GROUP, portLevelMtls={"80": {"mode": "PERMISSIVE"}}))
case("MESH0202", None, None, peer("shop/cart", "STRICT", portLevelMtls={"80": {"mode": "PERMISSIVE"}}))  # not in effect
case("MESH0202", None, None, peer("shop/cart", "STRICT", **GROUP, portLevelMtls={"80": {"mode": "STRICT"}}))
case("MESH0202", None, None, peer("shop/default", "STRICT"), peer("istio-system/default", "PERMISSIVE"))
case("MESH0203", E_, I_, kiali())
case("MESH0203", E_, I_, kiali(), role("get", "patch"))
case("MESH0203", None, None, kiali(), role("get", "list"))
case("MESH0203", None, None, kiali("token"))
case("MESH0203", None, None, kiali(view_only_mode=True))
case("MESH0203", E_, I_, plain("Kiali", "k/kiali", "kiali.io/v1alpha1", spec={"auth": {"strategy": "anonymous"}}))
case("MESH0203", None, None, plain("Kiali", "k/kiali", "kiali.io/v1alpha1", spec={}))
LABELLED = {"name": "server", "namespace": "a", "labels": {"app.kubernetes.io/name": "kiali"}}
case("MESH0203", E_, I_, kiali() | {"metadata": LABELLED})
case("MESH0203", None, None, plain("ConfigMap", "a/other", data={"config.yaml": "auth: {strategy: anonymous}"}))
case("MESH0204", W_, I_, policy({}))
case("MESH0204", W_, I_, policy({"from": [], "to": []}))
case("MESH0204", None, None, policy(request(paths=["/healthz"])))
case("MESH0205", W_, I_, policy(caller(principals=["*"])))
case("MESH0205", W_, I_, policy(caller(namespaces=["*"])))
case("MESH0205", None, None, policy(caller(principals=["*"], namespaces=["shop"])))
case("MESH0205", None, None, policy(caller(principals=["cluster.local/ns/shop/sa/*"])))
case("MESH0205", None, None, policy(caller(principals=["*"]), action="DENY"))
case("MESH0205", None, None, policy(caller(principals=["*"], notNamespaces=["evil"])))
case("MESH0206", None, None, policy(caller()))
case("MESH0206", W_, I_, policy(caller(notNamespaces=["evil"])))
case("MESH0206", None, None, policy(caller(namespaces=["shop"], notPrincipals=["x"])))
case("MESH0206", None, None, policy(caller(notNamespaces=["shop"]), action="DENY"))
case("MESH0207", I_, I_, policy(request(paths=["*"])))
case("MESH0207", None, None, policy(request(paths=["/api/*"], hosts=["*.example.com"])))
case("MESH0208", I_, I_, policy())
case("MESH0208", None, None, policy({}))
case("MESH0209", W_, W_, policy({}, action="DENY"))
case("MESH0209", None, None, policy(request(methods=["DELETE"]), action="DENY"))
case("MESH0210", W_, W_, policy(action="DENY"))
case("MESH0210", None, None, policy())
case("MESH0208", None, None, policy(action="DENY"))
case("MESH0210", None, None, policy(request(methods=["DELETE"]), action="DENY"))
case("MESH0211", W_, I_, gateway(server("HTTP", "*")))
case("MESH0211", None, None, gateway(server("HTTP", "*", httpsRedirect=True)))
case("MESH0211", None, None, gateway(server("HTTP", "shop.example.com", "shop/*")))
case("MESH0212", W_, I_, gateway(server("HTTP", "a.com"), server("HTTPS", "a.com", mode="SIMPLE")))
case(
    "MESH0212",
    None,
    None,
    gateway(server("HTTP", "a.com", httpsRedirect=True), server("HTTPS", "a.com", mode="SIMPLE")),
)
case("MESH0212", None, None, gateway(server("HTTP", "b.com"), server("HTTPS", "a.com", mode="SIMPLE")))
case("MESH0213", W_, W_, gateway(server("HTTPS", "a.com", minProtocolVersion="TLSV1_1")))
case("MESH0213", None, None, gateway(server("HTTPS", "a.com", minProtocolVersion="TLSV1_2")))
case("MESH0217", I_, I_, patch("shop/f"))
case("MESH0217", W_, W_, patch("istio-system/f"))
case("MESH0217", I_, I_, patch("istio-system/f", workloadSelector={"labels": {"app": "x"}}))
case("MESH0217", None, None, workload())
case("MESH0218", I_, None, mesh_map())
case("MESH0218", None, None, mesh_map("outboundTrafficPolicy: {mode: REGISTRY_ONLY}"))
case("MESH0219", I_, None, SHOP)
case("MESH0219", I_, None, SHOP, policy(**GROUP), policy({}, action="DENY", name="shop/b"))
case("MESH0219", I_, None, SHOP, policy(targetRef={"kind": "Gateway", "name": "gw"}))
case("MESH0219", I_, None, SHOP, policy(targetRefs=[{"kind": "Gateway", "name": "gw"}]))
case("MESH0219", None, None, SHOP, policy())
case("MESH0219", None, None, SHOP, policy(name="istio-system/default"))
case("MESH0219", None, None, make("Namespace", "shop"))
case("MESH0220", W_, I_, context(privileged=True))
case("MESH0220", W_, I_, context(capabilities={"add": ["NET_ADMIN"]}))
case("MESH0220", W_, I_, context(capabilities={"add": ["CAP_NET_ADMIN"]}))
case("MESH0220", None, None, context(capabilities={"add": ["CHOWN"], "drop": ["ALL"]}))
case("MESH0220", None, None, workload(sidecar=False, securityContext={"privileged": True}))
case("MESH0220", None, None, workload(securityContext={"privileged": True}) | {"kind": "Gadget", "apiVersion": "x/v1"})
case("MESH0221", W_, W_, policy(caller(**DEFAULT)), workload("a"), workload("b"))
case("MESH0221", None, None, policy(caller(**DEFAULT)), workload("a"), workload("b", account="b"))
case("MESH0221", None, None, policy(caller(**DEFAULT), action="DENY"), workload("a"), workload("b"))
case("MESH0221", None, None, policy(caller(**DEFAULT)), workload("a"), workload("b", sidecar=False))
case("MESH0222", W_, W_, TOKENS)
case("MESH0222", W_, W_, TOKENS, policy(caller(principals=["x"])))
case("MESH0222", W_, W_, TOKENS, policy(caller(requestPrincipals=["*"]), name="other/p"))
case("MESH0222", None, None, TOKENS, policy(caller(requestPrincipals=["*"])))
case("MESH0222", None, None, TOKENS, policy(caller(notRequestPrincipals=["*"]), action="DENY"))
case("MESH0222", None, None, TOKENS, policy({"when": [{"key": "request.auth.claims[iss]", "values": ["x"]}]}))
case("MESH0222", None, None, TOKENS, policy(caller(requestPrincipals=["*"]), name="istio-system/p"))
case("MESH0222", None, None, TOKENS, policy(action="CUSTOM"))


def attached(*names: str) -> Object:
    return {"targetRefs": [{"kind": "Gateway", "name": name} for name in names]}


def tokens(**spec: Any) -> Object:
    return make("RequestAuthentication", "shop/jwt", {**TOKENS["spec"], **spec})


ASKED = caller(requestPrincipals=["*"])
OTHER_GROUP: Object = {"selector": {"matchLabels": {"app": "other"}}}
case("MESH0222", None, None, tokens(**attached("a")), policy(ASKED, **attached("b", "a")))
case("MESH0222", W_, W_, tokens(**attached("a")), policy(ASKED, **attached("b")))
case("MESH0222", None, None, tokens(**attached("a")), policy(ASKED))
case("MESH0222", None, None, tokens(**GROUP), policy(ASKED, **GROUP))
case("MESH0222", W_, W_, tokens(**GROUP), policy(ASKED, **OTHER_GROUP))
case("MESH0222", None, None, tokens(**GROUP), policy(ASKED, **OTHER_GROUP), policy(ASKED, name="shop/b", **GROUP))
case("MESH0222", None, None, tokens(**GROUP), policy(ASKED, selector={"matchLabels": {"version": "v1"}}))
case("MESH0222", None, None, tokens(**GROUP), policy(ASKED, **attached("gw")))  # its pods may have the label
case("MESH0222", None, None, TOKENS, BY_CLAIM)
case("MESH0222", None, None, make("RequestAuthentication", "shop/none", {}))
case("MESH0223", I_, None, entry("*.example.com"))
case("MESH0223", I_, None, entry("*", None))
case("MESH0223", None, None, entry("api.example.com"))
case("MESH0223", None, None, entry("*.example.com", "DYNAMIC_DNS"))
case("MESH0224", W_, I_, istiod(XDS_AUTH="false"))
case("MESH0224", W_, I_, istiod(UNSAFE_ENABLE_ADMIN_ENDPOINTS="True"))
case("MESH0224", None, None, istiod(XDS_AUTH="true", PILOT_TRACE_SAMPLING="1"))
case("MESH0224", None, None, workload(env=[{"name": "XDS_AUTH", "value": "false"}]))


@pytest.mark.parametrize(
    ("code", "given", "production", "trial"), CASES, ids=[f"{c[0]}-{i}" for i, c in enumerate(CASES)]
)
def test_a_case(code: str, given: list[Object], production: Severity | None, trial: Severity | None) -> None:
    for environment, expected in ((PRODUCTION, production), (TRIAL, trial)):
        severities = {finding.severity for finding in found(of(*given, environment=environment), code)}
        assert severities == ({expected} if expected else set())


def test_every_code_is_found_and_not_found() -> None:
    by_certificates = {"MESH0214", "MESH0215", "MESH0216"}
    ours = {code for code in catalogue() if code.startswith("MESH02")} - by_certificates
    assert ours == {code for code, _, said, _ in CASES if said} == {code for code, _, said, _ in CASES if not said}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        *[(name, True) for name in ("production", "prod-eu", "staging", "performance", "latest")],
        *[(name, False) for name in ("", "local", "demo", "minimal", "dev", "team-a-dev", "eu.test", "DEV")],
    ],
)
def test_what_is_like_production(name: str, expected: bool) -> None:
    assert like_production(of(environment=name)) == expected


# Certificates.

NOW = datetime(2030, 6, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certificates, "now", lambda: NOW)


def pem(begins: int, ends: int, key: Any = None, digest: Any = None, issuer: str = "root") -> str:
    """A certificate that is valid from and until so many days from now."""
    own = key or ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "shop")])
    signed_by = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(signed_by).public_key(own.public_key())
    builder = builder.not_valid_before(NOW + timedelta(days=begins)).not_valid_after(NOW + timedelta(days=ends))
    signed = builder.serial_number(1).sign(own, digest or hashes.SHA256())
    return signed.public_bytes(serialization.Encoding.PEM).decode()


def secret(text: str, key: str = "tls.crt", encoded: bool = True) -> Object:
    if encoded:
        return plain("Secret", "shop/tls", data={key: base64.b64encode(text.encode()).decode()})
    return plain("Secret", "shop/tls", stringData={key: text})


@pytest.mark.parametrize(
    ("begins", "ends", "expected"),
    [
        (-365, 365, []),
        (-365, 31, []),
        (-365, 29, ["MESH0215"]),
        (-365, -1, ["MESH0214"]),
        (2, 400, ["MESH0214"]),
        (-1, 1, []),  # made to last two days: somebody renews it
    ],
)
@pytest.mark.parametrize("key", ["tls.crt", "ca-cert.pem", "root-cert.pem", "cert-chain.pem"])
@pytest.mark.parametrize("encoded", [True, False])
def test_when_a_certificate_ends(begins: int, ends: int, expected: list[str], key: str, encoded: bool) -> None:
    findings = analyzers.run(of(secret(pem(begins, ends), key, encoded)), ["security.Certificates"])
    assert [finding.code for finding in findings] == expected
    assert all(finding.path == ("data" if encoded else "stringData", key) for finding in findings)


def test_all_of_a_chain_is_looked_at() -> None:
    chain = pem(-10, 300) + pem(-300, -1) + pem(-300, 10)
    findings = analyzers.run(of(secret(chain)), ["security.Certificates"])
    assert [finding.code for finding in findings] == ["MESH0214", "MESH0215"]
    assert "expired on 2030-05-31" in findings[0].text
    assert "in 10 days" in findings[1].text


def test_weak_keys() -> None:
    small = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    assert found(of(secret(pem(-1, 300, small))), "MESH0216")
    large = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    assert not found(of(secret(pem(-1, 300, large))), "MESH0216")


SHA1 = """
-----BEGIN CERTIFICATE-----
MIIBIDCByAIBATAJBgcqhkjOPQQBMBIxEDAOBgNVBAMMB3Jvb3QtY2EwHhcNMzAwMTAxMDAwMDAwWhcN
-----END CERTIFICATE-----
"""


def test_weak_signatures(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library signs nothing with SHA-1 any more, so what it reads is made up here."""
    monkeypatch.setattr(x509, "load_pem_x509_certificate", lambda _: Signed("leaf", "root"))
    assert [finding.text for finding in found(of(secret(pem(-1, 300))), "MESH0216")] == [
        "the certificate of leaf in tls.crt is signed with SHA1"
    ]
    monkeypatch.setattr(x509, "load_pem_x509_certificate", lambda _: Signed("root", "root"))
    assert not found(of(secret(pem(-1, 300))), "MESH0216")  # nobody trusts a root for its own signature


class Signed:
    not_valid_after_utc, not_valid_before_utc = NOW + timedelta(days=300), NOW - timedelta(days=1)
    signature_hash_algorithm = hashes.SHA1()

    def __init__(self, subject: str, issuer: str) -> None:
        self.subject, self.issuer = Name(subject), Name(issuer)

    def public_key(self) -> object:
        return object()


class Name(str):
    def rfc4514_string(self) -> str:
        return str(self)


@pytest.mark.parametrize(
    "value", ["", "no base64!", SHA1, base64.b64encode(SHA1.encode()).decode(), UNKNOWN, None, 7], ids=repr
)
def test_what_is_no_certificate_is_left_alone(value: Any) -> None:
    assert not analyzers.run(of(plain("Secret", "shop/tls", data={"tls.crt": value})), REGISTERED)


def test_what_is_known_is_judged_beside_what_is_not() -> None:
    given = secret(pem(-300, -1))
    given["data"]["ca.crt"] = UNKNOWN
    assert found(of(given), "MESH0214")


# All of them together.


WARNED = {"default": {"MESH0201"}}
"""Warnings that a stack of ours is meant to have: Istio's plain default is PERMISSIVE, and not only for trying out."""


@pytest.mark.parametrize("file", STACKS, ids=lambda file: file.name)
@pytest.mark.parametrize("complete", [True, False])
def test_our_own_stacks_have_no_warnings(file: Path, complete: bool) -> None:
    config = yaml.safe_load(file.read_text())["config"]
    settings = load({key.removeprefix("mesh:"): value for key, value in config.items()})
    stack = file.name.removeprefix("Pulumi.").removesuffix(".yaml")
    world = of(*mesh.objects(settings), complete=complete, environment=stack)
    names = [name for name in analyzers.REGISTER if name.partition(".")[0] in everything.__all__]
    suppressed = {(entry.code, entry.resource) for entry in settings.suppressions}
    worse = [
        finding
        for finding in analyzers.run(world, names)
        if finding.severity > Severity.INFO and (finding.code, str(finding.resource)) not in suppressed
    ]
    meant = WARNED.get(stack, set())
    assert {finding.code for finding in worse} == meant, [f"{f.code} {f.resource} {f.text}" for f in worse]
    permissive = settings.mtls != "STRICT"
    assert bool(found(world, "MESH0201")) is permissive, "that PERMISSIVE is the default is worth knowing"


def test_our_own_plan_in_production_is_warned_of_mutual_tls_alone() -> None:
    world = of(*mesh.objects(load({"profile": "default"})), environment=PRODUCTION)
    worse = {finding.code for finding in analyzers.run(world, REGISTERED) if finding.severity > Severity.INFO}
    assert worse == {"MESH0201"}


MISSING = [("MESH0201", mesh_map()), ("MESH0222", TOKENS)]


@pytest.mark.parametrize(("code", "given"), MISSING, ids=[code for code, _ in MISSING])
def test_what_may_be_elsewhere_is_for_information(code: str, given: Object) -> None:
    findings = found(of(given, complete=False, environment=PRODUCTION), code)
    assert [(finding.certain, finding.severity) for finding in findings] == [(False, Severity.INFO)]


@pytest.mark.parametrize(
    ("code", "given"),
    [
        ("MESH0201", [mesh_map(), peer("istio-system/default", "STRICT") | {"spec": {"mtls": {"mode": UNKNOWN}}}]),
        ("MESH0203", [kiali(), role("get") | {"metadata": {"name": UNKNOWN}}]),
        ("MESH0203", [plain("ConfigMap", "istio-system/kiali", data={"config.yaml": UNKNOWN})]),
        ("MESH0219", [SHOP, policy(selector={"matchLabels": UNKNOWN})]),
        ("MESH0222", [TOKENS, policy(caller(requestPrincipals=UNKNOWN))]),
    ],
)
def test_what_is_not_known_is_not_guessed(code: str, given: list[Object]) -> None:
    assert not found(of(*given, environment=PRODUCTION), code)


@pytest.mark.parametrize("by", [UNKNOWN, None, 7, [], {}, "", "*", ["x"], {"a": 1}], ids=repr)
def test_nothing_makes_it_crash(by: Any) -> None:
    for _, given, _, _ in CASES:
        for position, one in enumerate(given):
            for path in leaves(one):
                if path[0] not in ("apiVersion", "kind"):
                    changed = [*given[:position], replaced(one, path, by), *given[position + 1 :]]
                    analyzers.run(of(*changed, environment=PRODUCTION), REGISTERED)
