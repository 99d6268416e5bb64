"""`mesh dashboard`: a way from this machine to a dashboard in the cluster, kept open while pods come and go."""

from __future__ import annotations

import os
import socket
import sys
import webbrowser
from difflib import get_close_matches
from typing import Annotated

import typer
from rich.markup import escape

from local_cluster.errors import UserMistake
from mesh_components.live.api import Api
from mesh_components.live.dashboards import BOARDS, NotThere, Place, board, envoy, istiod
from mesh_components.live.listener import Forwarder, PortTaken, listen

from .console import err, out
from .live_cluster import ISTIO_NAMESPACE, IstioNamespaceOption, connect, find_cluster
from .options import ContextOption

ENVOY, ISTIOD = "envoy", "istiod"
NAMES = (*BOARDS, ENVOY, ISTIOD)

DEFAULT_NAMESPACE = "default"
"""Where to look for a pod when nobody says."""


def dashboard(
    name: Annotated[str, typer.Argument(metavar="|".join(NAMES), help="What to open.")],
    of: Annotated[
        str | None,
        typer.Argument(
            metavar="POD", help="For envoy: pod, pod.namespace or deployment/name[.namespace]. For istiod: a revision."
        ),
    ] = None,
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, metavar="PORT", help="Port to listen on, on loopback.")
    ] = None,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Whether to open a browser.")] = True,
    namespace: Annotated[
        str | None, typer.Option("--namespace", "-n", metavar="NAME", help="Namespace to look in.")
    ] = None,
    context: ContextOption = None,
    istio_namespace: IstioNamespaceOption = ISTIO_NAMESPACE,
) -> None:
    """Open a dashboard in the cluster, or a proxy's or istiod's debug pages; goes on when its pod is restarted."""
    if name not in NAMES:
        near = get_close_matches(name, NAMES, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise UserMistake(f"there is no dashboard {name!r}: choose one of {', '.join(NAMES)}{hint}")
    if name == ENVOY and not of:
        raise UserMistake("of which pod? mesh dashboard envoy POD, with POD as pod.namespace or deployment/name")
    if name in BOARDS and of:
        raise UserMistake(f"{name} takes no {of!r}; a namespace is said with --namespace")
    api = connect(find_cluster(context))
    try:
        place = find(api, name, of, namespace, istio_namespace)
        if place.resolve() is None:
            raise UserMistake(f"{place.title} is there, and none of its pods is ready: kubectl get pods says more")
        listening = listen(port, place.port)
    except (NotThere, PortTaken) as error:
        raise UserMistake(str(error)) from error
    with listening:
        try:
            serve(api, place, listening, browser)
        except KeyboardInterrupt:
            err.print("closed")


def serve(api: Api, place: Place, listening: socket.socket, browser: bool) -> None:
    """Say where the dashboard is, and serve it until the command is interrupted."""
    address = f"http://localhost:{listening.getsockname()[1]}{place.path}"
    err.print(f"{escape(place.title)}; Ctrl-C ends it")
    out.print(address, soft_wrap=True)
    if browser and has_browser():
        webbrowser.open(address)
    Forwarder(api, place.resolve, tell).serve(listening)


def find(api: Api, name: str, of: str | None, namespace: str | None, istio_namespace: str) -> Place:
    """Return where the dashboard is.

    :raises NotThere: when it is nowhere
    """
    if name == ENVOY:
        return envoy(api, of or "", namespace or DEFAULT_NAMESPACE)
    if name == ISTIOD:
        return istiod(api, namespace or istio_namespace, of)
    return board(api, name, namespace, istio_namespace)


def has_browser() -> bool:
    """Whether a person sits at a screen: a terminal, and somewhere to show a window."""
    screen = sys.platform in ("darwin", "win32") or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    return sys.stdout.isatty() and bool(screen)


def tell(what: str) -> None:
    """Say what goes on while connections are served."""
    err.print(f"[dim]{escape(what)}[/]", soft_wrap=True)
