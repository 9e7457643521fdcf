// What every page does: menus that close, the place in the navigation, the colour switch, times in the reader's zone,
// forms sent once.
import { localTimes } from "./times.js";

function menus() {
  const open = () => document.querySelectorAll("details[data-menu][open]");
  addEventListener("click", (event) => {
    for (const menu of open()) if (!menu.contains(event.target)) menu.open = false;
  });
  addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of open()) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
}

function themeSwitch() {
  const buttons = document.querySelectorAll("[data-theme-choice]:is(button)");
  const show = () => {
    for (const button of buttons) {
      button.setAttribute("aria-pressed", button.dataset.themeChoice === document.documentElement.dataset.themeChoice);
    }
  };
  for (const button of buttons) {
    button.addEventListener("click", () => {
      window.chooseTheme(button.dataset.themeChoice);
      show();
    });
  }
  show();
}

// A second press while the first is on its way would only be answered with the same job; spare the doubt.
function sentOnce() {
  addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post") return;
    if (form.dataset.sent) return event.preventDefault();
    form.dataset.sent = "yes";
    const button = event.submitter ?? form.querySelector("[type=submit]");
    button?.setAttribute("aria-busy", "true");
  });
  addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
    for (const button of document.querySelectorAll("button[aria-busy]")) button.removeAttribute("aria-busy");
  });
}

// On a phone the navigation is one line that scrolls sideways: the entry of this page must not lie beyond its end.
function hereInSight() {
  const line = document.querySelector(".side-links");
  const here = line?.querySelector("[aria-current]")?.getBoundingClientRect();
  if (here) line.scrollLeft += here.left - line.getBoundingClientRect().left - (line.clientWidth - here.width) / 2;
}

menus();
hereInSight();
document.fonts.ready.then(hereInSight); // the icons have their width by then
themeSwitch();
sentOnce();
localTimes(document);
