/** Atomic writing of files: a file is complete or does not exist. */
@NullMarked
package io.cxr.file;

import org.jspecify.annotations.NullMarked;
