// Reading weights off the large picture, and the arrow keys in the overview.
// All of it is enhancement: heads and rows are also links, and the chosen row is told in a table.

const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

function readCells(svg) {
  const { rows, columns, weights, causal } = JSON.parse(svg.dataset.attention);
  const [cell, left, top] = [svg.dataset.cell, svg.dataset.left, svg.dataset.top].map(Number);
  const cursor = svg.querySelector(".attention__cursor");
  const reading = document.getElementById("attention-reading");
  let at = [rows.length - 1, 0];

  function show(row, column) {
    if (!(row in rows) || !(column in columns)) return;
    at = [row, column];
    cursor.setAttribute("x", left + column * cell);
    cursor.setAttribute("y", top + row * cell);
    cursor.setAttribute("visibility", "visible");
    const words = causal && column > row ? svg.dataset.masked : svg.dataset.says;
    const filled = { row: rows[row], column: columns[column], weight: weights[row][column].toFixed(4) };
    reading.textContent = words.replace(/\{(row|column|weight)\}/g, (_, name) => filled[name]);
  }

  svg.addEventListener("pointermove", (event) => {
    const box = svg.getBoundingClientRect();
    show(Math.floor((event.clientY - box.top - top) / cell), Math.floor((event.clientX - box.left - left) / cell));
  });
  svg.addEventListener("focus", () => show(...at));
  svg.addEventListener("keydown", (event) => {
    const step = STEPS[event.key];
    if (!step) return;
    event.preventDefault();
    show(at[0] + step[0], at[1] + step[1]);
  });
}

function moveByArrows(grid) {
  grid.addEventListener("keydown", (event) => {
    const step = STEPS[event.key];
    const from = event.target.closest("a");
    if (!step || !from) return;
    const [layer, head] = [Number(from.dataset.layer) + step[0], Number(from.dataset.head) + step[1]];
    const to = grid.querySelector(`a[data-layer="${layer}"][data-head="${head}"]`);
    if (!to) return;
    event.preventDefault();
    from.tabIndex = -1;
    to.tabIndex = 0;
    to.focus();
  });
}

document.querySelectorAll("[data-attention]").forEach(readCells);
document.querySelectorAll("[data-attention-grid]").forEach(moveByArrows);
