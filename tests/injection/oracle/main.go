// Renders istiod's Gateway API templates by istiod's own template engine, as its gateway controller does
// (`render` in pilot/pkg/config/kube/gatewaycommon/deploymentcontroller.go, in older versions in the package gateway):
// the same functions, the same input.
//
// Standard input: a JSON list of requests. Standard output: a JSON list of results, in order.
package main

import (
	"encoding/json"
	"log"
	"os"
	"strings"

	proxyconfig "istio.io/api/networking/v1beta1"
	values "istio.io/istio/operator/pkg/apis"
	controller "istio.io/istio/pilot/pkg/config/kube/gatewaycommon"
	"istio.io/istio/pkg/config/mesh"
	"istio.io/istio/pkg/kube/inject"
)

type request struct {
	// Template is the text to render.
	Template string
	// Input is the Gateway, and what the controller derives from it.
	Input controller.TemplateInput
	// Values are the injector's values, JSON.
	Values string
	// Mesh is the mesh config, YAML.
	Mesh string
}

// Makes agentgateway's image of the values, the mesh config and the Gateway's annotations, in versions that have it.
var agentgatewayImage = func(*values.Values, *proxyconfig.ProxyImage, map[string]string) string { return "" }

type result struct {
	Text  string
	Error string
}

// The controller's own type for this is not exported. Fields are `any` where a template needs no more.
type input struct {
	controller.TemplateInput
	ProxyImage        string
	AgentgatewayImage string
	ProxyConfig       any
	MeshConfig        any
	Values            map[string]any
}

func main() {
	var requests []request
	if err := json.NewDecoder(os.Stdin).Decode(&requests); err != nil {
		log.Fatal(err)
	}
	results := make([]result, 0, len(requests))
	for _, r := range requests {
		text, err := render(r)
		if err != nil {
			results = append(results, result{Error: err.Error()})
			continue
		}
		results = append(results, result{Text: text})
	}
	if err := json.NewEncoder(os.Stdout).Encode(results); err != nil {
		log.Fatal(err)
	}
}

func render(r request) (string, error) {
	templates, err := inject.ParseTemplates(inject.RawTemplates{"it": r.Template})
	if err != nil {
		return "", err
	}
	injected, err := inject.NewValuesConfig(r.Values)
	if err != nil {
		return "", err
	}
	meshConfig, err := mesh.ApplyMeshConfigDefaults(r.Mesh)
	if err != nil {
		return "", err
	}
	proxyConfig := meshConfig.GetDefaultConfig()
	annotations := r.Input.Gateway.Annotations
	var out strings.Builder
	err = templates["it"].Execute(&out, input{
		TemplateInput:     r.Input,
		ProxyImage:        inject.ProxyImage(injected.Struct(), proxyConfig.GetImage(), annotations),
		AgentgatewayImage: agentgatewayImage(injected.Struct(), proxyConfig.GetImage(), annotations),
		ProxyConfig:       proxyConfig,
		MeshConfig:        meshConfig,
		Values:            injected.Map(),
	})
	return out.String(), err
}
