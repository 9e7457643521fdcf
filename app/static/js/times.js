// Times come in UTC from the server; here they are shown in the reader's zone, UTC staying in the hover text.
const short = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
const long = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" });
const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });

export function localTimes(root) {
  const now = new Date();
  for (const time of root.querySelectorAll("time[data-shown]")) {
    const moment = new Date(time.dateTime);
    const format = time.dataset.shown === "clock" ? clock : moment.getFullYear() === now.getFullYear() ? short : long;
    const text = format.format(moment);
    if (time.textContent !== text) time.textContent = text;
  }
}
