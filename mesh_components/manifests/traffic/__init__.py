"""Planners of traffic: settings in, Istio's VirtualServices, DestinationRules, Gateways … out."""
