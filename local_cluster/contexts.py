"""A cluster that the user names by a kubeconfig context: found, checked, and left as it is."""

import os
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml

from local_cluster.errors import ClusterError, UserMistake


def files() -> list[Path]:
    """Return the user's kubeconfig files: those of KUBECONFIG, or ~/.kube/config."""
    listed = [Path(part).expanduser() for part in os.environ.get("KUBECONFIG", "").split(os.pathsep) if part]
    return listed or [Path.home() / ".kube" / "config"]


def check(name: str) -> Path:
    """Return the kubeconfig file that has the context ``name``, once its API server has answered.

    :raises ClusterError: when no file has it, or the server does not answer
    """
    known: dict[str, Path] = {}
    for file in files():
        for context in _read(file).get("contexts") or []:
            known.setdefault(context["name"], file)
    if name not in known:
        places = ", ".join(str(file) for file in files())
        near = get_close_matches(name, known, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        listed = f"contexts there: {', '.join(sorted(known))}" if known else "there are no contexts there"
        raise UserMistake(f"there is no context {name!r} in {places}; {listed}{hint}")
    _answer(known[name], name)
    return known[name]


def _read(file: Path) -> dict[str, Any]:
    try:
        value = yaml.safe_load(file.read_text())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise UserMistake(f"cannot read the kubeconfig {file}: {error}") from error
    return value if isinstance(value, dict) else {}


def _answer(file: Path, name: str) -> None:
    # Here, because it takes a second to import, and only users with a cluster of their own need it.
    from kubernetes import client, config

    try:
        api = config.new_client_from_config(config_file=str(file), context=name)
        client.VersionApi(api).get_code(_request_timeout=10)
    except Exception as error:  # the client raises its own, urllib3's and OSError
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ClusterError(f"the cluster of context {name!r} ({file}) does not answer: {reason}") from error
