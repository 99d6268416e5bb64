"""Each stack of this project declares the parts of one mesh that its file leaves on."""

import pulumi

from mesh_components import Mesh, cluster_provider, configured_mesh, observe

settings = configured_mesh()
declared = observe(settings)
mesh = Mesh("mesh", settings, pulumi.ResourceOptions(providers=[cluster_provider()]))
for name, value in mesh.outputs().items():
    pulumi.export(name, value)
pulumi.run(declared.judge)
