module mesh.local/tools/helm

go 1.26.0

require (
	helm.sh/helm/v4 v4.2.0
	istio.io/istio v0.0.0-20260827124520-eed52ebb66ad
)
