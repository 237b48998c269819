// The films that were opened: what is known of each, and the list that shows them. Nothing of them
// is kept when the page is closed.
import { answerOf, refusalOf, shortAnswer } from "./answer.js";

/** Pixels of more films than these are decoded again when they are looked at. */
const MOST_HELD = 6;

export class Films {
  #films = [];
  #held = [];
  #list;
  #settings;
  #onSelect;
  #selected = null;
  #next = 0;

  constructor(list, settings, onSelect) {
    this.#list = list;
    this.#settings = settings;
    this.#onSelect = onSelect;
  }

  get all() {
    return this.#films;
  }

  get selected() {
    return this.#selected;
  }

  /** Adds a file that waits for its turn. */
  add(file, photograph) {
    const button = document.createElement("button");
    button.type = "button";
    const picture = document.createElement("span");
    picture.className = "blank";
    const words = document.createElement("span");
    const name = document.createElement("span");
    name.className = "name";
    name.textContent = file.name;
    const said = document.createElement("span");
    said.className = "said";
    said.textContent = "waiting";
    words.append(name, said);
    button.append(picture, words);
    const item = document.createElement("li");
    item.append(button);
    const film = {
      id: this.#next++, file, photograph, name: file.name, state: "waiting", pixels: null,
      item, button, said, picture };
    button.addEventListener("click", () => this.select(film));
    this.#films.push(film);
    this.#list.append(item);
    return film;
  }

  byId(id) {
    return this.#films.find((film) => film.id === id);
  }

  /** Takes what the worker found. */
  take(film, outcome) {
    if (outcome.kind === "unreadable") {
      film.state = "unreadable";
      film.message = outcome.message;
      film.said.textContent = "not read";
    } else {
      const { thumbnail, kind, id, ...rest } = outcome;
      Object.assign(film, rest);
      this.hold(film);
      film.state = refusalOf(film, this.#settings) === "" ? "answered" : "refused";
      film.said.textContent = film.state === "answered"
        ? shortAnswer(film, this.#settings) : "not answered";
      const canvas = document.createElement("canvas");
      canvas.width = thumbnail.width;
      canvas.height = thumbnail.height;
      canvas.setAttribute("aria-hidden", "true");
      canvas.getContext("2d").putImageData(
        new ImageData(thumbnail.data, thumbnail.width, thumbnail.height), 0, 0);
      film.picture.replaceWith(canvas);
      film.picture = canvas;
    }
    film.said.className = `said ${film.state}`;
    if (this.#selected === null || this.#selected === film) {
      this.select(film);
    }
  }

  /** Keeps the pixels of the last few films. */
  hold(film) {
    this.#held = [...this.#held.filter((each) => each !== film), film];
    while (this.#held.length > MOST_HELD) {
      const oldest = this.#held.find((each) => each !== this.#selected && each !== film);
      oldest.pixels = null;
      this.#held = this.#held.filter((each) => each !== oldest);
    }
  }

  select(film) {
    this.#selected?.button.removeAttribute("aria-current");
    this.#selected = film;
    film?.button.setAttribute("aria-current", "true");
    film?.item.scrollIntoView({ block: "nearest" });
    this.#onSelect(film);
  }

  /** The film below (1) or above (-1) the selected one. */
  move(step) {
    const at = this.#films.indexOf(this.#selected) + step;
    if (at >= 0 && at < this.#films.length) {
      this.select(this.#films[at]);
      this.#films[at].button.focus();
    }
  }

  clear() {
    this.#films = [];
    this.#held = [];
    this.#list.replaceChildren();
    this.select(null);
  }

  panel() {
    return answerOf(this.#selected, this.#settings);
  }

  /** The results as CSV (RFC 4180), with the notice in every row. */
  csv() {
    const { model, notice } = this.#settings;
    const rows = [["file", "state", ...model.labels, "refusal", "novelty", "model", "sha256", "notice"]];
    for (const film of this.#films.filter((each) => each.state !== "waiting")) {
      const answered = film.state === "answered";
      rows.push([
        film.name, film.state,
        ...model.labels.map((_, i) => (answered ? film.answer.probabilities[i] : "")),
        film.state === "unreadable" ? film.message : refusalOf(film, this.#settings),
        film.answer?.novelty ?? "", `${model.name} ${model.version}`, model.sha256, notice]);
    }
    // A spreadsheet takes what begins so for a formula.
    const cell = (value) => {
      const text = typeof value === "string" && /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
      return `"${String(text).replaceAll('"', '""')}"`;
    };
    return rows.map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";
  }
}
