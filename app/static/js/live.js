// Keeps a server-rendered part of the page fresh: asks for the same part again, and changes only what differs, so that
// focus, open menus and typed text stay. Sleeps in hidden tabs, slows down with time, says when the connection is lost.
import { morph } from "./morph.js";
import { localTimes } from "./times.js";

const FIRST = 1000;
const SLOWEST = 5000;
const SLOWEST_LOST = 30000;

class Live {
  constructor(root) {
    this.root = root;
    this.rounds = 0;
    this.losses = 0;
    this.said = root.dataset.said;
    this.address = root.dataset.live;
    document.addEventListener("visibilitychange", () => this.wake());
    this.plan();
  }

  plan() {
    clearTimeout(this.timer);
    if (document.hidden) return;
    const calm = Math.min(SLOWEST, FIRST + 20 * this.rounds);
    this.timer = setTimeout(() => this.look(), this.losses ? Math.min(SLOWEST_LOST, calm * 2 ** this.losses) : calm);
  }

  wake() {
    if (document.hidden) clearTimeout(this.timer);
    else if (!this.busy && !this.over) this.look();
  }

  async look() {
    clearTimeout(this.timer);
    this.busy = true;
    try {
      const answer = await ask(this.address);
      this.rounds += 1;
      this.losses = 0;
      if (answer.redirected || answer.status === 401 || answer.status === 404) return this.leave();
      if (!answer.ok) throw new Error(answer.status);
      await this.show(await answer.text());
    } catch {
      this.losses += 1;
    } finally {
      this.busy = false;
    }
    document.querySelector("[data-link-lost]")?.toggleAttribute("hidden", this.losses === 0);
    if (!this.over) this.plan();
  }

  async show(text) {
    change(this.root, parsed(text).body.firstElementChild);
    const { live, said, title } = this.root.dataset;
    if (title) document.title = title;
    if (live && said === this.said) return;
    await this.showAll();
    this.say(this.root.dataset.said);
    this.over = !this.root.dataset.live;
  }

  say(words) {
    if (words !== this.said) document.getElementById("announcer").textContent = words;
    this.said = words;
  }

  // There is something to say: bring the rest of the page (tables, results) up to date, too. That may be newer still.
  async showAll() {
    const answer = await ask(location.href);
    if (answer.ok) change(document.getElementById("main"), parsed(await answer.text()).getElementById("main"));
  }

  // Signed out, or the job is no longer ours to see: the server says what to do.
  leave() {
    this.over = true;
    location.reload();
  }
}

const ask = (url) => fetch(url, { headers: { "X-Polling": "1" }, credentials: "same-origin", cache: "no-store" });
const parsed = (text) => new DOMParser().parseFromString(text, "text/html");

function change(node, fresh) {
  const focused = document.activeElement;
  const within = node.contains(focused);
  morph(node, fresh);
  localTimes(node);
  if (within && !focused.isConnected) document.getElementById("main").focus();
}

for (const root of document.querySelectorAll("[data-live]")) new Live(root);
