"""One mesh per stack: `pulumi up` reads stacks/Pulumi.<stack>.yaml and declares what it describes."""

import pulumi

from mesh_components import Mesh, cluster_provider, configured_mesh, observe

settings = configured_mesh()  # before the first resource: a mistake is reported with nothing registered
declared = observe(settings)
mesh = Mesh("mesh", settings, pulumi.ResourceOptions(providers=[cluster_provider()]))
for name, value in mesh.outputs().items():
    pulumi.export(name, value)
pulumi.run(declared.judge)
