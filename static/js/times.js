// Deadlines stand in UTC; beside each comes the reader's own time, where that differs.

const format = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
const zone = new Intl.DateTimeFormat("en", { timeZoneName: "short" });

function zoneName(when) {
  return zone.formatToParts(when).find((part) => part.type === "timeZoneName").value;
}

for (const element of document.querySelectorAll("time[data-local]")) {
  const when = new Date(element.dateTime);
  if (when.getTimezoneOffset() === 0) continue;
  const own = document.createElement("span");
  own.className = "local-time";
  own.textContent = `${format.format(when)} ${zoneName(when)}`;
  element.append(own);
}
