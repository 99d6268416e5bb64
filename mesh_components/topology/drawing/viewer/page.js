// Begins.
const THEMES = ["auto", "light", "dark"];

at("in").addEventListener("click", () => zoom(1.25));
at("out").addEventListener("click", () => zoom(0.8));
at("fit").addEventListener("click", () => fit());
at("theme").addEventListener("click", () => {
  const root = document.documentElement;
  root.dataset.theme = THEMES[(THEMES.indexOf(root.dataset.theme) + 1) % THEMES.length];
  at("theme").textContent = `Theme: ${root.dataset.theme}`;
});
at("side-toggle").addEventListener("click", () => {
  const closed = at("side").classList.toggle("closed");
  at("side-toggle").setAttribute("aria-expanded", String(!closed));
  show();
});

for (const edge of edges) {
  const line = edge.elements[0]?.querySelector(".line");
  if (!line) continue;
  const hit = line.cloneNode();
  hit.setAttribute("class", "hit");
  line.before(hit);
}
for (const node of nodes) {
  const [element] = node.elements;
  if (!element) continue;
  const found = node.remarks.map((remark) => remark.level);
  const worst = ["Error", "Warning", "Info"].find((level) => found.includes(level));
  if (worst) element.classList.add(`found-${worst.toLowerCase()}`);
  element.setAttribute("role", "button");
  element.setAttribute("tabindex", node.mark === 0 ? "0" : "-1");
  element.setAttribute("aria-label", [node.name, node.kind, node.namespace, node.change === "same" ? "" : node.change].filter(Boolean).join(", "));
}
measure();
fillFilters();
fillFindings();
picture.setAttribute("preserveAspectRatio", "xMidYMid meet");
fit(true);
new ResizeObserver(show).observe(stage);
