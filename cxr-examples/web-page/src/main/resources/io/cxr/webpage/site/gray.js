/** Black at 0 in 8 bits: round(value * 255 / most), with halves up, in whole numbers. */
export function eightBits(picture) {
  if (picture.bits === 8) {
    return picture.pixels;
  }
  const most = 2 ** picture.bits - 1;
  const half = most >> 1;
  const gray = new Uint8Array(picture.pixels.length);
  for (let i = 0; i < gray.length; i++) {
    gray[i] = Math.floor((picture.pixels[i] * 255 + half) / most);
  }
  return gray;
}
