// What every page has: copy buttons, menus that close, the theme switch without a reload, where one is.
// All of it is enhancement: without this file every page still works.

const COPIED_MS = 1600;

function showCopyButtons(root) {
  if (!navigator.clipboard) return; // plain http on a remote host: the text can still be selected
  for (const button of root.querySelectorAll("[data-copy]")) button.hidden = false;
}

async function copy(button) {
  await navigator.clipboard.writeText(button.dataset.copy);
  button.classList.add("copied");
  setTimeout(() => button.classList.remove("copied"), COPIED_MS);
}

function closeMenus(except) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (menu !== except) menu.open = false;
  }
}

async function switchTheme(form, button) {
  const response = await fetch(form.action, { method: "POST", body: new FormData(form, button) });
  if (!response.ok) return form.submit();
  document.documentElement.dataset.theme = button.value;
  for (const other of form.querySelectorAll("[name=theme]")) other.setAttribute("aria-pressed", other === button);
  closeMenus();
}

document.addEventListener("click", (event) => {
  const copyButton = event.target.closest("[data-copy]");
  if (copyButton) copy(copyButton);
  closeMenus(event.target.closest("details.menu"));
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.querySelector("details.menu[open]");
  closeMenus();
  menu?.querySelector("summary").focus();
});

document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-theme-form]") || !event.submitter) return;
  event.preventDefault();
  switchTheme(event.target, event.submitter);
});

document.addEventListener("htmx:load", (event) => showCopyButtons(event.target));
showCopyButtons(document);

// On a phone the row of pages scrolls sideways: show where one is.
document.querySelector(".site-nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
