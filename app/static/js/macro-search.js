// Searches while a person types: asks for the same page and changes only the results; the address follows, so that it
// can be pasted to a colleague. "/" jumps to the box. Without this script the form does the same on Enter.
import { morph } from "./morph.js";
import { localTimes } from "./times.js";

const WAIT = 250;
const form = document.getElementById("macro-form");
let timer;
let asked;

function address() {
  const filled = [...new FormData(form)].filter(([, value]) => value !== "");
  const query = new URLSearchParams(filled).toString();
  return query ? `${form.action}?${query}` : form.action;
}

async function search() {
  const url = address();
  if (url === location.href) return;
  asked?.abort();
  asked = new AbortController();
  try {
    const answer = await fetch(url, { credentials: "same-origin", cache: "no-store", signal: asked.signal });
    if (!answer.ok || answer.redirected) return location.assign(url);
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    show(fresh, url);
  } catch (error) {
    if (error.name !== "AbortError") form.submit(); // the connection: let the browser say so
  }
}

function show(fresh, url) {
  const found = document.getElementById("found");
  found.replaceChildren(...fresh.getElementById("found").childNodes);
  morph(document.getElementById("macro-reading"), fresh.getElementById("macro-reading"));
  localTimes(found);
  history.replaceState(null, "", url);
  document.title = fresh.title;
  const problem = found.querySelector("[role=alert]");
  const box = document.getElementById("q");
  box.classList.toggle("is-invalid", Boolean(problem));
  box.toggleAttribute("aria-invalid", Boolean(problem));
  const said = problem ?? found.querySelector("[data-said]");
  document.getElementById("announcer").textContent = said ? said.textContent.trim() : "";
}

if (form) {
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(search, WAIT);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(timer);
    search();
  });
  addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    document.getElementById("q").select();
  });
}
