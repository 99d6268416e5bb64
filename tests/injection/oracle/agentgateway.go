package main

import "istio.io/istio/pkg/kube/inject"

func init() {
	agentgatewayImage = inject.AgentgatewayImage
}
