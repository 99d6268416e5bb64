"""The injector's templates: what istiod adds to pods, and what it deploys for Gateways.

`templates.load` gives their text. They are composed of parts that say each thing once (`container`, `environment`,
`volumes`, `capture`, `pod`, `gateway_api`), written as Python data (`template_text`).
"""
