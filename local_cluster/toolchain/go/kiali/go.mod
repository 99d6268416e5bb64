module mesh.local/tools/kiali

go 1.24.0

require github.com/kiali/kiali v1.89.0
