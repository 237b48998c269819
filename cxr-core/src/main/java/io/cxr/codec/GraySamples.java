package io.cxr.codec;

/**
 * A decoded gray picture, black as 0.
 *
 * @param rows rows
 * @param columns columns
 * @param bits how many bits a sample has: 8, or up to 16
 * @param samples row by row, a byte each; of more than 8 bits two bytes each, the lower one first.
 *     May be longer than the picture, and may be the {@link CodecMemory}'s
 */
@SuppressWarnings("ArrayRecordComponent")
public record GraySamples(int rows, int columns, int bits, byte[] samples) {}
