"""Objects of Istio that others wrote, read from the Istio module's folder, and mutants of them."""

import json
import random
from collections.abc import Callable, Iterator
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from local_cluster import toolchain
from mesh_components import schemas
from mesh_components.validation.unknown import Unknown

Object = dict[str, Any]

FOLDERS = (
    "pkg/config/validation/testdata",
    "pkg/config/analysis/analyzers/testdata",
    "istioctl/pkg",
    "pilot/pkg",
    "pilot/test",
    "samples",
    "tests",
    "pkg/test/framework",
)
"""Where the module keeps objects."""

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@cache
def definitions() -> dict[tuple[str, str], Object]:
    """The schemas of Istio's kinds by API version and kind."""
    return {
        (f"{crd['spec']['group']}/{version['name']}", crd["spec"]["names"]["kind"]): version["schema"][
            "openAPIV3Schema"
        ]
        for crd in schemas.crds("1.31")
        for version in crd["spec"]["versions"]
    }


@cache
def objects() -> tuple[Object, ...]:
    """Istio's objects in the module, each once, with names and namespaces that Kubernetes takes."""
    module = Path(toolchain.module_dir("istio"))
    found: dict[str, Object] = {}
    for folder in FOLDERS:
        for path in sorted((module / folder).rglob("*.yaml")):
            for item in _documents(path):
                if isinstance(item, dict) and (item.get("apiVersion"), item.get("kind")) in definitions():
                    plain = _normal(item)
                    found.setdefault(repr(plain), plain)
    return tuple(found.values())


def _documents(path: Path) -> Iterator[Any]:
    try:
        yield from yaml.load_all(path.read_text(), _LOADER)
    except (yaml.YAMLError, UnicodeDecodeError, ValueError):
        return  # a template, or broken on purpose


def _normal(item: Object) -> Object:
    given = item.get("metadata")
    metadata: Object = given if isinstance(given, dict) else {}
    namespace = metadata.get("namespace")
    kept: Object = {"name": "x", "namespace": namespace if namespace in ("default", "istio-system") else "default"}
    for name in ("labels", "annotations"):
        if isinstance(metadata.get(name), dict):
            kept[name] = {key: value for key, value in metadata[name].items() if isinstance(value, str)}
    normal = {"apiVersion": item["apiVersion"], "kind": item["kind"], "metadata": kept}
    if "spec" in item:
        normal["spec"] = item["spec"]
    plain: Object = json.loads(json.dumps(normal, default=str))
    return plain


def sampled(per_kind: int, seed: int) -> dict[str, list[Object]]:
    """Mutants by kind."""
    bases: dict[str, list[Object]] = {}
    for item in objects():
        bases.setdefault(item["kind"], []).append(item)
    made: dict[str, list[Object]] = {}
    for kind in sorted({kind for _, kind in definitions()}):
        chance = random.Random(f"{seed} {kind}")
        group = bases.get(kind) or [_bare(kind)]
        mutants: dict[str, Object] = {}
        while len(mutants) < per_kind:
            mutant = deepcopy(chance.choice(group))
            schema = definitions()[mutant["apiVersion"], kind]["properties"]["spec"]
            for _ in range(chance.choice((1, 1, 1, 2, 3))):
                _mutate(mutant, schema, chance, group)
            mutants[repr(mutant)] = mutant
        made[kind] = list(mutants.values())
    return made


def grown(per_kind: int, seed: int, accepts: Callable[[Object], bool]) -> dict[str, list[Object]]:
    """Objects that grow field by field, and what they become when one value changes.

    Those that `accepts` takes grow on, so that they come to say much and still be right: what is then wrong with them
    is not caught by what looks at types already.
    """
    made: dict[str, list[Object]] = {}
    for kind in sorted({kind for _, kind in definitions()}):
        chance = random.Random(f"{seed} {kind}")
        right = [item for item in objects() if item["kind"] == kind and accepts(item)] or [_bare(kind)]
        mutants: dict[str, Object] = {}
        while len(mutants) < per_kind:
            mutant = deepcopy(chance.choice(right[-400:]))
            schema = definitions()[mutant["apiVersion"], kind]["properties"]["spec"]
            if chance.random() < 0.5:
                _insert(mutant.setdefault("spec", {}), schema, chance)
            else:
                _substitute(mutant, chance)
            if repr(mutant) not in mutants:
                mutants[repr(mutant)] = mutant
                if len(repr(mutant)) < 3000 and accepts(mutant):
                    right.append(mutant)
        made[kind] = list(mutants.values())
    return made


def _substitute(item: Object, chance: random.Random) -> None:
    """Changes one text or number."""
    places = [path for path in leaves(item.get("spec") or {}) if isinstance(_at(item["spec"], path), str | int | float)]
    if not places:
        return
    path = chance.choice(places)
    part, old = _at(item["spec"], path[:-1]), _at(item["spec"], path)
    if isinstance(old, bool):
        part[path[-1]] = not old
    elif isinstance(old, str):
        part[path[-1]] = chance.choice(chance.choice((WORDS, WORDS, HOSTS, DURATIONS, REGEXPS)))
    else:
        part[path[-1]] = chance.choice(NUMBERS)


def _at(value: Any, path: tuple[str | int, ...]) -> Any:
    for key in path:
        value = value[key]
    return value


def _bare(kind: str) -> Object:
    version = next(version for version, other in definitions() if other == kind)
    return {"apiVersion": version, "kind": kind, "metadata": {"name": "x", "namespace": "default"}, "spec": {}}


_POOLS = json.loads((Path(__file__).parent / "pools.json").read_text())
HOSTS: tuple[str, ...] = (*_POOLS["hosts"], "x" * 64, "a." * 130 + "com")
DURATIONS: tuple[str, ...] = tuple(_POOLS["durations"])
REGEXPS: tuple[str, ...] = (*_POOLS["regexps"], "x" * 1025)
WORDS: tuple[str, ...] = (
    *_POOLS["words"],
    "x" * 63,
    "x" * 64,
    "x" * 253,
    "x" * 257,
    "0123456789abcdef" * 4,
    "0123456789ABCDEF" * 4,
    "n/" + "x" * 320,
)
NUMBERS: tuple[int | float, ...] = tuple(_POOLS["numbers"])
ANYTHING: tuple[Any, ...] = (None, True, False, "", "a", 1, -1, 1.5, [], {}, [None], {"a": 1}, [{}], [""])


def _mutate(item: Object, schema: Object, chance: random.Random, group: list[Object]) -> None:
    if not isinstance(item.get("spec"), dict):
        item["spec"] = {}
    way = chance.random()
    if way < 0.03:
        _change_metadata(item, chance)
    elif way < 0.45:
        _insert(item["spec"], schema, chance)
    elif way < 0.55:
        _graft(item["spec"], schema, chance, group)
    else:
        _spoil(item, schema, chance)


def _change_metadata(item: Object, chance: random.Random) -> None:
    annotations = ("istio.io/dry-run", "internal.istio.io/webhook-always-reject", "a/b", "internal.istio.io/parents")
    labels = ("networking.istio.io/enable-autoallocate-ip", "istio.io/use-waypoint", "a")
    kind, names = chance.choice((("annotations", annotations), ("labels", labels)))
    item["metadata"].setdefault(kind, {})[chance.choice(names)] = chance.choice(
        ("true", "false", "none", "waypoint", "x")
    )


def _insert(value: Any, schema: Object, chance: random.Random) -> None:
    """Sets a field that the schema knows, somewhere."""
    places = [
        (part, below) for part, below in _places(value, schema) if isinstance(part, dict) and "properties" in below
    ]
    if places:
        part, below = chance.choice(places)
        name = chance.choice(sorted(below["properties"]))
        part[name] = generated(below["properties"][name], name, chance)


def _graft(value: Any, schema: Object, chance: random.Random, group: list[Object]) -> None:
    """Copies a field from another object of the kind."""
    other = chance.choice(group).get("spec")
    for name in list(schema.get("properties", {})):
        if isinstance(other, dict) and name in other and chance.random() < 0.5:
            value[name] = deepcopy(other[name])


def _spoil(item: Object, schema: Object, chance: random.Random) -> None:
    """Drops, replaces or repeats something."""
    places = [part for part, _ in _places(item["spec"], schema) if part]
    if not places:
        return
    part = chance.choice(places)
    key = chance.choice(sorted(part)) if isinstance(part, dict) else chance.randrange(len(part))
    old, way = part[key], chance.random()
    if way < 0.25:
        del part[key]
    elif way < 0.4:
        part[key] = deepcopy(chance.choice(ANYTHING))
    elif way < 0.5 and isinstance(part, list):
        part.append(deepcopy(old))
    elif isinstance(old, str):
        spoilt = (old + "*", "*" + old, old + "/", "", old.upper(), old + " ", old + ".", old + "x", old[1:])
        part[key] = chance.choice(
            (chance.choice(spoilt), chance.choice(WORDS), chance.choice(HOSTS), chance.choice(DURATIONS))
        )
    elif isinstance(old, bool):
        part[key] = not old
    elif isinstance(old, int | float):
        part[key] = chance.choice(NUMBERS)
    elif isinstance(old, dict) and isinstance(key, str):
        part[chance.choice((key + "x", key.upper(), "y", "*", ""))] = part.pop(key)
    else:
        part[key] = []


def _places(value: Any, schema: Object) -> Iterator[tuple[Any, Object]]:
    """The mappings and lists of a value, with their schemas."""
    if isinstance(value, dict):
        yield value, schema
        for name, below in value.items():
            part = schema.get("properties", {}).get(name) or schema.get("additionalProperties")
            yield from _places(below, part if isinstance(part, dict) else {})
    elif isinstance(value, list):
        yield value, schema
        for below in value:
            yield from _places(below, schema.get("items", {}))


def generated(schema: Object, name: str, chance: random.Random, depth: int = 0) -> Any:
    """A value for a field: mostly of the schema's type, and often one that somebody minds."""
    if chance.random() < 0.02:
        return deepcopy(chance.choice(ANYTHING))
    kind = schema.get("type")
    if schema.get("x-kubernetes-int-or-string") or kind in ("integer", "number"):
        return chance.choice(NUMBERS)
    if kind == "boolean":
        return chance.random() < 0.7
    if kind == "string":
        return _string(schema, name, chance)
    if kind == "array":
        return [generated(schema["items"], name, chance, depth + 1) for _ in range(chance.choice((0, 1, 1, 2)))]
    made: Object = {}
    fields = sorted(schema.get("properties", {}))
    wanted = set(schema.get("required", ())) if chance.random() < 0.9 else set()
    for field in fields:
        if field in wanted or chance.random() < (0.6 if len(fields) < 3 else 0.25) / (1 + depth / 2):
            made[field] = generated(schema["properties"][field], field, chance, depth + 1)
    if isinstance(schema.get("additionalProperties"), dict):
        for key in chance.sample(WORDS, chance.choice((0, 1, 1, 2))):
            made[key] = generated(schema["additionalProperties"], name, chance, depth + 1)
    return made


def _string(schema: Object, name: str, chance: random.Random) -> Any:
    if "enum" in schema:
        return chance.choice([*schema["enum"], "NOPE"] if chance.random() < 0.1 else schema["enum"])
    if any("duration" in rule["rule"] for rule in schema.get("x-kubernetes-validations", ())):
        return chance.choice(DURATIONS)
    lower = name.lower()
    if "regex" in lower or lower in ("match", "proxyversion"):
        return chance.choice(REGEXPS)
    if "host" in lower and chance.random() < 0.8:
        return chance.choice(HOSTS)
    return chance.choice(
        WORDS + DURATIONS if any(word in lower for word in ("duration", "interval", "ttl", "timeout")) else WORDS
    )


def leaves(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The paths of everything in a value that holds nothing itself, and of what holds something, too."""
    for key, below in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield (*path, key)
        yield from leaves(below, (*path, key))


def replaced(value: Any, path: tuple[str | int, ...], new: Unknown) -> Any:
    """A copy with something else at a path."""
    if not path:
        return new
    copy: Any = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = replaced(value[path[0]], path[1:], new)
    return copy


def without_envoy(item: Object) -> Object:
    """An object without what its patches say to Envoy, of whose types this project has no schema."""
    if item["kind"] != "EnvoyFilter":
        return item
    copy = deepcopy(item)
    patches = (copy.get("spec") or {}).get("configPatches")
    for patch in patches if isinstance(patches, list) else ():
        if (
            isinstance(patch, dict)
            and isinstance(patch.get("patch"), dict)
            and isinstance(patch["patch"].get("value"), dict)
        ):
            patch["patch"]["value"] = {}
    return copy
