// The list of macros: asks for the macros that match while a person types; what is chosen stays chosen.
const WAIT = 250;
const filter = document.getElementById("macro-filter");
const box = document.getElementById("q");
const list = () => document.getElementById("macros");
let timer;
let asked;

function address() {
  const wanted = new URLSearchParams({ q: box.value });
  const category = document.getElementById("category");
  if (category?.value) wanted.set("category", category.value);
  const chosen = list().querySelector("input:checked");
  if (chosen) wanted.set("macro", chosen.value);
  return `${filter.dataset.macros}?${wanted}`;
}

async function find() {
  asked?.abort();
  asked = new AbortController();
  try {
    const answer = await fetch(address(), { credentials: "same-origin", cache: "no-store", signal: asked.signal });
    if (!answer.ok || answer.redirected) return location.reload(); // signed out, or no longer allowed
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("macros");
    const inCategory = document.activeElement?.id === "category";
    list().replaceChildren(...fresh.childNodes);
    if (inCategory) document.getElementById("category")?.focus();
    document.getElementById("announcer").textContent = list().querySelector("[data-said]")?.textContent ?? "";
  } catch (error) {
    if (error.name !== "AbortError") document.getElementById("announcer").textContent = "The connection was lost.";
  }
}

if (filter) {
  box.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(find, WAIT);
  });
  box.addEventListener("keydown", async (event) => {
    if (event.key !== "Enter" && event.key !== "ArrowDown") return;
    event.preventDefault(); // Enter would send the form before it is filled in
    clearTimeout(timer);
    if (event.key === "Enter") await find();
    const radios = [...list().querySelectorAll("input[type=radio]:enabled")];
    const first = radios.find((radio) => !radio.checked || radios.length === 1) ?? radios[0];
    if (event.key === "Enter" && first && !radios.some((radio) => radio.checked)) first.checked = true;
    (list().querySelector("input:checked") ?? first)?.focus();
  });
  document.addEventListener("change", (event) => {
    if (event.target.id === "category") find();
  });
}
