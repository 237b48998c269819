// The readers of cxr-core, compiled from Java: WebAssembly where the browser collects its garbage,
// else JavaScript. TeaVM's own loader builds functions from text, which the page's policy forbids;
// the readers need few of its imports, and these are here.

/** A file that is refused; the message says what was expected, what was found and what helps. */
export class Unreadable extends Error {
  name = "Unreadable";
}

/** Smallest module with a garbage-collected type. */
const COLLECTED = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 95, 1, 120, 0]);

function linear(module) {
  const [section] = WebAssembly.Module.customSections(module, "teavm.memoryRequirements");
  const needs = section ? JSON.parse(new TextDecoder().decode(section)) : {};
  const offset = Math.ceil((needs.dataSize ?? 0) / 8) * 8;
  const most = 2 ** 31 - 1;
  const memory = new WebAssembly.Memory({ initial: Math.max(needs.min ?? 0, 1), maximum: 2 ** 15 });
  const constant = (value) => new WebAssembly.Global({ value: "i32", mutable: false }, value);
  return {
    env: { memory },
    // Buffers outside the heap of Java would lie here; the readers have none.
    teavmMemory: {
      linearMemory: () => memory.buffer,
      notifyHeapResized: () => {},
      heapOffset: constant(offset),
      maxSize: constant(most),
    },
  };
}

/** What Java asks of strings, where the browser has no built-in functions for it. */
const strings = {
  fromCharCode: (code) => String.fromCharCode(code),
  concat: (first, second) => first + second,
  charCodeAt: (string, index) => string.charCodeAt(index),
  length: (string) => string.length,
  substring: (string, start, end) => string.substring(start, end),
  fromCharCodeArray: () => { throw new Error("no string built-ins"); },
  intoCharCodeArray: () => { throw new Error("no string built-ins"); },
};

function hasStrings() {
  // A module that imports wasm:js-string length as a function of another type is refused by
  // browsers that know the name.
  const wrong = new Uint8Array([
    0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 2, 25, 1, 14,
    119, 97, 115, 109, 58, 106, 115, 45, 115, 116, 114, 105, 110, 103,
    6, 108, 101, 110, 103, 116, 104, 0, 0,
  ]);
  return !WebAssembly.validate(wrong, { builtins: ["js-string"] });
}

function objects(exports, builtIn) {
  const held = Symbol("object of Java");
  const wrappers = new WeakMap();
  return {
    stringBuiltinsSupported: () => builtIn,
    isUndefined: (value) => value === undefined,
    isPrimitive: (value, type) => typeof value === type || value === null,
    instanceOf: (value, type) => value instanceof type,
    instanceOfOrNull: (value, type) => value === null || value instanceof type,
    wrapInt: (value) => value,
    unwrapInt: (value) => value,
    getProperty: (object, name) => (object === null ? globalThis : object)[name],
    global: (name) => globalThis[name],
    unwrapJavaObject: (object) => object[held],
    javaObjectToJS: (instance, type) => (instance === null ? null : new type(instance)),
    wrapObject(object) {
      if (object === null || typeof object !== "object" && typeof object !== "function") {
        return object === null ? null : exports()["teavm.jso.createWrapper"](object);
      }
      let wrapper = object[held] ?? wrappers.get(object);
      if (wrapper === undefined) {
        wrapper = exports()["teavm.jso.createWrapper"](object);
        wrappers.set(object, wrapper);
      }
      return wrapper;
    },
    createClass: () => function (instance) { this[held] = instance; },
    defineFunction: (target) => (...values) => target(...values),
    defineStaticMethod: (type, name, target) => { type[name] = target; },
    callMethod0: (object, name) => object[name](),
    callFunction1: (target, value) => target(value),
    createFunction1(parameter, body) {
      if (body !== `return ${parameter};`) {
        throw new Error("Readers: expected a function that returns its argument, found another");
      }
      return (value) => value;
    },
  };
}

async function wasm(file) {
  const builtIn = hasStrings();
  const module = await WebAssembly.compile(file, builtIn ? { builtins: ["js-string"] } : undefined);
  let exports = {};
  const imports = {
    ...linear(module),
    ...(builtIn ? {} : { "wasm:js-string": strings }),
    teavm: {
      takeStackTrace: () => ({ getStack: () => [] }),
      decorateException: () => {},
    },
    teavmConsole: { putcharStderr: () => {}, putcharStdout: () => {} },
    teavmDate: { currentTimeMillis: () => Date.now() },
    teavmMath: Math,
    teavmJso: objects(() => exports, builtIn),
  };
  exports = (await WebAssembly.instantiate(module, imports)).exports;
  const stage = new Stage(imports.env.memory);
  return {
    read(bytes) {
      const at = stage.room(bytes.length);
      stage.bytes(at, bytes.length).set(bytes);
      return exports.read(at, bytes.length);
    },
    rows: exports.rows,
    columns: exports.columns,
    bits: exports.bits,
    pixels() {
      const length = exports.pixelsLength();
      const at = stage.room(length);
      exports.pixels(at);
      return stage.bytes(at, length).slice();
    },
    text() {
      let all = "";
      for (let i = 0; i < exports.textLength(); i++) {
        all += String.fromCharCode(exports.textCharacter(i));
      }
      return all;
    },
  };
}

/** The part of a memory where files come and pixels go; it grows with the largest of them. */
class Stage {
  #memory;
  #start;

  constructor(memory) {
    this.#memory = memory;
    this.#start = memory.buffer.byteLength;
  }

  /** The address of as many bytes. */
  room(length) {
    const missing = this.#start + length - this.#memory.buffer.byteLength;
    if (missing > 0) {
      this.#memory.grow(Math.ceil(missing / 65536));
    }
    return this.#start;
  }

  /** A view that holds until the memory grows. */
  bytes(at, length) {
    return new Uint8Array(this.#memory.buffer, at, length);
  }
}

async function script() {
  const java = await import("./readers-script.js");
  return {
    read: (bytes) => java.read(new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length)),
    rows: java.rows,
    columns: java.columns,
    bits: java.bits,
    pixels() {
      const pixels = java.pixels();
      return new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.length);
    },
    text: java.text,
  };
}

/**
 * Opens the readers.
 *
 * @param {function(): Promise<ArrayBuffer>} compiled fetches readers.wasm; gives null to have
 *     JavaScript even where there is WebAssembly
 * @returns {Promise<{kind: string, read: function(Uint8Array): object}>} read gives rows, columns,
 *     bits, the view position (or ""), and pixels from black at 0 in a Uint8Array or Uint16Array
 */
export async function openReaders(compiled) {
  const file = WebAssembly.validate(COLLECTED) ? await compiled() : null;
  const java = file ? await wasm(file) : await script();
  return {
    kind: file ? "wasm" : "script",
    read(bytes) {
      const status = java.read(bytes);
      if (status === 1) {
        throw new Unreadable(java.text());
      }
      if (status !== 0) {
        throw new Error(java.text());
      }
      const bits = java.bits();
      const pixels = java.pixels();
      return {
        rows: java.rows(),
        columns: java.columns(),
        bits,
        view: java.text(),
        pixels: bits === 8 ? pixels : new Uint16Array(pixels.buffer, pixels.byteOffset, pixels.length / 2),
      };
    },
  };
}
