module mesh.local/tools/jaeger

go 1.25.4

require github.com/jaegertracing/jaeger v1.76.0
