// Lists: keep the address short, and start with closed filters where they would push the results away.

const NARROW = "(max-width: 60rem)";
const listing = document.querySelector("[data-listing]");

listing.addEventListener("htmx:configRequest", (event) => {
  const { parameters } = event.detail;
  for (const [name, value] of Object.entries(parameters)) {
    if (value === "") delete parameters[name];
  }
});

if (matchMedia(NARROW).matches) listing.querySelector(".filters").open = false;
