// Upload form: drag and drop, the list of chosen files, and a progress bar. Without it the form is sent as usual.

const form = document.querySelector("[data-upload]");
const input = form.querySelector("input[type=file]");
const drop = form.querySelector("[data-drop]");
const chosen = form.querySelector("[data-chosen]");
const progress = form.querySelector("[data-progress]");
const bar = progress.querySelector("progress");
const status = progress.querySelector("[data-status]");
const button = form.querySelector(".button--primary");

const STEP = 1000;
const UNITS = ["B", "kB", "MB", "GB", "TB"];

function fileSize(bytes) {
  let size = bytes;
  let unit = 0;
  while (size >= STEP && unit < UNITS.length - 1) {
    size /= STEP;
    unit += 1;
  }
  return `${size.toLocaleString(document.documentElement.lang, { maximumFractionDigits: size < 100 ? 1 : 0 })} ${UNITS[unit]}`;
}

function listChosen() {
  chosen.replaceChildren(
    ...[...input.files].map((file) => {
      const line = document.createElement("li");
      const name = document.createElement("span");
      const size = document.createElement("span");
      name.textContent = file.name;
      size.textContent = fileSize(file.size);
      line.append(name, size);
      return line;
    }),
  );
}

function show(event) {
  bar.value = (100 * event.loaded) / event.total;
  const done = event.loaded === event.total;
  status.textContent = done ? form.dataset.sent : `${fileSize(event.loaded)} / ${fileSize(event.total)}`;
}

function finish(request) {
  if (request.status < 400) return location.assign(request.responseURL);
  const page = new DOMParser().parseFromString(request.responseText, "text/html");
  const alert = page.querySelector("main .alert--error, main .errorlist, main .empty p");
  fail(alert ? alert.textContent.trim() : form.dataset.lost);
}

function fail(sentence) {
  status.textContent = sentence;
  status.classList.add("field__error");
  button.disabled = false;
}

function send(event) {
  event.preventDefault();
  const request = new XMLHttpRequest();
  request.upload.addEventListener("progress", show);
  request.addEventListener("load", () => finish(request));
  request.addEventListener("error", () => fail(form.dataset.lost));
  request.open("POST", form.action);
  button.disabled = true;
  progress.hidden = false;
  status.classList.remove("field__error");
  request.send(new FormData(form));
}

input.addEventListener("change", listChosen);
form.addEventListener("submit", send);
for (const name of ["dragenter", "dragover"]) {
  drop.addEventListener(name, (event) => {
    event.preventDefault();
    drop.classList.add("drop--over");
  });
}
drop.addEventListener("dragleave", () => drop.classList.remove("drop--over"));
drop.addEventListener("drop", (event) => {
  event.preventDefault();
  drop.classList.remove("drop--over");
  input.files = event.dataTransfer.files;
  listChosen();
});
