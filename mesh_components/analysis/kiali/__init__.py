"""Kiali's validations, with its codes (kiali/kiali 2.27, `business/checkers`), on what is planned.

Left out: checks of the ambient data plane (KIA0109, 0110, 0210-0212, 1109-1117, 1311-1317), which is not installed
here; those that hang on Kiali's own configuration or on status alone (KIA1501-1504, 1601); KIA1007 and 1108, which are
hints; KIA1211, 1212, 1006, 1402 and 1701-1702, not asked for yet; KIA1301, of which the security
review has its own form.
"""

from collections.abc import Mapping

from . import authorization, destination_rules, gateways, mutual_tls, routes, selectors, services, sidecars, visibility

SAME_AS: Mapping[str, str] = {
    "KIA0002": "IST0111",
    "KIA0003": "IST0110",
    "KIA0004": "IST0127",
    "KIA0101": "IST0101",
    "KIA0202": "IST0174",
    "KIA0203": "IST0173",
    "KIA0301": "IST0145",
    "KIA0302": "IST0101",
    "KIA0601": "IST0118",
    "KIA0701": "MESH0101",
    "KIA1101": "IST0101",
    "KIA1102": "IST0101",
    "KIA1106": "IST0109",
    "KIA1107": "IST0101",
}
"""Kiali's codes that say the same as another code: where both are found at one place, the other is enough."""

__all__ = [
    "SAME_AS",
    "authorization",
    "destination_rules",
    "gateways",
    "mutual_tls",
    "routes",
    "selectors",
    "services",
    "sidecars",
    "visibility",
]
