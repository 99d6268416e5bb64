"""A stand-in for the released `pulumi-language-python`: the plugin through which the Pulumi engine runs Python.

Used only where the released one cannot be had. It serves `pulumirpc.LanguageRuntime` (language.proto of Pulumi
3.259) as far as the CLI calls it for `preview`, `up`, `refresh`, `destroy`, `about`, `install`, policy packs and
component plugins. Code generation (`pulumi package add`, `convert`, `new`'s converters) needs the released host,
and says so.
"""
