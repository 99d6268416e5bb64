module mesh.local/tools/istio-1.28

go 1.24.0

require istio.io/istio v0.0.0-20260114100434-4c1f845d839e

// The exact commit that Istio names is not to be had; nothing of the root module is built.
replace github.com/envoyproxy/go-control-plane => github.com/envoyproxy/go-control-plane v0.14.0
