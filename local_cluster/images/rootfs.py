"""The Debian layer of an image: packages unpacked, and the little that their install scripts would have done."""

from pathlib import Path

from local_cluster.toolchain import debian

_NOT_NEEDED = ("usr/share/perl5", "usr/share/debconf", "usr/share/bug", "var/lib/dpkg", "etc/init.d")
_SERVICE_LINKS = {
    # dash's and iptables' install scripts set these; Istio's image chooses the nft flavour too.
    "usr/bin/sh": "dash",
    **{
        f"usr/sbin/{family}{action}": f"{family}-nft{action}"
        for family in ("iptables", "ip6tables")
        for action in ("", "-save", "-restore")
    },
}


def make(name: str, packages: tuple[str, ...], root: Path) -> None:
    """Unpack Debian packages, with all they depend on, into the folder `root`, ready to be a container's root."""
    debian.unpack_packages(name, packages, root, glibc=True)
    debian.remove(root, _NOT_NEEDED)
    for link, target in _SERVICE_LINKS.items():
        place = root / link
        if (place.parent / target).exists() and not place.is_symlink() and not place.exists():
            place.symlink_to(target)
    authorities = sorted((root / "usr/share/ca-certificates").rglob("*.crt"))
    if authorities:
        bundle = root / "etc/ssl/certs/ca-certificates.crt"
        bundle.parent.mkdir(parents=True, exist_ok=True)
        bundle.write_text("".join(path.read_text() for path in authorities))
