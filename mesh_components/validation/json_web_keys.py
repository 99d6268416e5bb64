"""Sets of JSON Web Keys (RFC 7517) as istiod reads them (``lestrrat-go/jwx``)."""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import Any, Final

_NEEDED: Final = {"RSA": ("n", "e"), "EC": ("crv", "x", "y"), "OKP": ("crv", "x"), "oct": ("k",)}
"""What a key of each type needs to have (RFC 7518, RFC 8037)."""
_CURVES: Final = ("crv",)
_TEXTS: Final = ("kid", "alg", "use", "x5u", "x5t", "x5t#S256")
"""What any key may have, as text."""
_BASE64: Final = re.compile(r"[A-Za-z0-9_\-+/]*={0,2}")


class BadKeys(ValueError):
    """Says why a text is no set of keys."""


def private(text: str) -> list[int]:
    """Return the positions of the keys that are private or symmetric; raise ``BadKeys`` when the text has no keys."""
    try:
        # istiod's reader takes the first value and does not look at what follows it.
        data, _ = json.JSONDecoder().raw_decode(text.lstrip(" \t\r\n"))
    except (ValueError, RecursionError) as error:
        raise BadKeys("it is not JSON") from error
    if not isinstance(data, dict):
        raise BadKeys("it is not a mapping")
    keys = data.get("keys", [data])
    if keys is None:
        keys = []
    if not isinstance(keys, list):
        raise BadKeys("keys is not a list")
    return [index for index, key in enumerate(keys) if _is_private(key)]


def _is_private(key: Any) -> bool:
    if not isinstance(key, dict):
        raise BadKeys("a key is not a mapping")
    kind = key.get("kty")
    if not isinstance(kind, str) or kind not in _NEEDED:
        raise BadKeys(f"kty {kind!r} is not one of {', '.join(_NEEDED)}")
    if missing := [name for name in _NEEDED[kind] if key.get(name) is None]:
        raise BadKeys(f"a key of type {kind} needs {', '.join(missing)}")
    for name in (*_NEEDED[kind], *(["d"] if key.get("d") is not None else [])):
        if not isinstance(key[name], str) or (name not in _CURVES and not _is_base64(key[name])):
            raise BadKeys(f"{name} of a key is not text in base64")
    for name in _TEXTS:
        if key.get(name) is not None and not isinstance(key[name], str):
            raise BadKeys(f"{name} of a key is not text")
    return kind == "oct" or key.get("d") is not None


def _is_base64(text: str) -> bool:
    if not _BASE64.fullmatch(text):
        return False
    plain = text.rstrip("=").replace("+", "-").replace("/", "_")
    try:
        base64.urlsafe_b64decode(plain + "=" * (-len(plain) % 4))
    except (binascii.Error, ValueError):
        return False
    return True
