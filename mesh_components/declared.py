"""Everything that a program declares, gathered where it can be judged: the seam for analysis.

Two views exist. :class:`Mesh <mesh_components.mesh.Mesh>` hands over its own plan before it registers its first child,
so a plan that cannot work registers nothing. And :func:`observe`, called before the program's first resource, gathers
every Kubernetes object of the program, the user's own included, to be judged when the program ends.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pulumi
from pulumi.runtime.proto import callback_pb2, callback_pb2_grpc, resource_pb2
from pulumi.runtime.rpc import deserialize_properties
from pulumi.runtime.settings import get_monitor, monitor_supports_feature
from pulumi.runtime.stack import wait_for_rpcs

from .analysis.resource import Named
from .analysis.world import Given
from .judge import Judge
from .settings import MeshSettings

KubernetesObject = Mapping[str, Any]
"""A Kubernetes object in wire spelling."""


THREADS = 4
"""Registrations taken in at once; there is nothing to wait for in any."""


def judge_plan(objects: Iterable[KubernetesObject], settings: MeshSettings, name: str) -> None:
    """Judge a mesh's planned objects before any is registered.

    :param name: the component's, to name in findings
    :raises pulumi.RunError: naming every error
    """
    origin = Named(f"Mesh {name}")
    # Where everything is judged in the end, warnings are shown then.
    Judge.of(settings, pulumi.get_stack()).judge(((manifest, origin) for manifest in objects), warn=not Declared.active)


class Declared(callback_pb2_grpc.CallbacksServicer):
    """The Kubernetes objects that the program has registered so far, in that order.

    The engine calls it for each registration, those of remote components' children included: it serves a resource
    transform that changes nothing. One made with the SDK would turn every property of every object into Python's values
    and back while the program waits, and CRDs have more of them than everything else.

    :param judge: how they are judged in the end
    """

    active = False
    """Whether this program's objects are gathered."""

    def __init__(self, judge: Judge | None = None) -> None:
        self._judge = judge or Judge()
        self._requests: list[bytes] = []

    def Invoke(self, request: callback_pb2.CallbackInvokeRequest, context: Any) -> callback_pb2.CallbackInvokeResponse:
        """Take in one registration; an empty answer leaves it as it is."""
        self._requests.append(request.request)
        return callback_pb2.CallbackInvokeResponse()

    def serve(self) -> callback_pb2.Callback:
        """Begin to listen, and return where to. It ends with the program."""
        server = grpc.server(ThreadPoolExecutor(THREADS), options=[("grpc.max_receive_message_length", -1)])
        callback_pb2_grpc.add_CallbacksServicer_to_server(self, server)
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        self._server = server  # it stops when nobody refers to it
        return callback_pb2.Callback(token="observe", target=f"127.0.0.1:{port}")

    @property
    def objects(self) -> list[Given]:
        """The objects, and what they are called."""
        found = (registered(resource_pb2.TransformRequest.FromString(each)) for each in self._requests)
        return [given for given in found if given]

    async def judge(self) -> None:
        """Wait until the program has registered everything, then judge the whole.

        :raises pulumi.RunError: naming every error; raised in a preview it keeps `pulumi up` from changing anything
        """
        await asyncio.sleep(0)  # registrations count as begun after a turn of the event loop
        await wait_for_rpcs(await_all_outstanding_tasks=False)
        self._judge.judge(self.objects)


def registered(request: resource_pb2.TransformRequest) -> Given | None:
    """Return the object that is about to be registered, if it is one of Kubernetes'."""
    fields = request.properties.fields
    if not request.type.startswith("kubernetes:") or "kind" not in fields:
        return None
    if request.type.endswith(":CustomResourceDefinition"):
        fields.pop("spec", None)  # no analyzer looks at the schema, which is most of what there is
    return deserialize_properties(request.properties), Named(urn(request))


def urn(request: resource_pb2.TransformRequest) -> str:
    """Return the URN that a resource is about to get."""
    types = request.parent.split("::")[2] if request.parent else ""
    qualified = f"{types}${request.type}" if types and types != "pulumi:pulumi:Stack" else request.type
    return f"urn:pulumi:{pulumi.get_stack()}::{pulumi.get_project()}::{qualified}::{request.name}"


def observe(settings: MeshSettings | None = None) -> Declared:
    """Gather every Kubernetes object that the program declares from here on; call it before the first resource.

    The end of the program is where they are judged: ``pulumi.run(observe(settings).judge)``.

    :param settings: the mesh's, which say how strictly, what is suppressed, and which Istio; without them errors fail
    :raises pulumi.RunError: when the engine is too old
    """
    monitor = get_monitor()
    if monitor is None or not monitor_supports_feature(resource_pb2.RESOURCE_MONITOR_FEATURE_TRANSFORMS):
        raise pulumi.RunError("this pulumi cannot show a program what it declares; install pulumi 3.259 or newer")
    declared = Declared(Judge.of(settings, pulumi.get_stack()) if settings else None)
    Declared.active = True
    monitor.RegisterStackTransform(declared.serve())
    return declared
