/**
 * Image codecs: bytes in, samples out. They do not detect file formats, and depend on nothing of
 * the platform but {@link io.cxr.codec.Words}, so that they can be compiled for other targets.
 * Internal.
 */
@NullMarked
package io.cxr.codec;

import org.jspecify.annotations.NullMarked;
