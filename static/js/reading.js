// Keys to move through a thread, the current position in the map, and the position to resume at.

const comments = [...document.querySelectorAll(".discussion .list > .c")];
const bar = document.querySelector(".bar");
const shown = () => comments.filter((comment) => !comment.hidden);
const top = () => (bar?.offsetHeight ?? 0) + 8;
let current = null;

function go(comment) {
  if (!comment) return;
  current = comment;
  comment.tabIndex = -1;
  comment.scrollIntoView({ block: "start" });
  comment.focus({ preventScroll: true });
}

function here() {
  if (current && current === document.activeElement) return current;
  return shown().findLast((comment) => comment.getBoundingClientRect().top <= top() + 40) ?? null;
}

function step(by, among = shown()) {
  const at = here();
  if (!at) return among[by > 0 ? 0 : among.length - 1];
  const order = shown();
  return by > 0
    ? among.find((comment) => order.indexOf(comment) > order.indexOf(at))
    : among.findLast((comment) => order.indexOf(comment) < order.indexOf(at));
}

function follow(selector) {
  const link = here()?.querySelector(selector);
  const target = link?.hash && document.getElementById(link.hash.slice(1));
  if (target) go(target);
  else if (link) location.assign(link.href);
}

const tops = () => shown().filter((comment) => comment.dataset.d === "0");
const turn = (rel) => document.querySelector(`.bar a[rel=${rel}]`)?.click();
const keys = {
  j: () => go(step(1)),
  k: () => go(step(-1)),
  J: () => go(step(1, tops())),
  K: () => go(step(-1, tops())),
  ArrowLeft: () => follow(".re a"),
  ArrowRight: () => follow(".replies a"),
  n: () => turn("next"),
  p: () => turn("prev"),
};

document.addEventListener("keydown", (event) => {
  const busy = document.documentElement.dataset.keys === "off" || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")
    || event.target.closest("input, textarea, select, [contenteditable], summary, .menu");
  if (busy || !(event.key in keys)) return;
  event.preventDefault();
  keys[event.key]();
});

// Map
const map = document.querySelector(".map");
if (map) {
  const marks = new Map([...map.querySelectorAll("a")].map((mark) => [mark.getAttribute("href").slice(1), mark]));
  const watch = new IntersectionObserver((entries) => {
    for (const entry of entries) marks.get(entry.target.id)?.classList.toggle("now", entry.isIntersecting);
  });
  comments.forEach((comment) => watch.observe(comment));
}

// Reading position: stored on this device only, for the latest hundred threads
const STORE = "places";
const thread = location.pathname;

function places() {
  try {
    return JSON.parse(localStorage.getItem(STORE)) ?? {};
  } catch {
    return {};
  }
}

function remember() {
  const at = shown().findLast((comment) => comment.getBoundingClientRect().top <= innerHeight / 2);
  const known = places();
  delete known[thread];
  if (at && at !== comments[0]) {
    const number = at.querySelector(".when, .n")?.textContent.match(/#\d+/)?.[0] ?? "";
    known[thread] = { url: `${thread}${location.search}#${at.id}`, number };
  } else if (!at) {
    return;
  }
  const latest = Object.entries(known).slice(-100);
  try {
    localStorage.setItem(STORE, JSON.stringify(Object.fromEntries(latest)));
  } catch {
    // No space or no permission: the position is not stored.
  }
}

const left = places()[thread];
if (left && !location.hash && !location.search && bar) {
  const link = Object.assign(document.createElement("a"), { href: left.url, className: "left" });
  link.textContent = bar.dataset.left.replace("{n}", left.number);
  document.querySelector(".opening > header")?.append(link);
}
if (comments.length > 5) document.addEventListener("visibilitychange", () => document.hidden && remember());
if (comments.length > 5) addEventListener("pagehide", remember);
