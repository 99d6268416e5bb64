// Search: by name, namespace and kind; every word has to be there.
const search = at("search");
let hits = [];
let current = -1;
const searchable = [...nodes, ...spaces].map((part) => ({
  part, said: `${part.name} ${part.namespace ?? ""} ${part.kind ?? "namespace"} ${part.id}`.toLowerCase(),
}));

function find() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  hits = words.length ? searchable.filter(({ said }) => words.every((word) => said.includes(word))).map(({ part }) => part) : [];
  // A name that begins with the word comes before one that has it inside.
  const rank = (part) => (part.name.toLowerCase() === words[0] ? 0 : part.name.toLowerCase().startsWith(words[0]) ? 1 : 2);
  hits.sort((one, other) => rank(one) - rank(other));
  current = -1;
  const found = new Set(hits);
  for (const { part } of searchable) toggle(part, "hit", found.has(part));
  if (!words.length && chosen) choose(null);
  light();
  tell(words.length);
}

function tell(asked) {
  at("hits").value = !asked ? "" : !hits.length ? "none" : current < 0 ? `${hits.length}` : `${current + 1}/${hits.length}`;
}

function walk(step) {
  if (!hits.length) return;
  current = (current + step + hits.length) % hits.length;
  choose(hits[current]);
  tell(true);
}

search.addEventListener("input", find);
search.addEventListener("keydown", (event) => {
  if (event.key === "Enter") walk(event.shiftKey ? (current < 0 ? 0 : -1) : 1);
  if (event.key === "Escape") {
    search.value = "";
    find();
    search.blur();
  }
});
