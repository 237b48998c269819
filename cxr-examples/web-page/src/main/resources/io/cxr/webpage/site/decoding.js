// From a file to gray pixels, by our readers: they give the pixels of cxr-core and refuse what it
// refuses. The browser's decoder would not be faster, since what it gives to pages has to go through
// a canvas in colour; it reads photographs alone, which our readers do not turn.
import { openReaders, Unreadable } from "./readers.js";

export { Unreadable };

/** As a page can hold it. */
const MOST_BYTES = 512 * 2 ** 20;

/** Gray of a photograph, turned as the camera says. */
async function photographed(file) {
  const bitmap = await createImageBitmap(
    file, { colorSpaceConversion: "none", imageOrientation: "from-image" });
  const columns = bitmap.width;
  const rows = bitmap.height;
  const canvas = new OffscreenCanvas(columns, rows);
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  pen.drawImage(bitmap, 0, 0);
  bitmap.close();
  const colours = new Uint32Array(pen.getImageData(0, 0, columns, rows).data.buffer);
  const pixels = new Uint8Array(colours.length);
  for (let i = 0; i < pixels.length; i++) {
    const colour = colours[i];
    pixels[i] = (19595 * (colour & 255) + 38470 * (colour >> 8 & 255) + 7471 * (colour >> 16 & 255)
      + 32768) >> 16;
  }
  return { rows, columns, bits: 8, view: "", pixels, decoder: "browser" };
}

/** Decodes file after file; one at a time. */
export class Decoding {
  #compiled;
  #readers;

  /**
   * Opens the readers.
   *
   * @param {function(): Promise<ArrayBuffer>} compiled fetches readers.wasm; gives null to have
   *     JavaScript even where there is WebAssembly
   */
  static async open(compiled) {
    const decoding = new Decoding();
    decoding.#compiled = compiled;
    decoding.#readers = await openReaders(compiled);
    return decoding;
  }

  /** What decodes: "wasm" or "script". */
  get kind() {
    return this.#readers.kind;
  }

  /**
   * Reads a file.
   *
   * @param {Blob} file any file
   * @param {boolean} photograph whether a camera took it just now: then it is turned as it says,
   *     which a file that came as a radiograph is refused for
   * @throws {Unreadable} if it is not to be read
   */
  async read(file, photograph) {
    if (file.size > MOST_BYTES) {
      throw new Unreadable("Image: expected at most 512 MiB, found more; reduce the image");
    }
    if (photograph) {
      const turned = await photographed(file).catch(() => null);
      if (turned) {
        return turned;
      }
    }
    const bytes = new Uint8Array(await file.arrayBuffer());
    try {
      return { ...this.#readers.read(bytes), decoder: this.#readers.kind };
    } catch (failure) {
      if (failure instanceof Unreadable) {
        throw failure;
      }
      // What it holds may be broken: the next file gets another.
      this.#readers = await openReaders(this.#compiled);
      throw new Unreadable(
        `Image: expected one that this device can decode, found that its reader failed (${
          failure.name}); try it on a computer`);
    }
  }
}
