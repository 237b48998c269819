// The features of networks by TensorFlow.js, from Keras' weights (.h5, read by the HDF5 library
// itself). A network is a topology (JSON, as Keras' to_json writes it) or one of networks.cjs,
// which may be cut after a layer. Prints for each its number of parameters and its features' shape.
//
//   NODE_PATH=node_modules node features.cjs WEIGHTS.h5 INPUT ROWS,COLUMNS,CHANNELS OUTPUT \
//       TOPOLOGY.json | NETWORK | NETWORK:LAST_LAYER ...
//
// INPUT and OUTPUT are 32-bit floats, little-endian, [image, row, column, channel]; OUTPUT has the
// features of one network after the other.
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const { pathToFileURL } = require("node:url");
const tf = require("@tensorflow/tfjs");
require("@tensorflow/tfjs-backend-wasm");
const classes = require("./layers.cjs").register(tf);
const networks = require("./networks.cjs");

/** h5wasm's file for Node.js is a module, which NODE_PATH does not reach. */
async function hdf5() {
  const file = require.resolve
    .paths("h5wasm")
    .concat((process.env.NODE_PATH || "").split(path.delimiter))
    .map((folder) => path.join(folder, "h5wasm", "dist", "node", "hdf5_hl.js"))
    .find((candidate) => fs.existsSync(candidate));
  if (!file) {
    throw new Error("h5wasm: expected it in node_modules, found none; run npm install");
  }
  const library = (await import(pathToFileURL(file).href)).default;
  await library.ready;
  return library;
}

/** Sets every layer's weights from those of its name; none may be missing or left over. */
function load(model, file) {
  const names = (group) => [...group.attrs["weight_names"].value];
  const left = new Set([...file.attrs["layer_names"].value]);
  for (const layer of model.layers) {
    const group = left.delete(layer.name) ? file.get(layer.name) : null;
    const found = group ? names(group) : [];
    if (found.length !== layer.weights.length) {
      const expected = layer.weights.map((weight) => weight.originalName);
      throw new Error(`${layer.name}: expected the weights [${expected}], found [${found}]`);
    }
    if (group && found.length > 0) {
      const weights = found.map((name) => tensor(group.get(name)));
      layer.setWeights(weights);
      tf.dispose(weights);
    }
  }
  for (const name of left) {
    if (names(file.get(name)).length > 0) {
      throw new Error(`${name}: expected a layer of the network, found it in the file alone`);
    }
  }
}

/** A data set, which is a single number where it has no axes, and may be of whole numbers. */
function tensor({ value, shape }) {
  const values = ArrayBuffer.isView(value) ? value : [value];
  const floats =
    values instanceof Float32Array ? values : Float32Array.from(values, (one) => Number(one));
  return tf.tensor(floats, shape, "float32");
}

/** TensorFlow.js' Conv2D ignores groups without a word. */
function withGroups(topology) {
  for (const layer of topology.config.layers) {
    if (layer.class_name === "Conv2D" && layer.config.groups > 1) {
      layer.class_name = "GroupedConv2D";
    }
  }
  return topology;
}

async function network(source, shape) {
  if (source.endsWith(".json")) {
    const modelTopology = withGroups(JSON.parse(fs.readFileSync(source, "utf8")));
    return tf.loadLayersModel(tf.io.fromMemory({ modelTopology }));
  }
  const [name, last] = source.split(":");
  const whole = networks.build(tf, classes, name, shape);
  return last
    ? tf.model({ inputs: whole.inputs, outputs: whole.getLayer(last).output })
    : whole;
}

async function main() {
  const [weights, input, size, output, ...sources] = process.argv.slice(2);
  const shape = size.split(",").map(Number);
  await tf.setBackend("wasm");
  await tf.ready();
  const { File } = await hdf5();
  const file = new File(weights, "r");
  const bytes = fs.readFileSync(input);
  const values = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  const images = tf.tensor(values, [values.length / tf.util.sizeFromShape(shape), ...shape]);
  fs.writeFileSync(output, "");
  for (const source of sources) {
    const model = await network(source, shape);
    load(model, file);
    const features = model.predict(images);
    const data = await features.data();
    fs.appendFileSync(output, Buffer.from(data.buffer, data.byteOffset, data.byteLength));
    console.log(JSON.stringify({ parameters: model.countParams(), shape: features.shape }));
    model.dispose();
  }
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
