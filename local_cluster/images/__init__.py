"""Makes the container images that the local cluster runs, with no registry and no container engine.

    from local_cluster import images
    images.archive("proxyv2")      # a file for `ctr images import`, `docker load` or `kind load image-archive`

What there is, and what is in it: `table.py`.
"""

from local_cluster.images.archive import archive, archives, missing, ours
from local_cluster.images.table import IMAGES, Image

__all__ = ["IMAGES", "Image", "archive", "archives", "missing", "ours"]
