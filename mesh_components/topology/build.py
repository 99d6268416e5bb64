"""A picture of a mesh, from its objects and from what the analysis found in them."""

from __future__ import annotations

from collections.abc import Sequence

from ..analysis.finding import Finding
from ..analysis.world import World
from .access import Access
from .api_routes import ApiRoutes
from .draft import Draft
from .gateways import Gateways
from .graph import Topology
from .namespaces import namespaces
from .places import Places
from .policies import Policies
from .protection import Protection
from .remarks import remarks
from .routing import Routing
from .servers import Servers
from .waypoints import draw_waypoints
from .ways import Ways


def topology(world: World, findings: Sequence[Finding], title: str) -> Topology:
    """Return the picture of a world's objects.

    What is not known of an object is left out; an object whose name is not known is not drawn.

    :param findings: what the analysis found in the same objects
    :param title: what it is a picture of
    """
    draft = Draft()
    places = Places(world, draft)
    servers = Servers(world, places, draft)
    protection = Protection(world, places, servers)
    ways = Ways(world, places, protection)
    routing = Routing(places, draft, ways)
    Gateways(world, places, draft, servers, routing).draw()
    ApiRoutes(world, places, draft, routing).draw()
    routing.draw_selections()
    Policies(world, places, draft, Access(world, places, draft, ways, protection)).draw()
    draw_waypoints(world, places, draft)
    drawn = namespaces(world, draft)
    found = remarks(findings, draft, [namespace.id for namespace in drawn])
    return Topology(title, drawn, draft.finished_nodes(), draft.finished_edges(), found)
