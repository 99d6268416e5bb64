// What is hidden: namespaces, kinds of edges, and, on request, all that a change leaves as it was.
const changesOnly = at("changes-only");

function filter() {
  const only = changesOnly.checked;
  const near = new Set();
  if (only) {
    for (const part of parts.values()) if (touched(part)) near.add(part);
    for (const edge of edges) if (near.has(edge)) [edge.from, edge.to].forEach((node) => node && near.add(node));
  }
  const shown = (node) => (spaceOf.get(node.namespace)?.shown ?? true) && (!only || near.has(node));
  const visible = new Set(nodes.filter(shown));
  for (const node of nodes) toggle(node, "gone", !visible.has(node));
  for (const edge of edges) {
    const seen = visible.has(edge.from) && visible.has(edge.to) && shownKinds.has(edge.kind) && (!only || near.has(edge));
    toggle(edge, "gone", !seen);
  }
  const inhabited = new Set([...visible].map((node) => node.namespace));
  for (const space of spaces) toggle(space, "gone", !space.shown || (only && !near.has(space) && !inhabited.has(space.name)));
}

function touched(part) {
  return part.change !== "same" || part.remarks.some((remark) => remark.change !== "same");
}

function box(text, number, checked, onchange, drawn) {
  const input = make("input", { type: "checkbox", checked });
  input.addEventListener("change", () => onchange(input.checked));
  return make("label", {}, input, ...(drawn ? [drawn] : []), make("span", { text }), make("span", { className: "number", text: number }));
}

function fillFilters() {
  at("changes-only-label").hidden = !given.compared;
  changesOnly.addEventListener("change", filter);
  at("kinds").closest("fieldset").hidden = !kinds.length;
  at("spaces").closest("fieldset").hidden = !spaces.length;
  at("kinds").append(...kinds.map((kind) => box(kind, edges.filter((edge) => edge.kind === kind).length, true, (on) => {
    shownKinds[on ? "add" : "delete"](kind);
    filter();
  })));
  const list = at("spaces");
  const fill = () => list.replaceChildren(...spaces.map((space) => {
    const inside = nodes.filter((node) => node.namespace === space.name).length;
    return box(space.name, inside, space.shown, (on) => {
      space.shown = on;
      filter();
    });
  }));
  const all = (on) => {
    for (const space of spaces) space.shown = on;
    fill();
    filter();
  };
  at("all").addEventListener("click", () => all(true));
  at("none").addEventListener("click", () => all(false));
  fill();
}

function fillFindings() {
  at("findings-box").hidden = !remarks.length;
  at("findings").append(...remarks.map((remark) => {
    const ended = { added: "+ new ", removed: "− mended " }[remark.change] ?? "";
    const line = make("button", { type: "button", className: `finding ${remark.level.toLowerCase()}` },
      make("span", { className: `change ${remark.change}`, text: ended }),
      make("span", { className: `level ${remark.level.toLowerCase()}`, text: `${remark.level} ${remark.code}` }),
      ` ${remark.resource}: ${remark.text}`);
    const part = parts.get(remark.at);
    line.addEventListener("click", () => (part ? choose(part) : whole_mesh(remark)));
    return make("li", {}, line);
  }));
}

function whole_mesh(remark) {
  choose(null);
  selected.hidden = false;
  selected.append(make("h2", { text: "The mesh as a whole" }), make("p", {}, ...ofRemark(remark)));
}
