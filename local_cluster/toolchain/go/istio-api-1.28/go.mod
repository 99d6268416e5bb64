module mesh.local/tools/istio-api-1.28

go 1.24.0

require istio.io/api v1.28.3
