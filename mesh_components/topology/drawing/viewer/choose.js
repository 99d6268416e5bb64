// What is chosen, and what the panel says of it.
const selected = at("selected");
let chosen = null;

function choose(part, { moves = true } = {}) {
  if (chosen) toggle(chosen, "chosen", false);
  chosen = part;
  light();
  selected.hidden = !part;
  selected.replaceChildren();
  if (!part) return;
  toggle(part, "chosen", true);
  if (part.what === "node") {
    for (const node of nodes) node.elements[0]?.setAttribute("tabindex", node === part ? "0" : "-1");
  }
  selected.append(...{ node: ofNode, edge: ofEdge, space: ofSpace }[part.what](part));
  const box = moves && boxOf(part);
  if (box) centre(box);
}

// Everything that has to do with what is chosen stands out.
function light() {
  picture.classList.toggle("asking", Boolean(chosen && chosen.what !== "space") || hits.length > 0);
  for (const part of [...nodes, ...edges]) toggle(part, "lit", false);
  const around = chosen?.what === "node" ? chosen.edges : chosen?.what === "edge" ? [chosen] : [];
  for (const edge of around) for (const part of [edge, edge.from, edge.to]) if (part) toggle(part, "lit", true);
}

const SIGNS = { added: "+ added", removed: "− removed", changed: "~ changed" };

function heading(part, name, kind) {
  const close = make("button", { type: "button", className: "close", text: "×", ariaLabel: "Close", onclick: () => choose(null) });
  const said = [close, make("h2", { text: name }), make("p", { className: "soft", text: kind })];
  if (SIGNS[part.change]) said.push(make("p", { className: `change ${part.change}`, text: SIGNS[part.change] }));
  if (part.was.length) said.push(make("p", { text: `was ${part.was.join(", ")}` }));
  return said;
}

function listed(title, items) {
  return items.length ? [make("h3", { text: title }), make("ul", {}, ...items.map((item) => make("li", {}, ...item)))] : [];
}

function link(part, text) {
  return make("button", { type: "button", className: "link", text, onclick: () => choose(part) });
}

function ofRemark(remark) {
  const ended = { added: " (new)", removed: " (mended)" }[remark.change] ?? "";
  const level = make("span", { className: `level ${remark.level.toLowerCase()}`, text: `${remark.level} ${remark.code}${ended}` });
  const said = [level, ` ${remark.resource}: ${remark.text}`];
  if (remark.remedy) said.push(make("p", {}, make("strong", { text: "Remedy: " }), remark.remedy));
  return said;
}

function protection(tls) {
  if (!tls) return "";
  if (["STRICT", "PERMISSIVE", "DISABLE"].includes(tls)) return `mTLS ${tls}`;
  return tls === "none" ? "no TLS" : `TLS ${tls}`;
}

function factsOf(edge) {
  return [
    ...edge.match,
    edge.weight === null ? "" : `${edge.weight} %`,
    edge.port === null ? "" : `port ${edge.port}`,
    protection(edge.tls),
    ...edge.features,
    edge.resource && edge.resource !== edge.source ? `by ${edge.resource}` : "",
  ].filter(Boolean);
}

function edgeLine(edge, other) {
  const sign = { added: "+ ", removed: "− ", changed: "~ " }[edge.change] ?? "";
  const facts = factsOf(edge).join(", ");
  return [
    make("span", { className: `change ${edge.change}`, text: sign }),
    link(edge, edge.kind), " ", other ? link(other, pathOf(other)) : "?", facts ? `: ${facts}` : "",
    edge.was.length ? ` (was ${edge.was.join(", ")})` : "",
  ];
}

function notesOf(part) {
  return listed("Policies", part.notes.map((note) => [make("strong", { text: note.resource }), `: ${note.text}`]));
}

function ofNode(node) {
  const out = node.edges.filter((edge) => edge.from === node);
  const into = node.edges.filter((edge) => edge.to === node);
  return [
    ...heading(node, node.name, [node.kind, node.namespace && `in ${node.namespace}`].filter(Boolean).join(" ")),
    make("p", { text: [node.detail, protection(node.mtls)].filter(Boolean).join(", ") }),
    make("p", { className: "soft", text: node.id }),
    ...listed("Findings", node.remarks.map(ofRemark)),
    ...notesOf(node),
    ...listed("From here", out.map((edge) => edgeLine(edge, edge.to))),
    ...listed("To here", into.map((edge) => edgeLine(edge, edge.from))),
  ];
}

function ofEdge(edge) {
  return [
    ...heading(edge, edge.kind, edge.resource),
    make("p", {}, edge.from ? link(edge.from, pathOf(edge.from)) : "?", " → ", edge.to ? link(edge.to, pathOf(edge.to)) : "?"),
    ...listed("What it says", factsOf(edge).map((fact) => [fact])),
    ...listed("Findings", edge.remarks.map(ofRemark)),
  ];
}

function ofSpace(space) {
  const inside = nodes.filter((node) => node.namespace === space.name);
  return [
    ...heading(space, space.name, "namespace"),
    make("p", { text: [protection(space.mtls), space.injection && `injection: ${space.injection}`].filter(Boolean).join(", ") }),
    ...listed("Findings", space.remarks.map(ofRemark)),
    ...notesOf(space),
    ...listed("In it", inside.map((node) => [link(node, node.name), ` ${node.kind}`])),
  ];
}
