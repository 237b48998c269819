// The model: one run of ONNX Runtime gives probabilities, refusal, novelty, view and heatmaps.
import { eightBits } from "./gray.js";
import { normalised, visiblePart } from "./heatmap.js";
import * as ort from "./ort.wasm.min.mjs";

const WANTED = ["probabilities", "refusal", "novelty", "heatmap", "region", "visible", "view"];

export class Engine {
  #session;
  #outputs;

  /**
   * Opens a model.
   *
   * @param {Promise<ArrayBuffer>} runtime ort-wasm-simd-threaded.wasm
   * @param {Promise<ArrayBuffer>} model the model file
   * @param {number} threads how many may run where the page is isolated from others
   */
  static async open(runtime, model, threads) {
    const engine = new Engine();
    const { wasm } = ort.env;
    ort.env.logLevel = "error";
    wasm.numThreads = globalThis.crossOriginIsolated
      ? Math.min(threads, navigator.hardwareConcurrency ?? 1) : 1;
    wasm.wasmPaths = {
      mjs: new URL("ort-wasm-simd-threaded.mjs", import.meta.url).href };
    wasm.wasmBinary = await runtime;
    engine.#session = await ort.InferenceSession.create(
      // It was optimised when the page was written: here that took longer than all the rest.
      new Uint8Array(await model),
      { executionProviders: ["wasm"], graphOptimizationLevel: "disabled" });
    // It is compiled.
    wasm.wasmBinary = undefined;
    engine.#outputs = WANTED.filter((name) => engine.#session.outputNames.includes(name));
    return engine;
  }

  get threads() {
    return ort.env.wasm.numThreads;
  }

  /** Asks the model about a picture of any size, 8 to 16 bits, black at 0. */
  async answer(picture) {
    const shape = [picture.rows, picture.columns];
    const feeds = {};
    if (this.#session.inputNames.includes("bits_stored")) {
      feeds.gray = new ort.Tensor("uint16", Uint16Array.from(picture.pixels), shape);
      feeds.bits_stored = new ort.Tensor(
        "int64", BigInt64Array.of(BigInt(picture.bits)), []);
    } else {
      feeds.gray = new ort.Tensor("uint8", eightBits(picture), shape);
    }
    const run = await this.#session.run(feeds, this.#outputs);
    const answer = {
      probabilities: [...run.probabilities.data],
      refusal: Number(run.refusal.data[0]),
      novelty: run.novelty ? run.novelty.data[0] : null,
      view: run.view ? [...run.view.data] : null,
      region: [...run.region.data].map(Number),
      heatmaps: null,
    };
    if (run.heatmap) {
      const [, count, rows, columns] = run.heatmap.dims;
      const size = rows * columns;
      // Of models that pad: the rest of the map is the pad's.
      const visible = run.visible ? [...run.visible.data] : [0, 0, 1, 1];
      answer.heatmaps = {
        rows,
        columns,
        values: Array.from({ length: count }, (_, i) =>
          normalised(visiblePart(
            Float32Array.from(run.heatmap.data.subarray(i * size, (i + 1) * size)),
            rows, columns, visible))),
      };
    }
    for (const tensor of [...Object.values(run), ...Object.values(feeds)]) {
      tensor.dispose?.();
    }
    return answer;
  }
}
