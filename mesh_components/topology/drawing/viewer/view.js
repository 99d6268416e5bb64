// What part of the picture is seen: zoom and pan, and how much detail is worth drawing.
const whole = given.size;
const view = { x: 0, y: 0, scale: 1 };
const LEAST = 0.02;
const MOST = 4;
let moving = 0;

const farNames = spaces.filter((space) => space.box).map((space) => {
  const text = document.createElementNS("http://www.w3.org/2000/svg", "text");
  text.setAttribute("class", "far-name");
  const name = document.createElementNS("http://www.w3.org/2000/svg", "tspan");
  const under = document.createElementNS("http://www.w3.org/2000/svg", "tspan");
  name.textContent = space.name;
  under.textContent = summaryOf(space);
  under.setAttribute("class", "under");
  text.append(name, under);
  picture.querySelector(".labels").after(text);
  space.elements.push(text);
  return { space, text, name, under };
});

function summaryOf(space) {
  const inside = nodes.filter((node) => node.namespace === space.name);
  const services = inside.filter((node) => node.kind === "service").length;
  const found = [space, ...inside].reduce((sum, part) => sum + part.remarks.length, 0);
  const changed = inside.filter((node) => node.change !== "same").length;
  return [
    services ? `${services} service${services === 1 ? "" : "s"}` : `${inside.length} node${inside.length === 1 ? "" : "s"}`,
    found ? `${found} finding${found === 1 ? "" : "s"}` : "",
    changed ? `${changed} changed` : "",
  ].filter(Boolean).join(" · ");
}

// Once: how much larger a node's name may be when nothing else is written in it.
function measure() {
  const names = nodes.map((node) => [node, node.elements[0]?.querySelector(":scope > .name")]).filter(([, name]) => name);
  const widths = names.map(([, name]) => name.getComputedTextLength());
  names.forEach(([node, name], place) => {
    const room = node.box[2] - Number(name.getAttribute("x")) - 12;
    name.style.setProperty("--grow", Math.max(1, Math.min(1.7, room / (widths[place] || 1))).toFixed(2));
    // Without what is below it, it stands in the middle.
    name.style.setProperty("--lower", `${(node.box[3] / 2 + 5 - Number(name.getAttribute("y"))).toFixed(1)}px`);
  });
}

function show() {
  const { clientWidth: wide, clientHeight: high } = stage;
  picture.setAttribute("viewBox", `${view.x} ${view.y} ${wide / view.scale} ${high / view.scale}`);
  const level = view.scale < 0.33 ? "far" : view.scale < 0.55 ? "mid" : "near";
  for (const name of ["far", "mid", "near"]) picture.classList.toggle(name, name === level);
  // In steps, since each makes the browser look at every line again.
  picture.style.setProperty("--scale", 2 ** Math.round(Math.log2(view.scale)));
  at("scale").value = `${Math.round(view.scale * 100)} %`;
  if (level === "far") farNames.forEach(placeName);
}

function placeName({ space, text, name, under }) {
  const [x, y, wide, high] = space.box;
  const letters = Math.max(space.name.length, 4);
  const inside = Math.min(20 / view.scale, (wide * 0.92) / (letters * 0.66), high * 0.4);
  const size = Math.max(inside, 10 / view.scale);
  text.setAttribute("font-size", size);
  text.setAttribute("stroke-width", size * 0.3);
  name.setAttribute("x", x + wide / 2);
  name.setAttribute("y", y + high / 2);
  under.setAttribute("x", x + wide / 2);
  under.setAttribute("dy", size * 0.85);
  const small = Math.min(size * 0.65, (wide * 0.92) / (under.textContent.length * 0.6));
  under.setAttribute("font-size", small);
  under.classList.toggle("gone", small * view.scale < 7);
}

function bounded(scale) {
  return Math.min(MOST, Math.max(LEAST, scale));
}

// Zoom around a point of the stage, which stays where it is.
function zoom(factor, px = stage.clientWidth / 2, py = stage.clientHeight / 2) {
  cancelAnimationFrame(moving);
  const scale = bounded(view.scale * factor);
  view.x += px / view.scale - px / scale;
  view.y += py / view.scale - py / scale;
  view.scale = scale;
  show();
}

function pan(dx, dy) {
  cancelAnimationFrame(moving);
  view.x -= dx / view.scale;
  view.y -= dy / view.scale;
  show();
}

function go(target, at_once = false) {
  cancelAnimationFrame(moving);
  if (at_once || matchMedia("(prefers-reduced-motion: reduce)").matches) {
    Object.assign(view, target);
    show();
    return;
  }
  const { clientWidth: wide, clientHeight: high } = stage;
  const from = { cx: view.x + wide / view.scale / 2, cy: view.y + high / view.scale / 2, scale: view.scale };
  const to = { cx: target.x + wide / target.scale / 2, cy: target.y + high / target.scale / 2, scale: target.scale };
  const start = performance.now();
  const step = (now) => {
    const done = Math.min(1, (now - start) / 220);
    const eased = 1 - (1 - done) ** 3;
    view.scale = from.scale * (to.scale / from.scale) ** eased;
    view.x = from.cx + (to.cx - from.cx) * eased - wide / view.scale / 2;
    view.y = from.cy + (to.cy - from.cy) * eased - high / view.scale / 2;
    show();
    if (done < 1) moving = requestAnimationFrame(step);
  };
  moving = requestAnimationFrame(step);
}

// Bring a box into the middle, at a scale at which it is legible and inside.
function centre([x, y, wide, high], { most = 1, least = 0.9, at_once = false } = {}) {
  const { clientWidth, clientHeight } = stage;
  const fitting = Math.min((clientWidth - 48) / Math.max(wide, 1), (clientHeight - 48) / Math.max(high, 1));
  const scale = bounded(Math.min(fitting, Math.max(Math.min(view.scale, most), least)));
  go({ x: x + wide / 2 - clientWidth / scale / 2, y: y + high / 2 - clientHeight / scale / 2, scale }, at_once);
}

function fit(at_once = false) {
  centre([0, 0, whole[0], whole[1]], { most: 1.25, least: 1.25, at_once });
}
