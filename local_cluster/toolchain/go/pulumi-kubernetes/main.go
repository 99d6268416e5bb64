// Command pulumi-resource-kubernetes is the Kubernetes provider plugin, for machines where the released one cannot be
// downloaded. The two JSON files beside it are not kept here: the build copies them from the provider's own module.
package main

import (
	_ "embed"

	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"
)

//go:embed schema.json
var schema []byte

//go:embed terraform-mapping.json
var mapping []byte

// version is the provider's release, set by the build; the Python SDK pinned in requirements.txt is of the same one.
var version string

func main() { provider.Serve("kubernetes", version, schema, mapping) }
