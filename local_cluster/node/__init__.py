"""One real Kubernetes node on this machine, without a container engine.

The node is a set of ordinary processes inside namespaces of their own: network, mounts, process ids, host name. That is
what kind does with Docker's help, and it is why `up` and `down` are safe on a machine that does other things too:

- its ports, bridges, iptables rules, network settings and mounts exist only inside, so nothing on the machine can be in
  their way, and nothing stays when the last process ends;
- killing one process (the node's init, see `init.py`) ends every other one, pods included: the kernel sees to it;
- only three things are outside: one virtual Ethernet cable to reach the node by, the pods' cgroups, and files in
  one state folder. `down` removes them by name.

Two nodes with different state folders live side by side; `config.py` gives each its own addresses.
"""
