// What the page was given, each part with its elements of the picture.
const given = JSON.parse(document.getElementById("data").textContent);
const picture = document.getElementById("picture");
const stage = document.getElementById("stage");
const at = (id) => document.getElementById(id);

const byMark = (name) => {
  const found = new Map();
  for (const element of picture.querySelectorAll(`[data-${name}]`)) {
    for (const mark of element.getAttribute(`data-${name}`).split(" ").map(Number)) {
      found.set(mark, [...(found.get(mark) ?? []), element]);
    }
  }
  return (mark) => found.get(mark) ?? [];
};
const nodeElements = byMark("node");
const edgeElements = byMark("edge");
const spaceElements = byMark("space");

const spaces = given.namespaces.map((space, mark) => ({ ...space, what: "space", mark, elements: spaceElements(mark), shown: true }));
const spaceOf = new Map(spaces.map((space) => [space.name, space]));
const nodes = given.nodes.map((node, mark) => ({ ...node, what: "node", mark, elements: nodeElements(mark), edges: [] }));
const nodeOf = new Map(nodes.map((node) => [node.id, node]));
const edges = given.edges.map((edge, mark) => ({
  ...edge, what: "edge", mark, elements: edgeElements(mark), from: nodeOf.get(edge.source), to: nodeOf.get(edge.target),
}));
for (const edge of edges) {
  edge.from?.edges.push(edge);
  if (edge.to !== edge.from) edge.to?.edges.push(edge);
}
const parts = new Map([...spaces, ...nodes, ...edges].map((part) => [part.id, part]));
const remarks = given.remarks;
for (const part of parts.values()) part.remarks = remarks.filter((remark) => remark.at === part.id);
const kinds = [...new Set(edges.map((edge) => edge.kind))];
const shownKinds = new Set(kinds);

// A label may belong to several edges: for a class of all of them, toggle in an order in which "on" comes last.
const toggle = (part, name, on) => part.elements.forEach((element) => element.classList.toggle(name, on));
const make = (name, options = {}, ...children) => {
  const { text, ...others } = options;
  const made = Object.assign(document.createElement(name), others);
  if (text !== undefined) made.textContent = text;
  made.append(...children);
  return made;
};
const pathOf = (node) => (node.namespace ? `${node.namespace}/${node.name}` : node.name);

// Where a part is: [x, y, width, height].
const boxOf = (part) => {
  if (part.what !== "edge") return part.box;
  const shown = part.elements.at(-1);
  if (!shown) return null;
  const box = shown.getBBox();
  const matrix = shown.transform.baseVal.consolidate()?.matrix;
  return [box.x + (matrix?.e ?? 0), box.y + (matrix?.f ?? 0), box.width, box.height];
};
