// Suggest tags, authors and titles below a search field. The field works without this script.

const PAUSE = 90;
const ADDRESS = "/search/suggest";

class Suggestions {
  constructor(form, field, number) {
    this.field = field;
    this.list = document.createElement("ul");
    this.list.id = `suggestions-${number}`;
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", field.placeholder);
    this.list.hidden = true;
    this.status = document.createElement("span");
    this.status.className = "sr";
    this.status.setAttribute("role", "status");
    form.append(this.list, this.status);
    for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-expanded", "false"], ["aria-controls", this.list.id]]) {
      field.setAttribute(name, value);
    }
    field.addEventListener("input", () => this.later());
    field.addEventListener("keydown", (event) => this.key(event));
    field.addEventListener("blur", () => this.close());
    this.list.addEventListener("pointerdown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => this.go(event.target.closest("[role=option]")));
  }

  later() {
    clearTimeout(this.timer);
    this.request?.abort();
    if (!this.field.value.trim()) return this.close();
    this.timer = setTimeout(() => this.ask(this.field.value), PAUSE);
  }

  async ask(text) {
    this.request = new AbortController();
    try {
      const answer = await fetch(`${ADDRESS}?q=${encodeURIComponent(text.slice(0, 60))}`, { signal: this.request.signal });
      if (answer.ok && document.activeElement === this.field) this.show((await answer.json()).suggestions);
    } catch (error) {
      if (error.name !== "AbortError") this.close();
    }
  }

  show(suggestions) {
    this.list.replaceChildren(...suggestions.map((one, place) => {
      const option = document.createElement("li");
      option.id = `${this.list.id}-${place}`;
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      option.dataset.url = one.url;
      const label = document.createElement("b");
      label.textContent = one.label;
      label.dir = "auto";
      const note = document.createElement("small");
      note.textContent = `${one.kind} · ${one.note}`;
      option.append(label, note);
      return option;
    }));
    this.chosen = -1;
    this.field.removeAttribute("aria-activedescendant");
    this.list.hidden = !suggestions.length;
    this.field.setAttribute("aria-expanded", String(!this.list.hidden));
    this.status.textContent = suggestions.length ? `${suggestions.length} ↓` : "";
  }

  close() {
    clearTimeout(this.timer);
    this.request?.abort();
    if (!this.list.hidden) this.show([]);
  }

  key(event) {
    if (event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && !this.list.hidden) {
      event.preventDefault();
      this.choose(step);
    } else if (event.key === "Escape" && !this.list.hidden) {
      event.preventDefault();
      this.close();
    } else if (event.key === "Enter" && this.chosen >= 0 && !this.list.hidden) {
      event.preventDefault();
      this.go(this.list.children[this.chosen]);
    }
  }

  choose(step) {
    const options = [...this.list.children];
    const places = options.length + 1;
    this.chosen = ((this.chosen + 1 + step + places) % places) - 1;
    options.forEach((option, place) => option.setAttribute("aria-selected", String(place === this.chosen)));
    const option = options[this.chosen];
    if (option) {
      this.field.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    } else {
      this.field.removeAttribute("aria-activedescendant");
    }
  }

  go(option) {
    if (option) location.assign(option.dataset.url);
  }
}

document.querySelectorAll("form.find").forEach((form, number) => {
  const field = form.querySelector("input[type=search]");
  if (field) new Suggestions(form, field, number);
});
