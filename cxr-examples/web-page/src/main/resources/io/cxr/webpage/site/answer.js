// The answer to one film in words and bars. What the model refuses is not shown as an answer.

function element(name, attributes = {}, ...content) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    made.setAttribute(key, value);
  }
  made.append(...content);
  return made;
}

function percent(probability) {
  return `${(100 * probability).toFixed(1)} %`;
}

/** Why a film is not answered; "" if it is. */
export function refusalOf(film, settings) {
  if (film.viewPosition === "LL" || film.viewPosition === "RL") {
    return `Expected a frontal view (PA or AP), found ${film.viewPosition} in the file. The model`
      + " knows frontal chest radiographs alone: leave other views out.";
  }
  const code = film.answer.refusal;
  if (code === 0) {
    return "";
  }
  if (code === 1) {
    return "Expected a frontal chest radiograph like those that the model was trained on (novelty"
      + ` at most ${settings.model.noveltyThreshold.toFixed(2)}), found one of novelty ${
        film.answer.novelty.toFixed(2)}. If it is one, the model does not know its kind, and its`
      + " answer would be a guess.";
  }
  const view = settings.views[code - 2];
  return view
    ? `Expected an upright frontal radiograph (PA or AP), found ${view.found}: ${view.remedy}.`
    : `Refused for a reason that this page does not know (${code}).`;
}

/** The label that the answer is called by: the most probable. */
export function topOf(answer) {
  return answer.probabilities.reduce((top, p, i, all) => (p > all[top] ? i : top), 0);
}

/** The findings that are present by the card's thresholds. */
function present(answer, model) {
  return model.labels.filter((label, i) => {
    const threshold = model.thresholds.find((each) => each.label === label);
    return answer.probabilities[i] >= (threshold ? threshold.threshold : 0.5);
  });
}

/** The answer in a few words, for the list. */
export function shortAnswer(film, settings) {
  const { model } = settings;
  const top = topOf(film.answer);
  if (model.task === "findings") {
    const found = present(film.answer, model);
    return found.length ? found.join(", ") : "no finding";
  }
  return `${model.labels[top]} ${percent(film.answer.probabilities[top])}`;
}

function bars(answer, model) {
  const top = topOf(answer);
  const order = model.labels.map((_, i) => i)
    .sort((a, b) => answer.probabilities[b] - answer.probabilities[a]);
  return element("ul", { class: "bars", "aria-label": "Probabilities" }, ...order.map((i) => {
    const p = answer.probabilities[i];
    const fill = element("span", { class: "fill" });
    fill.style.width = `${100 * p}%`;
    const track = element("div", { class: "track", "aria-hidden": "true" }, fill);
    const points = model.thresholds.filter((each) => each.label === model.labels[i]);
    for (const { threshold } of points) {
      const mark = element("span", { class: "mark" });
      mark.style.left = `${100 * threshold}%`;
      track.append(mark);
    }
    const item = element("li", i === top ? { class: "top" } : {},
      element("div", { class: "bar-head" },
        element("span", {}, model.labels[i]), element("span", { class: "number" }, percent(p))),
      track);
    for (const point of points) {
      item.append(element("p", { class: "small" }, `${p >= point.threshold ? "Positive" : "Negative"}`
        + ` at ${percent(point.threshold)}, the threshold`
        + (point.target ? ` for a ${point.aim} of ${percent(point.target)}` : " as published")));
    }
    return item;
  }));
}

function facts(film, settings) {
  const { model } = settings;
  const list = element("dl", { class: "facts" });
  const fact = (term, text) => list.append(element("dt", {}, term), element("dd", {}, text));
  const { answer } = film;
  if (model.labelSet && refusalOf(film, settings) === "") {
    const top = model.task === "findings" ? -1 : topOf(answer);
    const set = model.labels.filter(
      (_, i) => i === top || answer.probabilities[i] >= model.labelSet.least[i]);
    fact(`Not excluded (${Math.round(100 * model.labelSet.coverage)} %)`, set.join(", ") || "none");
  }
  if (answer.novelty !== null) {
    fact("Novelty", answer.novelty.toFixed(2)
      + (model.noveltyThreshold ? `, accepted to ${model.noveltyThreshold.toFixed(2)}` : ""));
  }
  if (film.viewPosition) {
    fact("View in the file", film.viewPosition);
  }
  fact("Film", `${film.columns} × ${film.rows} pixels, ${film.bits} bits`);
  fact("Decoded by", film.decoder === "browser" ? "the browser" : "cxr’s readers");
  fact("Time", `${Math.round(film.milliseconds.decoding)} ms to read, ${
    Math.round(film.milliseconds.model)} ms to classify`);
  return list;
}

function refusal(kind, title, text) {
  return element("div", { class: `refusal ${kind}` }, element("strong", {}, title), text);
}

/** What the panel shows of a film. */
export function answerOf(film, settings) {
  if (film === null) {
    return [element("p", { class: "small" }, "None yet.")];
  }
  const name = element("p", { class: "small" }, film.name);
  if (film.state === "waiting") {
    return [name, element("p", {}, "Waiting for its turn.")];
  }
  if (film.state === "unreadable") {
    return [name, refusal("unreadable", "Not read", film.message)];
  }
  const reason = refusalOf(film, settings);
  if (reason !== "") {
    return [name, refusal("", "Not answered", reason), facts(film, settings)];
  }
  const { model } = settings;
  const shown = model.task === "findings"
    ? present(film.answer, model).join(", ") || "No finding" : model.labels[topOf(film.answer)];
  const parts = [element("p", { class: "verdict" }, shown), name, bars(film.answer, model)];
  if (film.photograph) {
    parts.push(refusal("", "A photograph",
      "The model learnt from films, not from photographs of films: reflections and the angle change"
      + " what it sees."));
  }
  return [...parts, facts(film, settings)];
}
