"""A stand-in for the released TLS provider, `pulumi-resource-tls`: keys, certificate requests and certificates.

Used only where the released plugin cannot be had. It speaks the types of the SDK `pulumi_tls` 5.x: the same inputs,
outputs, defaults, secrets and replacement rules, and state that the released provider reads, so that a stack can
move from one to the other.

Sources of facts: the schema and recorded traffic of pulumi-tls 5.x, and the documentation and behaviour of the
provider it bridges (terraform-provider-tls 4.x).

Deliberate differences: bad input is reported when it is checked, at preview, wherever it is known by then;
`maxPathLength: 0` gives a constraint of 0, as documented (the bridged provider leaves it out); a locally signed
certificate keeps the whole subject of its request, its e-mail address too. The functions `getCertificate` and
`getPublicKey` are left out.
"""
