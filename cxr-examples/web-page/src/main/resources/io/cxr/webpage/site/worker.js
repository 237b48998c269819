// Reads and classifies in a thread of its own, so that the page answers meanwhile.
import { eightBits } from "./gray.js";
import { fileOf } from "./kept.js";

const SIDE_OF_THUMBNAIL = 96;
const SIDE_OF_REHEARSAL = 512;
const REHEARSALS = 3;

let ready;
let last = Promise.resolve();
let waiting = 0;

/** Loads what reads and what classifies side by side; the largest file is asked for first. */
async function open({ script, kept, threads }) {
  const runtime = fileOf("ort-wasm-simd-threaded.wasm", kept);
  const model = fileOf("model.onnx", kept);
  const reading = import("./decoding.js")
    .then(({ Decoding }) => Decoding.open(() => (script ? null : fileOf("readers.wasm", kept))));
  const classifying = import("./engine.js").then(({ Engine }) => Engine.open(runtime, model, threads));
  const [decoding, engine] = await Promise.all([reading, classifying]);
  postMessage({ kind: "ready", decoder: decoding.kind, threads: engine.threads });
  return { decoding, engine };
}

/** Lets messages come in: who waits for a film does not wait for all of this. */
function heard() {
  return new Promise((resolve) => { setTimeout(resolve); });
}

/** Browsers make code fast while it runs: what is drawn here takes the time of the first film. */
async function rehearse() {
  const { decoding, engine } = await ready;
  const canvas = new OffscreenCanvas(SIDE_OF_REHEARSAL, SIDE_OF_REHEARSAL);
  const pen = canvas.getContext("2d");
  for (let i = 0; i < SIDE_OF_REHEARSAL; i += 4) {
    pen.fillStyle = `hsl(${i % 360} 20% ${(i * 7) % 100}%)`;
    pen.fillRect(i, 0, 4, SIDE_OF_REHEARSAL);
    pen.fillRect(0, (i * 5) % SIDE_OF_REHEARSAL, i, 2);
  }
  const files = await Promise.all(["image/jpeg", "image/png"].map(
    (type) => canvas.convertToBlob({ type })));
  for (let i = 0; i < REHEARSALS; i++) {
    for (const file of files) {
      const picture = await decoding.read(file, false);
      await heard();
      if (waiting === 0) {
        await engine.answer(picture);
        await heard();
      }
      if (waiting > 0) {
        return;
      }
    }
  }
}

/** A small picture by the mean of blocks. */
function thumbnail(gray, rows, columns) {
  const scale = Math.max(1, Math.max(rows, columns) / SIDE_OF_THUMBNAIL);
  const height = Math.max(1, Math.floor(rows / scale));
  const width = Math.max(1, Math.floor(columns / scale));
  const small = new Uint8ClampedArray(4 * height * width);
  for (let y = 0, at = 0; y < height; y++) {
    const top = Math.floor(y * rows / height);
    const bottom = Math.max(top + 1, Math.floor((y + 1) * rows / height));
    for (let x = 0; x < width; x++, at += 4) {
      const left = Math.floor(x * columns / width);
      const right = Math.max(left + 1, Math.floor((x + 1) * columns / width));
      // A few pixels of a block will do.
      const down = Math.max(1, (bottom - top) >> 2);
      const across = Math.max(1, (right - left) >> 2);
      let sum = 0;
      let count = 0;
      for (let r = top; r < bottom; r += down) {
        for (let c = left; c < right; c += across, count++) {
          sum += gray[r * columns + c];
        }
      }
      small.fill(sum / count, at, at + 3);
      small[at + 3] = 255;
    }
  }
  return { width, height, data: small };
}

async function film(request) {
  const { decoding, engine } = await ready;
  const start = performance.now();
  const picture = await decoding.read(request.file, request.photograph);
  const decoded = performance.now();
  const outcome = {
    kind: "film",
    id: request.id,
    rows: picture.rows,
    columns: picture.columns,
    bits: picture.bits,
    viewPosition: picture.view,
    decoder: picture.decoder,
    pixels: picture.pixels,
    photograph: request.photograph,
  };
  if (request.again) {
    outcome.kind = "pixels";
  } else {
    outcome.answer = await engine.answer(picture);
    outcome.milliseconds = {
      decoding: decoded - start, model: performance.now() - decoded };
    outcome.thumbnail = thumbnail(eightBits(picture), picture.rows, picture.columns);
  }
  postMessage(outcome, [picture.pixels.buffer]);
}

onmessage = ({ data }) => {
  if (data.kind === "open") {
    ready = open(data);
    ready.catch((failure) => postMessage({ kind: "fault", message: String(failure.message) }));
    last = rehearse().catch(() => {});
    return;
  }
  waiting++;
  last = last.then(() => film(data)).catch((failure) => postMessage({
    kind: "unreadable",
    id: data.id,
    message: failure instanceof Error && failure.name === "Unreadable"
      ? failure.message
      : `The film could not be classified (${failure.name}: ${failure.message}).`,
  })).finally(() => waiting--);
};
