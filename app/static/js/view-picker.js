// The filter box over a list of radio buttons: hides the rows whose words do not fit, and says how many are left.
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
    if (box.value) announcer.textContent = shown === 1 ? "1 view fits" : `${shown} views fit`;
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
