// Every page: the menu, the theme without a reload, the keys `/` and `?`. Pages work without this script.

const root = document.documentElement;
const menu = document.querySelector("details.menu");
const keys = document.querySelector("#keys");

menu?.addEventListener("change", (event) => {
  if (event.target.name !== "theme") return;
  const theme = event.target.value;
  if (theme) root.dataset.theme = theme;
  else delete root.dataset.theme;
  const secure = location.protocol === "https:" ? "; secure" : "";
  const name = event.target.closest("fieldset").dataset.cookie;
  document.cookie = `${name}=${theme}; path=/; max-age=${theme ? 31536000 : 0}; samesite=lax${secure}`;
});

document.addEventListener("click", (event) => {
  if (menu?.open && !menu.contains(event.target)) menu.open = false;
});

function typing(event) {
  const at = event.target;
  return event.ctrlKey || event.metaKey || event.altKey || at.isContentEditable
    || /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName) || Boolean(document.querySelector("dialog[open]"));
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && menu?.open) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
  if (typing(event) || root.dataset.keys === "off") return;
  if (event.key === "/") {
    const box = document.querySelector("input[type=search]");
    if (!box || !box.offsetParent) return;
    event.preventDefault();
    box.focus();
    box.select();
  } else if (event.key === "?") {
    event.preventDefault();
    keys?.showModal();
  }
});

// The foot of each page lists the keys too.
const opener = document.querySelector(".foot .keys");
if (keys && opener) {
  opener.parentElement.hidden = false;
  opener.addEventListener("click", () => keys.showModal());
}
