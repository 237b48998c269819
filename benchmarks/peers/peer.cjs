// onnxruntime-node's side of benchmarks/peers/run: model, threads and a file with the tensor. Reads
// "network<TAB>rounds" and answers with nanoseconds a call; "answer" gives the outputs.
const fs = require("fs");
const readline = require("readline");
const ort = require("onnxruntime-node");

const [model, threads, file] = process.argv.slice(2);
const bytes = fs.readFileSync(file);
const values = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);

async function main() {
  const session = await ort.InferenceSession.create(model, {
    intraOpNumThreads: Number(threads),
    graphOptimizationLevel: "all",
  });
  const input = new ort.Tensor("float32", values, [1, 3, 224, 224]);
  const run = async () => (await session.run({ input }, ["output"])).output.data;
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const [what, rounds] = line.split("\t");
    if (what === "answer") {
      console.log(Array.from(await run()).join(" "));
      continue;
    }
    const start = process.hrtime.bigint();
    for (let round = 0; round < Number(rounds); round++) {
      await run();
    }
    console.log(String((process.hrtime.bigint() - start) / BigInt(rounds)));
  }
}

main();
