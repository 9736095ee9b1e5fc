// Preview a linked comment on hover, focus or tap. Escape closes the preview. The link still works.

const LINKS = 'a[data-c], .t .quote a[href^="/c/"]';
const kept = new Map();
// Screen readers announce changes of a status that is already in the page.
const status = document.body.appendChild(Object.assign(document.createElement("p"), { className: "sr", role: "status" }));
let card = null;
let from = null;
let timer = 0;

const keyOf = (link) => link.dataset.c || link.getAttribute("href").split("/")[2];

function fromPage(key) {
  const comment = document.getElementById(`c-${key}`);
  if (!comment?.querySelector(".t")) return null;
  const copy = document.createElement("article");
  for (const part of comment.querySelectorAll(":scope > .head, :scope > .t")) copy.append(part.cloneNode(true));
  copy.querySelector(".actions")?.remove();
  return copy.innerHTML;
}

async function contents(key) {
  if (!kept.has(key)) {
    const here = fromPage(key);
    if (here) return here;
    const answer = await fetch(`/c/${encodeURIComponent(key)}/card/`);
    kept.set(key, answer.ok ? await answer.text() : "");
  }
  return kept.get(key);
}

function place(link) {
  const box = link.getBoundingClientRect();
  const below = innerHeight - box.bottom > card.offsetHeight + 12 || box.top < card.offsetHeight + 12;
  const left = Math.max(8, Math.min(box.left, root().clientWidth - card.offsetWidth - 8));
  card.style.left = `${left + scrollX}px`;
  card.style.top = `${(below ? box.bottom + 6 : box.top - card.offsetHeight - 6) + scrollY}px`;
}

const root = () => document.documentElement;

async function open(link) {
  const html = await contents(keyOf(link)).catch(() => "");
  if (!html || from !== link) return;
  card ??= document.body.appendChild(Object.assign(document.createElement("aside"), { className: "preview" }));
  card.innerHTML = html;
  card.querySelectorAll("[id]").forEach((part) => part.removeAttribute("id"));
  card.hidden = false;
  status.textContent = [".who", ".t"].map((part) => card.querySelector(part)?.textContent ?? "").join(": ");
  place(link);
}

function close() {
  clearTimeout(timer);
  from = null;
  if (card) card.hidden = true;
  status.textContent = "";
}

function soon(link, wait) {
  clearTimeout(timer);
  if (from === link && card && !card.hidden) return;
  if (card) card.hidden = true;
  from = link;
  timer = setTimeout(open, wait, link);
}

function later() {
  clearTimeout(timer);
  timer = setTimeout(close, 250);
}

document.addEventListener("pointerover", (event) => {
  if (event.pointerType !== "mouse") return;
  const link = event.target.closest(LINKS);
  if (link) soon(link, 150);
  else if (card?.contains(event.target)) clearTimeout(timer);
  else if (from) later();
});

document.addEventListener("focusin", (event) => {
  const link = event.target.closest(LINKS);
  if (link?.matches(":focus-visible")) soon(link, 0);
  else if (from && !card?.contains(event.target)) close();
});

// The first tap opens the preview, the second follows the link.
document.addEventListener("click", (event) => {
  const link = event.target.closest(LINKS);
  if (link && event.pointerType === "touch" && from !== link) {
    event.preventDefault();
    soon(link, 0);
  } else if (!card?.contains(event.target)) {
    close();
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && from) close();
});
