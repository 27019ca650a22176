// A ranked ballot reads back the order that its places make. Without this file the ballot works the same.

const order = document.querySelector("[data-order]");
const selects = [...document.querySelectorAll("[data-ballot] select")];

function nameOf(select) {
  return select.labels[0].textContent;
}

function tell() {
  const tiers = new Map();
  const rest = [];
  for (const select of selects) {
    if (!select.value) rest.push(nameOf(select));
    else tiers.set(Number(select.value), [...(tiers.get(Number(select.value)) ?? []), nameOf(select)]);
  }
  const places = [...tiers.keys()].sort((a, b) => a - b);
  order.hidden = places.length === 0;
  const told = places.map((place, index) => `${index + 1}. ${tiers.get(place).join(" = ")}`).join("; ");
  order.textContent = `${order.dataset.head} ${told}.${rest.length ? ` ${order.dataset.rest} ${rest.join(", ")}.` : ""}`;
}

if (order) {
  for (const select of selects) select.addEventListener("change", tell);
  tell();
}
