// The list of views: a filter box that hides the rows whose words do not fit, and counts that come in later.
const COUNTS_EVERY = 8000; // Zendesk computes a count for some seconds, and lets itself be asked six times a minute
const COUNTS_ASKED = 6;

const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

for (const box of document.querySelectorAll("[data-filters]")) {
  const list = document.getElementById(box.dataset.filters);
  const rows = [...list.querySelectorAll(".picker-row")];
  const announcer = document.getElementById("announcer");

  const filter = () => {
    const words = plain(box.value).split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of rows) {
      const title = plain(row.querySelector(".title").textContent);
      row.hidden = !words.every((word) => title.includes(word));
      shown += row.hidden ? 0 : 1;
    }
    list.querySelector("[data-none]").hidden = shown > 0;
    if (box.value) announcer.textContent = shown === 1 ? "1 match" : shown ? `${shown} matches` : "No matches";
  };

  box.addEventListener("input", filter);
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== "ArrowDown") return;
    event.preventDefault(); // Enter would send the form before it is filled in
    const first = rows.find((row) => !row.hidden)?.querySelector("input");
    if (!first) return;
    if (event.key === "Enter") first.checked = true;
    first.focus();
  });
  list.querySelector("input:checked")?.closest(".picker-row").scrollIntoView({ block: "nearest" });
}

async function fillInCounts(list) {
  const open = () => [...list.querySelectorAll("[data-counting]")];
  for (let asked = 0; asked < COUNTS_ASKED && open().length; asked += 1) {
    await new Promise((later) => setTimeout(later, COUNTS_EVERY));
    if (document.hidden) continue;
    try {
      const answer = await fetch(list.dataset.counts, { headers: { "X-Polling": "1" } });
      if (!answer.ok) continue;
      const { views } = await answer.json();
      const counts = new Map(views.map((view) => [String(view.id), view.count]));
      for (const cell of open()) {
        const count = counts.get(cell.dataset.counting);
        if (count != null) cell.replaceWith(`≈ ${count.toLocaleString("en")}`);
      }
    } catch {
      // counts are a comfort: the preview counts for itself
    }
  }
}

for (const list of document.querySelectorAll("[data-counts]")) fillInCounts(list);
