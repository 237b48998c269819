/** How files are written: whole or not at all. */
@NullMarked
package io.cxr.file;

import org.jspecify.annotations.NullMarked;
