// The page: takes files, hands them to the worker, shows what it answers, and keeps itself on the
// device. Films go from the file to the worker and to the canvas, nowhere else.
import { Films } from "./films.js";
import { Viewer } from "./viewer.js";

const $ = (id) => document.getElementById(id);
const query = new URLSearchParams(location.search);

/** How long the page waits for a service worker that says nothing: it may unpack on a slow phone. */
const PATIENCE = 60000;

/** For a small network; what more would give was not measured. */
const MOST_THREADS = 4;

let settings;
let films;
let worker;
let kept = "";
let bound;
/** When the page can take files; the worker may be ready before. */
const isBound = new Promise((resolve) => { bound = resolve; });
const viewer = new Viewer($("canvas"), $("stage"));

function say(text) {
  $("status").textContent = text;
}

function fail(message) {
  say(message);
  $("status").classList.add("failure");
  $("progress").hidden = true;
}

// To be kept on the device ------------------------------------------------------------------------

/** Resolves when the files lie in the service worker's cache, or will not. */
async function keep() {
  if (!("serviceWorker" in navigator)) {
    kept = "not kept on this device (that needs HTTPS)";
    return;
  }
  try {
    const registration = await navigator.serviceWorker.register("sw.js");
    watchUpdates(registration);
    // Without being its page, after a reload that goes round it, the files are kept all the same.
    if (navigator.serviceWorker.controller || (registration.active && !registration.installing)) {
      kept = "works offline";
      return;
    }
    await new Promise((resolve) => {
      let heard = performance.now();
      const timer = setInterval(() => {
        if (performance.now() - heard > PATIENCE) {
          clearInterval(timer);
          kept = kept || "not kept on this device yet";
          resolve();
        }
      }, 500);
      registration.installing?.addEventListener("statechange", ({ target }) => {
        if (target.state === "redundant") {
          kept = kept || "not kept on this device";
          clearInterval(timer);
          resolve();
        }
      });
      navigator.serviceWorker.addEventListener("message", ({ data }) => {
        heard = performance.now();
        if (data.kind === "progress") {
          $("progress").hidden = false;
          $("progress").value = data.done / data.all;
          say(`Getting the page: ${(data.done / 1e6).toFixed(1)} of ${(data.all / 1e6).toFixed(1)} MB.`);
        } else if (data.kind === "not-kept") {
          kept = `not kept on this device (${data.message})`;
          clearInterval(timer);
          resolve();
        }
      });
      navigator.serviceWorker.addEventListener("controllerchange", () => {
        kept = "works offline";
        clearInterval(timer);
        resolve();
      }, { once: true });
    });
  } catch (failure) {
    kept = `not kept on this device (${failure.name})`;
  }
}

function watchUpdates(registration) {
  const offer = () => {
    if (registration.waiting && navigator.serviceWorker.controller) {
      $("update").hidden = false;
    }
  };
  offer();
  registration.addEventListener("updatefound", () => {
    registration.installing?.addEventListener("statechange", offer);
  });
  $("update").addEventListener("click", () => {
    navigator.serviceWorker.addEventListener("controllerchange", () => location.reload());
    registration.waiting?.postMessage("take over");
  });
}

function offerInstallation() {
  window.addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault();
    $("install").hidden = false;
    $("install").addEventListener("click", async () => {
      $("install").hidden = true;
      await event.prompt();
    }, { once: true });
  });
}

// Films -------------------------------------------------------------------------------------------

function count() {
  const of = (state) => films.all.filter((film) => film.state === state).length;
  const waiting = of("waiting");
  $("counts").hidden = films.all.length === 0;
  $("counts").textContent = `${films.all.length} films: ${of("answered")} answered, ${
    of("refused")} not answered, ${of("unreadable")} not read${waiting ? `, ${waiting} waiting` : ""}`;
  $("list-tools").hidden = films.all.length === 0;
}

function take(files, photograph) {
  for (const file of files) {
    const film = films.add(file, photograph);
    worker.postMessage({ kind: "film", id: film.id, file, photograph });
  }
  count();
}

function show(film) {
  $("answer-body").replaceChildren(...films.panel());
  const seen = film !== null && film.pixels !== null && film.pixels !== undefined;
  $("empty").hidden = seen;
  $("controls").hidden = !seen;
  viewer.show(seen ? film : null);
  if (seen) {
    films.hold(film);
    const heat = film.state === "answered" && film.answer.heatmaps !== null;
    for (const id of ["heat", "heat-label", "opacity", "colours"]) {
      $(id).disabled = !heat;
    }
    if (heat && !film.looked) {
      film.looked = true;
      const top = film.answer.probabilities.indexOf(Math.max(...film.answer.probabilities));
      film.heatLabel = top;
    }
    viewer.heatmap.label = film.heatLabel ?? 0;
    $("heat-label").value = String(viewer.heatmap.label);
    describe(film);
  } else if (film?.rows) {
    worker.postMessage({
      kind: "film", id: film.id, file: film.file, photograph: film.photograph, again: true });
  }
}

function describe(film) {
  const shown = film.state === "answered" && viewer.heatmap.shown && film.answer.heatmaps
    ? `, with the heatmap of ${settings.model.labels[viewer.heatmap.label]}` : "";
  $("canvas").setAttribute("aria-label",
    `Radiograph of ${film.columns} by ${film.rows} pixels${shown}`);
}

function hear({ data }) {
  if (data.kind === "ready") {
    isBound.then(() => {
      $("progress").hidden = true;
      say(`Ready, ${kept}.`);
      document.documentElement.dataset.ready = "true";
      document.dispatchEvent(new CustomEvent("cxr-ready", { detail: data }));
    });
    return;
  }
  if (data.kind === "fault") {
    fail(`The page could not start: ${data.message}`);
    return;
  }
  const film = films.byId(data.id);
  if (film === undefined) {
    return;
  }
  if (data.kind === "pixels") {
    film.pixels = data.pixels;
    films.hold(film);
    if (films.selected === film) {
      show(film);
    }
    return;
  }
  films.take(film, data);
  count();
  // For pages that embed this one, and for tests: what the model said, also where it refuses.
  document.dispatchEvent(new CustomEvent("cxr-film", { detail: film }));
}

// Controls ----------------------------------------------------------------------------------------

function colours(digits) {
  return Uint8Array.from({ length: digits.length / 2 }, (_, i) =>
    parseInt(digits.slice(2 * i, 2 * i + 2), 16));
}

function setWindow(level, width) {
  viewer.window.level = Math.max(0, Math.min(1, level));
  viewer.window.width = Math.max(0.001, Math.min(1, width));
  $("level").value = String(Math.round(1000 * viewer.window.level));
  $("width").value = String(Math.round(1000 * viewer.window.width));
  viewer.draw();
}

function reset() {
  setWindow(0.5, 1);
  viewer.window.invert = false;
  $("invert").checked = false;
  viewer.resize(0);
  viewer.draw();
}

function setHeat(shown) {
  viewer.heatmap.shown = shown;
  $("heat").checked = shown;
  viewer.draw();
  if (films.selected?.pixels) {
    describe(films.selected);
  }
}

function setOpacity(share) {
  viewer.heatmap.opacity = Math.max(0, Math.min(1, share));
  $("opacity").value = String(Math.round(100 * viewer.heatmap.opacity));
  viewer.draw();
}

function setLabel(label) {
  viewer.heatmap.label = label;
  $("heat-label").value = String(label);
  if (films.selected) {
    films.selected.heatLabel = label;
    describe(films.selected);
  }
  viewer.draw();
}

function bindControls() {
  settings.model.labels.forEach((label, i) => $("heat-label").append(new Option(label, String(i))));
  for (const name of Object.keys(settings.colours)) {
    $("colours").append(new Option(name[0].toUpperCase() + name.slice(1), name));
  }
  viewer.heatmap.colours = colours(Object.values(settings.colours)[0]);
  $("heat").addEventListener("change", () => setHeat($("heat").checked));
  $("heat-label").addEventListener("change", () => setLabel(Number($("heat-label").value)));
  $("opacity").addEventListener("input", () => setOpacity($("opacity").value / 100));
  $("colours").addEventListener("change", () => {
    viewer.heatmap.colours = colours(settings.colours[$("colours").value]);
    viewer.draw();
  });
  $("level").addEventListener("input", () => setWindow($("level").value / 1000, viewer.window.width));
  $("width").addEventListener("input", () => setWindow(viewer.window.level, $("width").value / 1000));
  $("invert").addEventListener("change", () => {
    viewer.window.invert = $("invert").checked;
    viewer.draw();
  });
  $("smaller").addEventListener("click", () => viewer.resize(-1));
  $("larger").addEventListener("click", () => viewer.resize(1));
  $("reset").addEventListener("click", reset);
  bindDragging();
  document.addEventListener("keydown", key);
}

function bindDragging() {
  const canvas = $("canvas");
  let from = null;
  canvas.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "mouse" && event.button === 0) {
      from = { x: event.clientX, y: event.clientY, ...viewer.window };
      canvas.setPointerCapture(event.pointerId);
    }
  });
  canvas.addEventListener("pointermove", (event) => {
    if (from !== null) {
      setWindow(from.level - (event.clientY - from.y) / 400, from.width + (event.clientX - from.x) / 400);
    }
  });
  for (const name of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(name, () => { from = null; });
  }
  canvas.addEventListener("dblclick", reset);
}

function key(event) {
  if (event.ctrlKey || event.metaKey || event.altKey
      || ["SELECT", "TEXTAREA"].includes(event.target.tagName)
      || (event.target.type === "range" && event.key.startsWith("Arrow"))) {
    return;
  }
  const actions = {
    ArrowDown: () => films.move(1),
    ArrowUp: () => films.move(-1),
    h: () => setHeat(!viewer.heatmap.shown),
    l: () => setLabel((viewer.heatmap.label + 1) % settings.model.labels.length),
    "[": () => setOpacity(viewer.heatmap.opacity - 0.1),
    "]": () => setOpacity(viewer.heatmap.opacity + 0.1),
    i: () => $("invert").click(),
    "+": () => viewer.resize(1),
    "-": () => viewer.resize(-1),
    0: reset,
    o: () => $("files").click(),
  };
  const action = actions[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (action && (films.all.length > 0 || event.key.toLowerCase() === "o")) {
    event.preventDefault();
    action();
  }
}

/** Files of an input or a drop; folders that are dropped are looked through. */
async function filesOf(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (entries.every((entry) => entry.isFile)) {
    return [...transfer.files];
  }
  const found = [];
  const walk = async (entry) => {
    if (entry.isFile) {
      found.push(await new Promise((resolve, reject) => entry.file(resolve, reject)));
      return;
    }
    const reader = entry.createReader();
    for (;;) {
      const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
      if (some.length === 0) {
        return;
      }
      for (const each of some) {
        await walk(each);
      }
    }
  };
  for (const entry of entries) {
    await walk(entry);
  }
  return found;
}

function bindFiles() {
  for (const [id, photograph] of [["files", false], ["camera", true]]) {
    $(id).addEventListener("change", () => {
      take([...$(id).files], photograph);
      $(id).value = "";
    });
  }
  const over = (yes) => $("drop").classList.toggle("over", yes);
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    over(true);
  });
  document.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) {
      over(false);
    }
  });
  document.addEventListener("drop", async (event) => {
    event.preventDefault();
    over(false);
    take(await filesOf(event.dataTransfer), false);
  });
  document.addEventListener("paste", (event) => {
    if (event.clipboardData?.files.length) {
      take([...event.clipboardData.files], false);
    }
  });
  $("clear").addEventListener("click", () => {
    films.clear();
    count();
    $("films").focus();
  });
  $("save").addEventListener("click", () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([films.csv()], { type: "text/csv" }));
    link.download = "results.csv";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  });
}

// Light and dark ----------------------------------------------------------------------------------

function setTheme(light) {
  document.documentElement.dataset.theme = light ? "light" : "dark";
  $("theme").setAttribute("aria-pressed", String(light));
  document.querySelector("meta[name=theme-color]").content = light ? "#f3f6f8" : "#0b1016";
}

function bindTheme() {
  // Dark at first, as rooms are where films are read, whatever the device prefers.
  let light = false;
  try {
    light = localStorage.getItem("cxr-theme") === "light";
  } catch {
    // Storage may be forbidden.
  }
  setTheme(light);
  $("theme").addEventListener("click", () => {
    light = !light;
    setTheme(light);
    try {
      localStorage.setItem("cxr-theme", light ? "light" : "dark");
    } catch {
      // It is not kept then.
    }
  });
}

function startWorker(held) {
  worker = new Worker("worker.js", { type: "module" });
  worker.addEventListener("message", hear);
  worker.addEventListener("error", (event) =>
    fail(`The page could not start: ${event.message || "its worker did not load"}`));
  worker.postMessage({ kind: "open", script: query.has("script"), kept: held, threads: MOST_THREADS });
}

async function start() {
  bindTheme();
  offerInstallation();
  const held = Boolean(navigator.serviceWorker?.controller);
  if (held) {
    // Nothing has to come first.
    startWorker(true);
  }
  const settingsFile = held ? fetch("settings.json") : null;
  await keep();
  const response = await (settingsFile ?? fetch("settings.json"));
  if (!response.ok) {
    throw new Error(`settings.json: expected the file, found status ${response.status}`);
  }
  settings = await response.json();
  $("notice").textContent = settings.notice;
  $("model").textContent = `Model ${settings.model.name} ${settings.model.version}, SHA-256 ${
    settings.model.sha256.slice(0, 16)}…`;
  films = new Films($("list"), settings, show);
  bindControls();
  bindFiles();
  if (!$("status").classList.contains("failure")) {
    say("Starting the model.");
  }
  if (!held) {
    startWorker(Boolean(navigator.serviceWorker?.controller));
  }
  bound();
}

start().catch((failure) => fail(`The page could not start: ${failure.message}`));
