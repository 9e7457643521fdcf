// Turns a plain text field for tags into chips with suggestions; the field itself stays and carries the value.
const ENDS = /(?:(?!\uFEFF)[\s,;])+/; // the invisible U+FEFF is no blank: the server names it
const WAIT = 150;

// Letter by letter, as the server does it; what would become several characters stays, and the server names it.
const lowered = (text) => [...text].map((one) => ([...one.toLowerCase()].length === 1 ? one.toLowerCase() : one)).join("");

class TagField {
  constructor(input) {
    this.kept = input;
    this.tags = [];
    this.build();
    this.take(input.value);
    this.typed.value = "";
  }

  build() {
    const { kept } = this;
    this.box = element("div", { class: `chips ${kept.classList.contains("is-invalid") ? "is-invalid" : ""}` });
    this.list = element("ul", { class: "suggestions", id: `${kept.id}-suggestions`, role: "listbox", hidden: "" });
    this.list.setAttribute("aria-label", `Suggestions: ${label(kept)}`);
    this.typed = element("input", {
      id: kept.id, type: "text", role: "combobox", autocomplete: "off", autocapitalize: "none", spellcheck: "false",
      "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": this.list.id,
    });
    for (const name of ["aria-describedby", "aria-invalid"]) {
      if (kept.hasAttribute(name)) this.typed.setAttribute(name, kept.getAttribute(name));
    }
    kept.type = "hidden";
    kept.removeAttribute("id");
    kept.before(this.box);
    this.box.append(this.typed, this.list);
    this.box.addEventListener("mousedown", (event) => {
      if (event.target === this.box) setTimeout(() => this.typed.focus());
    });
    this.typed.addEventListener("input", () => this.read());
    this.typed.addEventListener("keydown", (event) => this.key(event));
    this.typed.addEventListener("blur", () => setTimeout(() => this.rest(), 120));
    kept.form.addEventListener("submit", () => this.end());
  }

  // Text came in: what stands before a separator becomes chips, the rest asks for suggestions.
  read() {
    const parts = this.typed.value.split(ENDS);
    if (parts.length > 1) {
      const last = parts.pop();
      this.take(parts.join(" "));
      this.typed.value = last;
    }
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.suggest(), WAIT);
  }

  take(text) {
    for (const word of lowered(text).split(ENDS)) {
      if (!word || this.tags.includes(word)) continue;
      this.tags.push(word);
      this.box.insertBefore(this.chip(word), this.typed);
      say(`${word} added`);
    }
    this.keep();
  }

  chip(tag) {
    const chip = element("span", { class: "chip" });
    const button = element("button", { type: "button", "aria-label": `Take ${tag} out of the list` });
    button.append(element("i", { class: "bi bi-x", "aria-hidden": "true" }));
    button.addEventListener("click", () => {
      this.drop(tag);
      this.typed.focus();
    });
    chip.dataset.tag = tag;
    chip.append(tag, button);
    return chip;
  }

  drop(tag) {
    this.tags = this.tags.filter((other) => other !== tag);
    [...this.box.querySelectorAll(".chip")].find((chip) => chip.dataset.tag === tag)?.remove();
    this.keep();
    say(`${tag} taken out`);
  }

  keep() {
    this.kept.value = this.tags.join(" ");
  }

  end() {
    this.take(this.typed.value);
    this.typed.value = "";
    this.close();
  }

  rest() {
    if (!this.box.contains(document.activeElement)) this.end();
  }

  key(event) {
    const options = [...this.list.children];
    const at = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
    if (event.key === "Enter") {
      event.preventDefault();
      if (at >= 0) this.choose(options[at].textContent);
      else this.end();
    } else if (event.key === "Escape") this.close();
    else if (event.key === "Backspace" && !this.typed.value && this.tags.length) {
      event.preventDefault();
      const last = this.tags.at(-1);
      this.drop(last);
      this.typed.value = last;
    } else if (options.length && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      this.mark(options, at < 0 && step < 0 ? options.length - 1 : (at + step + options.length) % options.length);
    }
  }

  mark(options, index) {
    options.forEach((option, each) => option.setAttribute("aria-selected", each === index));
    this.typed.setAttribute("aria-activedescendant", options[index].id);
    options[index].scrollIntoView({ block: "nearest" });
  }

  async suggest() {
    const asked = this.typed.value.toLowerCase();
    if (asked.length < 2) return this.close();
    try {
      const answer = await fetch(`${this.kept.dataset.tags}?q=${encodeURIComponent(asked)}`, { headers: { "X-Polling": "1" } });
      if (!answer.ok || this.typed.value.toLowerCase() !== asked) return;
      const { tags } = await answer.json();
      this.open(tags.filter((tag) => !this.tags.includes(tag)));
    } catch {
      this.close(); // suggestions are a comfort: without them the field still takes any tag
    }
  }

  open(tags) {
    this.close();
    if (!tags.length || document.activeElement !== this.typed) return;
    tags.forEach((tag, index) => {
      const option = element("li", { id: `${this.list.id}-${index}`, role: "option", "aria-selected": "false" });
      option.textContent = tag;
      option.addEventListener("mousedown", (event) => {
        event.preventDefault();
        this.choose(tag);
      });
      this.list.append(option);
    });
    this.list.hidden = false;
    this.typed.setAttribute("aria-expanded", "true");
    say(tags.length === 1 ? "1 suggestion" : `${tags.length} suggestions`);
  }

  choose(tag) {
    this.take(tag);
    this.typed.value = "";
    this.close();
  }

  close() {
    clearTimeout(this.timer);
    this.list.replaceChildren();
    this.list.hidden = true;
    this.typed.setAttribute("aria-expanded", "false");
    this.typed.removeAttribute("aria-activedescendant");
  }
}

const label = (input) => document.querySelector(`label[for="${input.id}"]`).textContent;

function say(text) {
  document.getElementById("announcer").textContent = text;
}

function element(name, attributes) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

for (const input of document.querySelectorAll("input[data-tags]")) new TagField(input);
