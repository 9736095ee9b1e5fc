// Fold and unfold branches: with the button of a comment, with a click on a rail, or all at once.

const bar = document.querySelector(".bar");
const list = document.querySelector(".discussion .list");
const comments = [...(list?.querySelectorAll(":scope > .c") ?? [])];
const depth = (comment) => Number(comment.dataset.d);
const words = bar?.dataset ?? {};
const folded = new Set();
const buttons = new Map();

function draw() {
  let above = Infinity;
  for (const comment of comments) {
    const deep = depth(comment);
    if (deep <= above) above = Infinity;
    comment.hidden = deep > above;
    if (above === Infinity && folded.has(comment)) above = deep;
    const button = buttons.get(comment);
    if (!button) continue;
    const closed = folded.has(comment);
    button.setAttribute("aria-expanded", String(!closed));
    button.textContent = closed ? words.unfold.replace("{n}", branch(comment).length) : words.fold;
  }
  if (all) all.textContent = folded.size ? words.unfoldAll : words.foldAll;
}

function branch(comment) {
  const start = comments.indexOf(comment) + 1;
  const end = comments.findIndex((other, index) => index >= start && depth(other) <= depth(comment));
  return comments.slice(start, end < 0 ? undefined : end);
}

function toggle(comment) {
  if (!folded.delete(comment)) folded.add(comment);
  draw();
  if (comment.getBoundingClientRect().top < bar.offsetHeight) comment.scrollIntoView();
}

function reveal(comment) {
  for (let index = comments.indexOf(comment), deep = depth(comment); index >= 0 && deep > 0; index -= 1) {
    if (depth(comments[index]) >= deep) continue;
    deep = depth(comments[index]);
    folded.delete(comments[index]);
  }
  draw();
}

function revealTarget() {
  const target = document.getElementById(location.hash.slice(1));
  target?.querySelector(":scope > details")?.setAttribute("open", "");
  if (target?.hidden) {
    reveal(target);
    target.scrollIntoView();
  }
}

// The rails are the empty margin of a comment. The position of the click selects the branch.
function railAt(comment, x) {
  const step = parseFloat(getComputedStyle(document.documentElement).getPropertyValue("--step")) * 16;
  const level = Math.floor((x - comment.getBoundingClientRect().left) / step);
  const shown = Number(comment.className.match(/\bd(\d)/)[1]);
  if (level >= shown || level < 0) return null;
  const index = comments.indexOf(comment);
  return comments.slice(0, index).findLast((other) => depth(other) === level) ?? null;
}

// A page can start inside a branch, so its outermost comments may have a depth above 0.
function outermost() {
  const inside = new Set();
  return branches.filter((comment) => {
    if (inside.has(comment)) return false;
    branch(comment).forEach((other) => inside.add(other));
    return true;
  });
}

addEventListener("hashchange", revealTarget);
revealTarget();

let all = null;
const branches = comments.filter((comment) => branch(comment).length);

if (branches.length) {
  for (const comment of branches) {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "fold" });
    button.addEventListener("click", () => toggle(comment));
    const foot = comment.querySelector(":scope > .replies") ?? comment.querySelector(":scope > .note") ?? comment;
    foot.append(" ", button);
    buttons.set(comment, button);
  }
  all = Object.assign(document.createElement("button"), { type: "button", className: "all" });
  all.addEventListener("click", () => {
    if (folded.size) folded.clear();
    else outermost().forEach((comment) => folded.add(comment));
    draw();
  });
  bar.querySelector("ul").after(all);
  list.classList.add("foldable");
  list.addEventListener("click", (event) => {
    if (!event.target.classList.contains("c")) return;
    const comment = railAt(event.target, event.clientX);
    if (comment) toggle(comment);
  });
  draw();
}
