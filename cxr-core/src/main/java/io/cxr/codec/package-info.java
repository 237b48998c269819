/**
 * Decoders of image formats: bytes in, samples out. No file formats are told apart here, and
 * nothing of the platform is needed but {@link io.cxr.codec.Words}, so that they can be compiled
 * for other targets. Not for users.
 */
@NullMarked
package io.cxr.codec;

import org.jspecify.annotations.NullMarked;
