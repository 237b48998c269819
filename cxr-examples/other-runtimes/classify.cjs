// node classify.cjs MODEL.onnx FILM.png…  (npm install onnxruntime-node pngjs)
const fs = require("fs"), ort = require("onnxruntime-node"), { PNG } = require("pngjs");
const [file, ...films] = process.argv.slice(2);
ort.InferenceSession.create(file).then(async (model) => {
  for (const film of films) {
    const { width, height, data } = PNG.sync.read(fs.readFileSync(film)); // RGBA
    const luma = (i) => (19595 * data[i] + 38470 * data[i + 1] + 7471 * data[i + 2] + 32768) >> 16;
    const gray = Uint8Array.from({ length: width * height }, (_, i) => luma(4 * i));
    const answer = await model.run({ gray: new ort.Tensor("uint8", gray, [height, width]) });
    const of = Object.fromEntries(answer.labels.data.map((label, i) => [label, answer.probabilities.data[i]]));
    console.log(JSON.stringify({ probabilities: of, refusal: Number(answer.refusal.data[0]),
      novelty: answer.novelty.data[0], heatmap: Array.from(answer.heatmap.data) }));
  }
});
