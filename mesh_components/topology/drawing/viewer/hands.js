// Mouse, fingers and keys.
const pointers = new Map();
let moved = 0;

stage.addEventListener("wheel", (event) => {
  event.preventDefault();
  const lines = event.deltaMode === 1 ? 16 : 1;
  const { left, top } = stage.getBoundingClientRect();
  // A pinch on a touchpad is a wheel with Ctrl, in smaller steps.
  zoom(Math.exp(-event.deltaY * lines * (event.ctrlKey ? 0.01 : 0.0016)), event.clientX - left, event.clientY - top);
}, { passive: false });

picture.addEventListener("pointerdown", (event) => {
  if (event.button !== 0) return;
  if (!pointers.size) moved = 0;
  pointers.set(event.pointerId, [event.clientX, event.clientY]);
});

// The mouse neither takes the focus nor selects text; a click says what is chosen.
picture.addEventListener("mousedown", (event) => {
  event.preventDefault();
  if (document.activeElement !== document.body) document.activeElement?.blur();
});

window.addEventListener("pointermove", (event) => {
  const last = pointers.get(event.pointerId);
  if (!last) return;
  const now = [event.clientX, event.clientY];
  const others = [...pointers].filter(([id]) => id !== event.pointerId).map(([, point]) => point);
  pointers.set(event.pointerId, now);
  moved += Math.hypot(now[0] - last[0], now[1] - last[1]);
  if (others.length) {
    const { left, top } = stage.getBoundingClientRect();
    const [other] = others;
    const before = Math.hypot(last[0] - other[0], last[1] - other[1]) || 1;
    const after = Math.hypot(now[0] - other[0], now[1] - other[1]);
    zoom(after / before, (now[0] + other[0]) / 2 - left, (now[1] + other[1]) / 2 - top);
    pan((now[0] - last[0]) / 2, (now[1] - last[1]) / 2);
  } else {
    if (moved > 4) picture.classList.add("dragging");
    pan(now[0] - last[0], now[1] - last[1]);
  }
});

for (const name of ["pointerup", "pointercancel"]) {
  window.addEventListener(name, (event) => {
    pointers.delete(event.pointerId);
    if (!pointers.size) picture.classList.remove("dragging");
  });
}

picture.addEventListener("click", (event) => {
  if (moved > 4) return;
  const part = partAt(event.target);
  choose(part, { moves: false });
  if (part?.what === "node") part.elements[0].focus({ preventScroll: true });
});

picture.addEventListener("dblclick", (event) => {
  const part = partAt(event.target);
  if (part) choose(part);
});

function partAt(element) {
  const node = element.closest("[data-node]");
  if (node) return nodes[Number(node.dataset.node)];
  const edge = element.closest("[data-edge]");
  if (edge) return edges[Number(edge.dataset.edge.split(" ")[0])];
  const space = element.closest("[data-space]");
  return space && element.closest(".name") ? spaces[Number(space.dataset.space)] : null;
}

// The nearest node in a direction: ahead counts once, aside twice.
function next(from, dx, dy) {
  const middle = (node) => [node.box[0] + node.box[2] / 2, node.box[1] + node.box[3] / 2];
  const [x, y] = middle(from);
  let best = null;
  let least = Infinity;
  for (const node of nodes) {
    if (node === from || node.elements[0]?.classList.contains("gone")) continue;
    const [nx, ny] = middle(node);
    const ahead = (nx - x) * dx + (ny - y) * dy;
    const aside = Math.abs((nx - x) * dy) + Math.abs((ny - y) * dx);
    if (ahead > 1 && ahead + 2 * aside < least) {
      least = ahead + 2 * aside;
      best = node;
    }
  }
  return best;
}

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function arrow(event) {
  const [dx, dy] = ARROWS[event.key];
  event.preventDefault();
  if (event.shiftKey) {
    pan(-dx * 80, -dy * 80);
    return;
  }
  const from = chosen?.what === "node" ? chosen : null;
  const to = from ? next(from, dx, dy) : nodes.find((node) => !node.elements[0]?.classList.contains("gone"));
  if (!to) return;
  choose(to);
  to.elements[0].focus({ preventScroll: true });
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const typing = event.target.closest("input, textarea, select");
  if (event.key === "/" && !typing) {
    event.preventDefault();
    search.focus();
    search.select();
    return;
  }
  if (typing || event.target.closest("aside")) {
    if (event.key === "Escape" && !typing) choose(null);
    return;
  }
  if (ARROWS[event.key] && !event.target.closest("header")) arrow(event);
  else if (event.key === "+" || event.key === "=") zoom(1.25);
  else if (event.key === "-") zoom(0.8);
  else if (event.key === "0") fit();
  else if (event.key === "Escape") choose(null);
  else if (event.key === "Enter" && event.target.closest("[data-node]")) {
    // Or what then has the focus is pressed by the same key.
    event.preventDefault();
    selected.querySelector(".close")?.focus();
  }
});

picture.addEventListener("focusin", (event) => {
  const part = partAt(event.target);
  if (part && part !== chosen) choose(part, { moves: false });
});
