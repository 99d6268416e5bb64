module mesh.local/tools/fortio

go 1.26.0

require fortio.org/fortio v1.60.3
