// Tests run beside the page, so that a secret which is typed already need not be typed again; and words are copied.
const announcer = document.getElementById("announcer");

async function test(form, address, button) {
  button.setAttribute("aria-busy", "true");
  button.disabled = true;
  announcer.textContent = "Testing…";
  try {
    const answer = await fetch(address, {
      method: "POST",
      body: new FormData(form),
      headers: { "X-Fragment": "1", Accept: "text/html" },
      redirect: "manual",
    });
    const text = await answer.text();
    const fresh = new DOMParser().parseFromString(text, "text/html").getElementById("report");
    if (!fresh) return location.reload();
    document.getElementById("report").replaceWith(fresh);
    fresh.focus();
    fresh.scrollIntoView({ block: "start" });
    announcer.textContent = fresh.querySelector("h2, p")?.textContent ?? "";
  } catch {
    announcer.textContent = "The test could not be started: no connection. Try again.";
  } finally {
    button.removeAttribute("aria-busy");
    button.disabled = false;
  }
}

// In the capturing phase: page.js would mark the form as sent, and a test may be repeated.
addEventListener(
  "submit",
  (event) => {
    const button = event.submitter;
    if (!button || !(event.target.matches("[data-report]") || button.matches("[data-report]"))) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    test(event.target, button.getAttribute("formaction") ?? event.target.getAttribute("action"), button);
  },
  true,
);

addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const source = document.getElementById(button.dataset.copy);
  try {
    await navigator.clipboard.writeText(source.textContent);
    announcer.textContent = "Copied.";
    button.querySelector(".bi").className = "bi bi-check-lg";
  } catch {
    getSelection().selectAllChildren(source); // over plain http a page may not write there: one key press is left
    announcer.textContent = "Selected; copy it with the keyboard.";
  }
});
